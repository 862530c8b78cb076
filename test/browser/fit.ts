// Whether all that a page says can be seen: what is cut off, beyond the screen, or under something else. It runs inside the
// page, to be given `FLOATS`, and returns a line for each fault.

/** What lies over others on purpose, moves away, or is not drawn. */
export const FLOATS = ".unseen, .skip, .still, .date, .jump, .menu-items, [aria-hidden], noscript, option"

export function faultsOf(floats: string): string[] {
  /** Rounding, and the signs above and below a letter. */
  const SLACK = 2
  /** Of words that are shortened, in ems. */
  const ENOUGH = 2
  /** `within`: what may cut it. */
  type Item = { what: string; rect: DOMRect; element: Element; within: Element }
  const found: string[] = []

  type Edges = { left: number; right: number; top: number; bottom: number }
  const EVERYWHERE = { left: -Infinity, right: Infinity, top: -Infinity, bottom: Infinity }
  const windows = [new Map<Element, Edges>(), new Map<Element, Edges>()] as const

  /** What an element and its ancestors let through of what is in it, looked up once: a page has thousands of words. */
  function windowOf(box: Element | null, onlyScrolled: boolean): Edges {
    if (!box) return EVERYWHERE
    const known = windows[onlyScrolled ? 1 : 0]
    const before = known.get(box)
    if (before) return before
    const around = { ...windowOf(box.parentElement, onlyScrolled) }
    const { overflowX, overflowY } = getComputedStyle(box)
    const clips = (overflow: string) => overflow !== "visible" && (!onlyScrolled || /auto|scroll/.test(overflow))
    const { left, right, top, bottom } = box.getBoundingClientRect()
    if (clips(overflowX)) {
      around.left = Math.max(around.left, left)
      around.right = Math.min(around.right, right)
    }
    if (clips(overflowY)) {
      around.top = Math.max(around.top, top)
      around.bottom = Math.min(around.bottom, bottom)
    }
    known.set(box, around)
    return around
  }

  /** The part of a box that its ancestors let through; or only those of them that are scrolled rather than cut. */
  function seen(rect: DOMRect, from: Element, onlyScrolled: boolean): DOMRect {
    const around = windowOf(from, onlyScrolled)
    const [left, top] = [Math.max(rect.left, around.left), Math.max(rect.top, around.top)]
    const [right, bottom] = [Math.min(rect.right, around.right), Math.min(rect.bottom, around.bottom)]
    return new DOMRect(left, top, Math.max(0, right - left), Math.max(0, bottom - top))
  }

  /** Cut with a mark that it is, and the whole to be had on hover: enough of it has to stand there. */
  const shortened = (element: Element) => {
    for (let box: Element | null = element; box; box = box.parentElement) {
      const { textOverflow, webkitLineClamp, fontSize, overflowX } = getComputedStyle(box)
      if (webkitLineClamp !== "none") return Number.POSITIVE_INFINITY
      if (textOverflow === "ellipsis" && overflowX !== "visible") return box.clientWidth / Number.parseFloat(fontSize)
      if (getComputedStyle(box).display !== "inline") return 0
    }
    return 0
  }

  /** Only read out. */
  const isHidden = (element: Element) =>
    getComputedStyle(element.closest(".here, .unseen") ?? element).clipPath !== "none"

  function items(): Item[] {
    const all: Item[] = []
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const element = node.parentElement as Element
      if (
        !node.textContent?.trim() ||
        isHidden(element) ||
        element.closest(floats) ||
        !element.checkVisibility({ opacityProperty: true })
      )
        continue
      // Word by word: a blank at the end of a line hangs out of its box, and nobody misses it.
      for (const { 0: word, index } of node.textContent.matchAll(/\S+/g)) {
        const range = document.createRange()
        range.setStart(node, index)
        range.setEnd(node, index + word.length)
        for (const rect of range.getClientRects())
          if (rect.width > 1) all.push({ what: node.textContent.trim(), rect, element, within: element })
      }
    }
    for (const element of document.querySelectorAll("input, textarea, svg, .avatar, iframe")) {
      if (isHidden(element) || element.closest(floats.replace(", [aria-hidden]", "")) || !element.checkVisibility())
        continue
      const rect = element.getBoundingClientRect()
      const { paddingLeft, paddingRight } = getComputedStyle(element)
      const [left, right] = [Number.parseFloat(paddingLeft), Number.parseFloat(paddingRight)]
      all.push({
        what: `${element.localName}.${element.getAttribute("class") ?? element.id}`,
        rect: new DOMRect(rect.x + left, rect.y, rect.width - left - right, rect.height),
        element,
        within: element.parentElement as Element,
      })
    }
    return all
  }

  /** What stands in a field while it is empty is no text of the page: it is measured as if it were. */
  function cutHints(): string[] {
    const fields = document.querySelectorAll<HTMLInputElement>(":is(input, textarea):placeholder-shown")
    return [...fields]
      .filter((field) => field.checkVisibility())
      .filter((field) => {
        const { font, paddingLeft, paddingRight, textOverflow } = getComputedStyle(field)
        if (field.localName === "input" && textOverflow === "ellipsis") return false
        const probe = document.createElement("span")
        Object.assign(probe.style, { font, position: "absolute", whiteSpace: "pre" })
        probe.textContent = field.placeholder
        document.body.append(probe)
        const { width } = probe.getBoundingClientRect()
        probe.remove()
        return width > field.clientWidth - Number.parseFloat(paddingLeft) - Number.parseFloat(paddingRight) + SLACK
      })
      .map(({ placeholder }) => placeholder)
  }

  /** A label may stand in its own field. */
  const isLabelOf = (one: Element, two: Element) => one.closest("label")?.control === two

  const short = (what: string) => what.slice(0, 40)
  for (const hint of cutHints()) found.push(`cut: ${short(hint)}`)
  const drawn = items()
  for (const { what, rect, element, within } of drawn) {
    // What is scrolled out of view is reached by scrolling.
    const reached = seen(rect, within, true)
    if (reached.width === 0 || reached.height === 0) continue
    if (rect.left < -SLACK || rect.right > innerWidth + SLACK)
      if (shortened(element) < ENOUGH) found.push(`beyond the screen: ${short(what)}`)
    const left = seen(rect, within, false)
    const cut = left.width < reached.width - SLACK || left.height < reached.height - SLACK
    if (cut && shortened(element) < ENOUGH) found.push(`cut: ${short(what)}`)
  }
  const visible = drawn
    .map((item) => ({ ...item, rect: seen(item.rect, item.within, false) }))
    .filter(({ rect }) => rect.width > SLACK && rect.height > SLACK && rect.top < innerHeight)
  for (const [index, one] of visible.entries())
    for (const two of visible.slice(index + 1)) {
      if (one.element.contains(two.element) || two.element.contains(one.element)) continue
      if (isLabelOf(one.element, two.element) || isLabelOf(two.element, one.element)) continue
      const wide = Math.min(one.rect.right, two.rect.right) - Math.max(one.rect.left, two.rect.left)
      const high = Math.min(one.rect.bottom, two.rect.bottom) - Math.max(one.rect.top, two.rect.top)
      // Lines stand closer than the boxes of their letters are high.
      const slack = Math.min(one.rect.height, two.rect.height) / 3
      if (wide > SLACK && high > slack) found.push(`over each other: ${short(one.what)} | ${short(two.what)}`)
    }
  if (document.documentElement.scrollWidth > innerWidth) found.push("the page is wider than the screen")
  return found
}

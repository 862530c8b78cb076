// The arrows move through the messages. The whole timeline is one stop of the Tab key, at the message where one was
// last, or at the newest; from there Tab goes on to the links in its text, and past those of all others.

export type Arrows = {
  /** Rows came or went by this drawing: keeps the one stop, and the focus, when it was on something that is there no more. */
  across(draw: () => void): void
  toLast(): void
}

const isBefore = (one: Element, other: Element): boolean =>
  (one.compareDocumentPosition(other) & Node.DOCUMENT_POSITION_FOLLOWING) !== 0

export function openArrows(box: HTMLElement, on: { leave(): void }): Arrows {
  let stop: HTMLElement | undefined
  /** At the last drawing. */
  let newest: HTMLElement | undefined
  const rows = (): HTMLElement[] => Array.from(box.querySelectorAll("article"))

  function stopAt(row: HTMLElement | undefined): void {
    if (row === stop) return
    if (stop) for (const one of [stop, ...links(stop)]) one.tabIndex = -1
    if (row) for (const one of [row, ...links(row)]) one.tabIndex = 0
    stop = row
  }

  const links = (within: HTMLElement, which = ""): NodeListOf<HTMLElement> => within.querySelectorAll(`.text a${which}`)

  function goTo(row: HTMLElement | undefined): void {
    box.dataset.keys = "" // from now on the styles show where one is
    stopAt(row)
    row?.focus()
  }

  box.addEventListener("focusin", ({ target }) => {
    const row = (target as Element).closest("article")
    if (row) stopAt(row)
  })

  box.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return
    const all = rows()
    const row = document.activeElement as HTMLElement
    const at = all.indexOf(row)
    switch (event.key) {
      case "ArrowUp":
        goTo(all[at < 0 ? all.length - 1 : Math.max(0, at - 1)])
        break
      case "ArrowDown":
        if (at === all.length - 1) on.leave()
        else goTo(all[at + 1])
        break
      case "Home":
        goTo(all[0])
        break
      case "End":
        goTo(all.at(-1))
        break
      case "Escape":
        on.leave()
        break
      case "Enter":
        if (at < 0) return
        row.querySelector<HTMLAnchorElement>("a.when")?.click()
        break
      default:
        return
    }
    event.preventDefault()
  })

  function settle(): void {
    const last = rows().at(-1)
    if (!stop?.isConnected || (last !== newest && !box.contains(document.activeElement))) stopAt(last)
    newest = last
    for (const link of links(box, ":not([tabindex])")) link.tabIndex = stop?.contains(link) ? 0 : -1
  }

  return {
    across(draw) {
      const held = box.contains(document.activeElement) ? document.activeElement : null
      const [first] = held ? rows() : []
      const below = held && first && isBefore(held, first) ? first : undefined
      draw()
      if (held && document.activeElement === document.body) {
        stopAt(below ?? (stop?.isConnected ? stop : rows().at(-1)))
        stop?.focus({ preventScroll: true })
      }
      settle()
    },
    toLast: () => goTo(rows().at(-1)),
  }
}

// Where the reader is in the conversation, kept to the pixel while it is redrawn. Two rules: who is at the bottom stays
// at the bottom; who is not sees the row under their eyes stay where it is, whatever comes or goes above and below.
// All is measured from what is on the screen, never from scroll offsets, so that any direction of scrolling will do.

import type { Mark } from "./bookmark.ts"

/** Of a screenful so much stays in sight, to read on from. */
const PAGE = 0.85
/** This close to an edge counts as being there: zoomed screens scroll in fractions. */
const AT_EDGE = 8

export type Reader = {
  /** The newest row held is in view. */
  atBottom: boolean
  /** Scrolled up by a screen or more. */
  away: boolean
  nearTop: boolean
  nearBottom: boolean
}

export type TimelinePlace = {
  reader(): Reader
  /** True for who is at the bottom of the present and goes along with it. */
  following(): boolean
  /** Redraws without the reader noticing. */
  keepPlace(draw: () => void): void
  toBottom(): void
  toTop(): void
  /** Puts a message in the middle of the screen, and the focus on it. */
  toMessage(id: number): void
  /** The message under the reader's eyes. */
  firstInView(): number | undefined
  /** Where the reader is, for who comes back; nothing for who follows the present. */
  mark(): Mark | undefined
  /** Goes there. False when that row is not drawn. */
  toMark(mark: Mark): boolean
  /** Scrolls by a screenful, up (-1) or down (1). */
  page(way: -1 | 1): void
}

type Options = {
  box: HTMLElement
  /** The reader scrolled, or the box changed its size. */
  moved(reader: Reader): void
  /** Whether the bottom of what is drawn is the present: only there new messages pull the reader along. */
  reachesPresent(): boolean
}

type Anchor = { row: HTMLElement; top: number }

export function openTimeline({ box, moved, reachesPresent }: Options): TimelinePlace {
  const content = box.firstElementChild as HTMLElement
  let following = true
  let anchors: Anchor[] = []
  let height = 0
  /** What rounding still owes the reader since the last hold, and the offset at which it does: scroll offsets are whole
   *  pixels, rows are not. As long as the reader stays there, the place meant is counted with it, so that it never adds up. */
  let owed = { at: 0, pixels: 0 }
  // The browser's own anchoring would correct the same shift a second time.
  box.style.overflowAnchor = "none"

  function reader(): Reader {
    const view = box.getBoundingClientRect()
    const all = content.getBoundingClientRect()
    const [above, below] = [view.top - all.top, all.bottom - view.bottom]
    return {
      atBottom: below <= AT_EDGE,
      away: below > view.height,
      nearTop: above < view.height,
      nearBottom: below < view.height,
    }
  }

  const rows = (): HTMLElement[] => Array.from(box.querySelectorAll<HTMLElement>("[role=log] [id]"))

  /** Rows are in order, so the first one in view is found by halving. */
  function inView(): HTMLElement[] {
    const { top, bottom } = box.getBoundingClientRect()
    const all = rows()
    let [low, high] = [0, all.length]
    while (low < high) {
      const middle = (low + high) >> 1
      if ((all[middle] as HTMLElement).getBoundingClientRect().bottom > top) high = middle
      else low = middle + 1
    }
    const seen: HTMLElement[] = []
    for (const row of all.slice(low)) {
      if (row.getBoundingClientRect().top >= bottom) break
      seen.push(row)
    }
    return seen
  }

  function look(): Reader {
    const now = reader()
    height = box.scrollHeight
    following = now.atBottom && reachesPresent()
    const debt = box.scrollTop === owed.at ? owed.pixels : 0
    anchors = following ? [] : inView().map((row) => ({ row, top: row.getBoundingClientRect().top - debt }))
    return now
  }

  function hold(): void {
    const anchor = anchors.find(({ row }) => row.isConnected)
    if (following && reachesPresent()) toBottom()
    else if (anchor) bringBack(anchor)
  }

  function bringBack({ row, top }: Anchor): void {
    box.scrollTop += row.getBoundingClientRect().top - top
    const left = row.getBoundingClientRect().top - top
    // More than rounding is an end of the scrolling, and that is where the reader now is.
    owed = { at: box.scrollTop, pixels: Math.abs(left) < 1 ? left : 0 }
  }

  function toBottom(): void {
    following = true
    anchors = []
    height = box.scrollHeight
    box.scrollTop = height
  }

  function scrolled(): void {
    // What is drawn grew since we were at the bottom, and the reader did not scroll: the bottom moved, not they.
    if (following && box.scrollHeight !== height) hold()
    moved(look())
  }

  box.addEventListener("scroll", scrolled, { passive: true })
  // A phone's keyboard, a wider window, a font that arrives late: the place holds then too.
  const sizes = new ResizeObserver(() => {
    hold()
    moved(look())
  })
  sizes.observe(box)
  sizes.observe(content)

  return {
    reader,
    following: () => following && reachesPresent(),
    keepPlace(draw) {
      if (!following) look()
      draw()
      hold()
    },
    toBottom,
    toTop() {
      content.scrollIntoView({ block: "start" })
      look()
    },
    toMessage(id) {
      const row = document.getElementById(`m${id}`)
      row?.scrollIntoView({ block: "center" })
      row?.focus({ preventScroll: true })
      look()
    },
    firstInView: () => Number(inView()[0]?.id.slice(1)) || undefined,
    mark() {
      const [row] = following && reachesPresent() ? [] : inView()
      const id = Number(row?.id.slice(1))
      return row && id ? { id, top: row.getBoundingClientRect().top - box.getBoundingClientRect().top } : undefined
    },
    toMark({ id, top }) {
      const row = document.getElementById(`m${id}`)
      if (!row) return false
      box.scrollTop += row.getBoundingClientRect().top - box.getBoundingClientRect().top - top
      look()
      return true
    },
    page(way) {
      box.scrollTop += way * box.clientHeight * PAGE
    },
  }
}

// The list of rooms beside the conversation. Each room is a page; the list stays where it was from one to the next, with the
// room one is in within sight.
import type { Memory } from "./browser.ts"

const MEMORY = "parlour.rooms"

export function keepRoomsList(session: Memory): void {
  const rooms = document.getElementById("rooms")
  const list = rooms?.querySelector<HTMLElement>(":scope > .room-list")
  if (!rooms || !list) return
  const settle = () => {
    if (list.clientHeight === 0) return // not shown yet
    list.scrollTop = Number(session.recall(MEMORY)) || 0
    bringIntoView(list)
  }
  settle()
  // On narrower screens it is called up.
  rooms.addEventListener("toggle", settle)
  addEventListener("pagehide", () => {
    if (list.clientHeight > 0) session.remember(MEMORY, String(list.scrollTop))
  })
  list.addEventListener("click", () => session.remember(MEMORY, String(list.scrollTop)))
}

/** No further than needed, and nothing but the list. */
function bringIntoView(list: HTMLElement): void {
  const current = list.querySelector("[aria-current]")
  if (!current) return
  const [row, view] = [current.getBoundingClientRect(), list.getBoundingClientRect()]
  if (row.top < view.top) list.scrollTop -= view.top - row.top
  else if (row.bottom > view.bottom) list.scrollTop += row.bottom - view.bottom
}

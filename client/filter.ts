// The fields that find rooms narrow their lists while one types. Enter asks the server, which knows all rooms; the arrows walk
// those that are left, and lead back.

import { plain } from "../protocol/sought.ts"
import { goesToBox } from "./anywhere.ts"
import { COMPOSING, composes, isSign } from "./keyboard.ts"

/** As it was opened, whatever a browser that translates the page makes of it. */
const nameOf = (row: HTMLElement): string => row.querySelector("a")?.title || (row.textContent ?? "")

export function filterRooms(): void {
  for (const [field, lists] of [
    ["#rooms #find", "#rooms"],
    [".ask #room", ".desk"],
  ] as const) {
    const box = document.querySelector<HTMLInputElement>(field)
    if (!box) continue
    const sections = document.querySelectorAll<HTMLElement>(`${lists} .rooms:has(li)`)
    const rows = () => document.querySelectorAll<HTMLElement>(`${lists} .room-list li:not(:has(.rest))`)
    box.addEventListener("input", () => {
      const letters = plain(box.value.trim().replace(/^#+/, "")) // by which other chats write a room
      for (const row of rows()) row.hidden = !plain(nameOf(row)).includes(letters)
      // A heading over nothing says that one is in no room.
      for (const section of sections) section.hidden = !section.querySelector("li:not([hidden])")
    })
    // A long list has a copy of the room one is in, which is not drawn.
    const links = () =>
      Array.from(document.querySelectorAll<HTMLElement>(`${lists} .room-list li:not([hidden]) a:not(.rest)`)).filter(
        (link) => link.getClientRects().length > 0,
      )
    document.querySelector(lists)?.addEventListener("keydown", (pressed) => {
      const event = pressed as KeyboardEvent
      const { key, target } = event
      const all = links()
      const at = all.indexOf(target as HTMLElement)
      if (at < 0 && (target !== box || composes(event))) return
      const to = key === "ArrowDown" ? all[at + 1] : at >= 0 && key === "ArrowUp" ? (all[at - 1] ?? box) : undefined
      const isLetter = composes(event) || COMPOSING.has(key) || (isSign(event) && key !== " ")
      const isTyped = key === "Escape" || key === "Backspace" || isLetter
      // A press led there, and what is typed now is for the room.
      if (isTyped && key !== "Escape" && goesToBox()) return
      if (to || (at >= 0 && key === "Escape")) event.preventDefault() // nor does it close the list where that lies over the page
      if (!to && at >= 0 && isTyped)
        event.stopPropagation() // it is meant for the field, and for nothing else on the page
      else if (!to) return
      ;(to ?? box).focus()
    })
    // On glass a keyboard would cover half of the list.
    const isFree = document.activeElement === document.body && !location.hash
    if (field === ".ask #room" && isFree && matchMedia("(hover: hover) and (pointer: fine)").matches) box.select()
  }
}

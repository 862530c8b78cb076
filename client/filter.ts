// The fields that find rooms narrow their lists while one types. Enter asks the server, which knows all rooms; the arrows walk
// those that are left, and lead back.

import { plain } from "../protocol/text.ts"
import { isSign } from "./keyboard.ts"

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
      const letters = plain(box.value.trim())
      for (const row of rows()) row.hidden = !plain(row.textContent ?? "").includes(letters)
      // A heading over nothing says that one is in no room.
      for (const section of sections) section.hidden = !section.querySelector("li:not([hidden])")
    })
    const links = () =>
      Array.from(document.querySelectorAll<HTMLElement>(`${lists} .room-list li:not([hidden]) a:not(.rest)`))
    document.querySelector(lists)?.addEventListener("keydown", (event) => {
      const { key, target, isComposing } = event as KeyboardEvent
      const all = links()
      const at = all.indexOf(target as HTMLElement)
      if (isComposing || (at < 0 && target !== box)) return
      const to = key === "ArrowDown" ? all[at + 1] : at >= 0 && key === "ArrowUp" ? (all[at - 1] ?? box) : undefined
      const isTyped = key === "Escape" || key === "Backspace" || (isSign(event as KeyboardEvent) && key !== " ")
      if (to) event.preventDefault()
      else if (at >= 0 && isTyped)
        event.stopPropagation() // it is meant for the field, and for nothing else on the page
      else return
      ;(to ?? box).focus()
    })
    // On glass a keyboard would cover half of the list.
    const isFree = document.activeElement === document.body && !location.hash
    if (field === ".ask #room" && isFree && matchMedia("(hover: hover) and (pointer: fine)").matches) box.select()
  }
}

// The fields that find rooms narrow their lists while one types. Enter asks the server, which knows all rooms; the arrow down goes to
// the first that is left.

import { plain } from "../protocol/text.ts"

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
    box.addEventListener("keydown", (event) => {
      if (event.key !== "ArrowDown" || event.isComposing) return
      const first = Array.from(rows())
        .find((row) => !row.hidden)
        ?.querySelector("a")
      if (!first) return
      event.preventDefault()
      first.focus()
    })
    // On glass a keyboard would cover half of the list.
    const isFree = document.activeElement === document.body && !location.hash
    if (field === ".ask #room" && isFree && matchMedia("(hover: hover) and (pointer: fine)").matches) box.select()
  }
}

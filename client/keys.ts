// Keys for the whole page. No letter acts alone while one writes, and what a key opens, Escape closes, with the focus
// back where it was.
import { composes, isField, isMac, latin } from "./keyboard.ts"
import { showKeys } from "./keys-list.ts"
import { closeMenus } from "./menus.ts"

export function listenToKeys(): void {
  let before: Element | null = null

  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || composes(event)) return
    const { key, target } = event
    const [held, other] = isMac ? [event.metaKey, event.ctrlKey] : [event.ctrlKey, event.metaKey]
    if (held && !other && !event.altKey && !event.shiftKey && latin(event) === "k") {
      // At the door there is no room to find yet.
      if (document.querySelector(".door form")) return
      event.preventDefault()
      const isFinding = document.activeElement === field() || (before && document.activeElement?.closest(".room-list"))
      if (!isFinding) before = whereOneIs()
      find()
    } else if (key === "Escape" && target === field()) {
      empty(target as HTMLInputElement)
      ;(before as HTMLElement | null)?.focus()
      before = null
    } else if (key === "?" && !isField(target as Element) && !document.querySelector("dialog[open]")) {
      event.preventDefault()
      showKeys()
    }
  })
}

/** The field beside the conversation, or on the page of rooms. */
const field = (): HTMLInputElement | null => document.querySelector("#rooms #find, .ask #room")

/** What was looked for is over, and the list whole again. Not every browser sees to it. */
function empty(box: HTMLInputElement): void {
  if (box.value === "") return
  box.value = ""
  box.dispatchEvent(new Event("input"))
}

/** What is in a menu is gone when the menu closes; what opened the menu stays. */
function whereOneIs(): Element | null {
  const menu = document.activeElement?.closest("details.menu")
  return menu ? menu.querySelector("summary") : document.activeElement
}

/** On narrower screens the field is in a popover; where there is none, one goes to the page of rooms. */
function find(): void {
  closeMenus()
  const box = field()
  const rooms = document.getElementById("rooms")
  const isHidden = box?.getClientRects().length === 0
  // Firefox before 125 has no popovers.
  if (!box || (isHidden && !rooms?.showPopover)) {
    location.assign("/chat/")
    return
  }
  if (isHidden) rooms?.showPopover()
  box.select()
}

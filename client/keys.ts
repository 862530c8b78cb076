// Keys for the whole page. No letter acts alone while one writes, and what a key opens, Escape closes, with the focus
// back where it was.
import { closeMenus } from "./menus.ts"

const list: [keys: string, does: string][] = [
  ["Ctrl K", "Find or open a room"],
  ["Enter", "Send"],
  ["Shift Enter", "New line"],
  ["\u2191 in an empty box", "To the newest message"],
  ["\u2191 \u2193 Home End", "From message to message"],
  ["Enter on a message", "Open its own address"],
  ["Escape", "Back to writing"],
  ["?", "This list"],
]

export function listenToKeys(): void {
  let before: Element | null = null

  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.isComposing) return
    const { key, target } = event
    if ((event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey && key.toLowerCase() === "k") {
      // At the door there is no room to find yet.
      if (document.querySelector(".door form")) return
      event.preventDefault()
      if (document.activeElement !== field()) before = whereOneIs()
      find()
    } else if (key === "Escape" && target === field()) {
      ;(before as HTMLElement | null)?.focus()
    } else if (key === "?" && !isField(target as Element) && !document.querySelector("dialog[open]")) {
      event.preventDefault()
      showKeys()
    }
  })
}

const isField = (element: Element): boolean => element.matches("input, textarea, select, [contenteditable]")

/** The field beside the conversation, or on the page of rooms. */
const field = (): HTMLInputElement | null => document.querySelector("#rooms #find, .ask #room")

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

function showKeys(): void {
  const [dialog, title, terms, form, close] = make("dialog", "h2", "dl", "form", "button")
  dialog.className = "keys"
  dialog.setAttribute("aria-labelledby", "keys-title")
  title.id = "keys-title"
  title.textContent = "Keys"
  for (const [keys, does] of list) {
    const [key, meaning] = make("dt", "dd")
    key.textContent = keys
    meaning.textContent = does
    terms.append(key, meaning)
  }
  form.method = "dialog"
  close.textContent = "Close"
  form.append(close)
  dialog.append(title, terms, form)
  dialog.addEventListener("close", () => dialog.remove())
  document.body.append(dialog)
  dialog.showModal()
}

type Made<Names extends (keyof HTMLElementTagNameMap)[]> = { [At in keyof Names]: HTMLElementTagNameMap[Names[At]] }

const make = <Names extends (keyof HTMLElementTagNameMap)[]>(...names: Names): Made<Names> =>
  names.map((name) => document.createElement(name)) as Made<Names>

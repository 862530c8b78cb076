// The list of keys, over the page.
import { isMac } from "./keyboard.ts"

const list: [keys: string, does: string][] = [
  [isMac ? "\u2318 K" : "Ctrl K", "Find or open a room"],
  ["Enter", "Send"],
  ["Shift Enter", "New line"],
  ["\u2191 in an empty box", "To the newest message"],
  ["\u2191 \u2193 Home End", "From message to message"],
  ["Page Up, Page Down", "Through the conversation"],
  ["Enter on a message", "Open its own address"],
  ["Escape", "Back to writing"],
  ["?", "This list"],
]

export function showKeys(): void {
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

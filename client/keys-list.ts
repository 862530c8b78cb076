// The list of keys, over the page.
import { buttonTo, make, openDialog } from "./dialog.ts"
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
  const [terms] = make("dl")
  for (const [keys, does] of list) {
    const [one, key, meaning] = make("div", "dt", "dd")
    key.textContent = keys
    meaning.textContent = does
    one.append(key, meaning)
    terms.append(one)
  }
  void openDialog({ title: "Keys", about: terms, buttons: [buttonTo("Close")] })
}

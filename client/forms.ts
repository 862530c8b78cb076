// What scripts add to the fields of a form: a password can be looked at while it is typed, and what is there to be
// passed on can be copied. Both stand over their field, in the line of its label.
import { realTime } from "./browser.ts"
import { within } from "./patience.ts"

/** Milliseconds after which the clipboard is given up: it may be waiting for a question that nobody sees. */
const CLIPBOARD_WITHIN = 2_000

export function helpForms(): void {
  for (const input of document.querySelectorAll<HTMLInputElement>(".field > [type=password]")) offerShowing(input)
  for (const input of document.querySelectorAll<HTMLInputElement>(".field > [readonly]")) offerCopying(input)
}

function offerShowing(input: HTMLInputElement): void {
  const button = buttonOver(input)
  const show = (shown: boolean) => {
    input.type = shown ? "text" : "password"
    label(button, shown ? "Hide" : "Show", "password")
  }
  show(false)
  button.addEventListener("click", () => show(input.type === "password"))
  // What is sent as text a browser may offer again, for all to see.
  input.form?.addEventListener("submit", () => show(false))
}

function offerCopying(input: HTMLInputElement): void {
  const button = buttonOver(input)
  const status = document.createElement("p")
  label(button, "Copy", nameOf(input))
  status.className = "help copied"
  status.setAttribute("role", "status")
  button.after(status)
  input.addEventListener("focus", () => input.select())
  if (document.activeElement === input) input.select()
  button.addEventListener("click", async () => {
    status.textContent = ""
    const copied = await copy(input)
    status.textContent = copied ? "Copied." : "It is selected: copy it with Ctrl C, or by pressing on it."
  })
}

/** The clipboard is closed to pages of plain http, where only an older way is left. Failing both, it is selected. */
async function copy(input: HTMLInputElement): Promise<boolean> {
  try {
    await within(realTime, CLIPBOARD_WITHIN, navigator.clipboard.writeText(input.value))
    return true
  } catch {
    input.focus()
    input.select()
    return document.execCommand("copy")
  }
}

function buttonOver(input: HTMLInputElement): HTMLButtonElement {
  const button = document.createElement("button")
  button.type = "button"
  button.className = "over-field quiet"
  input.after(button)
  return button
}

/** One word to see, and what it is about to hear. */
function label(button: HTMLButtonElement, word: string, about: string): void {
  const rest = document.createElement("span")
  rest.className = "unseen"
  rest.textContent = ` ${about}`
  button.replaceChildren(word, rest)
}

const nameOf = (input: HTMLInputElement): string => (input.labels?.[0]?.textContent ?? "").toLowerCase()

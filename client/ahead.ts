// Keys that are pressed between a press on another room and its page. They are meant for that room: they are kept in this tab,
// and stand in its box when it comes.
import type { Browser } from "./browser.ts"
import { isPlain, linkOf } from "./reach.ts"
import { keepAhead } from "./typed-ahead.ts"

/** A page that has not come by then will not: the words are given back to the box that is here. */
const COMES_WITHIN = 10_000
/** Listens on the page that is left. `giveBack`: it was not left after all. */
export function listenAhead(browser: Browser, giveBack: (text: string) => void): void {
  let text: string | undefined
  let waiting = () => {}

  function stay(): void {
    waiting()
    const typed = text
    text = undefined
    keepAhead(browser, "")
    if (typed) giveBack(typed)
  }

  document.addEventListener("click", (event) => {
    const link = linkOf(event)
    if (!link?.pathname.startsWith("/chat/") || event.defaultPrevented || !isPlain(event)) return
    waiting()
    text ??= ""
    waiting = browser.after(COMES_WITHIN, stay)
  })
  document.addEventListener(
    "keydown",
    (event) => {
      if (text === undefined || event.isComposing || event.ctrlKey || event.metaKey) return
      const { key } = event
      if (key === "Escape") return stay() // and the browser stops loading
      if (key === "Backspace") text = [...text].slice(0, -1).join("")
      else if ([...key].length === 1) text += key
      else if (key !== "Enter") return // which would press the link again
      event.preventDefault()
      event.stopPropagation()
      keepAhead(browser, text)
    },
    { capture: true },
  )
  addEventListener("pageshow", (event) => {
    if ((event as PageTransitionEvent).persisted) text = undefined
  })
}

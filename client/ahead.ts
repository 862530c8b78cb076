// Keys that are pressed between a press on a room and its page. They are meant for that room: they are kept in this tab, and
// stand in its box when it comes.
import type { Browser } from "./browser.ts"
import { composes, isSign } from "./keyboard.ts"
import { isPlain, linkOf } from "./reach.ts"
import { keepAhead } from "./typed-ahead.ts"

/** Milliseconds after which a page is taken for one that will not come: the words are given back to the box that is here. */
const COMES_WITHIN = 10_000
/** A room, or a message in one. */
const ROOM = /^\/chat\/[^/]+\/(?=\d*$)/

/** Listens on the page that is left. `giveBack`: it was not left after all. */
export function listenAhead(browser: Browser, giveBack: (text: string) => void): void {
  /** The address of the room that was pressed, and what was typed since. */
  let pressed: { path: string; text: string } | undefined
  let waiting = () => {}

  function stay(): void {
    waiting()
    const { text = "", path = "" } = pressed ?? {}
    pressed = undefined
    keepAhead(browser, path, "")
    if (text) giveBack(text)
  }

  document.addEventListener("click", (event) => {
    const [path] = linkOf(event)?.pathname.match(ROOM) ?? []
    if (path === undefined || event.defaultPrevented || !isPlain(event)) return
    waiting()
    pressed = { path, text: pressed?.text ?? "" }
    keepAhead(browser, path, pressed.text)
    waiting = browser.after(COMES_WITHIN, stay)
  })
  document.addEventListener(
    "keydown",
    (event) => {
      if (!pressed || composes(event)) return
      const { key } = event
      if (key === "Escape") return stay() // and the browser stops loading
      if (key === "Backspace") pressed.text = [...pressed.text].slice(0, -1).join("")
      else if (isSign(event)) pressed.text += key
      else if (key !== "Enter") return // which would press the link again
      event.preventDefault()
      event.stopPropagation()
      keepAhead(browser, pressed.path, pressed.text)
    },
    { capture: true },
  )
  addEventListener("pageshow", (event) => {
    if ((event as PageTransitionEvent).persisted) pressed = undefined
  })
}

// Keys that are pressed while a room is loading, before its box has the focus. It is the one script that a page waits for, so it
// does nothing else: no word is lost between a press on a room and the room.
import { isField, isSign } from "./keyboard.ts"

declare global {
  interface Document {
    /** What was typed so far. From then on nothing is kept. */
    typedEarly?: () => string
  }
}

let typed = ""

function keep(event: KeyboardEvent): void {
  const { key, target } = event
  // Pressed on the page before, it is for nothing here.
  if (key === "Enter" && event.repeat) event.preventDefault()
  if (target instanceof Element && isField(target)) return
  // They scroll, list the keys, and take nothing back, unless they are part of a text.
  if (typed === "" && (key === " " || key === "?" || key === "Backspace")) return
  if (key === "Backspace") typed = [...typed].slice(0, -1).join("")
  else if (isSign(event)) typed += key
  else return
  event.preventDefault()
}

addEventListener("keydown", keep, true)
document.typedEarly = () => {
  removeEventListener("keydown", keep, true)
  return typed
}

// Keys that are pressed while a room is loading, before its box has the focus. It is the one script that a page waits for, so it
// does nothing else: no word is lost between a press on a room and the room.

declare global {
  interface Document {
    /** What was typed so far. From then on nothing is kept. */
    typedEarly?: () => string
  }
}

let typed = ""

function keep(event: KeyboardEvent): void {
  const { key, target } = event
  if (event.ctrlKey || event.metaKey || event.altKey || key.length !== 1) return
  if (target instanceof HTMLElement && target.matches("input, textarea, select")) return
  // They scroll, and list the keys, unless they are part of a text.
  if (typed === "" && (key === " " || key === "?")) return
  typed += key
  event.preventDefault()
}

addEventListener("keydown", keep, true)
document.typedEarly = () => {
  removeEventListener("keydown", keep, true)
  return typed
}

export {}

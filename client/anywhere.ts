// Typing wherever one is: a letter that no field takes goes to the box, unless the focus was moved by keyboard to where it
// now is; there keys may mean something.
import { COMPOSING, composes, isField, isSign, latin } from "./keyboard.ts"
import { ifThere } from "./patience.ts"

const MOVING = new Set(["Tab", "ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight", "Home", "End", "PageUp", "PageDown"])

/** How the focus came to where it is: for the list of rooms, too, which asks. */
let movedByKey = false

export function listenAnywhere(field: { focus(): void }): void {
  let moves = false
  const early = { capture: true }
  document.addEventListener("keydown", ({ key }) => (moves = MOVING.has(key)), early)
  document.addEventListener("pointerdown", () => (moves = movedByKey = false), early)
  document.addEventListener("focusin", () => (movedByKey = moves), early)

  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || !(isLetter(event) || isPasting(event))) return
    if (isField(event.target as Element) || !goesToBox()) return
    // What the key does goes where the focus is by then.
    field.focus()
  })
}

/** Whether what is typed outside of any field is for the box, where there is one. */
export const goesToBox = (): boolean =>
  document.getElementById("message") !== null &&
  !isElsewhere() &&
  !(movedByKey && document.activeElement !== document.body)

/** A space scrolls, and a question mark lists the keys. */
function isLetter(event: KeyboardEvent): boolean {
  const { key } = event
  if (composes(event) || COMPOSING.has(key)) return true
  return key !== " " && key !== "?" && isSign(event)
}

const isPasting = (event: KeyboardEvent): boolean => (event.ctrlKey || event.metaKey) && latin(event) === "v"

/** Something lies over the room, and has the keys. */
const isElsewhere = (): boolean =>
  document.querySelector("dialog[open], details.menu[open]") !== null ||
  // Not every browser knows the word.
  ifThere(() => document.querySelector("#rooms:popover-open") !== null) === true

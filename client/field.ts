// The box one writes in: what its keys do, how it grows, when it has the focus.
import { MAX_TEXT } from "../protocol/limits.ts"
import { composes } from "./keyboard.ts"

/** Screens where a keyboard does not cover half of the room. */
const WIDE = "(min-width: 640px) and (pointer: fine)"
/** Where one writes on glass, the key for a new line is the only one there is for it. */
const TOUCH = "(pointer: coarse)"

/** Which way a key leads, by a screenful. */
const WAYS: Record<string, -1 | 1> = { PageUp: -1, PageDown: 1 }

/** Units of text beyond which it is not measured any more. */
const LONG = 2 * MAX_TEXT
/** Units among which its first letter is looked for. */
const BEGINNING = 1_000
const RIGHT_TO_LEFT = /^[^\p{L}]*[\p{Script=Hebrew}\p{Script=Arabic}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}]/u

export const isWide = (): boolean => matchMedia(WIDE).matches

export type Field = {
  focus(): void
  /** Another text than what was typed here. */
  set(text: string): void
}

/** `page`: a screenful up (-1) or down (1). */
type On = { send(): void; back(): void; page(way: -1 | 1): void }

export function openField(form: HTMLFormElement, on: On, focus: boolean): Field {
  const box = form.elements.namedItem("message") as HTMLTextAreaElement
  const growsItself = CSS.supports("field-sizing", "content")
  const touch = matchMedia(TOUCH)
  const nameEnter = (): void => box.setAttribute("enterkeyhint", touch.matches ? "enter" : "send")
  nameEnter()
  touch.addEventListener("change", nameEnter)

  box.addEventListener("keydown", (event) => {
    if (composes(event)) return
    if (event.key === "Enter" && !event.shiftKey && !event.altKey && (isHeld(event) || !touch.matches)) {
      event.preventDefault()
      // Held down, it may have been pressed elsewhere: on a room whose page has come since.
      if (!event.repeat) on.send()
    }
    // A box that scrolls has the keys for itself.
    const way = WAYS[event.key]
    if (way && !event.shiftKey && !isHeld(event) && box.scrollHeight <= box.clientHeight) {
      event.preventDefault()
      on.page(way)
    }
    if (event.key === "ArrowUp" && box.value === "") {
      event.preventDefault()
      on.back()
    }
  })
  // A press on Send leaves the focus, and a phone's keyboard, where they are.
  form.addEventListener("mousedown", (event) => {
    if ((event.target as Element).closest("button")) event.preventDefault()
  })

  if (focus && document.activeElement === document.body && isWide()) box.focus({ preventScroll: true })

  /** A text far too long to be sent fills the box. To measure it, and to find the direction of each of its lines, takes a
   *  browser ever longer: its size is fixed then, and its direction is that of its first letter. */
  function fit(more = 0): void {
    const isLong = box.textLength + more > LONG
    if (isLong !== box.classList.contains("long")) {
      box.classList.toggle("long", isLong)
      box.dir = isLong && RIGHT_TO_LEFT.test(box.value.slice(0, BEGINNING)) ? "rtl" : ""
      box.style.height = ""
    }
    if (growsItself || isLong) return
    box.style.height = "auto"
    box.style.height = `${box.scrollHeight + box.offsetHeight - box.clientHeight}px`
  }
  box.addEventListener("input", () => fit())
  // Before it stands there: to lay it out once is what takes long.
  box.addEventListener("beforeinput", ({ data }) => data && data.length > LONG && fit(data.length))

  fit()

  return {
    focus: () => box.focus({ preventScroll: true }),
    set(text) {
      if (box.value === text) return
      if (text.length > LONG) fit(text.length)
      box.value = text
      fit()
    },
  }
}

const isHeld = ({ ctrlKey, metaKey }: KeyboardEvent): boolean => ctrlKey || metaKey

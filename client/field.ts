// The box one writes in: what its keys do, how it grows, when it has the focus.

/** Screens where a keyboard does not cover half of the room. */
const WIDE = "(min-width: 640px) and (pointer: fine)"

export type Field = { fit(): void; focus(): void }

export function openField(form: HTMLFormElement, on: { send(): void; back(): void }, focus: boolean): Field {
  const box = form.elements.namedItem("message") as HTMLTextAreaElement
  const growsItself = CSS.supports("field-sizing", "content")

  box.addEventListener("keydown", (event) => {
    // While an input method is composing, Enter picks a word and belongs to it. Safari says so only by the old code.
    if (event.isComposing || event.keyCode === 229) return
    if (event.key === "Enter" && !event.shiftKey && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault()
      on.send()
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

  if (focus && document.activeElement === document.body && matchMedia(WIDE).matches) box.focus({ preventScroll: true })

  return {
    focus: () => box.focus(),
    fit() {
      if (growsItself) return
      box.style.height = "auto"
      box.style.height = `${box.scrollHeight + box.offsetHeight - box.clientHeight}px`
    },
  }
}

// The words on a page that stands still. The server puts them into each room, where they come up by themselves unless a
// script takes them away; they are put back, with others, when a drawing has failed.

const words = () => document.getElementById("still")
let taken: HTMLElement | null = null

/** The page lives. */
export function cameAlive(): void {
  taken = words()
  taken?.remove()
}

/** It does, and does not show all that there is any more. */
export function sayBroken(error: unknown): void {
  reportError(error)
  const element = words() ?? taken ?? document.createElement("p")
  const again = document.createElement("a")
  again.href = location.pathname
  again.textContent = "Load it anew"
  element.id = "still"
  element.className = "still now"
  element.setAttribute("role", "alert")
  element.replaceChildren(
    "Something broke in drawing this page: it may not show all that is said. What you write is kept. ",
    again,
  )
  document.body.append(element)
}

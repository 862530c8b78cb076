// The menus open and close without scripts, by their summaries. With scripts they close as menus do: by Escape, with the
// focus back on what opened them, by a press elsewhere, and when the focus goes elsewhere.
import { composes } from "./keyboard.ts"

const openMenu = (): HTMLDetailsElement | null => document.querySelector("details.menu[open]")

export function listenToMenus(): void {
  // Before anyone else hears of it: Escape closes what is on top, and nothing under it.
  const early = { capture: true }
  document.addEventListener(
    "keydown",
    (event) => {
      const menu = openMenu()
      if (event.key !== "Escape" || composes(event) || !menu) return
      event.preventDefault()
      event.stopPropagation()
      menu.open = false
      menu.querySelector("summary")?.focus()
    },
    early,
  )
  for (const kind of ["click", "focusin"]) document.addEventListener(kind, ({ target }) => closeMenus(target), early)
}

/** All of them, but for one that holds the element. */
export function closeMenus(except?: EventTarget | null): void {
  for (const menu of document.querySelectorAll<HTMLDetailsElement>("details.menu[open]"))
    if (!menu.contains(except as Node | null)) menu.open = false
}

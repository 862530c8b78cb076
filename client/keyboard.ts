// What is known of the reader's keyboard, and where keys are text.
import { ifThere } from "./patience.ts"

/** There Ctrl and a letter move within a text, and Command is the key for what a page does. Pure, so that what does not ask for it
 *  does not bring it: the first load. */
export const isMac = /* @__PURE__ */ /^(Mac|iP)/.test(/* @__PURE__ */ ifThere(() => navigator.platform) ?? "")

/** Whether the key makes a sign of a text. Some signs take a modifier: AltGr, which some browsers call Ctrl and Alt, and on a
 *  Mac the Option key. */
export function isSign(event: KeyboardEvent): boolean {
  const { key, ctrlKey, altKey, metaKey } = event
  if (metaKey || NAMED.test(key)) return false
  return (!ctrlKey && (!altKey || isMac)) || event.getModifierState("AltGraph")
}

/** Of a key that makes none: Enter, F1, Dead. What makes one may make several: an Arabic lam with its alef, a Bengali ligature. */
const NAMED = /^(?:\w\w+)?$/

/** The Latin letter of a key, in small; where others are typed, the one that stands beside it. */
export const latin = ({ key, code }: KeyboardEvent): string =>
  (key > "\x7f" ? code.replace(/^Key/, "") : key).toLowerCase()

/** Whether an input method takes the key, to make or to pick a word. Safari says so only by the old code, of the key that ends it. */
export const composes = (event: KeyboardEvent): boolean => event.isComposing || event.keyCode === 229

/** What browsers say of a key that an input method takes, or that waits for another one. */
export const COMPOSING = new Set(["Dead", "Process", "Unidentified"])

export const isField = (element: Element): boolean => element.matches("input, textarea, select, [contenteditable]")

// What is known of the reader's keyboard, and where keys are text.
import { ifThere } from "./patience.ts"

/** There Ctrl and a letter move within a text, and Command is the key for what a page does. */
export const isMac = /^(Mac|iP)/.test(ifThere(() => navigator.platform) ?? "")

export const isField = (element: Element): boolean => element.matches("input, textarea, select, [contenteditable]")

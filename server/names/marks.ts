// Marks upon letters: as many as a word has, and of the letter's own script. Others hide in a small size, or lie over the lines around.
import { isPlain, unpiled } from "../../protocol/text.ts"
import { isOfOneAlone } from "./scripts.ts"

/** Two upon a letter, and of Arabic three: a shadda, its vowel and a small alef. */
const OF_ALL_SCRIPTS = /(?:(?=\p{M})\p{sc=Zinh}){3,}/gu
const OF_ARABIC = /^\p{scx=Arab}{3}$/u

export const isPiled = (name: string): boolean =>
  name.match(OF_ALL_SCRIPTS)?.some((marks) => !OF_ARABIC.test(marks)) || unpiled(name) !== name

/** A sign with the marks upon it; where there is none, they stand alone. */
const MARKED = /\P{M}?\p{M}+/gu
const OF_A_SCRIPT = /(?![\p{sc=Zinh}\p{sc=Zyyy}])\p{M}/u
const LETTER = /^[\p{L}\p{N}\u25cc]/u

/** The first sign with a mark of another script than its own, as a Hebrew dagesh within a k; or null. */
export function strangelyMarked(name: string): string | null {
  if (isPlain(name)) return null
  for (const [one] of name.replace(/\p{DI}/gu, "").matchAll(MARKED))
    if (OF_A_SCRIPT.test(one) && !(LETTER.test(one) && isOfOneAlone(one))) return one
  return null
}

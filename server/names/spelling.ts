// Which names are one, letter by letter, whatever they look like: spellings of Unicode's that mean the same.
import { withoutChillus } from "../../protocol/sought.ts"
import { composed, folded } from "../../protocol/text.ts"

/** One for all spellings of a name. A fixed point: of itself it is the same. */
export const oneSpelling = (name: string): string => {
  const letters = folded(name)
  const old = withoutChillus(letters)
  return old === letters ? letters : folded(old) // its marks in order
}

/** Hyphens that one keyboard has and another has not. */
const HYPHENS = /[\u2010\u2011\u05be\u058a]/g

/** One for all spellings that sign in as the same person. No two people differ in their hyphens: see looksOf. */
export const accountOf = (name: string): string => oneSpelling(name.trim().replace(HYPHENS, "-"))

/** A name as it was typed to sign in. What is counted, what a browser is known for and who is looked up go by this one, and by all of
 *  it: a part would be somebody else. */
export const nameTyped = (typed: string): string => composed(typed.trim())
export const accountMeant = (typed: string): string => accountOf(nameTyped(typed))

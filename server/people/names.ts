// Usernames: what they may be made of.
import { lengthOf, MAX_USERNAME } from "../../protocol/limits.ts"
import { Refusal } from "../../protocol/refusal.ts"
import { composed, isBlank, isLong } from "../../protocol/text.ts"
import { strayIn } from "../names/joiners.ts"
import { looksOf } from "../names/looks.ts"
import { isPiled } from "../names/marks.ts"
import { isOneScript, modifierIn } from "../names/scripts.ts"

/** Words by which the product or whoever runs a place would speak, and those that mean everyone. Only the owner may be called so. */
const RESERVED =
  "admin administrator parlour owner system root moderator sysadmin webmaster operator official staff support help security " +
  "everyone everybody all here room channel place nobody anonymous bot"
let looksOfReserved: Set<string> | undefined

/** Tibetan parts its syllables by a sign of its own; without it its names cannot be written. And a Chinese nought is a number
 *  to Unicode, as letters of Rome are, that other letters already write. */
const LETTERS = /^[\p{L}\p{M}\p{Nd}._\u0f0b\u3007-]+$/u
/** Signs that belong to a word within it, and to Hebrew's at its end: Marcel·la, ジョン・スミス, ג׳ורג׳, and the hyphens of Hebrew and
 *  Armenian. None makes a name another: their looks are without them. */
const WITHIN_WORDS =
  /(?<=[\p{L}\p{M}])\u00b7(?=\p{L})|(?<=[\p{sc=Hani}\p{scx=Kana}])\u30fb(?=[\p{sc=Hani}\p{scx=Kana}])|(?<=\p{sc=Hebr})[\u05f3\u05f4]|(?<=\p{sc=Hebr})\u05be(?=\p{sc=Hebr})|(?<=\p{sc=Armn})\u058a(?=\p{sc=Armn})/gu
/** Hyphens that are a key of their own on some machines. */
const HYPHENS = /[\u2010\u2011]/g

/** The name as it will be shown, or a refusal that says what is wrong with it. */
export function username(typed: string): string {
  const trimmed = typed.trim()
  const name = composed(trimmed).replace(HYPHENS, "-")
  if (isBlank(name) && !isLong(trimmed)) throw refused("Choose a username.")
  if (isLong(trimmed) || lengthOf(name) > MAX_USERNAME)
    throw new Refusal(
      "too_large",
      `A username has at most ${MAX_USERNAME} characters. Choose a shorter one.`,
      "username",
    )
  if (/^[\w.-]*[^\W_][\w.-]*$/.test(name)) return name // ASCII passes all that follows
  const stray = strayIn(name)
  if (stray)
    throw refused(
      `A username is made of letters, digits and . _ - without signs that nobody sees (${stray} is one). Write it anew.`,
    )
  // What is left of unseen signs are joiners and selectors that belong to a word.
  if (!LETTERS.test(name.replace(/\p{DI}/gu, "").replace(WITHIN_WORDS, "")) || /[\ufe0e\ufe0f\u20e3]/.test(name))
    throw refused("A username is made of letters, digits and . _ - without spaces.")
  if (!/^[\p{L}\p{Nd}._-]/u.test(name) || !/[\p{L}\p{Nd}]/u.test(name) || isPiled(name))
    throw refused("A username needs a letter or a digit, without marks piled upon it.")
  const modifier = modifierIn(name)
  if (modifier) throw refused(`A username cannot hold ${modifier}, which only hangs beside a letter. Leave it out.`)
  if (!isOneScript(name))
    throw refused(
      "A username is written in one alphabet: this one mixes letters of several, which look alike. Choose one.",
    )
  return name
}

const refused = (sentence: string) => new Refusal("invalid", sentence, "username")

/** Whether only the owner may be called so: as it stands, or as it looks. */
export function isReserved(name: string): boolean {
  looksOfReserved ??= new Set(RESERVED.split(" ").flatMap(looksOf))
  const reserved = looksOfReserved
  return looksOf(name).some((look) => reserved.has(look))
}

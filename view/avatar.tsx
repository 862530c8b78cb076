// A face made of a name: two hues, a shape and an initial, always the same for the same name. Classes, not style
// attributes: the content security policy allows no inline styles.
import type { JSX } from "preact"
import { lengthOf } from "../protocol/limits.ts"
import { composed, folded, graphemes } from "../protocol/text.ts"

const HUES = 24
const SHAPES = 6

/** `small` is for lists, where the name stands beside it. */
export const Avatar = ({ name, small }: { name: string; small?: boolean }): JSX.Element => (
  <span class={`avatar ${lookOf(name)}${small ? " small" : ""}`} aria-hidden="true">
    {initialOf(name)}
  </span>
)

/** "hue-7 shape-2" */
export function lookOf(name: string): string {
  const hash = hashOf(folded(name))
  return `hue-${1 + (hash % HUES)} shape-${1 + (Math.floor(hash / HUES) % SHAPES)}`
}

/** The first letter, digit or emoji (or, of a name that has none, its first sign), as one sees it: with the vowels that belong to
 *  it, without accents stacked upon it. A capital only where that is one letter, and where names are written with one: Georgian
 *  has capitals for headlines alone. */
export function initialOf(name: string): string {
  if (/^[A-Za-z0-9](?![\p{M}\u200d])/u.test(name)) return name.charAt(0).toUpperCase()
  const signs = graphemes(name)
  const sign = signs.find((one) => /[\p{L}\p{N}\p{RGI_Emoji}\p{Extended_Pictographic}]/v.test(one)) ?? signs[0] ?? ""
  const whole = composed(sign)
  const [letter = "", ...rest] = /^\p{L}/u.test(whole) ? whole.replace(/(?=\p{M})\p{sc=Zinh}/gu, "") : whole
  const capital = letter.toUpperCase()
  const hasOne = lengthOf(capital) === 1 && !/\p{sc=Geor}/u.test(letter)
  return [hasOne ? capital : letter, ...rest].join("")
}

/** FNV-1a, mixed once more so that neighbours such as "user1" and "user2" look different. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5
  for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193)
  hash = Math.imul(hash ^ (hash >>> 16), 0x45d9f3b)
  return (hash ^ (hash >>> 16)) >>> 0
}

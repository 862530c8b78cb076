// Signs that nobody sees, and where they belong all the same: a joiner within a word of Persian or Sinhala, within the emoji
// of a family; a selector after the sign that it selects. Elsewhere they only hide that two names differ.
import { isPlain, unseenIn } from "../../protocol/text.ts"

/** Letters with which a joiner that follows has a meaning: viramas, of which RFC 5892 (CONTEXTJ) speaks. From the table of
 *  combining classes (9). */
const VIRAMA =
  "\u094d\u09cd\u0a4d\u0acd\u0b4d\u0bcd\u0c4d\u0ccd\u0d3b\u0d3c\u0d4d\u0dca\u0e3a\u0eba\u0f84\u1039\u103a\u1714\u1715" +
  "\u1734\u17d2\u1a60\u1b44\u1baa\u1bab\u1bf2\u1bf3\u2d7f\ua806\ua82c\ua8c4\ua953\ua9c0\uaaf6\uabed\u{10a3f}\u{11046}" +
  "\u{11070}\u{1107f}\u{110b9}\u{11133}\u{11134}\u{111c0}\u{11235}\u{112ea}\u{1134d}\u{113ce}-\u{113d0}\u{11442}\u{114c2}" +
  "\u{115bf}\u{1163f}\u{116b6}\u{1172b}\u{11839}\u{1193d}\u{1193e}\u{119e0}\u{11a34}\u{11a47}\u{11a99}\u{11c3f}\u{11d44}" +
  "\u{11d45}\u{11d97}\u{11f41}\u{11f42}\u{1612f}"

/** Scripts whose letters join in a word, or not: a non-joiner stands between any two of them, after those that join to nothing
 *  (کشور‌ها) and at a word's end (هه‌ڵه‌بجه‌), as people type it; a joiner holds the form of a letter alone (ه‍.ش). Where neither
 *  shows it makes no other name: folding drops it, and so do looks. */
const JOINING =
  "[\\p{sc=Arab}\\p{sc=Syrc}\\p{sc=Nkoo}\\p{sc=Mand}\\p{sc=Mong}\\p{sc=Phag}\\p{sc=Mani}\\p{sc=Phlp}\\p{sc=Rohg}\\p{sc=Sogd}" +
  "\\p{sc=Ougr}\\p{sc=Chrs}\\p{sc=Adlm}]"

const NON_JOINER = "\u200c"
const JOINER = "\u200d"
/** Marks stand between without a say. The joiner may also stand before a virama: so Bengali writes a ra of its own. And one
 *  that joins graphemes keeps two marks in their order. */
const JOINERS = new RegExp(
  [
    `(?<=[${VIRAMA}])[${NON_JOINER}${JOINER}]`,
    `(?<=\\p{L}\\p{M}{0,4})${JOINER}(?=[${VIRAMA}])`,
    `(?<=\\p{L}\\p{M}{0,4})\u034f(?=\\p{M})`,
    `(?<=(?=\\p{L})${JOINING}\\p{M}{0,4})[${NON_JOINER}${JOINER}]`,
    // Signs that may be emoji become one by it, whether a selector says that they are emoji or not.
    `(?<=\\p{ExtPict}[\u{1f3fb}-\u{1f3ff}]?\ufe0f?)${JOINER}(?=\\p{ExtPict})`,
  ].join("|"),
  "gu",
)
/** Selectors of a form: of a Mongolian letter, of an ideograph (as in many Japanese names), of a sign that may be an emoji. */
const SELECTORS =
  /(?<=\p{Script=Mongolian})[\u180b-\u180f]|(?<=\p{Unified_Ideograph})[\ufe00-\ufe02\u{e0100}-\u{e01ef}]|(?<=(?![0-9#*])\p{Emoji})[\ufe0e\ufe0f]/gu
/** Made when it is needed: of some thousand sequences engines make a pattern in ten milliseconds. */
let emoji: RegExp | undefined

/** The first sign of a name that nobody sees and that does not belong where it stands, as "U+200B"; or null. Spaces are
 *  seen, by what they part. */
export function strayIn(name: string): string | null {
  if (isPlain(name)) return null
  emoji ??= /\p{RGI_Emoji}/gv
  const rest = name.replace(JOINERS, "").replace(SELECTORS, "").replace(emoji, "")
  const stray = unseenIn(rest)
  return stray === undefined ? null : `U+${stray.codePointAt(0)!.toString(16).toUpperCase().padStart(4, "0")}`
}

// What people wrote, with links in it. Everything that is not certainly a web or mail address stays text; nothing
// is ever markup.
import type { ComponentChildren, JSX } from "preact"
import { graphemes, unpiled } from "../protocol/text.ts"
import { type Link, pieces } from "./links.ts"

/** The text of a message, ready to stand in a page. */
export const Text = ({ children }: { children: string }): JSX.Element => <>{linked(children)}</>

/** More than two blank lines in a row. */
const BLANK = /\n(?:[^\S\n]*\n){3,}/g
/** The same words, without what would push others' out of sight. */
export const tidy = (text: string): string => unpiled(text.replace(BLANK, "\n\n\n"))

/** The host that a link leads to, where another stands there: a Cyrillic apple is none, and 2130706433 is this machine. */
function trueHost({ link, href = link }: Link): string | undefined {
  if (href.startsWith("mailto:")) return undefined
  const { host } = new URL(href)
  const shown = link.replace(/^https?:\/\//i, "").toLowerCase()
  return shown.startsWith(host) ? undefined : host
}

function linked(text: string): ComponentChildren {
  return pieces(text).map((piece) =>
    typeof piece === "string" ? (
      tidy(piece)
    ) : (
      <a href={piece.href ?? piece.link} target="_blank" rel="noopener noreferrer" dir="ltr" title={trueHost(piece)}>
        {unpiled(piece.link)}
      </a>
    ),
  )
}

/** UTF-16 units of three emoji and the spaces between: the longest family has 15, a flag of tags 14. */
const MOST_EMOJI_UNITS = 80
/** One emoji as people type it: as Unicode recommends it, or with the selector left out or put in where it need not be; not
 *  the signs of print (\u00a9, arrows) that are emoji only with it. */
const EMOJI =
  "^(?:\\p{RGI_Emoji}|[0-9#*]\\u20e3|\\p{Emoji}\\ufe0f|(?![\\u0000-\\u22ff])\\p{Extended_Pictographic}TONE(?:\\u200d\\p{Extended_Pictographic}TONE)*)$"
/** Made when it is needed: of some thousand sequences engines make a pattern in ten milliseconds. */
let emoji: RegExp | undefined

/** One to three emoji and nothing else are shown larger. */
export function isOnlyEmoji(text: string): boolean {
  if (text.length > MOST_EMOJI_UNITS || /^\s*(?!\u2139)\p{L}/u.test(text)) return false
  const signs = graphemes(text).filter((sign) => sign.trim() !== "")
  if (signs.length === 0 || signs.length > 3) return false
  emoji ??= new RegExp(EMOJI.replaceAll("TONE", "[\\u{1f3fb}-\\u{1f3ff}]?\\ufe0f?"), "v")
  const pattern = emoji
  return signs.every((sign) => pattern.test(sign))
}

// What people wrote, with links in it. Everything that is not certainly a web or mail address stays text; nothing
// is ever markup. Each character is looked at a bounded number of times, however hostile the text.
import type { ComponentChildren, JSX } from "preact"
import { graphemes, unpiled } from "../protocol/text.ts"

/** The only schemes that become links. Anchored here, so that no other (`javascript:`) can follow from the text. */
const START = /(?<![\p{L}\p{N}_])(?:https?:\/\/|mailto:)/giu

/** No address goes on past these: spaces, quotes and brackets that delimit, and the invisible signs that reorder or hide text. */
const STOP = /[\s\p{Cc}<>"`\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]/u

const TRAILING = new Set("([{.,:;!?'*_~\u2026\u3002\u3001\uff0c\uff01\uff1f\u2019\u201d\u00bb\u300d\u300f")

const OPENED: Record<string, string> = { ")": "(", "]": "[", "}": "{" }

/** The text of a message, ready to stand in a page. */
export const Text = ({ children }: { children: string }): JSX.Element => <>{linked(children)}</>

/** More than two blank lines in a row. */
const BLANK = /\n(?:[^\S\n]*\n){3,}/g
/** The same words, without what would push others' out of sight. */
export const tidy = (text: string): string => unpiled(text.replace(BLANK, "\n\n\n"))

export type Piece = string | { link: string }

/** Cuts a text into plain pieces and addresses, in order; put together again they are the text. */
export function pieces(text: string): Piece[] {
  const found: Piece[] = []
  let done = 0
  START.lastIndex = 0
  for (let match = START.exec(text); match; match = START.exec(text)) {
    const from = START.lastIndex
    const run = endOfRun(text, from)
    const end = withoutTrailing(text, from, run)
    const link = text.slice(match.index, end)
    // What was looked at and is no address is not looked at again: else a row of "https://" would take for ever.
    if (end === from || !isAddress(link)) {
      START.lastIndex = Math.max(run, from)
      continue
    }
    if (match.index > done) found.push(text.slice(done, match.index))
    found.push({ link })
    done = end
    START.lastIndex = run
  }
  if (done < text.length) found.push(text.slice(done))
  return found
}

function linked(text: string): ComponentChildren {
  return pieces(text).map((piece) =>
    typeof piece === "string" ? (
      tidy(piece)
    ) : (
      <a href={piece.link} target="_blank" rel="noopener noreferrer" dir="ltr">
        {piece.link}
      </a>
    ),
  )
}

/** Where what may be an address ends: at what cannot belong to it, or at a bracket that it did not open. */
function endOfRun(text: string, from: number): number {
  const open: Record<string, number> = { "(": 0, "[": 0, "{": 0 }
  for (let end = from; end < text.length; end++) {
    const character = text[end] as string
    if (STOP.test(character)) return end
    const opener = OPENED[character]
    if (character in open) open[character] = (open[character] as number) + 1
    else if (opener) {
      if (open[opener] === 0) return end
      open[opener] = (open[opener] as number) - 1
    }
  }
  return text.length
}

/** The punctuation of the sentence around it, and a bracket left open, are not the address's own. */
function withoutTrailing(text: string, from: number, run: number): number {
  let end = run
  while (end > from && TRAILING.has(text[end - 1] as string)) end--
  return end
}

function isAddress(link: string): boolean {
  if (/^mailto:/i.test(link)) return /^mailto:[^@\s]+@[^@\s]+$/i.test(link)
  return URL.canParse(link)
}

/** UTF-16 units of three emoji and the spaces between: the longest family has 15, a flag of tags 14. */
const MOST_EMOJI_UNITS = 80
/** One emoji as people type it: as Unicode recommends it, or with the selector left out or put in where it need not be; not
 *  the signs of print (\u00a9, arrows) that are emoji only with it. */
const EMOJI = new RegExp(
  "^(?:\\p{RGI_Emoji}|[0-9#*]\\u20e3|\\p{Emoji}\\ufe0f|[[\\p{Extended_Pictographic}]--[\\u0000-\\u22ff]]TONE(?:\\u200d\\p{Extended_Pictographic}TONE)*)$".replaceAll(
    "TONE",
    "[\\u{1f3fb}-\\u{1f3ff}]?\\ufe0f?",
  ),
  "v",
)
/** One to three emoji and nothing else are shown larger. */
export function isOnlyEmoji(text: string): boolean {
  if (text.length > MOST_EMOJI_UNITS || /^\s*[\p{L}--\u2139]/v.test(text)) return false
  const signs = graphemes(text).filter((sign) => sign.trim() !== "")
  return signs.length > 0 && signs.length <= 3 && signs.every((sign) => EMOJI.test(sign))
}

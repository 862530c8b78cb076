// What people wrote, with links in it. Everything that is not certainly a web or mail address stays text; nothing
// is ever markup. Each character is looked at a bounded number of times, however hostile the text.
import type { ComponentChildren, JSX } from "preact"

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
/** More marks on one letter than any language puts there: they would reach over the lines around. */
const MARKS = /(\p{M}{5})\p{M}+/gu

/** The same words, without what would push others' out of sight. */
export const tidy = (text: string): string => text.replace(BLANK, "\n\n\n").replace(MARKS, "$1")

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

/** One to three emoji and nothing else are shown larger. */
export const isOnlyEmoji = (text: string): boolean => text.length <= 40 && /^(?:\p{RGI_Emoji}\s*){1,3}$/v.test(text)

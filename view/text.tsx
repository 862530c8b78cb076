// What people wrote, with links in it. Everything that is not certainly a web or mail address stays text; nothing
// is ever markup. Each character is looked at a bounded number of times, however hostile the text.
import type { ComponentChildren, JSX } from "preact"

/** The only schemes that become links. Anchored here, so that no other (`javascript:`) can follow from the text. */
const START = /(?<![\p{L}\p{N}_])(?:https?:\/\/|mailto:)/giu

/** No address goes on past these: spaces, quotes and brackets that delimit, and the invisible signs that reorder or hide text. */
const STOP = /[\s\p{Cc}<>"`\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]/u

const TRAILING = new Set(".,:;!?'*_~\u2026\u3002\u3001\uff0c\uff01\uff1f\u2019\u201d\u00bb\u300d\u300f")

const OPENED: Record<string, string> = { ")": "(", "]": "[", "}": "{" }

/** The text of a message, ready to stand in a page. */
export const Text = ({ children }: { children: string }): JSX.Element => <>{linked(children)}</>

export type Piece = string | { link: string }

/** Cuts a text into plain pieces and addresses, in order; put together again they are the text. */
export function pieces(text: string): Piece[] {
  const found: Piece[] = []
  let done = 0
  START.lastIndex = 0
  for (let match = START.exec(text); match; match = START.exec(text)) {
    const end = endOfAddress(text, match.index, START.lastIndex)
    const link = text.slice(match.index, end)
    if (!isAddress(link)) continue
    if (match.index > done) found.push(text.slice(done, match.index))
    found.push({ link })
    done = end
    START.lastIndex = end
  }
  if (done < text.length) found.push(text.slice(done))
  return found
}

function linked(text: string): ComponentChildren {
  return pieces(text).map((piece) =>
    typeof piece === "string" ? (
      piece
    ) : (
      <a href={piece.link} target="_blank" rel="noopener noreferrer" dir="ltr">
        {piece.link}
      </a>
    ),
  )
}

/** Where the address that begins at `start` ends: before whatever cannot belong to it, before a bracket that it did
 *  not open, and before the punctuation of the sentence around it. */
function endOfAddress(text: string, start: number, from: number): number {
  const open: Record<string, number> = { "(": 0, "[": 0, "{": 0 }
  let end = from
  for (; end < text.length; end++) {
    const character = text[end] as string
    if (STOP.test(character)) break
    const opener = OPENED[character]
    if (character in open) open[character] = (open[character] as number) + 1
    else if (opener) {
      if (open[opener] === 0) break
      open[opener] = (open[opener] as number) - 1
    }
  }
  while (end > from && (TRAILING.has(text[end - 1] as string) || (text[end - 1] as string) in open)) end--
  return end > from ? end : start
}

function isAddress(link: string): boolean {
  if (/^mailto:/i.test(link)) return /^mailto:[^@\s]+@[^@\s]+$/i.test(link)
  return URL.canParse(link)
}

/** One to three emoji and nothing else are shown larger. */
export const isOnlyEmoji = (text: string): boolean => text.length <= 40 && /^(?:\p{RGI_Emoji}\s*){1,3}$/v.test(text)

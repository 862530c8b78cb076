// How many bytes there will be of a text when it is drawn: escaped, and with its links. An estimate that draws nothing, and looks
// at each sign once.
import { MOST_LINKS } from "../../protocol/limits.ts"

/** What is written as an entity, as an escape of JSON or, a line's end, as an element. */
const ESCAPED = 6
/** The element around a link. */
const ELEMENT = 80
const BLANK = 0x20
/** Bytes of each sign of ASCII. */
const BYTES = Uint8Array.from({ length: 128 }, (_, code) =>
  code < BLANK || `"&'<>\\`.includes(String.fromCharCode(code)) ? ESCAPED : 1,
)
/** There is no link without one of them inside. */
const [STOP, COLON, AT] = [0x2e, 0x3a, 0x40]

/** As many bytes as a page has of it, or some more. What may be a link counts twice: it is what is shown and where it leads. */
export function weightOf(text: string): number {
  let [weight, word, links, before] = [0, 0, 0, 0]
  for (let at = 0; at <= text.length; at++) {
    const code = at < text.length ? text.charCodeAt(at) : BLANK
    if (code > BLANK) {
      word += bytesOf(code)
      if ((code === STOP || code === COLON || code === AT) && text.charCodeAt(at + 1) > BLANK) links++
      continue
    }
    weight += bytesOf(code) + (links > before ? 2 * word : word)
    word = 0
    before = links
  }
  return weight - 1 + ELEMENT * Math.min(links, MOST_LINKS) // without the blank that ends the last word
}

/** In UTF-8. Half of a pair is counted as if it stood alone. */
function bytesOf(code: number): number {
  if (code < 0x80) return BYTES[code]!
  return code < 0x800 ? 2 : 3
}

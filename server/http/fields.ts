// The fields of a form, taken apart here and not by the runtime: to take hundreds of thousands of them apart would hold everybody
// up, so they are counted before; and of one that is longer than any text may be, no more is decoded than shows that.
import { parseJsonObject } from "../../protocol/json.ts"
import { MAX_TYPED_TEXT } from "../../protocol/limits.ts"
import { Refusal } from "../../protocol/refusal.ts"
import type { Ask } from "./env.ts"
import { mediaOf } from "./media.ts"
import { partOf } from "./utf8.ts"

export type Fields = Record<string, string>

const UNREADABLE = "The form could not be read. Go back and send it again."
const IN_PARTS =
  "Send the form as application/x-www-form-urlencoded, or as JSON: what is sent in parts is not read here."

/** Fields of one form. The longest of ours has five. */
const MOST_FIELDS = 100
/** Bytes of a field that are decoded: more than the longest text has, with three for each unit, and each in three signs. */
const MOST_OF_A_FIELD = 9 * (MAX_TYPED_TEXT + 1)
const [AMPERSAND, EQUALS, PLUS, PERCENT, SPACE] = [0x26, 0x3d, 0x2b, 0x25, 0x20]

/** The fields of a form, or of a JSON body with the same names. A field given twice counts once. Refuses what is neither; what is
 *  nothing at all has none. */
export async function fieldsOf({ req }: Ask): Promise<Fields> {
  switch (mediaOf(req.header("content-type"))) {
    case "json":
      return texts(parseJsonObject(await req.text(), UNREADABLE))
    case "form":
      return fieldsIn(new Uint8Array(await req.arrayBuffer()))
    case "multipart":
      throw new Refusal("malformed", IN_PARTS)
    case "other":
      await req.arrayBuffer()
      return {}
  }
}

const texts = (body: Record<string, unknown>): Fields =>
  Object.fromEntries(Object.entries(body).filter((entry): entry is [string, string] => typeof entry[1] === "string"))

/** As a browser writes them. Exported for its tests. */
export function fieldsIn(sent: Uint8Array): Fields {
  const pieces: Uint8Array[] = []
  for (let from = 0; from <= sent.length; ) {
    const at = sent.indexOf(AMPERSAND, from)
    const end = at < 0 ? sent.length : at
    if (pieces.push(sent.subarray(from, end)) > MOST_FIELDS) throw new Refusal("malformed", UNREADABLE)
    from = end + 1
  }
  return Object.fromEntries(pieces.filter(({ length }) => length > 0).map(fieldIn))
}

function fieldIn(piece: Uint8Array): [name: string, value: string] {
  const end = piece.indexOf(EQUALS)
  return end < 0 ? [decoded(piece), ""] : [decoded(piece.subarray(0, end)), decoded(piece.subarray(end + 1))]
}

/** Bad percents stay. What is cut is refused as too long, whatever it is cut within. */
function decoded(bytes: Uint8Array): string {
  const sent = unescaped(bytes.slice(0, MOST_OF_A_FIELD))
  return bytes.length > MOST_OF_A_FIELD ? lenient.decode(sent) : partOf(sent)
}
const lenient = new TextDecoder()

/** In place: it only becomes shorter. */
function unescaped(bytes: Uint8Array): Uint8Array {
  let to = 0
  for (let at = 0; at < bytes.length; at++) {
    let sign = bytes[at]!
    if (sign === PLUS) sign = SPACE
    else if (sign === PERCENT && at + 2 < bytes.length) {
      const meant = 16 * DIGITS[bytes[at + 1]!]! + DIGITS[bytes[at + 2]!]!
      if (meant >= 0) {
        sign = meant
        at += 2
      }
    }
    bytes[to++] = sign
  }
  return bytes.subarray(0, to)
}

/** What a sign of sixteen stands for; so little that the other does not make up for it, where it is none. */
const DIGITS = Int16Array.from({ length: 256 }, (_, sign) => {
  const digit = Number.parseInt(String.fromCharCode(sign), 16)
  return Number.isNaN(digit) ? -1_000 : digit
})

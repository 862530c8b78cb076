// The fields of a form, taken apart here and not by the runtime: to take hundreds of thousands of them apart would hold everybody
// up, so they are counted before; and of one that is longer than any text may be, no more is decoded than shows that.
import { parseJsonObject } from "../../protocol/json.ts"
import { MAX_TYPED_TEXT } from "../../protocol/limits.ts"
import { Refusal } from "../../protocol/refusal.ts"
import type { Ask } from "./env.ts"
import { mediaOf } from "./media.ts"

export type Fields = Record<string, string>

const UNREADABLE = "The form could not be read. Go back and send it again."
const IN_PARTS =
  "Send the form as application/x-www-form-urlencoded, or as JSON: what is sent in parts is not read here."

/** Fields of one form. The longest of ours has five. */
const MOST_FIELDS = 100
/** Bytes of a field that are decoded: more than the longest text has, with three for each unit, and each in three signs. */
const MOST_OF_A_FIELD = 9 * (MAX_TYPED_TEXT + 1)
const [AMPERSAND, PLUS, SPACE] = [0x26, 0x2b, 0x20]

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
  let fields = 1
  for (let at = sent.indexOf(AMPERSAND); at >= 0; at = sent.indexOf(AMPERSAND, at + 1))
    if (++fields > MOST_FIELDS) throw new Refusal("malformed", UNREADABLE)
  const bytes = sent.map((byte) => (byte === PLUS ? SPACE : byte))
  const pieces = new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes).split("&")
  return Object.fromEntries(pieces.filter((piece) => piece !== "").map(fieldIn))
}

function fieldIn(piece: string): [name: string, value: string] {
  const end = piece.indexOf("=")
  return end < 0 ? [decoded(piece), ""] : [decoded(piece.slice(0, end)), decoded(piece.slice(end + 1))]
}

/** Bad percents stay, and what is no UTF-8 becomes U+FFFD. */
function decoded(text: string): string {
  const most = text.slice(0, MOST_OF_A_FIELD)
  return most.includes("%") ? new URLSearchParams(`x=${most}`).get("x")! : most
}

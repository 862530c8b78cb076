// Text as it was sent, or none of it. A decoder puts U+FFFD for what it cannot read: what was said would be lost for ever, and two
// passwords that differ in one letter would be one.
import { Refusal } from "../../protocol/refusal.ts"

const NOT_UTF8 = "That is not UTF-8. Send it in UTF-8."

const whole = new TextDecoder("utf-8", { fatal: true })
/** Within something else there is no byte order mark. */
const within = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })

/** Without the byte order mark that some write first. */
export const textOf = (bytes: ArrayBuffer): string => decode(whole, bytes)

/** Of a part of what was sent. */
export const partOf = (bytes: Uint8Array): string => decode(within, bytes)

function decode(decoder: TextDecoder, bytes: ArrayBuffer | Uint8Array): string {
  try {
    return decoder.decode(bytes)
  } catch {
    throw new Refusal("malformed", NOT_UTF8)
  }
}

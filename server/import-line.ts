// One line of a file that is imported: what it says, or in words why it is not taken. What comes from elsewhere is refused
// rather than taken as well as it goes: what was damaged on the way in, no second run could mend.
import { createHash } from "node:crypto"
import type { CommandOf } from "../protocol/command.ts"
import { parseJson } from "../protocol/json.ts"
import { MAX_TYPED, MAX_TYPED_TEXT } from "../protocol/limits.ts"
import { Refusal } from "../protocol/refusal.ts"
import type { Tally } from "./db/tally.ts"
import { timeOf } from "./import-time.ts"

type Line = CommandOf<"import">["lines"][number]

/** Values in one line: what other programs export may stand in it, too, and is passed over. */
const MOST_VALUES = 10_000
const NOT_JSON = "it is not JSON"

/** A line, or what is wrong with it. `alike`: how often each line has come before, which its nonce says. */
export function parseLine(text: string, alike: Tally): Line | string {
  let input: unknown
  try {
    input = parseJson(text, NOT_JSON, MOST_VALUES)
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    return error.message === NOT_JSON ? NOT_JSON : "it is nested too deeply, or holds too much"
  }
  if (typeof input !== "object" || input === null) return "it is not a JSON object"
  const { room, author, at, text: said } = input as Record<string, unknown>
  if (typeof room !== "string") return '"room" is not text'
  if (typeof author !== "string") return '"author" is not text'
  if (typeof said !== "string") return '"text" is not text'
  // Of one that is too long the whole batch would be refused.
  if (room.length > MAX_TYPED) return '"room" is longer than a name can be'
  if (author.length > MAX_TYPED) return '"author" is longer than a name can be'
  if (said.length > MAX_TYPED_TEXT) return '"text" is longer than a message can be'
  for (const [field, value] of Object.entries({ room, author, text: said })) {
    const damage = damageTo(value)
    if (damage) return `"${field}" has ${damage}`
  }
  const time = timeOf(at)
  if (typeof time === "string") return time

  const hash = createHash("sha256")
    .update(JSON.stringify([room, author, at, said]))
    .digest("base64url")
    .slice(0, 27)
  return { room, author, at: time, text: said, nonce: `import-${hash}-${alike.add(hash)}` }
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const CONTROL = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/

/** What is in it that could not be kept as it is. In place of a control character stood a sign that one is missing. */
function damageTo(text: string): string | null {
  if (!text.isWellFormed()) return "half a character in it, so it was damaged before"
  const control = CONTROL.exec(text)?.[0]
  if (control === undefined) return null
  const code = control.charCodeAt(0)
  const name = `U+${code.toString(16).toUpperCase().padStart(4, "0")}`
  return code < 0x80
    ? `${name} in it, a control character: take such out first`
    : `${name} in it, a control character: the text was Windows-1252 and was read as Latin-1, so convert it anew`
}

// One line of a file that is imported: what it says, or in words why it is not taken. What comes from elsewhere is refused
// rather than taken as well as it goes: what was damaged on the way in, no second run could mend.
import { createHash } from "node:crypto"
import type { CommandOf } from "../protocol/command.ts"
import { parseJson } from "../protocol/json.ts"
import { MAX_TYPED, MAX_TYPED_TEXT } from "../protocol/limits.ts"
import { Refusal } from "../protocol/refusal.ts"
import type { Tally } from "./db/tally.ts"

type Line = CommandOf<"import">["lines"][number]

/** Values in one line: what other programs export may stand in it, too, and is passed over. */
const MOST_VALUES = 10_000
const NOT_JSON = "it is not JSON"

const DAY = 24 * 60 * 60 * 1000
/** Seconds since 1970 from which on a number is no time of 1970 in milliseconds: 1973. */
const SECONDS_FROM = 1e8
/** As Slack writes it: "1570472456.000200". */
const NUMBER_AS_TEXT = /^\d{9,19}(\.\d+)?$/
/** What is one time wherever it is read: ISO 8601, or a month by its name with a zone. 07/10/2019 is in July here and in October
 *  there. */
const CERTAIN = /^\d{4}-\d\d(-\d\d)?(?!\d)|\b[A-Z][a-z]{2}\b.*\d{4}.*(?:Z|GMT|UTC|[+-]\d\d:?\d\d)\b/
/** A time without a zone would be another on each machine: it is taken as UTC. */
const WITHOUT_ZONE = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?$/

/** Characters of a time, in any spelling: what is longer is none, and would take long to be found so. */
const LONGEST_TIME = 100

const NO_TIME = '"at" is not a time, such as "2019-10-07T18:20:56Z"'

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
  for (const [field, value] of Object.entries({ room, author, text: said }))
    if (!value.isWellFormed()) return `"${field}" has half a character in it, so it was damaged before`
  const time = timeOf(at)
  if (typeof time === "string") return time

  const hash = createHash("sha256")
    .update(JSON.stringify([room, author, at, said]))
    .digest("base64url")
    .slice(0, 27)
  return { room, author, at: time, text: said, nonce: `import-${hash}-${alike.add(hash)}` }
}

/** Milliseconds since 1970, or what is wrong. Programs count in seconds and in millionths, too; each has its own range, as nobody
 *  chatted in January 1970, nor will have by the year 5000. */
function timeOf(at: unknown): number | string {
  const latest = Date.now() + DAY
  let time = Number.NaN
  if (typeof at === "string" && at.length > LONGEST_TIME) return NO_TIME
  if (typeof at === "number") time = inMilliseconds(at, latest)
  else if (typeof at === "string" && NUMBER_AS_TEXT.test(at)) time = inMilliseconds(Number(at), latest)
  else if (typeof at === "string" && CERTAIN.test(at))
    time = Date.parse(WITHOUT_ZONE.test(at) ? `${at.replace(" ", "T")}Z` : at)
  if (!Number.isFinite(time)) return NO_TIME
  if (time < 0) return `"at" is before 1970: ${shown(at)}`
  if (time > latest) return `"at" is in the future, as milliseconds since 1970: ${shown(at)}`
  return Math.trunc(time)
}

function inMilliseconds(at: number, latest: number): number {
  if (at >= SECONDS_FROM && at <= latest / 1_000) return at * 1_000
  for (const share of [1_000, 1_000_000])
    if (at >= SECONDS_FROM * 1_000 * share && at <= latest * share) return at / share
  return at
}

const shown = (at: unknown): string => String(at).slice(0, 40)

// What each size costs: every string and list of every schema, every field of a form, every part of an address that work is
// done on, and what is drawn of it, with each family of text, at its bound, beyond it and doubled. Work grows with the length and
// not with its square, and holds the loop up for no longer than 50 ms.
import { describe, expect, test } from "bun:test"
import { renderToString } from "preact-render-to-string"
import * as v from "valibot"
import { parseAddress } from "../protocol/address.ts"
import { command, parseCommand, plainText } from "../protocol/command.ts"
import { isCursor, parseCursor } from "../protocol/cursor.ts"
import type { Message } from "../protocol/event.ts"
import { parseJson } from "../protocol/json.ts"
import { MAX_PAGE, MAX_PASSWORD, MAX_TEXT, MAX_TYPED, MAX_TYPED_TEXT } from "../protocol/limits.ts"
import { Refusal } from "../protocol/refusal.ts"
import { Tally } from "../server/db/tally.ts"
import { takes } from "../server/http/accept.ts"
import { Row } from "../server/http/classic/ajax-room.tsx"
import { escaped } from "../server/http/classic/room.ts"
import { pairsOf } from "../server/http/cookies.ts"
import { ownPath } from "../server/http/pages.tsx"
import { parseLine } from "../server/import-line.ts"
import { LONG_ENOUGH } from "../server/messages/rows.ts"
import { weightOf } from "../server/messages/weight.ts"
import { accountOf } from "../server/names/spelling.ts"
import { isReserved, username } from "../server/people/names.ts"
import { mustBeStrong } from "../server/people/password.ts"
import { placeName } from "../server/people/place.ts"
import { roomName, slugOf, slugsFor } from "../server/rooms/names.ts"
import { MessageRow } from "../view/message.tsx"
import { isOnlyEmoji, Text } from "../view/text.tsx"
import { serverClock } from "../view/times.ts"
import { linked, families as plain } from "./fuzz/texts.ts"
import { processorMs } from "./processor.ts"
import { placesOf } from "./schemas.ts"

const families = [...plain, ...linked]

/** Growth of the work when the text is twice as long; and milliseconds of the processor that one text may cost. */
const MOST_GROWTH = 2.3
const MOST_COST_MS = 50
/** Below so many milliseconds a time says nothing about how it grows. */
const WORTH_IT_MS = 2
/** Again, if once seems too much: others work on the same machine. */
const TRIES = 15
const ROUNDS = 4

/** What is done with a text, and how long it may be where it is done. What it refuses it refuses. `sent` is what a text comes
 *  as, made beforehand: what others pay for is no work of ours. */
type Work = { name: string; most: number; of(text: string): unknown; sent?(text: string): string }

const good: Record<string, unknown> = {
  room: "talk",
  text: "x",
  name: "x",
  username: "ann",
  password: "four words make it",
  old: "four words made it",
}

/** A command of that type with a value at a place in it. */
function withValue(path: string, value: unknown): object {
  const [type, key, inside] = path.replace("[]", "").split(".") as [string, string, string?]
  const line = { room: "talk", author: "Old", at: 1, text: "x", nonce: "n" }
  if (inside) return { type, lines: [{ ...line, [inside]: value }] }
  return { type, ...good, session: "x", token: "x", anew: true, lines: [line], [key]: value }
}

const ofSchemas: Work[] = placesOf(command)
  .filter(({ kind }) => kind === "string")
  .map(({ path, bound }) => ({ name: path, most: bound!, of: (text) => parseCommand(withValue(path, text)) }))

const works: Work[] = [
  ...ofSchemas,
  { name: "a frame", most: 128 * 1024, of: (text) => parseJson(text) },
  { name: "a string in a frame", most: 100 * 1024, of: parseJson, sent: (text) => JSON.stringify({ text }) },
  { name: "plain text", most: MAX_TYPED_TEXT, of: plainText },
  { name: "a room's address", most: MAX_TYPED, of: slugOf },
  { name: "a room's name", most: MAX_TYPED, of: roomName },
  { name: "a username", most: MAX_TYPED, of: username },
  { name: "the looks of a name", most: MAX_TYPED, of: isReserved },
  { name: "whose name it is", most: MAX_TYPED, of: accountOf },
  { name: "the addresses that a room may have had", most: MAX_TYPED, of: slugsFor },
  { name: "the place's name", most: MAX_TYPED, of: placeName },
  { name: "a password", most: MAX_PASSWORD, of: (text) => mustBeStrong(text, ["ann"]) },
  { name: "a name in a password", most: MAX_TYPED, of: (text) => mustBeStrong(text.slice(0, 100), [text]) },
  { name: "a cursor", most: 4_096, of: (text) => isCursor(text) && parseCursor(text) },
  { name: "the way to go on", most: 4_096, of: ownPath },
  ...["/", "//", "/\\", "http:", "http://", "https://a."].map((start) => ({
    name: `the way to go on behind ${start}`,
    most: 4_096,
    of: (text: string) => ownPath(start + text),
  })),
  ...["", "http://", "http:", "https://user@", "//"].flatMap((start) => [
    { name: `an Origin behind "${start}"`, most: 4_096, of: (text: string) => parseAddress(start + text) },
    {
      name: `an address with a base, behind "${start}"`,
      most: 4_096,
      of: (text: string) => parseAddress(start + text, "http://here.invalid"),
    },
    {
      name: `an encoded Origin behind "${start}"`,
      most: 4_096,
      of: (text: string) => parseAddress(start + text),
      sent: (text: string) => encodeURIComponent(text.toWellFormed()),
    },
  ]),
  { name: "cookies", most: 16_384, of: (text) => pairsOf(`parlour=${text}`, "parlour") },
  { name: "what a client takes", most: 16_384, of: (text) => takes(text, "text/html") },
  // As long as a line may be, and as long as its text may be: beyond that it is refused unread.
  ...[128 * 1024, MAX_TYPED_TEXT].map((most) => ({
    name: `a line of an import, its text of ${most}`,
    most,
    of: (line: string) => parseLine(line, new Tally()),
    sent: (text: string) => JSON.stringify({ room: "a", author: "b", at: 1_570_472_456, text }),
  })),
  { name: "a message as it is drawn", most: MAX_TEXT * 2, of: (text) => renderToString(Text({ children: text })) },
  ...["http://a", "https://a:b@", "www.", "http://a.de/", "mailto:"].map((begin) => ({
    name: `${begin} and on, as it is drawn`,
    most: MAX_TEXT * 2,
    of: (text: string) => renderToString(Text({ children: begin + text })),
  })),
  { name: "whether it is only emoji", most: MAX_TEXT * 2, of: isOnlyEmoji },
  { name: "what older pages are sent", most: MAX_TEXT * 2, of: escaped },
]

function cost({ of }: Work, text: string): number {
  const before = processorMs()
  try {
    of(text)
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
  }
  return processorMs() - before
}

/** What is wrong with a work on a family of text, if anything is. */
function wrongWith(work: Work, { name, of }: (typeof families)[number]): string[] {
  const sent = (units: number) => work.sent?.(of(units)) ?? of(units)
  const wrong: string[] = []
  let before = 0
  for (const units of [work.most / 2, work.most, work.most + 1, 2 * work.most].map(Math.floor)) {
    let took = cost(work, sent(units))
    const grew = units > work.most + 1 && before > WORTH_IT_MS ? took / before : 1
    if (took > MOST_COST_MS || grew > MOST_GROWTH) {
      const again = seenAgain(work, sent(units), sent(Math.floor(units / 2)))
      took = again.took
      if (took > MOST_COST_MS) wrong.push(`${work.name}, ${units} of ${name}: ${took.toFixed(0)} ms`)
      else if (grew > MOST_GROWTH && again.grew > MOST_GROWTH)
        wrong.push(`${work.name}, ${units} of ${name}: ${again.grew.toFixed(1)} times that of half`)
    }
    before = took
  }
  return wrong
}

/** The least that the whole took in many tries, and the least growth of several rounds of them: what others do on the machine
 *  adds to a time and takes nothing away, and growth with the square is 4 in every round. */
function seenAgain(work: Work, whole: string, half: string): { took: number; grew: number } {
  let [took, grew] = [Infinity, Infinity]
  for (let round = 0; round < ROUNDS; round++) {
    let [wholes, halves] = [0, 0] // sums: the system's account of a thread lags behind by some milliseconds
    for (let i = 0; i < TRIES; i++) {
      const once = cost(work, whole)
      wholes += once
      halves += cost(work, half)
      took = Math.min(took, once)
    }
    grew = Math.min(grew, wholes / halves)
    if (took > MOST_COST_MS || grew <= MOST_GROWTH) break
  }
  return { took, grew }
}

describe("work grows with the length, and holds up nobody:", () => {
  for (const work of works)
    test(work.name, () => {
      for (const { of } of families.slice(0, 5)) cost(work, of(100)) // compiled
      expect(families.flatMap((family) => wrongWith(work, family))).toEqual([])
    }, 60_000)
})

describe("a page is drawn in no more than one step of the loop, whatever is on it:", () => {
  const message = (text: string): Message => ({
    kind: "message",
    id: 1,
    tick: 1,
    room: 1,
    author: { id: 1, name: "ann" },
    text,
    at: 0,
  })
  const rows = {
    "the page's": {
      most: MAX_PAGE,
      row: (text: string) => <MessageRow message={message(text)} head path="/chat/talk/" clock={serverClock} framed />,
    },
    "an older page's": { most: 500, row: (text: string) => <Row message={message(text)} /> },
  }
  /** Characters of each message: the longest, fifty lines, and what people say. */
  const lengths = [MAX_TEXT - 4, 99, 12]
  const cases = Object.entries(rows).flatMap(([name, of]) => lengths.map((length) => [name, length, of] as const))
  test.each(cases)(
    "%s rows of %d characters each",
    (name, length, { most, row }) => {
      const page = (text: string) => {
        // As many as there are in one answer, and no two the same.
        const count = Math.min(most, Math.floor(LONG_ENOUGH / weightOf(`000 ${text}`)) || 1)
        for (let i = 0; i < count; i++) renderToString(row(`${i} ${text}`))
      }
      const work = { name, most: MAX_TEXT, of: page }
      for (const { of } of families) cost(work, of(length / 10)) // compiled
      const wrong = families.filter(({ of }) => {
        const text = of(length).toWellFormed() // as it is kept
        for (let i = 0; i < TRIES; i++) if (cost(work, text) <= MOST_COST_MS) return false
        return true
      })
      expect(wrong.map((one) => one.name)).toEqual([])
    },
    60_000,
  )
})

test("as deep or as many as one likes costs no more", () => {
  const shapes: Record<string, (size: number) => string> = {
    arrays: (size) => "[".repeat(size) + "]".repeat(size),
    objects: (size) => `${'{"a":'.repeat(size)}1${"}".repeat(size)}`,
    values: (size) => `[${"1,".repeat(size)}1]`,
    keys: (size) => `{${Array.from({ length: size }, (_, i) => `"k${i}":1`).join()}}`,
    "the same key": (size) => `{${'"text":"x",'.repeat(size)}"type":"post"}`,
    lines: (size) =>
      JSON.stringify({
        type: "import",
        lines: Array(size).fill({ room: "a", author: "b", at: 1, text: "c", nonce: "d" }),
      }),
  }
  const read = (text: string) => parseCommand(parseJson(text, undefined, 20_000))
  const deep = Object.entries(shapes).map(([name, of]) => ({ name, of }))
  const work: Work = { name: "reading", most: 30_000, of: read }
  expect(deep.flatMap((shape) => wrongWith(work, shape))).toEqual([])
})

test("it is found where work grows with the square, is too much at once, or comes before the bound", () => {
  const late = v.pipe(
    v.string(),
    v.transform((text) => text.normalize("NFKC")),
    v.maxLength(400),
  )
  const broken: Work[] = [
    { name: "folding", most: 3_000, of: (text) => text.normalize("NFC") },
    { name: "a schema that measures last", most: 3_000, of: (text) => v.safeParse(late, text) },
    {
      name: "beginning anew at each sign",
      most: 3_000,
      of: (text) => [...text].reduce((so, one) => (so + one).toUpperCase(), ""),
    },
  ]
  for (const work of broken)
    expect([work.name, families.some((family) => wrongWith(work, family).length > 0)]).toEqual([work.name, true])
}, 60_000)

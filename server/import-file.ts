// `parlour import`: reads JSON lines and hands them to the place in batches, in order. Each line gets a nonce made from
// what it says, and from how many like it came before, so that a second run finds every line taken.
import { createHash } from "node:crypto"
import { createReadStream, statSync } from "node:fs"
import { pipeline, Readable } from "node:stream"
import { createGunzip } from "node:zlib"
import type { CommandOf } from "../protocol/command.ts"
import { parseJson } from "../protocol/json.ts"
import { MAX_LINES, MAX_TYPED, MAX_TYPED_TEXT } from "../protocol/limits.ts"
import { Refusal } from "../protocol/refusal.ts"
import type { Control } from "./control.ts"

type Line = CommandOf<"import">["lines"][number]

/** Characters of one line: the longest message with every character escaped, and room for the rest. What is over it is
 *  read past, not kept, so that no file fills the memory. */
const LONGEST_LINE = 256 * 1024

/** Lines in one transaction: few at first, and the fewest; and the most, with which the commit is cheap. */
const FEWEST = 200
const MOST = MAX_LINES
/** Values in one line: what other programs export may stand in it, too, and is passed over. */
const MOST_VALUES = 10_000
const NOT_JSON = "it is not JSON"

/** Milliseconds that a batch may take, for whoever talks meanwhile waits as long. The next has more lines or fewer, by how long
 *  one took: that depends on the database, on the way to it and on who else is busy. */
const BATCH_MS = 50
/** Or so many times as long as the quickest took: what is long is the way or the disk then, and fewer lines do not
 *  shorten it. */
const BEYOND_QUICKEST = 2

/** Bytes of lines in one transaction: what a running place takes at once has a bound, too. */
const LARGEST_BATCH = 8 * 1024 * 1024

export type Progress = {
  read: number
  added: number
  known: number
  refused: number
  bytes: number
  size: number | null
}

/** Loads a file, or standard input for "-", plain or gzip. Calls `refuse` for each line that was not taken. */
export async function importFile(
  path: string,
  control: Control,
  { progress, refuse }: { progress(now: Progress): void; refuse(line: number, reason: string): void },
): Promise<Progress> {
  const now: Progress = {
    read: 0,
    added: 0,
    known: 0,
    refused: 0,
    bytes: 0,
    size: path === "-" ? null : statSync(path).size,
  }
  async function* counted(source: Readable): AsyncGenerator<Buffer> {
    for await (const chunk of source) {
      now.bytes += chunk.length
      yield chunk
    }
  }
  const source = counted(path === "-" ? process.stdin : createReadStream(path))
  const alike = new Map<string, number>()
  let batch: { line: Line; number: number }[] = []
  let size = 0
  let enough = FEWEST
  let quickest = Number.POSITIVE_INFINITY

  const flush = async () => {
    if (batch.length === 0) return
    const asked = batch
    batch = [] // whatever comes of it, it is asked once
    size = 0
    const began = performance.now()
    const { added, known, refused } = await control.ask({ type: "import", lines: asked.map(({ line }) => line) })
    const took = performance.now() - began
    quickest = Math.min(quickest, took)
    enough = linesAfter(asked.length, Math.max(BATCH_MS, quickest * BEYOND_QUICKEST) / took)
    now.added += added
    now.known += known
    now.refused += refused.length
    for (const { index, reason } of refused) refuse(asked[index]!.number, reason)
    progress(now)
  }

  try {
    for await (const read of linesOf(await plain(source))) {
      const text = now.read++ === 0 ? read.replace(/^\ufeff/, "") : read // some write a mark of byte order first
      if (text.trim() === "") continue
      const line = text.length > LONGEST_LINE ? "it is longer than a message can be" : parseLine(text, alike)
      if (typeof line === "string") {
        now.refused++
        refuse(now.read, line)
      } else {
        size += Buffer.byteLength(text)
        if (size > LARGEST_BATCH) await flush()
        batch.push({ line, number: now.read })
      }
      if (batch.length >= enough) await flush()
    }
  } finally {
    await flush() // also of a file that breaks off
  }
  return now
}

/** How many lines the next batch has, after one of so many, which could have taken so many times as long: at most twice as
 *  many. */
const linesAfter = (lines: number, times: number): number =>
  Math.round(Math.min(MOST, Math.max(FEWEST, lines * Math.min(2, times))))

/** The source unpacked if it is gzip, which is known by its first two bytes, whatever the file is called. */
async function plain(source: AsyncIterable<Buffer>): Promise<Readable> {
  const chunks = source[Symbol.asyncIterator]()
  const first = await chunks.next()
  const all = Readable.from(startingWith(first, chunks))
  const [one, two] = first.done ? [] : first.value
  return one === 0x1f && two === 0x8b ? pipeline(all, createGunzip(), () => {}) : all
}

async function* startingWith<Chunk>(first: IteratorResult<Chunk>, rest: AsyncIterator<Chunk>): AsyncGenerator<Chunk> {
  for (let next = first; !next.done; next = await rest.next()) yield next.value
}

/** The lines of a text, ended by line feeds and by nothing else: the other separators of Unicode may stand inside JSON. */
async function* linesOf(source: Readable): AsyncGenerator<string> {
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true })
  let rest = ""
  for await (const chunk of source) {
    const [first = "", ...others] = decoder.decode(chunk as Uint8Array, { stream: true }).split("\n")
    if (rest.length <= LONGEST_LINE) rest += first
    for (const other of others) {
      yield rest
      rest = other
    }
  }
  if (rest !== "") yield rest
}

/** A line, or what is wrong with it. */
export function parseLine(text: string, alike: Map<string, number>): Line | string {
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
  const time = typeof at === "number" ? at : typeof at === "string" ? Date.parse(at) : Number.NaN
  if (!Number.isFinite(time)) return '"at" is not a time, such as "2019-10-07T18:20:56Z"'

  const hash = createHash("sha256")
    .update(JSON.stringify([room, author, at, said]))
    .digest("base64url")
    .slice(0, 27)
  const before = alike.get(hash) ?? 0
  alike.set(hash, before + 1)
  return { room, author, at: Math.trunc(time), text: said, nonce: `import-${hash}-${before}` }
}

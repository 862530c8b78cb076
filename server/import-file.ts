// `parlour import`: reads JSON lines and hands them to the place in batches, in order. Each line gets a nonce made from
// what it says, and from how many like it came before, so that a second run finds every line taken.
import type { CommandOf } from "../protocol/command.ts"
import { MAX_LINES } from "../protocol/limits.ts"
import type { Control } from "./control.ts"
import { Tally } from "./db/tally.ts"
import { parseLine } from "./import-line.ts"
import { openSource } from "./import-source.ts"

type Line = CommandOf<"import">["lines"][number]

/** Bytes of one line: the longest message with every character escaped, and room for the rest. What is over it is
 *  read past, not kept, so that no file fills the memory. */
const LONGEST_LINE = 256 * 1024

/** Lines in one transaction: few at first, and the fewest; and the most, with which the commit is cheap. */
const FEWEST = 200
const MOST = MAX_LINES

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
  /** Days that are older than what their rooms held: they stand below it all the same. */
  late: number
}

type Telling = {
  progress(now: Progress): void
  refuse(line: number, reason: string): void
  /** Before anything else is told of what is packed, which takes a while if there is much of it. */
  checking?(): void
}

/** Loads a file, or standard input for "-", plain or gzip. Calls `refuse` for each line that was not taken. */
export async function importFile(
  path: string,
  control: Pick<Control, "ask">,
  { progress, refuse, checking = () => {} }: Telling,
): Promise<Progress> {
  const now: Progress = { read: 0, added: 0, known: 0, refused: 0, bytes: 0, size: null, late: 0 }
  const passed = (bytes: number) => {
    now.bytes += bytes
  }
  const source = await openSource(path, { checking, passed })
  now.size = source.size
  const alike = new Tally()
  const late = new Tally()
  let batch: { line: Line; number: number }[] = []
  let size = 0
  let enough = FEWEST
  let quickest = Number.POSITIVE_INFINITY
  let begun = false
  let blank = 0

  const flush = async () => {
    if (batch.length === 0) return
    const asked = batch
    batch = [] // whatever comes of it, it is asked once
    size = 0
    const began = performance.now()
    const answer = await control.ask({ type: "import", lines: asked.map(({ line }) => line) })
    const { added, known, refused } = answer
    const took = performance.now() - began
    quickest = Math.min(quickest, took)
    enough = linesAfter(asked.length, Math.max(BATCH_MS, quickest * BEYOND_QUICKEST) / took)
    now.added += added
    now.known += known
    now.refused += refused.length
    for (const day of answer.late ?? []) if (late.add(day) === 0) now.late++
    for (const { index, reason } of refused) refuse(asked[index]!.number, reason)
    progress(now)
  }

  try {
    for await (const bytes of linesOf(source.bytes)) {
      now.read++
      const format = begun ? null : formatOf(bytes, blank)
      const text = format ? "" : textOf(bytes)
      blank += bytes.length + 1
      if (text === "" && !format) continue
      begun = true
      const line = format ?? (text === null ? NOT_UTF8 : parseLine(text, alike))
      if (typeof line === "string") {
        now.refused++
        refuse(now.read, bytes.length > LONGEST_LINE ? "it is longer than a message can be" : line)
        if (format) break // nor would anything else of it be
      } else {
        size += bytes.length
        if (size > LARGEST_BATCH) await flush()
        batch.push({ line, number: now.read })
      }
      if (batch.length >= enough) await flush()
    }
  } finally {
    // Also of a file that breaks off.
    await flush().finally(() => {
      source.close()
      alike.close()
      late.close()
    })
  }
  return now
}

/** How many lines the next batch has, after one of so many, which could have taken so many times as long: at most twice as
 *  many. */
const linesAfter = (lines: number, times: number): number =>
  Math.round(Math.min(MOST, Math.max(FEWEST, lines * Math.min(2, times))))

/** The lines of a file, ended by line feeds and by nothing else: the other separators of Unicode may stand inside JSON. Of one
 *  that is too long the beginning is enough. */
async function* linesOf(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let parts: Buffer[] = []
  let length = 0
  const add = (part: Buffer) => {
    if (length <= LONGEST_LINE) parts.push(part)
    length += part.length
  }
  for await (const chunk of source) {
    let from = 0
    for (let end = chunk.indexOf(LINE_FEED); end >= 0; end = chunk.indexOf(LINE_FEED, from)) {
      add(chunk.subarray(from, end))
      yield Buffer.concat(parts)
      parts = []
      length = 0
      from = end + 1
    }
    add(chunk.subarray(from))
  }
  if (length > 0) yield Buffer.concat(parts)
}

const LINE_FEED = 0x0a
const strict = new TextDecoder("utf-8", { fatal: true }) // and without the mark of byte order that some write first
const NOT_UTF8 = 'it is not UTF-8: convert the file first, as by "iconv -f ISO-8859-1 -t UTF-8"'

/** Null when it is not UTF-8. Taken with signs in place of what it said, a line could not be mended by a second run. */
function textOf(bytes: Buffer): string | null {
  try {
    return strict.decode(bytes).trim()
  } catch {
    return null
  }
}

/** By which a file begins that is no text in UTF-8, and what it is then. */
const FORMATS: [begins: number[], what: string, convert: string][] = [
  [[0xff, 0xfe, 0, 0], "UTF-32", "iconv -f UTF-32 -t UTF-8"],
  [[0, 0, 0xfe, 0xff], "UTF-32", "iconv -f UTF-32 -t UTF-8"],
  [[0xff, 0xfe], "UTF-16", "iconv -f UTF-16 -t UTF-8"],
  [[0xfe, 0xff], "UTF-16", "iconv -f UTF-16 -t UTF-8"],
  [[0x1f, 0x8b], "packed by gzip twice", "zcat"],
  [[0x50, 0x4b, 3, 4], "a zip archive", "unzip -p"],
  [[0x42, 0x5a, 0x68], "packed by bzip2", "bzcat"],
  [[0xfd, 0x37, 0x7a, 0x58, 0x5a], "packed by xz", "xzcat"],
  [[0x28, 0xb5, 0x2f, 0xfd], "packed by zstd", "zstdcat"],
]

/** What is wrong with the file as a whole, by its first line that is not empty, before which are so many bytes; or null. */
function formatOf(line: Buffer, before: number): string | null {
  const [, what, convert] =
    FORMATS.find(([begins]) => begins.every((byte, at) => line[at] === byte)) ?? otherwise(line, before)
  return what
    ? `nor is any other: the file is ${what}, and Parlour reads lines of UTF-8, plain or gzip, with a JSON object each. Convert it first, as by "${convert}"`
    : null
}

/** UTF-16 and UTF-32 without a mark have zeros between their letters, wherever they begin; and one whole of JSON has its lines
 *  anywhere. */
function otherwise(line: Buffer, before: number): [never[], string?, string?] {
  const start = line.subarray(0, 400)
  const zero = start.indexOf(0)
  if (zero >= 0 && isHalfZeros(start)) {
    const wide = start.indexOf(Buffer.of(0, 0, 0)) >= 0 ? 32 : 16
    return [[], `UTF-${wide}`, `iconv -f UTF-${wide}${(before + zero) % 2 === 0 ? "BE" : "LE"} -t UTF-8`]
  }
  const words = start.toString("latin1").trim()
  if (words.startsWith("[")) return [[], "one JSON array", "jq -c '.[]'"]
  return words === "{" ? [[], "JSON with an object over several lines", "jq -c ."] : [[]]
}

/** Whether at least as many bytes are zero as not, but for the last. */
const isHalfZeros = (bytes: Buffer): boolean => bytes.filter((byte) => byte === 0).length * 2 + 1 >= bytes.length

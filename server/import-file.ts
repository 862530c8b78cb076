// `parlour import`: reads JSON lines and hands them to the place in batches, in order. Each line gets a nonce made from
// what it says, and from how many like it came before, so that a second run finds every line taken.
import type { CommandOf } from "../protocol/command.ts"
import { MAX_LINES } from "../protocol/limits.ts"
import type { Control } from "./control.ts"
import { Tally } from "./db/tally.ts"
import { BEGINNING, formOf } from "./import-form.ts"
import { parseLine } from "./import-line.ts"
import { beginning, openSource } from "./import-source.ts"

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
  const lines = new Lines(control, now, { progress, refuse })
  try {
    const { head, all } = await beginning(source.bytes, BEGINNING)
    const wrong = formOf(head)
    if (wrong) {
      now.read = now.refused = 1
      refuse(1, wrong)
      return now
    }
    for await (const bytes of linesOf(all)) {
      now.read++
      const text = textOf(bytes)
      if (text === "") continue
      const line = text === null ? NOT_UTF8 : parseLine(text, alike)
      if (typeof line !== "string") await lines.add(line, bytes.length)
      else {
        now.refused++
        refuse(now.read, bytes.length > LONGEST_LINE ? "it is longer than a message can be" : line)
      }
    }
  } finally {
    // Also of a file that breaks off.
    await lines.flush().finally(() => {
      source.close()
      alike.close()
      lines.close()
    })
  }
  return now
}

/** Lines on their way to the place, as many at once as it takes in a little while. */
class Lines {
  #waiting: { line: Line; number: number }[] = []
  #bytes = 0
  #enough = FEWEST
  #quickest = Number.POSITIVE_INFINITY
  readonly #late = new Tally()
  readonly #control: Pick<Control, "ask">
  readonly #now: Progress
  readonly #telling: Telling

  constructor(control: Pick<Control, "ask">, now: Progress, telling: Telling) {
    this.#control = control
    this.#now = now
    this.#telling = telling
  }

  /** The line that was read last, of so many bytes. */
  async add(line: Line, bytes: number): Promise<void> {
    if (this.#bytes + bytes > LARGEST_BATCH) await this.flush()
    this.#waiting.push({ line, number: this.#now.read })
    this.#bytes += bytes
    if (this.#waiting.length >= this.#enough) await this.flush()
  }

  async flush(): Promise<void> {
    if (this.#waiting.length === 0) return
    const asked = this.#waiting
    this.#waiting = [] // whatever comes of it, it is asked once
    this.#bytes = 0
    const began = performance.now()
    const answer = await this.#control.ask({ type: "import", lines: asked.map(({ line }) => line) })
    const took = performance.now() - began
    this.#quickest = Math.min(this.#quickest, took)
    this.#enough = linesAfter(asked.length, Math.max(BATCH_MS, this.#quickest * BEYOND_QUICKEST) / took)
    const [now, telling] = [this.#now, this.#telling]
    now.added += answer.added
    now.known += answer.known
    now.refused += answer.refused.length
    for (const day of answer.late ?? []) if (this.#late.add(day) === 0) now.late++
    for (const { index, reason } of answer.refused) telling.refuse(asked[index]!.number, reason)
    telling.progress(now)
  }

  close(): void {
    this.#late.close()
  }
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

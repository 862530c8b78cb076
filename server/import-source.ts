// Where the bytes of an import come from: a file, or what comes in, plain or packed by gzip. What is packed is unpacked once to its
// end before any of it is handed on, as its checksum stands there: until then each word of it may be another than was said. What
// comes in can be read only once, so a packed one is kept aside for that.
import { closeSync, createReadStream, fstatSync, openSync, readSync, rmSync, statSync, writeSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { pipeline, Readable, Writable } from "node:stream"
import { pipeline as toItsEnd } from "node:stream/promises"
import { createGunzip } from "node:zlib"

/** By which gzip begins, whatever the file is called. */
const GZIP = [0x1f, 0x8b]
/** Bytes that are read at once. */
const PIECE = 64 * 1024

export type Source = {
  /** Of the file as it lies there, where it is one. */
  size: number | null
  /** Unpacked. */
  bytes: AsyncIterable<Buffer>
  close(): void
}

type Telling = {
  /** It is packed, and now being looked at whether it is whole. */
  checking(): void
  /** So many bytes more of the file have been read. */
  passed(bytes: number): void
}

/** A file, or standard input for "-". Throws a sentence for what is packed and not whole. */
export async function openSource(path: string, telling: Telling): Promise<Source> {
  if (path !== "-" && statSync(path).isFile()) return fromFile(openSync(path, "r"), `"${path}"`, telling)
  const stream = path === "-" ? process.stdin : createReadStream(path)
  try {
    const { head, all } = await beginning(stream, GZIP.length)
    if (isPacked(head)) return await fromFile(await keptAside(all), "What comes in", telling)
    return { size: null, bytes: counted(all, telling), close: () => void stream.destroy() }
  } catch (error) {
    stream.destroy()
    throw error
  }
}

/** The first bytes, at least so many if there are, and all of them again. */
export async function beginning(source: AsyncIterable<Buffer>, least: number) {
  const rest = source[Symbol.asyncIterator]()
  const first: Buffer[] = []
  let next = await rest.next()
  for (let length = 0; !next.done; next = await rest.next()) {
    first.push(next.value)
    length += next.value.length
    if (length >= least) break
  }
  async function* all(): AsyncGenerator<Buffer> {
    yield* first.splice(0)
    if (next.done) return
    for (next = await rest.next(); !next.done; next = await rest.next()) yield next.value
  }
  return { head: Buffer.concat(first), all: all() }
}

async function fromFile(file: number, name: string, telling: Telling): Promise<Source> {
  try {
    const head = Buffer.alloc(GZIP.length)
    readSync(file, head, 0, head.length, 0)
    const packed = isPacked(head)
    if (packed) {
      telling.checking()
      await mustBeWhole(file, name)
    }
    const { size } = fstatSync(file)
    const stream = createReadStream("", { fd: file, start: 0 }) // closes it at its end
    const bytes = Readable.from(counted(stream, telling))
    return {
      size,
      bytes: packed ? pipeline(bytes, createGunzip(), () => {}) : bytes,
      close: () => void stream.destroy(),
    }
  } catch (error) {
    closeSync(file)
    throw error
  }
}

async function* counted(source: AsyncIterable<Buffer>, { passed }: Telling): AsyncGenerator<Buffer> {
  for await (const chunk of source) {
    passed(chunk.length)
    yield chunk
  }
}

const isPacked = (head: Buffer): boolean => GZIP.every((byte, at) => head[at] === byte)

/** The same file, whatever its name leads to meanwhile, is read twice; of what is unpacked nothing is kept. */
async function mustBeWhole(file: number, name: string): Promise<void> {
  const fault = await faultIn(file)
  if (fault) throw new Error(`${name} is packed by gzip and ${WORDS[fault]}`)
}

const WORDS = {
  short: 'cut short, so nothing of it is taken. Get it anew, or unpack what there is, as by "zcat", and import that.',
  damaged: 'damaged, so nothing of it is taken. Get it anew: "gzip -t" says whether it is whole.',
  followed:
    'goes on with something else behind its end, so nothing of it is taken. Get it anew, or unpack what there is, as by "zcat", and import that.',
}

async function faultIn(file: number): Promise<keyof typeof WORDS | null> {
  const { size } = fstatSync(file)
  const { end, error } = await unpacked(file, size)
  // As tapes and some disks fill up what they keep.
  if (!error) return piecesOf(file, end, size).every((piece) => piece.every((byte) => byte === 0)) ? null : "followed"
  if (error.message === NO_HEADER) return "followed"
  if (error.code !== "Z_BUF_ERROR") return "damaged"
  // One byte behind the end is too few to tell that no other begins there.
  const [last] = piecesOf(file, size - 1, size)
  const isByte = last && last[0] !== GZIP[0] && !(await unpacked(file, size - 1)).error
  return isByte ? "followed" : "short"
}

/** What the unpacker says where something begins that is not packed. The first does begin so, or it would not be unpacked: it is
 *  said of what stands behind a whole one. */
const NO_HEADER = "incorrect header check"

/** `end`: so much of it was packed. */
async function unpacked(file: number, size: number): Promise<{ end: number; error?: NodeJS.ErrnoException }> {
  const gunzip = createGunzip()
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() })
  try {
    await toItsEnd(Readable.from(piecesOf(file, 0, size)), gunzip, nowhere)
    return { end: gunzip.bytesWritten }
  } catch (thrown) {
    const error = thrown as NodeJS.ErrnoException
    if (!error.code?.startsWith("Z_")) throw error
    return { end: 0, error }
  }
}

/** No read is under way between two pieces: a stream that breaks off would go on with one, of a file that is closed meanwhile. */
function* piecesOf(file: number, from: number, to: number): Generator<Buffer> {
  for (let at = from; at < to; ) {
    const piece = Buffer.alloc(Math.min(PIECE, to - at))
    const length = readSync(file, piece, 0, piece.length, at)
    if (length === 0) return
    yield piece.subarray(0, length)
    at += length
  }
}

/** What came in, as a file that only we may read and that is gone however we end, for it has no name from the beginning. */
async function keptAside(bytes: AsyncIterable<Buffer>): Promise<number> {
  const file = withRoom(() => {
    const path = join(tmpdir(), `parlour-import-${crypto.randomUUID()}`)
    const opened = openSync(path, "wx+", 0o600)
    rmSync(path)
    return opened
  })
  try {
    for await (const chunk of bytes)
      withRoom(() => {
        for (let from = 0; from < chunk.length; ) from += writeSync(file, chunk, from)
      })
    return file
  } catch (error) {
    closeSync(file)
    throw error
  }
}

function withRoom<Done>(work: () => Done): Done {
  try {
    return work()
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    throw new Error(
      `What comes in is packed, and cannot be kept in ${tmpdir()} until it is known to be whole (${code}): name a folder with room in TMPDIR, or unpack it on the way, as by "zcat".`,
    )
  }
}

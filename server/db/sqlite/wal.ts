// Makes commits durable without holding up the event loop. SQLite writes a commit to its write-ahead log and does not wait
// for the disk; we sync the log on another thread, and whoever waits for the commit waits for that. The log is carried
// into the database (a checkpoint) on another thread, too, between two commits.
//
// A sync that failed may be the last word about it: the system forgets what it could not write, and says of the next sync
// that it went well. So what a commit wrote is kept until it is synced, and after a failure it is written again first.
import type { Database, Statement } from "bun:sqlite"
import { closeSync, existsSync, fdatasyncSync, openSync, readSync, realpathSync, writeSync } from "node:fs"
import { type FileHandle, open } from "node:fs/promises"
import { Worker } from "node:worker_threads"

/** Frames (pages of the database) after which the log is carried over: 16 MB. The longer it is the more of what changes
 *  again and again is carried only once, and the longer a start after a crash takes. */
const LONG = 4_000

/** The same when nobody waits for the next commit: whoever comes meanwhile waits for the disk, 10 ms for so little and 30 to 50
 *  for a long log. Each time the log begins at its front, one sync stays on the event loop: so it is no less. */
const SHORT = LONG / 4

/** Bytes of the log that a start writes again at a time. */
const AT_ONCE = 1024 * 1024

/** Between two tries on a disk that fails. */
const RETRY_MS = 100

/** As SQLite lays the log out: https://sqlite.org/fileformat.html#the_write_ahead_log */
const HEADER = 32
const FRAME_HEADER = 24
/** Where in the header the salts are: two numbers that are others each time the log begins at its front. */
const SALTS = [16, 24] as const

/** Frames in the log, and how many of them have been carried over. When all have, by us or by anyone who has the database
 *  open beside us, the next commit begins at the front; that only the salts tell, for it may end where the last one did. */
type Position = { log: number; checkpointed: number; salts: string }

export class Wal {
  readonly #path: string
  readonly #file: FileHandle
  readonly #asked: Statement<Omit<Position, "salts">, []>
  readonly #frame: number
  #synced: Position
  #tried = 0
  #carrier: Worker | null = null
  #closing = false

  private constructor(path: string, file: FileHandle, writer: Database) {
    this.#path = path
    this.#file = file
    this.#asked = writer.prepare("pragma wal_checkpoint(noop)")
    this.#frame = FRAME_HEADER + writer.query<{ page_size: number }, []>("pragma page_size").get()!.page_size
    this.#synced = this.#position()
  }

  /** Takes the syncing over from the connection that writes, which has synced in full all that it wrote so far. */
  static async of(writer: Database, database: string): Promise<Wal> {
    // NORMAL syncs what begins the log at its front anew, and OFF would not: of an old log and a new one a power cut
    // could leave some of each.
    writer.run("pragma synchronous = normal")
    writer.run("pragma wal_autocheckpoint = 0")
    const { synchronous } = writer.query<{ synchronous: number }, []>("pragma synchronous").get()!
    if (synchronous !== 1) throw new Error("SQLite does not sync its log: pragma synchronous is not NORMAL")
    const path = realpathSync(database) // SQLite's log lies beside the file that a link points to
    return new Wal(path, await open(`${path}-wal`, "r+"), writer)
  }

  #position = (): Position => ({
    ...this.#asked.get()!,
    salts: this.#read(0, HEADER).toString("hex", ...SALTS),
  })

  /** True when the commit that was just made is on disk, however long the disk fails before that: each time it does,
   *  `failed` is told. False when Parlour is closed before. */
  async sync(failed: (error: Error) => void): Promise<boolean> {
    const now = this.#position()
    const before = this.#synced
    const goesOn = now.salts === before.salts
    if (goesOn && now.log === before.log) return true // nothing was written
    if (!goesOn) this.#tried = 0
    const from = goesOn ? HEADER + before.log * this.#frame : 0
    const written = this.#read(from, HEADER + now.log * this.#frame)
    for (let tries = 0; ; tries++) {
      try {
        if (tries > 0) await this.#write(written, from)
        await this.#file.datasync()
        break
      } catch (error) {
        failed(error as Error)
        if (this.#closing) return false
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS))
      }
    }
    this.#synced = now
    return true
  }

  /** In this very turn, while the system surely holds what was written. */
  #read(from: number, to: number): Buffer {
    const bytes = Buffer.allocUnsafe(to - from)
    let done = 0
    for (let more = -1; more !== 0 && done < bytes.length; done += more)
      more = readSync(this.#file.fd, bytes, done, bytes.length - done, from + done)
    return bytes.subarray(0, done)
  }

  async #write(bytes: Buffer, at: number): Promise<void> {
    for (let done = 0; done < bytes.length; )
      done += (await this.#file.write(bytes, done, bytes.length - done, at + done)).bytesWritten
  }

  /** Carries the log into the database when it has become long enough for it, which it is sooner when nobody waits for the next
   *  commit. What the disk refuses is tried again when more has come. */
  async carry(isAwaited: boolean): Promise<void> {
    if (this.#closing) return
    const { log, checkpointed } = this.#synced
    const length = log - Math.max(checkpointed, this.#tried)
    const enough = isAwaited ? LONG : SHORT
    if (length < enough / 2) return
    const carrier = this.#readyCarrier()
    if (length < enough) return
    this.#tried = log
    await new Promise<void>((resolve) => {
      const over = () => {
        carrier.off("message", over)
        carrier.off("error", over)
        resolve()
      }
      carrier.on("message", over)
      carrier.on("error", over)
      carrier.postMessage(null)
    })
    this.#synced = this.#position()
  }

  /** Starting a thread takes 15 ms or more, and nothing is committed while the log is carried: so it starts before it is needed. */
  #readyCarrier(): Worker {
    if (this.#carrier) return this.#carrier
    const carrier = new Worker(new URL("carry.ts", import.meta.url), { workerData: this.#path })
    carrier.unref()
    carrier.on("error", (error) => {
      console.error("The log could not be carried into the database:", error)
      if (this.#carrier === carrier) this.#carrier = null // the next time by another
    })
    this.#carrier = carrier
    return carrier
  }

  /** Lets what fails fail. */
  giveUp(): void {
    this.#closing = true
  }

  async close(): Promise<void> {
    this.#asked.finalize()
    await this.#carrier?.terminate()
    await this.#file.close()
  }
}

/** What a process that was killed had written is in the log, and whoever reads it shall find it there tomorrow: it is written
 *  again, because a sync of it may have failed before, and synced. Nobody else writes meanwhile. */
export function settleLog(writer: Database, database: string): void {
  const log = `${realpathSync(database)}-wal`
  if (!existsSync(log)) return
  writer.run("begin immediate")
  const file = openSync(log, "r+")
  try {
    const bytes = Buffer.allocUnsafe(AT_ONCE)
    for (let at = 0, length = -1; length !== 0; at += length) {
      length = readSync(file, bytes, 0, AT_ONCE, at)
      for (let done = 0; done < length; ) done += writeSync(file, bytes, done, length - done, at + done)
    }
    fdatasyncSync(file)
  } finally {
    closeSync(file)
    writer.run("rollback")
  }
}

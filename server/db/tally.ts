// How often each key has come, exactly, however many keys there are: beyond the first hundred thousand they lie in a temporary
// file of SQLite's own, which is gone with the process.
import { Database, type Statement } from "bun:sqlite"

/** Keys that are kept in memory: some 25 MB. They are counted four times as fast. */
const MOST_HELD = 100_000
/** Of the file: without it each key would be looked up on the disk. */
const CACHE_KIB = 8_000

export class Tally {
  readonly #most: number
  readonly #held = new Map<string, number>()
  #file: { database: Database; add: Statement<{ count: number }, [string]> } | null = null

  constructor(most = MOST_HELD) {
    this.#most = most
  }

  /** Counts the key, and answers how often it had come before. */
  add(key: string): number {
    const before = this.#held.get(key)
    if (before === undefined && this.#held.size >= this.#most) return this.#addToFile(key)
    this.#held.set(key, (before ?? 0) + 1)
    return before ?? 0
  }

  #addToFile(key: string): number {
    this.#file ??= open()
    return this.#file.add.get(key)!.count
  }

  close(): void {
    this.#file?.add.finalize()
    this.#file?.database.close()
    this.#file = null
  }
}

function open() {
  const database = new Database(":memory:")
  database.run("pragma temp_store = file") // or the temporary tables would lie in memory, too
  database.run("create temp table counted (key text primary key, count integer not null) without rowid")
  database.run(`pragma temp.cache_size = -${CACHE_KIB}`)
  database.run("begin") // one for all: nothing of it is to outlive us
  const add = database.prepare<{ count: number }, [string]>(
    "insert into counted (key, count) values (?, 0) on conflict (key) do update set count = count + 1 returning count",
  )
  return { database, add }
}

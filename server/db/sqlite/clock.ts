// While a group has the file to itself its ticks are counted here, and the clock's row is written once, with its commit: as a
// statement of each message it was a tenth of what one costs.
import type { Database, Statement } from "bun:sqlite"

export class Clock {
  /** What it shows to the group; null while nobody of it has asked. Whoever undoes a command puts it back. */
  tick: number | null = null
  #begun = 0
  readonly #read: Statement<{ tick: number }, []>
  readonly #write: Statement<never, [number]>

  constructor(writer: Database) {
    this.#read = writer.prepare("select tick from clock where id = 1")
    this.#write = writer.prepare("update clock set tick = ? where id = 1")
  }

  /** For a group whose transaction has begun. */
  begin(): void {
    this.tick = null
  }

  /** Takes so many, and answers the last. */
  take(count: number): number {
    if (this.tick === null) {
      this.#begun = this.#read.get()!.tick
      this.tick = this.#begun
    }
    this.tick += count
    return this.tick
  }

  /** Before the commit. */
  write(): void {
    if (this.tick !== null && this.tick > this.#begun) this.#write.run(this.tick)
  }

  close(): void {
    this.#read.finalize()
    this.#write.finalize()
  }
}

// The ticks of a group of commands. It has the file to itself, so they are counted in memory, and the clock's row is written
// once, before the commit: an update for each message was a tenth of what a message costs.
import type { Database, Statement } from "bun:sqlite"

export class Clock {
  /** The last tick that the group took; null while it took none. To undo a command, set it back to what it was before. */
  tick: number | null = null
  #begun = 0
  readonly #read: Statement<{ tick: number }, []>
  readonly #write: Statement<never, [number]>

  constructor(writer: Database) {
    this.#read = writer.prepare("select tick from clock where id = 1")
    this.#write = writer.prepare("update clock set tick = ? where id = 1")
  }

  /** When the group's transaction has begun. */
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

// Says once that something cannot be done, and once that it can again: the log has an outage in two lines, however many meet it.

/** Milliseconds without trouble after which it is over: some of what is done may go well in the midst of it. */
const QUIET_MS = 1_000

/** Of one kind of work. */
export class Outage {
  readonly #begins: (why: string) => string
  readonly #ends: string
  readonly #quiet: number
  #last: number | null = null

  constructor(begins: (why: string) => string, ends: string, quiet = QUIET_MS) {
    this.#begins = begins
    this.#ends = ends
    this.#quiet = quiet
  }

  met(why: string): void {
    if (this.#last === null) console.error(this.#begins(why))
    this.#last = performance.now()
  }

  /** Something went well. */
  passed(): void {
    if (this.#last === null || performance.now() - this.#last < this.#quiet) return
    console.error(this.#ends)
    this.#last = null
  }
}

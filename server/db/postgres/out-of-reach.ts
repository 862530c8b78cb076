// Postgres does not answer, or cannot do what it should: which errors say so, and what people and the log are told. The log has
// it once, in words, and once when it is over; people are asked to try again.
import { Refusal } from "../../../protocol/refusal.ts"

/** Milliseconds without trouble after which it is over: some of what is done may go well in the midst of it. */
const QUIET_MS = 1_000

/** What answers is no server for us, for now, or nothing answers: a sentence. */
export class OutOfReach extends Error {}

/** A server that neither answers nor hangs up is given up after a time. */
export function inTime<Result>(work: Promise<Result>, ms: number, late = () => {}): Promise<Result> {
  return new Promise((resolve, reject) => {
    const giveUp = () => {
      late()
      reject(new OutOfReach(`no answer for ${ms / 1000} seconds`))
    }
    const timer = setTimeout(giveUp, ms)
    work.then(resolve, reject).finally(() => clearTimeout(timer))
  })
}

/** Connections lost, servers that shut down, start, stand by, are out of something or cannot read or write their files, locks
 *  that took too long, as we did. What the server says of a statement itself is none of these. */
const TROUBLE = /^(08|53|57|58|25006|25P03|55P03|40001|40P01)/

export function isTrouble(error: unknown): error is Error {
  if (error instanceof OutOfReach) return true
  const { code = "", errno = "" } = error as { code?: string; errno?: string }
  return code.startsWith("ERR_POSTGRES") && (code !== "ERR_POSTGRES_SERVER_ERROR" || TROUBLE.test(`${errno}`))
}

/** A statement waited for a lock, in vain. Those beside it in a group would wait as long for theirs, one after the other. */
export const isLocked = (error: unknown): boolean => (error as { errno?: string })?.errno === "55P03"

export const notSure = () =>
  new Refusal(
    "try_again",
    "Parlour cannot reach its database just now, so it is not sure that this was done. Try again in a moment.",
  )

export const notRead = () =>
  new Refusal("try_again", "Parlour cannot reach its database just now. Try again in a moment.")

/** For what nobody waits for: that the database is out of reach is said where that is found out. */
export function unlessRefused(error: unknown): void {
  if (!(error instanceof Refusal)) console.error(error)
}

/** Of one kind of work. */
export class Trouble {
  readonly #begins: (why: string) => string
  readonly #ends: string
  #last: number | null = null

  constructor(begins: (why: string) => string, ends: string) {
    this.#begins = begins
    this.#ends = ends
  }

  met({ message }: Error): void {
    if (this.#last === null) console.error(this.#begins(message))
    this.#last = performance.now()
  }

  /** Something went well. */
  passed(): void {
    if (this.#last === null || performance.now() - this.#last < QUIET_MS) return
    console.error(this.#ends)
    this.#last = null
  }
}

// Postgres does not answer, or cannot do what it should: which errors say so, and what people are told, who are asked to try
// again.
import { Refusal } from "../../../protocol/refusal.ts"

/** What answers is no server for us, for now, or nothing answers: a sentence. */
export class OutOfReach extends Error {}

/** A server that neither answers nor hangs up is given up after a time. */
export function withTimeout<Result>(work: Promise<Result>, ms: number, late = () => {}): Promise<Result> {
  return new Promise((resolve, reject) => {
    const giveUp = () => {
      late()
      reject(new OutOfReach(`no answer for ${ms / 1000} seconds`))
    }
    const timer = setTimeout(giveUp, ms)
    work.finally(() => clearTimeout(timer)).then(resolve, reject)
  })
}

/** Classes and codes of https://www.postgresql.org/docs/current/errcodes-appendix.html: 08 connection, 53 out of something,
 *  57 shut down, starting, or a statement cut short, 58 files, 25006 read only (a standby), 25P03 we were idle in a
 *  transaction, 55P03 lock, 40001 and 40P01 conflict. What the server says of a statement itself is none of these. */
const CODES = /^(08|53|57|58|25006|25P03|55P03|40001|40P01)/

export function isOutOfReach(error: unknown): error is Error {
  if (error instanceof OutOfReach) return true
  const { code = "", errno = "" } = error as { code?: string; errno?: string }
  return code.startsWith("ERR_POSTGRES") && (code !== "ERR_POSTGRES_SERVER_ERROR" || CODES.test(`${errno}`))
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

// The storage port is SQL: a tagged template and a transaction. Queries are written once, in the subset that
// SQLite and Postgres share, in the folder of the thing they are about.

import { Refusal } from "../../protocol/refusal.ts"
import type { Epoch } from "./epoch.ts"

export type Value = string | number | null

/** A query. Values are bound, never spliced into the text. Whole numbers come back as numbers. */
export type Sql = {
  <Row = unknown>(strings: TemplateStringsArray, ...values: Value[]): Promise<Row[]>
  /** In a transaction, whose group has the clock's row to itself: ticks are counted here and written with its commit. Takes so
   *  many, and answers the last. For `nextTick`, and nobody else. */
  takeTicks?(count: number): number
}

/** Awaits nothing but its own queries, for a group waits with it, and changes nothing but by them, for it may be run again. */
export type Work<Result> = (sql: Sql) => Promise<Result>

export type Db = {
  /** The line of this history, oldest first: by it a cursor of another history is known. */
  readonly epochs: readonly Epoch[]
  /** Another epoch has begun while we run, and the clock stands at this tick; the app sets it. */
  onEpoch?: (tick: number) => void
  /** So many commands were committed together, and it took so long until that was on disk; the app sets it. */
  onCommit?: (commands: number, milliseconds: number) => void
  /** Reads what is committed, and only that. Refuses to write. */
  sql: Sql
  /** Runs `work` with others that wait, in one commit; resolves when that commit is on disk. If `work` throws, what it
   *  wrote is undone and its neighbours stand. If it says whose it is, by a person's id, it may run beside other such work:
   *  it then reads only what is theirs or does not change, and of what it inserts itself only what a unique index guards.
   *  What one person does keeps its order. */
  tx<Result>(work: Work<Result>, person?: number): Promise<Result>
  /** A transaction beside them, for bookkeeping that clients are not told of: it takes no tick, and on Postgres does not wait
   *  for the clock, nor let anyone wait for it. May run beside others in any order. */
  aside<Result>(work: Work<Result>): Promise<Result>
  /** Lets what has begun finish, then closes. */
  close(): Promise<void>
}

/** What is asked side by side, when all of it is answered. Throws what went wrong first in the database, for what is asked after
 *  that fails because of it; or else the first refusal. No question may fail unnoticed, as the transaction fails with it, and that
 *  is its neighbours', too. */
export async function allOf<Asked extends readonly unknown[]>(
  asked: readonly [...Asked],
): Promise<{ -readonly [Place in keyof Asked]: Awaited<Asked[Place]> }> {
  try {
    return (await Promise.all(asked)) as never
  } catch (first) {
    const answers = await Promise.allSettled(asked)
    if (!(first instanceof Refusal)) throw first
    const failed = answers.flatMap((one) => (one.status === "rejected" ? [one.reason] : []))
    throw failed.find((reason) => !(reason instanceof Refusal)) ?? first
  }
}

/** Whether a database is the address of a Postgres, and not a file. */
export const isPostgres = (database: string): boolean => database.startsWith("postgres:")

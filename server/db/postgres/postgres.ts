// Postgres behind the port. One connection writes, others read: see primary.ts. Commands that wait run in one transaction
// (group commit): see group.ts.
import type { ReservedSQL, SQL } from "bun"
import { nextRound } from "../../rounds.ts"
import { Outage } from "../outage.ts"
import type { Db, Work } from "../sql.ts"
import { inOneTransaction, type Waiting } from "./group.ts"
import { busy, enter } from "./locks.ts"
import { migrate } from "./migrate.ts"
import { isOutOfReach, notRead, notSure, withTimeout } from "./out-of-reach.ts"
import { Primary, WRITING } from "./primary.ts"
import { mustBeSound } from "./sound.ts"
import { rowsOf } from "./together.ts"

/** The most commands in one transaction: a bound on how long the first of them, and other processes, wait for the last. */
const MAX_GROUP = 256
/** The most commands that wait for theirs. */
const MAX_WAITING = 10_000

/** Connects and brings the database up to the present. Throws one sentence when it cannot be used. */
export async function openPostgres(url: string): Promise<Db> {
  const primary = new Primary(url)
  await primary.open(prepare)

  const waiting: Waiting[] = []
  let draining: Promise<void> | null = null
  const reading = new Outage((why) => `The database cannot be read (${why}).`, "The database can be read again.")
  const writing = new Outage(
    (why) => `The database cannot be written (${why}). What is said is not answered until it can.`,
    "The database can be written again.",
  )

  async function drain(): Promise<void> {
    try {
      while (waiting.length > 0) {
        await nextRound() // whoever speaks in this turn of the event loop shares the commit
        await commitTogether()
      }
    } finally {
      draining = null // in the very turn in which nothing waits: whoever comes now begins anew
    }
  }

  async function commitTogether(): Promise<void> {
    const began = performance.now()
    let group: Waiting[] | null = null
    let over = false
    // When the clock is ours, and no sooner: other processes may have had it for long, and those who came meanwhile are many.
    const form = () => {
      if (over) throw notSure()
      group = waiting.splice(0, MAX_GROUP)
      return group
    }
    try {
      const settled = await withTimeout(inOneTransaction(await primary.writer(), form), WRITING.giveUp)
      db.onCommit?.(settled.length, performance.now() - began)
      for (const settle of settled) settle()
      writing.passed()
    } catch (error) {
      over = true
      primary.giveUpWriter()
      for (const { reject } of group ?? waiting.splice(0)) reject(error)
    }
  }

  function read<Result>(ask: (sql: SQL) => Promise<Result>): Promise<Result> {
    return primary.read(ask).then(
      (rows) => {
        reading.passed()
        return rows
      },
      (error) => {
        if (!isOutOfReach(error)) throw error
        reading.met(error.message)
        throw notRead()
      },
    )
  }

  /** Also of a statement alone, when the disk is full, say. */
  function unwritten(error: unknown): unknown {
    if (!isOutOfReach(error)) return error
    writing.met(error.message)
    return notSure()
  }

  const db: Db = {
    get epochs() {
      return primary.epochs
    },
    sql: (strings, ...values) => read(async (sql) => rowsOf(await sql(strings, ...values))) as never,
    tx: <Result>(work: Work<Result>, person?: number) =>
      new Promise<Result>((resolve, reject) => {
        if (waiting.length >= MAX_WAITING) return reject(notSure())
        const decline = (error: unknown) => reject(unwritten(error))
        waiting.push({ work, person, resolve: resolve as (result: unknown) => void, reject: decline })
        draining ??= drain()
      }),
    aside: (work) => primary.aside((sql) => inside(sql, work)).catch((error) => Promise.reject(unwritten(error))),
    async close() {
      await draining
      await primary.close()
    },
  }
  primary.onEpoch = (tick) => db.onEpoch?.(tick)
  return db
}

async function inside<Result>(held: ReservedSQL, work: Work<Result>): Promise<Result> {
  await held`begin`
  try {
    const result = await work(async (strings, ...values) => rowsOf(await held(strings, ...values)) as never)
    await held`commit`
    return result
  } catch (error) {
    await held`rollback`.catch(() => {}) // the connection may be gone
    throw error
  }
}

async function prepare(sql: ReservedSQL): Promise<void> {
  await withTimeout(mustBeSound(sql), WRITING.giveUp)
  if (!(await withTimeout(enter(sql), WRITING.giveUp))) throw busy()
  await migrate(sql)
}

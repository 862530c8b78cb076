// Postgres behind the port. One connection writes, others read: see primary.ts. Commands that wait run in one transaction
// (group commit).
//
// The clock's row is locked first, not last, and stays locked until the commit: the groups of all processes then run one
// after the other, and what a command reads is what is. Locked last, it would have read what another process was about to
// change, and a message could stand after its author's removal.
//
// What is slow here is not Postgres but the way there and back. So commands that say whose they are run beside those of
// other people, their statements sent without waiting for each other. If that goes wrong for one, the part is undone and
// its commands run one by one, with a savepoint each.
import type { ReservedSQL, SQL } from "bun"
import { Refusal } from "../../protocol/refusal.ts"
import { migrationsAfter } from "./migrate.ts"
import { inTime, isTrouble, notRead, notSure, Trouble } from "./out-of-reach.ts"
import { carelessness, Primary } from "./primary.ts"
import type { Db, Sql, Value, Work } from "./sql.ts"

/** The most commands in one transaction: a bound on how long the first of them, and other processes, wait for the last. */
const MAX_GROUP = 256
/** The most commands that wait for theirs. */
const MAX_WAITING = 10_000
/** Milliseconds after which we give up a commit. */
const GIVE_UP_MS = 10_000
/** Oldest version, as the server numbers them. */
const OLDEST = 150_000
/** One key for all processes of a place: only one of them at a time brings the database up to the present, or moves it. */
const MIGRATING = 7_267_001

type Waiting = {
  work: Work<unknown>
  of: number | undefined
  resolve(result: unknown): void
  reject(error: unknown): void
}
type Settled = () => void

/** Connects and brings the database up to the present. Throws one sentence when it cannot be used. */
export async function openPostgres(url: string): Promise<Db> {
  const primary = new Primary(url)
  await primary.open(prepare)

  const waiting: Waiting[] = []
  let draining: Promise<void> | null = null
  const reading = new Trouble((why) => `The database cannot be read (${why}).`, "The database can be read again.")
  const writing = new Trouble(
    (why) => `The database cannot be written (${why}). What is said is not answered until it can.`,
    "The database can be written again.",
  )

  async function drain(): Promise<void> {
    while (waiting.length > 0) {
      await nextTurn() // whoever speaks in this turn of the event loop shares the commit
      await commitTogether(waiting.splice(0, MAX_GROUP))
    }
    draining = null
  }

  async function commitTogether(group: Waiting[]): Promise<void> {
    const began = performance.now()
    try {
      const settled = await inTime(inOneTransaction(await primary.writer(), group), GIVE_UP_MS)
      db.onCommit?.(group.length, performance.now() - began)
      for (const settle of settled) settle()
      writing.passed()
    } catch (error) {
      primary.giveUpWriter()
      for (const { reject } of group) reject(error)
    }
  }

  function read<Result>(ask: (sql: SQL) => Promise<Result>): Promise<Result> {
    return primary.read(ask).then(
      (rows) => {
        reading.passed()
        return rows
      },
      (error) => {
        if (!isTrouble(error)) throw error
        reading.met(error)
        throw notRead()
      },
    )
  }

  /** Also of a statement alone, when the disk is full, say. */
  function unwritten(error: unknown): unknown {
    if (!isTrouble(error)) return error
    writing.met(error)
    return notSure()
  }

  const db: Db = {
    get epochs() {
      return primary.epochs
    },
    sql: (strings, ...values) => read((sql) => query(sql, strings, values)),
    tx: <Result>(work: Work<Result>, of?: number) =>
      new Promise<Result>((resolve, reject) => {
        if (waiting.length >= MAX_WAITING) return reject(notSure())
        const decline = (error: unknown) => reject(unwritten(error))
        waiting.push({ work, of, resolve: resolve as (result: unknown) => void, reject: decline })
        draining ??= drain()
      }),
    async close() {
      await draining
      await primary.close()
    },
  }
  primary.onEpoch = (tick) => db.onEpoch?.(tick)
  return db
}

async function inOneTransaction(held: ReservedSQL, group: Waiting[]): Promise<Settled[]> {
  try {
    await held`begin`
    await held`select tick from clock where id = 1 for update`
    const settled: Settled[] = []
    for (const part of partsOf(group)) settled.push(...(await run(held, part)))
    await held`commit`
    return settled
  } catch (error) {
    await held`rollback`.catch(() => {}) // the connection may be gone
    throw error
  }
}

/** Neighbours that say whose they are may run side by side; every other command runs alone, as if there were no other. */
function partsOf(group: Waiting[]): Waiting[][] {
  const parts: Waiting[][] = []
  for (const one of group) {
    const last = parts.at(-1)
    if (one.of !== undefined && last?.[0]?.of !== undefined) last.push(one)
    else parts.push([one])
  }
  return parts
}

/** Runs them side by side, those of one person one after the other. If any wrote before it failed, all are undone, and each
 *  is run by itself. */
async function run(held: ReservedSQL, part: Waiting[]): Promise<Settled[]> {
  await held`savepoint part`
  let spoiled = false
  const lanes = new Map<number, Promise<Settled>>()
  const settled = part.map(({ work, of, resolve, reject }) => {
    let wrote = false
    const sql: Sql = (strings, ...values) => {
      wrote ||= !/^\s*select\b/i.test(strings[0]!)
      return query(held, strings, values)
    }
    const attempt = async (): Promise<Settled> => {
      try {
        const result = await work(sql)
        return () => resolve(result)
      } catch (error) {
        spoiled ||= wrote || !(error instanceof Refusal)
        return () => reject(error)
      }
    }
    const before = of === undefined ? undefined : lanes.get(of)
    const mine = before ? before.then(attempt) : attempt()
    if (of !== undefined) lanes.set(of, mine)
    return mine
  })
  const outcomes = await Promise.all(settled)
  if (spoiled) await held`rollback to part`
  await held`release part`
  if (!spoiled || part.length === 1) return outcomes
  const again: Settled[] = []
  for (const one of part) again.push(...(await run(held, [one])))
  return again
}

/** Whole numbers of 64 bits come as BigInt, and leave as numbers: none of ours is beyond 2^53. */
async function query<Row>(sql: SQL, strings: TemplateStringsArray, values: Value[]): Promise<Row[]> {
  const rows = (await sql(strings, ...values)) as Record<string, unknown>[]
  for (const row of rows) for (const key in row) if (typeof row[key] === "bigint") row[key] = Number(row[key])
  return [...rows] as Row[]
}

export async function mustBeSound(sql: SQL): Promise<void> {
  const [row] = await sql`
    select current_setting('server_version_num')::int as version, current_setting('server_version') as name,
      pg_is_in_recovery() as standby`.catch((error: Error) => {
    throw new Error(`Parlour cannot reach the database that DATABASE_URL names: ${error.message}.`)
  })
  if (row.version < OLDEST) throw new Error(`Postgres ${row.name} is too old: 15 or newer is needed.`)
  if (row.standby)
    throw new Error(
      "The Postgres that DATABASE_URL names is a standby, which cannot be written: name the primary, or an address that follows it.",
    )
  const careless = await carelessness(sql)
  if (careless) throw new Error(`This Postgres does not keep what it commits (${careless}): set both to on.`)
}

async function prepare(sql: ReservedSQL): Promise<void> {
  await mustBeSound(sql)
  await migrate(sql)
}

/** Keeps it until the connection ends or gives it up, once for each time that it took it. */
export async function takeLock(held: ReservedSQL): Promise<void> {
  await held`select pg_advisory_lock(${MIGRATING})`.catch((error: Error) => {
    throw isTrouble(error)
      ? new Error(
          "Another Parlour is starting on this Postgres, or a place is moved there: try again when that is done.",
        )
      : error
  })
}

export async function migrate(held: ReservedSQL): Promise<void> {
  await takeLock(held)
  await held`create table if not exists migrations (name text primary key)`
  const ran = ((await held`select name from migrations`) as { name: string }[]).map(({ name }) => name)
  for (const { file, text } of await migrationsAfter(ran)) {
    await held.unsafe(`begin; ${text}; insert into migrations (name) values ('${file}'); commit`).simple()
  }
  await held`insert into clock (id, tick) values (1, 0) on conflict do nothing`
  await held`select pg_advisory_unlock(${MIGRATING})`
}

const nextTurn = () => new Promise<void>((resolve) => setImmediate(resolve))

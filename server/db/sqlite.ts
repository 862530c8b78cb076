// SQLite behind the port. One connection writes; another reads, because on the writer's a reader would see ticks that
// are not yet committed. Transactions that wait run in one commit (group commit), with a savepoint each.
import { Database, type Statement } from "bun:sqlite"
import { Refusal } from "../../protocol/refusal.ts"
import { beginEpoch } from "./epoch.ts"
import { migrate } from "./migrate.ts"
import type { Db, Sql, Value } from "./sql.ts"
import { isDiskTrouble } from "./trouble.ts"

/** The most transactions in one commit: a bound on how long the first of them, and the event loop, wait for the last. */
const MAX_GROUP = 256

/** Of each connection. The pages read most are in the system's own cache anyway; more of ours made nothing faster. */
const CACHE_KIB = 2_000

/** Older versions can corrupt a WAL that is reset while it is read (fixed in 3.51.3). */
const OLDEST = [3, 51, 3]

type Waiting = { work: (sql: Sql) => Promise<unknown>; resolve(result: unknown): void; reject(error: unknown): void }

/** Opens the file, made if need be, and brings it up to the present. Throws one sentence when it cannot be used. */
export async function openSqlite(path: string): Promise<Db> {
  const writer = open(path)
  // FULL: a commit is on disk before it returns. "Sent" is said after that, and only then.
  writer.run("pragma synchronous = full")
  mustBeSound(writer)
  await migrate(writer)
  const epochs = beginEpoch(writer)
  const reader = open(path)
  reader.run("pragma query_only = 1")

  const read = connect(reader)
  const write = connect(writer)
  const waiting: Waiting[] = []
  let draining: Promise<void> | null = null
  let trouble = false

  async function drain(): Promise<void> {
    while (waiting.length > 0) {
      await nextTurn() // whoever speaks in this turn of the event loop shares the commit
      await commitTogether(waiting.splice(0, MAX_GROUP))
    }
    draining = null
  }

  async function commitTogether(group: Waiting[]): Promise<void> {
    const settle: (() => void)[] = []
    try {
      writer.run("begin immediate")
      for (const { work, resolve, reject } of group) {
        writer.run("savepoint one")
        try {
          const result = await work(write.sql)
          settle.push(() => resolve(result))
        } catch (error) {
          writer.run("rollback to one")
          settle.push(() => reject(unwritable(error) ?? error))
        }
        writer.run("release one")
      }
      writer.run("commit")
    } catch (error) {
      undo(writer)
      const reason = unwritable(error) ?? error
      for (const { reject } of group) reject(reason)
      return
    }
    if (trouble) console.error("The database can be written again.")
    trouble = false
    for (const say of settle) say()
  }

  /** What to tell those whose commit failed for want of a working disk. The log hears of it once, until it works again. */
  function unwritable(error: unknown): Refusal | null {
    if (!isDiskTrouble(error)) return null
    if (!trouble)
      console.error(
        `The database cannot be written (${error.code}: ${error.message}). What is said is not answered as sent until it can.`,
      )
    trouble = true
    return new Refusal(
      "try_again",
      "Parlour cannot write to its disk just now, so nothing was done. Try again in a moment.",
    )
  }

  return {
    epochs,
    sql: read.sql,
    tx: <Result>(work: (sql: Sql) => Promise<Result>) =>
      new Promise<Result>((resolve, reject) => {
        waiting.push({ work, resolve: resolve as (result: unknown) => void, reject })
        draining ??= drain()
      }),
    async close() {
      await draining
      read.close()
      write.close()
    },
  }
}

function open(path: string): Database {
  try {
    const database = new Database(path, { create: true })
    for (const pragma of ["journal_mode = wal", "busy_timeout = 5000", `cache_size = -${CACHE_KIB}`])
      database.run(`pragma ${pragma}`)
    return database
  } catch (error) {
    throw new Error(`Parlour cannot use ${path} as its database: ${(error as Error).message}.`)
  }
}

/** SQLite undoes a transaction itself when the disk fails in its midst. */
function undo(database: Database): void {
  if (database.inTransaction) database.run("rollback")
}

function mustBeSound(database: Database): void {
  const { version } = database.query<{ version: string }, []>("select sqlite_version() as version").get()!
  const parts = version.split(".").map(Number)
  const older = OLDEST.findIndex((part, i) => parts[i] !== part)
  if (older >= 0 && parts[older]! < OLDEST[older]!)
    throw new Error(`SQLite ${version} is too old: ${OLDEST.join(".")} or newer is needed`)
  const { synchronous } = database.query<{ synchronous: number }, []>("pragma synchronous").get()!
  if (synchronous !== 2) throw new Error("SQLite does not sync its commits: pragma synchronous is not FULL")
}

type Connection = { sql: Sql; close(): void }

/** A template literal is one array for ever, so it finds its prepared statement without comparing texts.
 *
 *  A parameter stands as "+?", which means the same. A bare one SQLite's planner looks at, where it might choose another
 *  index by it, and then it prepares the statement anew each time: that took ten times as long as the query. */
function connect(database: Database): Connection {
  const prepared = new Map<TemplateStringsArray, Statement>()
  return {
    async sql<Row>(strings: TemplateStringsArray, ...values: Value[]) {
      let statement = prepared.get(strings)
      if (!statement) {
        statement = database.prepare(strings.join("+?"))
        prepared.set(strings, statement)
      }
      return statement.all(...values) as Row[]
    },
    /** Without a statement left over, or SQLite would not really close, and leave its log beside the file. */
    close() {
      for (const statement of prepared.values()) statement.finalize()
      database.close(true)
    },
  }
}

const nextTurn = () => new Promise<void>((resolve) => setImmediate(resolve))

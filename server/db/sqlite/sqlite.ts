// SQLite behind the port. One connection writes; another reads, because on the writer's a reader would see ticks that
// are not yet committed. Transactions that wait run in one commit (group commit), with a savepoint each. The disk is waited
// for elsewhere (see wal.ts), and until a commit is on it readers are kept at what was there before: nobody is told of
// anything that a power cut could take back.
import { Database, type Statement } from "bun:sqlite"
import { Refusal } from "../../../protocol/refusal.ts"
import { nextRound } from "../../rounds.ts"
import { Outage } from "../outage.ts"
import { remedyFor } from "../remedy.ts"
import type { Db, Sql, Value, Work } from "../sql.ts"
import { Clock } from "./clock.ts"
import { isDiskTrouble } from "./disk-trouble.ts"
import { beginEpoch } from "./epoch.ts"
import { migrate } from "./migrate.ts"
import { viewOf } from "./view.ts"
import { settleLog, Wal } from "./wal.ts"

/** The most transactions in one commit: a bound on how long the first of them, and the event loop, wait for the last. */
const MAX_GROUP = 256

/** Of each connection. The pages read most are in the system's own cache anyway; more of ours made nothing faster. */
const CACHE_KIB = 2_000

/** Older versions can corrupt a WAL that is reset while it is read (fixed in 3.51.3). */
const OLDEST = [3, 51, 3]

/** How long someone waits for a commit that the disk does not take, before they are told. */
const PATIENCE_MS = 5_000

/** Between two tries to begin while another process writes. */
const BUSY_MS = 10

type Waiting = { work: Work<unknown>; resolve(result: unknown): void; reject(error: unknown): void }

/** Opens the file, made if need be, and brings it up to the present. Throws one sentence when it cannot be used. */
export async function openSqlite(path: string): Promise<Db> {
  const writer = open(path)
  settleLog(writer, path)
  writer.run("pragma synchronous = full")
  mustBeSound(writer)
  await migrate(writer)
  const epochs = beginEpoch(writer)
  const wal = await Wal.of(writer, path)
  writer.run("pragma busy_timeout = 0") // or the event loop would stand still for as long as another process writes
  const reader = open(path)
  reader.run("pragma query_only = 1")
  const view = viewOf(reader)

  const read = connect(reader, view.open)
  const write = connect(writer, () => {
    if (!writer.inTransaction) throw new Error("What is asked after SQLite undid the whole would stand for itself.")
  })
  const clock = new Clock(writer)
  write.sql.takeTicks = (count) => clock.take(count)
  const savepoint = savepointOf(writer)
  const waiting: Waiting[] = []
  let draining: Promise<void> | null = null
  const writing = new Outage(
    (why) => `The database cannot be written (${why}). What is said is not answered as sent until it can.`,
    "The database can be written again.",
    0, // what a disk has taken is on it
  )
  /** A commit was made that the disk does not take. */
  let stuck = false

  async function drain(): Promise<void> {
    try {
      while (waiting.length > 0) {
        await nextRound() // whoever speaks in this turn of the event loop shares the commit
        const group = waiting.splice(0, MAX_GROUP)
        await commitTogether(group).catch((error) => {
          console.error("A group of commands broke off:", error)
          for (const { reject } of group) reject(error)
        })
        await wal.carry(waiting.length > 0).catch((error) => console.error("The log was not looked after:", error))
      }
    } finally {
      draining = null // in the very turn in which nothing waits: whoever comes now begins anew
    }
  }

  async function commitTogether(group: Waiting[]): Promise<void> {
    const began = performance.now()
    const settle: (() => void)[] = []
    try {
      await begin()
      clock.begin()
      for (const { work, resolve, reject } of group) {
        const before = clock.tick
        savepoint.begin()
        try {
          const result = await work(write.sql)
          settle.push(() => resolve(result))
        } catch (error) {
          if (!writer.inTransaction) throw error // the disk failed, and SQLite undid the whole
          savepoint.undo()
          clock.tick = before
          settle.push(() => reject(unwritable(error) ?? error))
        }
        savepoint.end()
      }
      clock.write()
      view.hold()
      writer.run("commit")
    } catch (error) {
      undo(writer)
      view.renew()
      const reason = unwritable(error) ?? error
      for (const { reject } of group) reject(reason)
      return
    }
    const isOnDisk = await wal.sync((error) => doubt(group, error))
    if (!isOnDisk) return // closed before; the next start finds it, or not
    db.onCommit?.(group.length, performance.now() - began)
    view.renew()
    stuck = false
    writing.passed()
    for (const say of settle) say()
  }

  /** Another process may be writing, the command line of SQLite say. It is waited for, and nobody else waits with us. */
  async function begin(): Promise<void> {
    const end = performance.now() + PATIENCE_MS
    for (;;) {
      try {
        return void writer.run("begin immediate")
      } catch (error) {
        if ((error as { code?: string }).code !== "SQLITE_BUSY" || performance.now() > end) throw error
      }
      await new Promise((resolve) => setTimeout(resolve, BUSY_MS))
    }
  }

  /** The disk failed after a commit, which cannot be taken back: it is tried until the disk takes it, and nobody sees it
   *  before that. Of those behind it nothing was done, and they are declined. */
  function doubt(group: Waiting[], error: Error & { code?: string }): void {
    complain(error)
    for (const { reject } of waiting.splice(0)) reject(nothingDone())
    if (stuck) return
    stuck = true
    const tell = () => {
      for (const { reject } of group) reject(uncertain()) // says nothing to those who have been answered by then
    }
    setTimeout(tell, PATIENCE_MS).unref()
  }

  /** What to tell those whose commit failed for want of a working disk. */
  function unwritable(error: unknown): Refusal | null {
    if (!isDiskTrouble(error)) return null
    complain(error)
    return nothingDone()
  }

  const complain = ({ code, message }: Error & { code?: string }) => writing.met(`${code}: ${message}`)

  const tx = <Result>(work: Work<Result>) =>
    new Promise<Result>((resolve, reject) => {
      if (stuck) return reject(nothingDone())
      waiting.push({ work, resolve: resolve as (result: unknown) => void, reject })
      draining ??= drain()
    })

  const db: Db = {
    epochs,
    sql: read.sql,
    tx,
    aside: tx, // there is one file, and one who writes it
    async close() {
      wal.giveUp()
      await draining
      await wal.close()
      if (stuck) return // closed, SQLite would believe the next sync; the next start does not
      savepoint.close()
      clock.close()
      view.close()
      read.close()
      write.close()
    },
  }
  return db
}

function open(path: string): Database {
  try {
    const database = new Database(path, { create: true })
    for (const pragma of ["journal_mode = wal", "busy_timeout = 5000", `cache_size = -${CACHE_KIB}`])
      database.run(`pragma ${pragma}`)
    return database
  } catch (error) {
    const { message, code } = error as Error & { code?: string }
    const isNone = code === "SQLITE_NOTADB" // then what stands there is somebody's
    throw new Error(
      `Parlour cannot use ${path} as its database: ${message}.${isNone ? "" : ` ${remedyFor(code, path)}`}`,
    )
  }
}

/** SQLite undoes a transaction itself when the disk fails in its midst. */
function undo(database: Database): void {
  if (database.inTransaction) database.run("rollback")
}

/** Around each command of a group. Prepared: they are a tenth of what a message costs when they are not. */
function savepointOf(writer: Database) {
  const texts = ["savepoint one", "rollback to one", "release one"]
  const [begin, undo, end] = texts.map((text) => writer.prepare(text)) as [Statement, Statement, Statement]
  return {
    begin: () => void begin.run(),
    undo: () => void undo.run(),
    end: () => void end.run(),
    close() {
      for (const statement of [begin, undo, end]) statement.finalize()
    },
  }
}

function mustBeSound(database: Database): void {
  const { version } = database.query<{ version: string }, []>("select sqlite_version() as version").get()!
  const parts = version.split(".").map(Number)
  const older = OLDEST.findIndex((part, i) => parts[i] !== part)
  if (older >= 0 && parts[older]! < OLDEST[older]!)
    throw new Error(`SQLite ${version} is too old: ${OLDEST.join(".")} or newer is needed`)
}

const nothingDone = () =>
  new Refusal("try_again", "Parlour cannot write to its disk just now, so nothing was done. Try again in a moment.")
const uncertain = () =>
  new Refusal(
    "try_again",
    "Parlour cannot write to its disk just now, and does not know yet whether this was kept. Look again in a moment.",
  )

type Connection = { sql: Sql; close(): void }

/** A template literal is one array for ever, so it finds its prepared statement without comparing texts.
 *
 *  A parameter stands as "+?", which means the same. A bare one SQLite's planner looks at, where it might choose another
 *  index by it, and then it prepares the statement anew each time: that took ten times as long as the query. */
function connect(database: Database, before = () => {}): Connection {
  const prepared = new Map<TemplateStringsArray, Statement>()
  return {
    async sql<Row>(strings: TemplateStringsArray, ...values: Value[]) {
      let statement = prepared.get(strings)
      if (!statement) {
        statement = database.prepare(strings.join("+?"))
        prepared.set(strings, statement)
      }
      before()
      return statement.all(...values) as Row[]
    },
    /** Without a statement left over, or SQLite would not really close, and leave its log beside the file. */
    close() {
      for (const statement of prepared.values()) statement.finalize()
      database.close(true)
    },
  }
}

// The connections to the primary of a Postgres: one that writes, others that read. Which server answers at an address may
// change while we run: a standby takes over, with the last that was said or without it. So the first that is asked on each
// is to what history it leads (see timeline.ts). One to a standby is closed again. Another history than before is a new
// epoch: it begins before anything else is read or written there, and all other connections are given up.
import { type ReservedSQL, SQL } from "bun"
import { counted } from "../../counted.ts"
import { enter } from "./locks.ts"
import { OutOfReach, withTimeout } from "./out-of-reach.ts"
import { carelessness } from "./sound.ts"
import { type History, LINEAGE, settleTimeline } from "./timeline.ts"

/** The most connections that read. */
const READERS = 8
/** Milliseconds in which a connection has to be open. */
const PATIENCE_MS = 5_000
/** Milliseconds for which a statement waits for a lock. */
const LOCK_MS = 3_000
/** Milliseconds after which Postgres gives up a statement, and after which we give Postgres up. Who reads something has often
 *  to wait for several answers, one after the other. */
type Patience = { statement: number; giveUp: number }
const READING: Patience = { statement: 3_000, giveUp: 4_000 }
export const WRITING: Patience = { statement: 5_000, giveUp: 10_000 }

/** Each statement of ours finds its rows by an index. Postgres keeps the plan that it made of it, and made while the tables
 *  were small that would read whole tables, also when they have grown. Where there is no index after all, it takes the plan for
 *  dear, and would compile it, which takes a hundred times as long as to run it: so it compiles nothing. */
const BY_INDEX = { enable_seqscan: "off", enable_hashjoin: "off", enable_mergejoin: "off", jit: "off" }

/** What is done aside is done now and then. A network may have forgotten a connection that lay idle longer: another is opened, or
 *  who asks would wait until this one is given up. */
const LONGEST_IDLE_MS = 60_000

export class Primary {
  /** Another epoch has begun, and the clock stands at this tick; openPostgres passes it on. */
  onEpoch: (tick: number) => void = () => {}
  readonly #url: string
  readonly #longestIdle: number
  #history: History = { lineage: "", epochs: [], tick: 0 }
  /** The histories that we left: a server that stands in one of them has missed that another took over. */
  readonly #left = new Set<string>()
  #writer: Connection | null = null
  #readers: Connection[] = []
  #aside: Connection | null = null
  /** When something was last done aside, by performance.now(). */
  #asideAt = 0
  /** What is done aside is done one after the other. */
  #asideLast: Promise<unknown> = Promise.resolve()
  #opening: Promise<Connection> | null = null
  #closed = false

  constructor(url: string, longestIdle = LONGEST_IDLE_MS) {
    this.#url = url
    this.#longestIdle = longestIdle
  }

  /** The first connection. `prepare` makes the database ready; what it throws is why it cannot be used. */
  async open(prepare: (sql: ReservedSQL) => Promise<void>): Promise<void> {
    const connection = new Connection(this.#url, WRITING)
    try {
      await connection.open().catch((error: Error) => {
        throw unreachable(error)
      })
      await prepare(connection.sql)
      this.#history = await withTimeout(settled(connection.sql), WRITING.giveUp)
      connection.lineage = this.#history.lineage
      this.#writer = connection
    } catch (error) {
      connection.close() // or its lock would be kept
      throw error instanceof OutOfReach ? unreachable(error) : error
    }
  }

  get epochs(): History["epochs"] {
    return this.#history.epochs
  }

  async writer(): Promise<ReservedSQL> {
    if (!this.#writer || !this.#isGood(this.#writer)) this.#writer = await this.#another(WRITING)
    return this.#writer.sql
  }

  giveUpWriter(): void {
    this.#writer?.close()
  }

  /** Asks on a connection that reads, and gives it up when no answer comes. */
  async read<Result>(ask: (sql: ReservedSQL) => Promise<Result>): Promise<Result> {
    const connection = this.#idlest() ?? (await this.#opened())
    return counted(connection, () => withTimeout(ask(connection.sql), READING.giveUp, () => connection.close()))
  }

  /** Writes on a connection of its own, which is opened when it is first needed, and given up when no answer comes. */
  aside<Result>(work: (sql: ReservedSQL) => Promise<Result>): Promise<Result> {
    const mine = this.#asideLast.then(async () => {
      if (performance.now() - this.#asideAt > this.#longestIdle) this.#aside?.close()
      if (!this.#aside || !this.#isGood(this.#aside)) this.#aside = await this.#another(WRITING)
      const connection = this.#aside
      return withTimeout(work(connection.sql), WRITING.giveUp, () => connection.close())
    })
    this.#asideLast = mine
      .catch(() => {})
      .finally(() => {
        this.#asideAt = performance.now()
      })
    return mine
  }

  async close(): Promise<void> {
    this.#closed = true
    await this.#opening?.catch(() => {})
    await this.#asideLast
    await Promise.all([...this.#readers, this.#writer, this.#aside].map((connection) => connection?.drain()))
  }

  /** The one that reads and has the least to do, if there is one, each in its turn: of one that lies idle for long a network may
   *  forget that it is there. While all have something to do, another is opened. */
  #idlest(): Connection | undefined {
    if (!this.#readers.every(this.#isGood)) this.#readers = this.#readers.filter(this.#isGood)
    let idlest = this.#readers[0]
    for (const connection of this.#readers) if (connection.underway < idlest!.underway) idlest = connection
    if (idlest) this.#readers.push(...this.#readers.splice(this.#readers.indexOf(idlest), 1))
    if (idlest?.underway && this.#readers.length < READERS) this.#opened().catch(() => {}) // who waits for it is told
    return idlest
  }

  #opened(): Promise<Connection> {
    this.#opening ??= this.#another(READING)
      .then((connection) => {
        this.#readers.push(connection)
        return connection
      })
      .finally(() => {
        this.#opening = null
      })
    return this.#opening
  }

  readonly #isGood = (connection: Connection): boolean =>
    !connection.lost && connection.lineage === this.#history.lineage

  async #another(patience: Patience): Promise<Connection> {
    if (this.#closed) throw new OutOfReach("Parlour is stopping")
    const connection = new Connection(this.#url, patience)
    try {
      const ready = connection.open().then(() => this.#prove(connection))
      await withTimeout(ready, PATIENCE_MS)
      if (!this.#isGood(connection)) throw new OutOfReach("another server has taken over")
      return connection
    } catch (error) {
      connection.close()
      throw new OutOfReach((error as Error).message) // whatever a server has against us, it serves nobody
    }
  }

  async #prove(connection: Connection): Promise<void> {
    const [{ lineage }] = (await connection.sql.unsafe(LINEAGE)) as [{ lineage: string | null }]
    if (!(await enter(connection.sql))) throw new OutOfReach("the place is being moved")
    if (lineage === null) throw new OutOfReach("a standby answers, and no primary")
    if (this.#left.has(lineage)) throw new OutOfReach("a server answers that another has taken over from")
    connection.lineage = lineage
    const careless = await carelessness(connection.sql)
    if (careless) throw new OutOfReach(`a server answers that does not keep what it commits: ${careless}`)
    if (this.#isGood(connection)) return
    const history = await settled(connection.sql)
    connection.lineage = history.lineage
    if (!this.#isGood(connection)) this.#goOver(history)
  }

  #goOver(history: History): void {
    this.#left.add(this.#history.lineage)
    this.#history = history
    for (const connection of [...this.#readers, this.#writer, this.#aside])
      if (connection && !this.#isGood(connection)) connection.close()
    console.error(`Another server has taken over, or this one was recovered: it goes on from tick ${history.tick}.`)
    this.onEpoch(history.tick)
  }
}

/** When it is lost, it is lost: what was to go over it must not go over another. */
class Connection {
  sql!: ReservedSQL
  /** In which history, once that is known. */
  lineage = ""
  lost = false
  /** What was asked and not yet answered. */
  underway = 0
  readonly #pool: SQL

  constructor(url: string, { statement, giveUp }: Patience) {
    this.#pool = new SQL(url, {
      max: 1,
      bigint: true,
      connectionTimeout: PATIENCE_MS / 1000,
      connection: {
        application_name: "parlour",
        statement_timeout: `${statement}`,
        lock_timeout: `${LOCK_MS}`,
        idle_in_transaction_session_timeout: `${giveUp}`,
        default_transaction_isolation: "read committed",
        ...BY_INDEX,
      },
      onclose: () => {
        this.lost = true
      },
    })
  }

  async open(): Promise<void> {
    this.sql = await this.#pool.reserve()
  }

  /** At once, whatever is under way. */
  close(): void {
    this.lost = true
    this.#pool.close({ timeout: 0 }).catch(() => {})
  }

  /** When what is under way is done. */
  async drain(): Promise<void> {
    if (!this.lost) await this.sql.release()
    await this.#pool.close()
  }
}

const unreachable = ({ message }: Error) =>
  new Error(`Parlour cannot reach the database that DATABASE_URL names: ${message}.`)

async function settled(sql: ReservedSQL): Promise<History> {
  await sql`begin`
  try {
    const history = await settleTimeline(sql)
    await sql`commit`
    return history
  } catch (error) {
    await sql`rollback`.catch(() => {}) // the connection may be gone
    throw error
  }
}

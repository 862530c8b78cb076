// The ways to the primary of a Postgres: one that writes, others that read. Which server answers at an address may change
// while we run: a standby takes over, with the last that was said or without it. So a way is one connection, and the first
// that is asked on it is to what history it leads (see timeline.ts). One to a standby is closed again. Another history than
// before is a new epoch: it begins before anything else is read or written there, and all other ways are given up.
import { type ReservedSQL, SQL } from "bun"
import { inTime, OutOfReach } from "./out-of-reach.ts"
import { carelessness } from "./sound.ts"
import { type History, STANDING, settleTimeline } from "./timeline.ts"

/** The most ways that read. */
const READERS = 8
/** Milliseconds in which a way has to be open. */
const PATIENCE_MS = 5_000
/** Milliseconds for which a statement waits for a lock. */
const LOCK_MS = 3_000
/** Milliseconds after which Postgres gives up a statement, and after which we give Postgres up. Who reads something has often
 *  to wait for several answers, one after the other. */
type Patience = { statement: number; giveUp: number }
const READING: Patience = { statement: 3_000, giveUp: 4_000 }
export const WRITING: Patience = { statement: 5_000, giveUp: 10_000 }

/** Each statement of ours finds its rows by an index. Postgres keeps the plan that it made of it, and made while the tables
 *  were small that would read whole tables, also when they have grown. */
const BY_INDEX = { enable_seqscan: "off", enable_hashjoin: "off", enable_mergejoin: "off" }

export class Primary {
  /** Another epoch has begun, and the clock stands at this tick; openPostgres passes it on. */
  onEpoch: (tick: number) => void = () => {}
  readonly #url: string
  #history: History = { standing: "", epochs: [], tick: 0 }
  /** The histories that we left: a server that stands in one of them has missed that another took over. */
  readonly #left = new Set<string>()
  #writer: Way | null = null
  #readers: Way[] = []
  #opening: Promise<Way> | null = null
  #closed = false

  constructor(url: string) {
    this.#url = url
  }

  /** The first way. `prepare` makes the database ready; what it throws is why it cannot be used. */
  async open(prepare: (sql: ReservedSQL) => Promise<void>): Promise<void> {
    const way = new Way(this.#url, WRITING)
    try {
      await way.open().catch((error: Error) => {
        throw new Error(`Parlour cannot reach the database that DATABASE_URL names: ${error.message}.`)
      })
      await prepare(way.sql)
      this.#history = await settled(way.sql)
      way.standing = this.#history.standing
      this.#writer = way
    } catch (error) {
      way.close() // or its lock would be kept
      throw error
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

  /** Asks on a way that reads, and gives it up when no answer comes. */
  async read<Result>(ask: (sql: ReservedSQL) => Promise<Result>): Promise<Result> {
    const way = this.#idlest() ?? (await this.#opened())
    way.underway++
    try {
      return await inTime(ask(way.sql), READING.giveUp, () => way.close())
    } finally {
      way.underway--
    }
  }

  async close(): Promise<void> {
    this.#closed = true
    await this.#opening?.catch(() => {})
    await Promise.all([...this.#readers, this.#writer].map((way) => way?.leave()))
  }

  /** The one that reads and has the least to do, if there is one. While all have something to do, another is opened. */
  #idlest(): Way | undefined {
    if (!this.#readers.every(this.#isGood)) this.#readers = this.#readers.filter(this.#isGood)
    let idlest = this.#readers[0]
    for (const way of this.#readers) if (way.underway < idlest!.underway) idlest = way
    if (idlest?.underway && this.#readers.length < READERS) this.#opened().catch(() => {}) // who waits for it is told
    return idlest
  }

  #opened(): Promise<Way> {
    this.#opening ??= this.#another(READING)
      .then((way) => {
        this.#readers.push(way)
        return way
      })
      .finally(() => {
        this.#opening = null
      })
    return this.#opening
  }

  readonly #isGood = (way: Way): boolean => !way.lost && way.standing === this.#history.standing

  async #another(patience: Patience): Promise<Way> {
    if (this.#closed) throw new OutOfReach("Parlour is stopping")
    const way = new Way(this.#url, patience)
    try {
      const ready = way.open().then(() => this.#prove(way))
      await inTime(ready, PATIENCE_MS)
      if (!this.#isGood(way)) throw new OutOfReach("another server has taken over")
      return way
    } catch (error) {
      way.close()
      throw new OutOfReach((error as Error).message) // whatever a server has against us, it serves nobody
    }
  }

  async #prove(way: Way): Promise<void> {
    const [{ standing }] = (await way.sql.unsafe(STANDING)) as [{ standing: string | null }]
    if (standing === null) throw new OutOfReach("a standby answers, and no primary")
    if (this.#left.has(standing)) throw new OutOfReach("a server answers that another has taken over from")
    way.standing = standing
    const careless = await carelessness(way.sql)
    if (careless) throw new OutOfReach(`a server answers that does not keep what it commits: ${careless}`)
    if (this.#isGood(way)) return
    const history = await settled(way.sql)
    way.standing = history.standing
    if (!this.#isGood(way)) this.#goOver(history)
  }

  #goOver(history: History): void {
    this.#left.add(this.#history.standing)
    this.#history = history
    for (const way of [...this.#readers, this.#writer]) if (way && !this.#isGood(way)) way.close()
    console.error(`Another server has taken over, or this one was recovered: it goes on from tick ${history.tick}.`)
    this.onEpoch(history.tick)
  }
}

/** One connection. When it is lost, it is lost: what was to go over it must not go over another. */
class Way {
  sql!: ReservedSQL
  /** In which history, once that is known. */
  standing = ""
  lost = false
  /** What was asked and not yet answered. */
  underway = 0
  readonly #connection: SQL

  constructor(url: string, { statement, giveUp }: Patience) {
    this.#connection = new SQL(url, {
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
    this.sql = await this.#connection.reserve()
  }

  /** At once, whatever is under way. */
  close(): void {
    this.lost = true
    this.#connection.close({ timeout: 0 }).catch(() => {})
  }

  /** When what is under way is done. */
  async leave(): Promise<void> {
    if (!this.lost) this.sql.release()
    await this.#connection.close()
  }
}

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

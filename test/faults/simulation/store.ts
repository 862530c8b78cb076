// The real SQLite behind the real port, opened once and swept clean for each run; and the truth: what was committed, as the
// store itself answered it, and which history each epoch belongs to.
import { Database, type SQLQueryBindings, type Statement } from "bun:sqlite"
import { existsSync } from "node:fs"
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { Change, Event, Member } from "../../../protocol/event.ts"
import type { Epoch } from "../../../server/db/epoch.ts"
import type { Db } from "../../../server/db/sql.ts"
import { beginEpoch } from "../../../server/db/sqlite/epoch.ts"
import { openSqlite } from "../../../server/db/sqlite/sqlite.ts"

const tables = ["people", "sessions", "rooms", "members", "messages", "epochs", "looks"]
/** Where it is there, a disk without a disk: what a power cut leaves is not asked here. */
const MEMORY = "/dev/shm"

export type Row = Record<string, SQLQueryBindings>
export type Copy = { tick: number; rows: Row[][]; epoch: string }

export class Store {
  readonly db: Db
  /** Transactions that have begun, or wait. */
  underway = 0
  /** What the works of a group changed, until their commit is on disk. */
  readonly written = new Set<readonly Event[]>()
  readonly #folder: string
  readonly #admin: Database
  readonly #prepared = new Map<string, Statement>()

  static async open(): Promise<Store> {
    const folder = await mkdtemp(join(existsSync(MEMORY) ? MEMORY : tmpdir(), "parlour-simulation-"))
    const path = join(folder, "parlour.db")
    return new Store(folder, await openSqlite(path), new Database(path))
  }

  private constructor(folder: string, db: Db, admin: Database) {
    this.#folder = folder
    this.db = db
    this.#admin = admin
    admin.run("pragma synchronous = off")
  }

  async close(): Promise<void> {
    for (const statement of this.#prepared.values()) statement.finalize()
    this.#admin.close()
    await this.db.close()
    await this.abandon()
  }

  /** After a run that went wrong: who knows what is still under way in it. */
  async abandon(): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true })
  }

  /** Only while no transaction is under way. */
  fill(rows: Row[][], tick: number): void {
    this.#run("begin immediate")
    for (const [i, table] of tables.entries()) {
      this.#run(`delete from ${table}`)
      for (const row of rows[i] ?? []) {
        const names = Object.keys(row)
        this.#run(
          `insert into ${table} (${names}) values (${names.map(() => "?")})`,
          names.map((name) => row[name] as SQLQueryBindings),
        )
      }
    }
    this.#run("update clock set tick = ?", [tick])
    this.#run("commit")
  }

  copy(): Omit<Copy, "epoch"> {
    this.#run("begin")
    const rows = tables.map((table) => this.all(`select * from ${table}`))
    const [clock] = this.all("select tick from clock")
    this.#run("commit")
    return { rows, tick: clock!.tick as number }
  }

  beginEpoch(): Epoch[] {
    return beginEpoch(this.#admin)
  }

  all(query: string, values: SQLQueryBindings[] = []): Row[] {
    return this.#statement(query).all(...values) as Row[]
  }

  #run(query: string, values: SQLQueryBindings[] = []): void {
    this.#statement(query).run(...values)
  }

  #statement(query: string): Statement {
    const known = this.#prepared.get(query)
    if (known) return known
    const statement = this.#admin.prepare(query)
    this.#prepared.set(query, statement)
    return statement
  }
}

/** An epoch follows another, from the tick that it found: a restart goes on from it, a restored copy from before its end. */
type Line = { parent: string | null; began: number }

export class Truth {
  readonly #byTick = new Map<number, { change: Change; words: string }>()
  readonly #turns = new Map<string, Member[]>()
  /** Sessions, by the ticks at which they ended. */
  readonly #ended = new Map<string, number>()
  readonly #lines = new Map<string, Line>()
  #epoch = ""
  tick = 0

  get epoch(): string {
    return this.#epoch
  }

  begin(epoch: string, began: number, parent: string | null): void {
    this.#lines.set(epoch, { parent, began })
    this.#epoch = epoch
  }

  committed(events: readonly Event[]): void {
    for (const change of events) {
      this.tick = Math.max(this.tick, change.tick)
      if (change.kind === "ended") {
        this.#ended.set(change.session, change.tick)
        continue
      }
      this.#byTick.set(change.tick, { change, words: inWords(change) })
      if (change.kind !== "member") continue
      const key = `${change.room}/${change.person.id}`
      const turns = this.#turns.get(key) ?? []
      this.#turns.set(
        key,
        [...turns, change].sort((a, b) => a.tick - b.tick),
      )
    }
  }

  restored(tick: number): void {
    for (const later of [...this.#byTick.keys()]) if (later > tick) this.#byTick.delete(later)
    for (const [key, turns] of this.#turns)
      this.#turns.set(
        key,
        turns.filter((turn) => turn.tick <= tick),
      )
    for (const [session, ended] of this.#ended) if (ended > tick) this.#ended.delete(session)
    this.tick = tick
  }

  hasEnded(session: string): boolean {
    return this.#ended.has(session)
  }

  /** Whether whoever heard up to this tick of this epoch heard what is still our history. */
  isOurs(epoch: string, tick: number): boolean {
    let most = this.tick
    for (let at: string | null = this.#epoch; at !== null; ) {
      if (at === epoch) return tick <= most
      const { parent, began }: Line = this.#lines.get(at)!
      most = Math.min(most, began)
      at = parent
    }
    return false
  }

  knows(change: Change): boolean {
    return this.#byTick.get(change.tick)?.words === inWords(change)
  }

  wasIn(person: number, room: number, tick: number): boolean {
    return this.#turns.get(`${room}/${person}`)?.findLast((turn) => turn.tick < tick)?.present ?? false
  }

  joinedSince(person: number, room: number, tick: number): boolean {
    return this.#turns.get(`${room}/${person}`)?.some((turn) => turn.present && turn.tick >= tick) ?? false
  }

  everIn(person: number, room: number): boolean {
    return this.#turns.has(`${room}/${person}`)
  }

  between(after: number, upTo: number): Change[] {
    const found: Change[] = []
    for (let tick = after + 1; tick <= upTo; tick++) {
      const one = this.#byTick.get(tick)
      if (one) found.push(one.change)
    }
    return found
  }
}

/** All there is to a change, in one spelling. */
export function inWords(change: Change): string {
  switch (change.kind) {
    case "message": {
      const { tick, id, room, author, text, at, nonce } = change
      return `${tick}: message ${id} in ${room} by ${author.id} ${author.name} at ${at}, ${nonce}: ${text}`
    }
    case "member":
      return `${change.tick}: ${change.person.id} ${change.person.name} is ${change.present ? "in" : "out of"} ${change.room}`
    case "room":
      return `${change.tick}: room ${change.id} ${change.name} ${change.slug}`
    case "person":
      return `${change.tick}: person ${change.id} ${change.name} ${change.role}`
  }
}

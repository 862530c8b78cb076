// A place of several processes, on a Postgres and a Redis that are real: the truth is read from Postgres, past all of them.
import { mkdirSync } from "node:fs"
import { rm } from "node:fs/promises"
import { join } from "node:path"
import { SQL } from "bun"
import { redis as program, provide } from "../../../bin/needs.ts"
import { cursorAt } from "../../../protocol/cursor.ts"
import type { Epoch } from "../../../server/db/epoch.ts"
import { hashOf, newToken } from "../../../server/people/session.ts"
import { type Redis, startRedis } from "../../redis.ts"
import { temporaryFolder } from "../../world.ts"
import type { Row, Standing } from "../checker.ts"
import { type Build, Process } from "../process.ts"
import type { Stage } from "../stage.ts"
import type { Ground } from "./ground.ts"
import { type Between, Ways } from "./ways.ts"

export type Layout = {
  processes: number
  redis: boolean
  between: Between
  /** `parlour start --processes`: they share a port, and one more process watches over them. */
  watched: boolean
}

export const usualLayout: Layout = { processes: 3, redis: true, between: "nothing", watched: false }

export class Cluster implements Stage {
  readonly folder: string
  /** What it stands on. */
  readonly ground: Ground
  /** Of several that are watched over it is the one that watches. */
  readonly processes: Process[]
  /** The way of each to what it needs. */
  readonly ways: Ways[]
  /** The address of the database, as this process reaches it. */
  database: string
  readonly #redis: Redis | null
  readonly #drop: () => Promise<void>
  readonly #atExit = () => void this.#redis?.kill()
  #turn = 0

  private constructor(at: { folder: string; ground: Ground; database: string; drop(): Promise<void> }, parts: Parts) {
    this.ground = at.ground
    this.folder = at.folder
    this.database = at.database
    this.#drop = at.drop
    this.processes = parts.processes
    this.ways = parts.ways
    this.#redis = parts.redis
    process.once("exit", this.#atExit)
  }

  static async on(ground: Ground, layout: Layout, build: Build): Promise<Cluster> {
    const folder = await temporaryFolder()
    const { url: database, drop } = await ground.fresh()
    const redis = layout.redis ? await startRedis(provide(program), folder) : null
    const count = layout.watched ? 1 : layout.processes
    const at = { database, redis: redis?.url ?? null }
    const ways = await Promise.all(Array.from({ length: count }, () => Ways.open(layout.between, at)))
    const script = ["server/main.ts", "start", "--processes", `${layout.processes}`]
    const processes = ways.map(({ env, by }, i) => {
      const own = join(folder, `${i + 1}`)
      mkdirSync(own)
      return new Process(
        own,
        { ...build, env: { ...env, ...ground.env, ...build.env } },
        { by, ...(layout.watched && { script }) },
      )
    })
    return new Cluster({ folder, ground, database, drop }, { processes, ways, redis })
  }

  /** The Redis, where there is one. */
  get redis(): Redis {
    if (!this.#redis) throw new Error("This place has no Redis.")
    return this.#redis
  }

  get hasRedis(): boolean {
    return this.#redis !== null
  }

  get url(): string {
    const open = this.processes.filter(({ runs, url }) => runs && url)
    return (open[this.#turn++ % open.length] ?? this.processes[0]!).url
  }

  get urls(): string[] {
    return this.processes.map(({ url }) => url)
  }

  get log(): string[] {
    return this.processes.flatMap(({ log }) => log)
  }

  get peakMemory(): number {
    return Math.max(...this.processes.map(({ peakMemory }) => peakMemory))
  }

  get peakFiles(): number {
    return Math.max(...this.processes.map(({ peakFiles }) => peakFiles))
  }

  async start(): Promise<void> {
    await Promise.all(this.processes.map((process) => process.start()))
  }

  async stop(): Promise<boolean> {
    const stopped = await Promise.all(this.processes.map((process) => process.stop()))
    return stopped.every(Boolean)
  }

  async kill(): Promise<void> {
    await Promise.all(this.processes.map((process) => process.kill()))
  }

  async remove(): Promise<void> {
    await Promise.all(this.ways.map((way) => way.close()))
    process.off("exit", this.#atExit)
    await this.#redis?.kill()
    await this.#drop()
    await rm(this.folder, { recursive: true, force: true })
  }

  look(): void {
    for (const process of this.processes) process.look()
  }

  spawn(script: string[], env: Record<string, string> = {}) {
    return new Process(this.folder).spawn(script, env)
  }

  // The truth.

  async cursor(): Promise<string> {
    const [epoch] = (await this.epochs()).slice(-1)
    const [clock] = await this.ask<{ tick: number }>("select tick from clock")
    return cursorAt(epoch!.name, clock!.tick)
  }

  rows = () => this.ask<Row>("select id, room, author, text, nonce from messages order by id")
  members = () => this.ask<Standing>("select room, person, present, tick from members")
  epochs = () => this.ask<Epoch>("select name, began from epochs order by number")

  /** Asks the database. Whole numbers come as numbers. */
  async ask<Kind>(text: string): Promise<Kind[]> {
    const sql = new SQL(this.database, { max: 1, bigint: true })
    try {
      const rows = (await sql.unsafe(text)) as Record<string, unknown>[]
      for (const row of rows) for (const key in row) if (typeof row[key] === "bigint") row[key] = Number(row[key])
      return rows as Kind[]
    } finally {
      await sql.close()
    }
  }

  /** A session of someone's own, by the row that signing in writes. */
  async newSession(person: number): Promise<{ id: string; cookie: string }> {
    const [token, id, now] = [newToken(), newToken().slice(0, 12), Date.now()]
    await this.ask(
      `insert into sessions (id, hash, person, at, seen) values ('${id}', '${hashOf(token)}', ${person}, ${now}, ${now})`,
    )
    return { id, cookie: `parlour=${token}` }
  }
}

type Parts = { processes: Process[]; ways: Ways[]; redis: Redis | null }

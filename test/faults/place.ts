// A place as a process of its own, that can be killed, paused, started again and looked at from outside.
import { Database } from "bun:sqlite"
import { copyFileSync, cpSync, mkdirSync, readdirSync, readFileSync } from "node:fs"
import { rm } from "node:fs/promises"
import { join } from "node:path"
import { cursorAt } from "../../protocol/cursor.ts"
import { insertSession } from "../../server/people/session.ts"
import { perform } from "../../server/perform.ts"
import { openApp, settle, temporaryFolder } from "../world.ts"

export type FailPoint =
  | "before the commit"
  | "after the commit, before it is told"
  | "in mid-fan-out"
  | "told, before the answer"
  | "after the answer"
  | "in mid-replay"

export const failPoints: FailPoint[] = [
  "before the commit",
  "after the commit, before it is told",
  "in mid-fan-out",
  "told, before the answer",
  "after the answer",
  "in mid-replay",
]

const ROOT = join(import.meta.dirname, "../..")
const START_MS = 10_000

export type Resident = { id: number; name: string; cookie: string; session: string }

/** A folder with people and rooms in it, made once and copied for each run. */
export type Prepared = { folder: string; people: Resident[]; rooms: Record<string, number> }

export async function prepare(names: string[], rooms: string[]): Promise<Prepared> {
  const folder = await temporaryFolder()
  const app = await openApp(undefined, { DATA_DIR: folder })
  const people: Resident[] = []
  for (const name of names) {
    const { person, session } = await settle(app, name)
    const token = await app.db.tx((sql) => insertSession(sql, person.id))
    people.push({ id: person.id, name, session, cookie: `parlour=${token}` })
  }
  const [owner] = people as [Resident]
  const caller = { person: { ...owner, role: "owner" as const }, session: null, address: "local" }
  const ids: Record<string, number> = {}
  for (const name of rooms) {
    const { answer } = await perform(app, caller, { type: "open", name })
    const { id, slug } = answer
    ids[slug] = id
    if (name !== rooms[0]) await perform(app, caller, { type: "leave", room: slug }) // at first all are in one room
  }
  await app.close()
  return { folder, people, rooms: ids }
}

export type Build = {
  /** A deliberate breakage by name, see sabotages.ts. */
  sabotage?: string | null
  env?: Record<string, string>
}

export class Place {
  readonly folder: string
  readonly log: string[] = []
  url = ""
  peakMemory = 0
  peakFiles = 0
  starts = 0
  readonly #build: Build
  #process: ReturnType<typeof Bun.spawn> | null = null

  constructor(folder: string, build: Build = {}) {
    this.folder = folder
    this.#build = build
  }

  static async copyOf(prepared: Prepared, build?: Build): Promise<Place> {
    const folder = await temporaryFolder()
    cpSync(prepared.folder, folder, { recursive: true })
    return new Place(folder, build)
  }

  get database(): string {
    return join(this.folder, "parlour.db")
  }

  get pid(): number {
    return this.#process?.pid ?? 0
  }

  get runs(): boolean {
    return this.#process !== null && this.#process.exitCode === null && this.#process.signalCode === null
  }

  /** Starts it and resolves when it listens. Throws what it said when it does not come up. */
  async start(): Promise<void> {
    const child = this.spawn(["test/faults/server.ts"])
    this.#process = child
    this.starts++
    const late = setTimeout(() => child.kill("SIGKILL"), START_MS)
    const lines = linesOf(child.stdout as ReadableStream<Uint8Array>)
    const { value } = await lines.next()
    clearTimeout(late)
    if (!value) throw new Error(`The place did not open: ${this.log.slice(-5).join(" ") || "without a word"}`)
    this.url = value
  }

  /** Another process on this folder, with the same build. */
  spawn(script: string[], env: Record<string, string> = {}) {
    const preload = this.#build.sabotage ? ["--preload", "./test/faults/preload.ts"] : []
    const child = Bun.spawn([process.execPath, ...preload, ...script], {
      cwd: ROOT,
      env: {
        PATH: process.env.PATH ?? "",
        DATA_DIR: this.folder,
        PORT: "0",
        LIMITS: "off",
        ...(this.#build.sabotage && { PARLOUR_SABOTAGE: this.#build.sabotage }),
        ...this.#build.env,
        ...env,
      },
      stdin: "pipe",
      stdout: "pipe",
      stderr: "pipe",
    })
    void (async () => {
      for await (const line of linesOf(child.stderr)) this.log.push(line)
    })()
    return child
  }

  order(line: string): void {
    const { stdin } = this.#process ?? {}
    if (!stdin || typeof stdin === "number" || !this.runs) return
    stdin.write(`${line}\n`)
    stdin.flush()
  }

  signal(name: "SIGKILL" | "SIGSTOP" | "SIGCONT" | "SIGTERM"): void {
    this.#process?.kill(name)
  }

  async exited(patience = 5_000): Promise<boolean> {
    return Promise.race([this.#process?.exited.then(() => true) ?? true, Bun.sleep(patience).then(() => false)])
  }

  async kill(): Promise<void> {
    this.look()
    this.signal("SIGKILL")
    await this.#process?.exited
  }

  async stop(): Promise<boolean> {
    this.look()
    this.signal("SIGTERM")
    if (await this.exited(8_000)) return true
    await this.kill()
    return false
  }

  /** How far it has come. Each copy of a folder is a history of its own once it has been opened. */
  cursor(): string {
    const database = new Database(this.database, { readonly: true })
    const [epoch] = database.query<{ name: string }, []>("select name from epochs order by number desc").all()
    const { tick } = database.query<{ tick: number }, []>("select tick from clock").get()!
    database.close()
    return cursorAt(epoch!.name, tick)
  }

  /** Takes note of how much it holds. */
  look(): void {
    if (!this.runs) return
    try {
      const status = readFileSync(`/proc/${this.pid}/status`, "utf8")
      this.peakMemory = Math.max(this.peakMemory, Number(status.match(/VmHWM:\s+(\d+)/)?.[1] ?? 0) / 1024)
      this.peakFiles = Math.max(this.peakFiles, readdirSync(`/proc/${this.pid}/fd`).length)
    } catch {
      // it ended in this moment
    }
  }

  /** The database's files as they lie there, copied elsewhere. */
  copyData(to: string): void {
    mkdirSync(to, { recursive: true })
    for (const file of readdirSync(this.folder))
      if (file.startsWith("parlour.db")) copyFileSync(join(this.folder, file), join(to, file))
  }

  async remove(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true })
  }
}

export async function* linesOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const text = new TextDecoder()
  let rest = ""
  for await (const bytes of stream as unknown as AsyncIterable<Uint8Array>) {
    const lines = (rest + text.decode(bytes, { stream: true })).split("\n")
    rest = lines.pop()!
    yield* lines
  }
}

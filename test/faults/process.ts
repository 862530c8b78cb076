// Parlour as a process of its own, that can be killed, paused, given orders, started again and looked at from outside.
import { readdirSync, readFileSync, readlinkSync } from "node:fs"
import { join } from "node:path"
import { MOST_SPARE } from "../../server/http/descriptors.ts"

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
const START_MS = 30_000

export type Build = {
  /** A deliberate breakage by name, see sabotages.ts. */
  sabotage?: string | null
  env?: Record<string, string>
}

/** How it is started, where that is not as the fault suite usually does. */
export type Manner = {
  script?: string[]
  /** The command that it is started by, as one that goes to another network first. */
  by?: string[]
}

export class Process {
  readonly folder: string
  readonly log: string[] = []
  /** What it printed after its address. */
  readonly printed: string[] = []
  url = ""
  peakMemory = 0
  peakFiles = 0
  starts = 0
  readonly #build: Build
  readonly #manner: Manner
  #process: ReturnType<typeof Bun.spawn> | null = null

  constructor(folder: string, build: Build = {}, manner: Manner = {}) {
    this.folder = folder
    this.#build = build
    this.#manner = manner
  }

  get pid(): number {
    return this.#process?.pid ?? 0
  }

  get runs(): boolean {
    return this.#process !== null && this.#process.exitCode === null && this.#process.signalCode === null
  }

  /** Starts it and resolves when it listens. Throws what it said when it does not come up. */
  async start(): Promise<void> {
    const child = this.spawn(this.#manner.script ?? ["test/faults/server.ts"])
    this.#process = child
    this.starts++
    const late = setTimeout(() => child.kill("SIGKILL"), START_MS)
    const lines = linesOf(child.stdout as ReadableStream<Uint8Array>)
    const { value } = await lines.next()
    clearTimeout(late)
    if (!value) throw new Error(`The place did not open: ${this.log.slice(-5).join(" ") || "without a word"}`)
    this.url = value.match(/http:\S+/)?.[0] ?? ""
    void (async () => {
      for await (const line of lines) this.printed.push(line)
    })()
  }

  /** Another process on this folder, with the same build. */
  spawn(script: string[], env: Record<string, string> = {}) {
    const preload = this.#build.sabotage ? ["--preload", "./test/faults/preload.ts"] : []
    const child = Bun.spawn([...(this.#manner.by ?? []), process.execPath, ...preload, ...script], {
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

  signal(name: NodeJS.Signals): void {
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

  /** Files and connections that are open, but for those that it holds to have some. */
  #files(): number {
    const folder = `/proc/${this.pid}/fd`
    const all = readdirSync(folder)
    const isHeld = (one: string) => {
      try {
        return readlinkSync(`${folder}/${one}`) === "/dev/null"
      } catch {
        return false // it was closed in this moment
      }
    }
    return all.length - Math.min(all.filter(isHeld).length, MOST_SPARE)
  }

  /** Takes note of how much it holds. */
  look(): void {
    if (!this.runs) return
    try {
      const status = readFileSync(`/proc/${this.pid}/status`, "utf8")
      this.peakMemory = Math.max(this.peakMemory, Number(status.match(/VmHWM:\s+(\d+)/)?.[1] ?? 0) / 1024)
      this.peakFiles = Math.max(this.peakFiles, this.#files())
    } catch {
      // it ended in this moment
    }
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

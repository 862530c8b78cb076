// One of several processes, towards the one that watches over them (supervisor.ts): it says that it serves and that it is
// alive, asks what the others have counted, and stops when nobody watches any more.
import type { App } from "./app.ts"
import { inBackground } from "./log.ts"
import { type Family, join } from "./metrics.ts"

/** How often each says that it is alive. */
export const BEAT_MS = 1_000
/** Whoever has not said by then what it has counted is left out. */
const COUNTING_MS = 1_000

/** `link`: by which somebody may own the place, while nobody does. */
export type Opened = { url: string; link: string | null }

/** What one of several says to its supervisor. */
export type FromWorker =
  | ({ type: "opened" } & Opened)
  | { type: "beat" }
  | { type: "count" } // the others, please
  | { type: "counted"; to: number; families: Family[] }

/** And what it is told. */
export type ToWorker =
  | { type: "count"; from: number } // please
  | { type: "others"; count: number }
  | { type: "counted"; process: number; families: Family[] }

const say = (words: FromWorker): void => void (process.connected && process.send?.(words))

/** What a terminal sends to all processes at once is for the one that watches. */
export function reportToSupervisor(app: App, opened: Opened, stop: () => void): void {
  process.on("SIGINT", () => {})
  process.on("SIGHUP", () => {})
  process.on("disconnect", stop)
  if (!process.connected) return void stop() // it went while we started
  const others = new Others(app)
  process.on("message", (heard: ToWorker) => others.hear(heard))
  app.metrics.ofAll = () => others.count()
  say({ type: "opened", ...opened })
  setInterval(() => say({ type: "beat" }), BEAT_MS)
}

/** What the others have counted is asked for once, however many want to know it. */
class Others {
  readonly #app: App
  readonly #counted = new Map<number, Family[]>()
  #expected = Number.POSITIVE_INFINITY
  #counting: Promise<Family[]> | null = null
  #complete = () => {}

  constructor(app: App) {
    this.#app = app
  }

  hear(heard: ToWorker): void {
    if (heard.type === "count") inBackground(this.#tell(heard.from))
    else if (heard.type === "others") this.#expected = heard.count
    else this.#counted.set(heard.process, heard.families)
    if (this.#counted.size >= this.#expected) this.#complete()
  }

  async #tell(to: number): Promise<void> {
    say({ type: "counted", to, families: await this.#app.metrics.of(this.#app) })
  }

  count(): Promise<Family[]> {
    this.#counting ??= this.#askAll().finally(() => {
      this.#counting = null
    })
    return this.#counting
  }

  async #askAll(): Promise<Family[]> {
    this.#counted.clear()
    this.#expected = Number.POSITIVE_INFINITY
    say({ type: "count" })
    await new Promise<void>((resolve) => {
      this.#complete = resolve
      setTimeout(resolve, COUNTING_MS)
    })
    this.#counted.set(process.pid, await this.#app.metrics.of(this.#app))
    return join(this.#counted)
  }
}

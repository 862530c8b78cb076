// Whether this process can do its work, for whoever asks and however often: what is asked of the database for it does not
// depend on how many ask. That it can be read is seen by the hub, which reads the clock all the time. That it can be written
// is seen by what people do; where they have done nothing lately, one row is written as it was.
import type { App } from "./app.ts"

/** Milliseconds for which it counts that something was seen to work: the clock is read each second. And for which whoever
 *  asks waits for the row to be written. */
const BOUNDS = { lately: 5_000, patience: 2_000 }

export type Health = {
  /** `degraded`: all is right, and slower. `failing` and `stopping`: send people elsewhere, if there is an elsewhere. */
  status: "fine" | "degraded" | "failing" | "stopping"
  /** Which of several this is. */
  process: number
  database: "fine" | "unreadable" | "unwritable"
  /** Whether what happens in the place is told here. */
  events: "fine" | "behind"
  /** Whether what happens in other processes is heard by Redis; `none` where there is no Redis. */
  bus: "none" | "alive" | "dead"
  /** What is not as it should be, in words. */
  reasons: string[]
}

export class Checkup {
  /** Set when this process begins to leave. */
  stopping = false
  #wroteAt = performance.now()
  #writing: Promise<void> | null = null
  readonly #bounds: typeof BOUNDS

  constructor(bounds = BOUNDS) {
    this.#bounds = bounds
  }

  wrote(): void {
    this.#wroteAt = performance.now()
  }

  async of(app: App): Promise<Health> {
    const isLately = (then: number) => performance.now() - then <= this.#bounds.lately
    if (!isLately(this.#wroteAt)) await this.#write(app)
    const { readAt, toldAt } = app.hub.clock
    const isRead = isLately(readAt)
    const isWritten = isLately(this.#wroteAt)
    const health: Omit<Health, "status" | "reasons"> = {
      process: process.pid,
      database: isRead ? (isWritten ? "fine" : "unwritable") : "unreadable",
      events: !isRead || isLately(toldAt) ? "fine" : "behind",
      bus: app.config.redis === null ? "none" : app.bus.alive ? "alive" : "dead",
    }
    return { status: this.#statusOf(health), ...health, reasons: this.#reasonsFor(health) }
  }

  /** All who ask meanwhile wait for the same row. */
  async #write({ db }: App): Promise<void> {
    this.#writing ??= db
      .tx(async (sql) => void (await sql`update clock set tick = tick where id = 1`))
      .catch(() => {}) // what went wrong the database says itself
      .finally(() => {
        this.#writing = null
      })
    let timer: ReturnType<typeof setTimeout> | undefined
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, this.#bounds.patience)
    })
    await Promise.race([this.#writing, late])
    clearTimeout(timer)
  }

  #statusOf({ database, events, bus }: Pick<Health, "database" | "events" | "bus">): Health["status"] {
    if (this.stopping) return "stopping"
    if (database !== "fine" || events !== "fine") return "failing"
    return bus === "dead" ? "degraded" : "fine"
  }

  #reasonsFor({ database, events, bus }: Pick<Health, "database" | "events" | "bus">): string[] {
    return [
      this.stopping ? "This process is about to stop. Another takes its place." : "",
      database === "unreadable" ? "The database does not answer. What is said waits until it does." : "",
      database === "unwritable" ? "The database cannot be written. What is said waits until it can." : "",
      events === "behind" ? "What happens in the place comes late here." : "",
      bus === "dead" ? "Redis is not heard. What is said in other processes comes up to a second later." : "",
    ].filter(Boolean)
  }
}

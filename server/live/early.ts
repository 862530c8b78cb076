// What came before something that must be told before it. Several processes that speak at once do not come in order, and
// nothing is wrong with that: what is missing mostly comes by itself a moment later. If it does not, it is lost, and looked
// for. What is kept here may be dropped at any time, as the database has it, too.
import type { Event } from "../../protocol/event.ts"

/** Milliseconds that what is missing has to come by itself. */
const PATIENCE_MS = 10
/** Events that are kept. */
const MOST = 2_000

export type Encoded = { event: Event; json: string }

export class Early {
  readonly #told: () => number
  readonly #look: () => Promise<void>
  #kept = new Map<number, Encoded>()
  #waiting: Promise<void> | null = null

  /** `told` says which tick was told last; `look` has what is missing looked for. */
  constructor(told: () => number, look: () => Promise<void>) {
    this.#told = told
    this.#look = look
  }

  /** Keeps it until it is taken, or what is missing does not come and was looked for: how that ended is told to whoever came
   *  first. */
  keep(one: Encoded): Promise<void> {
    if (this.#kept.size >= MOST) return this.#look()
    this.#kept.set(one.event.tick, one)
    if (this.#waiting) return Promise.resolve()
    const mine = this.#wait().finally(() => {
      if (this.#waiting === mine) this.#waiting = null
    })
    this.#waiting = mine
    return mine
  }

  async #wait(): Promise<void> {
    const mine = this.#kept
    while (this.#kept === mine && mine.size > 0) {
      const before = this.#told()
      await new Promise((resolve) => setTimeout(resolve, PATIENCE_MS))
      if (this.#told() > before) continue
      const known = [...mine.keys()]
      await this.#look()
      for (const tick of known) mine.delete(tick) // told by now, or beyond the clock and nothing of ours
    }
  }

  /** What was kept of this tick. */
  take(tick: number): Encoded | undefined {
    const one = this.#kept.get(tick)
    if (one) this.#kept.delete(tick)
    return one
  }

  /** Of another epoch nothing is kept. */
  clear(): void {
    this.#kept = new Map()
    this.#waiting = null
  }
}

// Time, as the simulation has it: a heap of steps that could be next, and dice that say which is. Nothing waits for a clock,
// so that whatever could come between two steps does so for some seed, and a seed always tells the same story.
import { drainMicrotasks } from "bun:jsc"
import { logAccident } from "../../../server/log.ts"
import type { Dice } from "../chance.ts"

/** What takes its time. In some runs one of them is slower than all others. */
export const kinds = ["read", "commit", "bus", "line", "turn"] as const
export type Kind = (typeof kinds)[number]

/** So often a step of the slow kind is passed over when its turn has come. */
const PASSED_OVER = 0.9

type Step = { kind: Kind; run(): void }

export class Steps {
  readonly #dice: Dice
  readonly #slow: Kind | null
  readonly #waiting: Step[] = []
  taken = 0

  constructor(dice: Dice, slow: Kind | null) {
    this.#dice = dice
    this.#slow = slow
  }

  /** Nothing more can happen of itself. */
  get idle(): boolean {
    if (this.#waiting.length === 0) drainMicrotasks() // what was done from outside may have gone no further yet
    return this.#waiting.length === 0
  }

  /** Does something from outside, and all that follows from it at once. */
  now(run: () => void): void {
    run()
    drainMicrotasks()
  }

  later(kind: Kind, run: () => void): void {
    this.#waiting.push({ kind, run })
  }

  /** Resolves at some later step. */
  pass(kind: Kind): Promise<void> {
    return new Promise((resolve) => this.#waiting.push({ kind, run: resolve }))
  }

  /** The event loop comes round: all that waits for that goes on. */
  comeRound(): void {
    const turns = this.#waiting.filter(({ kind }) => kind === "turn")
    this.#waiting.splice(0, Infinity, ...this.#waiting.filter(({ kind }) => kind !== "turn"))
    for (const { run } of turns) this.now(run)
  }

  /** Takes one of the steps that could be next, and everything that follows from it at once. */
  take(): void {
    const waiting = this.#waiting
    let chosen = this.#dice.upTo(waiting.length)
    if (waiting[chosen]?.kind === this.#slow && this.#dice() < PASSED_OVER) chosen = this.#dice.upTo(waiting.length)
    const step = waiting[chosen]
    if (!step) return
    waiting[chosen] = waiting.at(-1)!
    waiting.pop()
    this.taken++
    step.run()
    drainMicrotasks()
  }
}

/** Runs `work` with the steps in the place of the event loop and of the clock on the wall, and `say` in that of the log. */
export function instead<Result>(steps: Steps, say: (words: string) => void, work: () => Result): Result {
  const { setImmediate, setTimeout } = globalThis
  const real = { now: Date.now, error: console.error }
  const later = (run: () => void) => {
    steps.later("turn", run)
    return { unref() {} }
  }
  Object.assign(globalThis, { setImmediate: later, setTimeout: later })
  Date.now = () => 1_000 + steps.taken
  console.error = (...words: unknown[]) => {
    logAccident.forget() // so that each is told in full: two may go wrong in one place, and not for one reason
    say(words.map((word) => (word instanceof Error ? word.message : word)).join(" "))
  }
  try {
    return work()
  } finally {
    Object.assign(globalThis, { setImmediate, setTimeout })
    Date.now = real.now
    console.error = real.error
  }
}

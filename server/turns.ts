// Turns at reading. What is read costs the one event loop its time, and the asker decides how much: so whoever reads has a
// budget in milliseconds of work, a person over all their sessions, or an address for those who are not signed in. What it cost
// is known afterwards, and taken then; whoever has overdrawn is refused until time has paid for it.
//
// That alone would let one person fill seconds. So a person's reads also stand in a lane: one is under way at a time, they take
// at most half of the loop's time, and lanes are served in turn, a few milliseconds' worth in each round of the loop. Between
// rounds everybody else's words come in and go out. Whoever reads like a person hardly ever waits.
//
// Time is shared out among all reads that are under way, those that wait for a database included. So all of them together are
// charged no more than the time that passed, and nobody pays for a crowd.
import { Refusal } from "../protocol/refusal.ts"
import { blockOf, networkOf } from "./address-block.ts"
import type { Caller } from "./caller.ts"
import { inWords } from "./throttle.ts"

/** Milliseconds of work at once, and so many more each millisecond; reads under way at once, and waiting for their turn. */
type Budget = { burst: number; refill: number; underway: number; waiting: number }

/** A page of a large place takes some 5 ms: a thousand at once, and forty more each second. One after the other: each goes on in
 *  steps, and those of several would come in the same round of the loop. */
const OF_PERSON: Budget = { burst: 6_000, refill: 0.2, underway: 1, waiting: 200 }
/** Hundreds may sign in behind one address in the same minute: some 3 ms each, in a dozen requests. */
const OF_ADDRESS: Budget = { burst: 12_000, refill: 0.3, underway: 16, waiting: 4_000 }

/** What a request costs beside our own work, in the runtime: reading, routing, sending. */
const EACH_MS = 0.1
/** Of the loop's time that one lane may take; and milliseconds of work that it may be ahead of that. */
const PACE = 1 / 2
const AHEAD_MS = 8
/** Nobody waits longer for their share after one long read. */
const LONGEST_PAUSE_MS = 1_000
/** Reads begin in one round of the loop for so long. */
const ROUND_MS = 3
/** Nobody is refused for longer, whatever it was that held us up while they read. */
const MOST_OWED_MS = 60_000
/** A refusal is held so long: who asks again at once is told no oftener than that. And so many are held. */
const HOLD_MS = 1_000
const MOST_HELD = 2_000
/** Lanes beyond which strangers share one with the block of their address; and of twice as many, with its network. And how often
 *  those are given up that owe nothing. */
const MOST_LANES = 20_000
const SWEEP_MS = 10_000

/** `paid`: when its budget will be whole again; `ahead`: when it has used no more than its share of the loop. */
type Lane = Budget & { paid: number; ahead: number; current: number; queue: (() => void)[] }

/** Time, and how to come back to something: in the next round of the loop, and after some milliseconds. */
export type Clock = { now(): number; soon(work: () => void): void; later(work: () => void, ms: number): void }

const clock: Clock = {
  now: () => performance.now(),
  soon: (work) => void setImmediate(work),
  later: (work, ms) => void setTimeout(work, ms),
}

/** One's turn, until it ends: the first time. `least`: milliseconds that it is known to cost, if no more was measured. */
export type Turn = { end(least?: number): void }

/** Whose turn it is. `account`: to which a browser has signed in before that is signed in no more. It shares no lane with the
 *  strangers at its address, and all browsers of one account have one. */
export function laneOf(caller: Pick<Caller, "person" | "address">, account: string | null = null): string {
  if (caller.person) return ofPerson(caller.person.id)
  return account === null ? `address ${caller.address}` : `account ${account}` // the address is found out when it is asked for
}
export const ofPerson = (id: number): string => `person ${id}`

export class Turns {
  readonly #lanes = new Map<string, Lane>()
  readonly #clock: Clock
  /** Those that have someone waiting, in the order in which they are served. */
  readonly #waiting = new Set<Lane>()
  #underway = 0
  /** Milliseconds of work that each read under way has been charged since the beginning of time. */
  #charged = 0
  #chargedAt = 0
  #roundBegan = -1
  #isSoon = false
  #wakesAt = Number.POSITIVE_INFINITY
  #held = 0
  #sweptAt = 0

  constructor(time: Clock = clock) {
    this.#clock = time
    this.#sweptAt = time.now()
  }

  /** One's turn, when it is: mostly at once. Refuses whoever has overdrawn their budget, or has too much waiting. */
  take(who: string): Turn | Promise<Turn> {
    const lane = this.#lane(who)
    const over = lane.paid - this.#clock.now() - lane.burst / lane.refill
    if (over > 0 || lane.queue.length >= lane.waiting) return this.#refuse(Math.max(over, 1_000))
    return this.#begin(lane)
  }

  /** Does the work when it is one's turn, and refuses nobody: for what was let in before. */
  async run<Result>(who: string, work: () => Promise<Result>): Promise<Result> {
    const turn = await this.#begin(this.#lane(who))
    try {
      return await work()
    } finally {
      turn.end()
    }
  }

  /** Waits for one's turn, and refuses nobody: for what follows at once, and costs so many milliseconds. */
  async wait(who: string, cost: number): Promise<void> {
    const turn = await this.#begin(this.#lane(who))
    turn.end(cost)
  }

  get size(): number {
    return this.#lanes.size
  }

  /** How many wait for their turn. */
  get waiting(): number {
    return [...this.#waiting].reduce((sum, { queue }) => sum + queue.length, 0)
  }

  #lane(who: string): Lane {
    const now = this.#clock.now()
    if (now - this.#sweptAt > SWEEP_MS) this.#sweep(now)
    const own = this.#lanes.get(who)
    if (own) return own
    const [kind, address = ""] = who.split(" ")
    const { size } = this.#lanes
    const isSomebodys = kind === "person" || kind === "account"
    const isLet = isSomebodys || size < MOST_LANES
    const name = isLet ? who : `${kind} ${size < 2 * MOST_LANES ? blockOf(address) : networkOf(address)}`
    const known = this.#lanes.get(name)
    if (known) return known
    const lane = { ...(isSomebodys ? OF_PERSON : OF_ADDRESS), paid: now, ahead: now, current: 0, queue: [] }
    this.#lanes.set(name, lane)
    return lane
  }

  async #refuse(early: number): Promise<never> {
    if (this.#held < MOST_HELD) {
      this.#held++
      await new Promise<void>((resolve) => this.#clock.later(resolve, HOLD_MS))
      this.#held--
    }
    const seconds = Math.ceil(early / 1_000)
    const sentence = `You have asked for more than one can read. Try again in ${inWords(seconds)}.`
    throw new Refusal("slow_down", sentence, undefined, seconds)
  }

  #begin(lane: Lane): Turn | Promise<Turn> {
    if (lane.queue.length === 0 && this.#isFree(lane) && this.#hasTime()) return this.#start(lane)
    return new Promise<Turn>((resolve) => {
      lane.queue.push(() => resolve(this.#start(lane)))
      this.#waiting.add(lane)
      this.#serve()
    })
  }

  #isFree(lane: Lane): boolean {
    return lane.current < lane.underway && lane.ahead - this.#clock.now() <= AHEAD_MS / PACE
  }

  /** Whether more may begin in this round of the loop. */
  #hasTime(): boolean {
    return this.#roundBegan < 0 || this.#clock.now() - this.#roundBegan < ROUND_MS
  }

  #start(lane: Lane): Turn {
    const now = this.#clock.now()
    if (this.#roundBegan < 0) {
      this.#roundBegan = now
      this.#nextRound()
    }
    this.#charge(now)
    const before = this.#charged
    this.#underway++
    lane.current++
    let isOver = false
    return {
      end: (least = 0) => {
        if (isOver) return
        isOver = true
        this.#end(lane, before, least)
      },
    }
  }

  #end(lane: Lane, before: number, least: number): void {
    const now = this.#clock.now()
    this.#charge(now)
    this.#underway--
    lane.current--
    const cost = Math.max(this.#charged - before, least) + EACH_MS
    const most = now + lane.burst / lane.refill + MOST_OWED_MS
    lane.paid = Math.min(Math.max(lane.paid, now) + cost / lane.refill, most)
    lane.ahead = Math.min(Math.max(lane.ahead, now) + cost / PACE, now + LONGEST_PAUSE_MS)
    if (this.#waiting.size > 0) this.#serve()
  }

  #charge(now: number): void {
    if (this.#underway > 0) this.#charged += (now - this.#chargedAt) / this.#underway
    this.#chargedAt = now
  }

  /** One of each lane that is free, lane after lane, while there is time. What begins runs after this: if it ends at once the
   *  next is begun by its end, or else in the next round. */
  #serve(): void {
    for (const lane of this.#waiting) {
      if (!this.#hasTime()) break
      if (!this.#isFree(lane)) continue
      this.#waiting.delete(lane)
      const begin = lane.queue.shift()!
      if (lane.queue.length > 0) this.#waiting.add(lane) // behind the others
      begin()
      break
    }
    if (this.#waiting.size === 0) return
    if (this.#roundBegan >= 0) this.#nextRound()
    else this.#wakeLater()
  }

  #nextRound(): void {
    if (this.#isSoon) return
    this.#isSoon = true
    this.#clock.soon(() => {
      this.#isSoon = false
      this.#roundBegan = -1
      if (this.#waiting.size > 0) this.#serve()
    })
  }

  /** Nobody who waits is free: they are when something of theirs ends, which says so itself, or when their share has grown. */
  #wakeLater(): void {
    const now = this.#clock.now()
    let at = Number.POSITIVE_INFINITY
    for (const lane of this.#waiting)
      if (lane.current < lane.underway) at = Math.min(at, Math.max(now + 1, lane.ahead - AHEAD_MS / PACE))
    if (at >= this.#wakesAt) return
    this.#wakesAt = at
    this.#clock.later(() => {
      this.#wakesAt = Number.POSITIVE_INFINITY
      if (this.#waiting.size > 0) this.#serve()
    }, at - now)
  }

  #sweep(now: number): void {
    this.#sweptAt = now
    for (const [who, lane] of this.#lanes)
      if (lane.paid <= now && lane.ahead <= now && lane.current === 0 && lane.queue.length === 0)
        this.#lanes.delete(who)
  }
}

// How much of what anyone may do: a bucket a person or an address, that refills as time passes. The costs stand here,
// in one table, so that a new command has to be given one. Of a bucket only the time is kept at which it will be full again:
// whatever is taken puts that off, and what was taken in other processes can be added at any time (throttle-shared.ts). This is
// the generic cell rate algorithm: `full` is its theoretical arrival time.
import { createHash } from "node:crypto"
import type { Command } from "../protocol/command.ts"
import { Refusal } from "../protocol/refusal.ts"
import type { Caller } from "./caller.ts"

/** A burst of so many, then so many a second. */
type Allowance = { burst: number; perSecond: number }

const allowances: Record<Command["type"], Allowance | null> = {
  post: { burst: 40, perSecond: 5 },
  open: { burst: 20, perSecond: 0.2 },
  join: { burst: 40, perSecond: 2 },
  leave: { burst: 40, perSecond: 2 },
  typing: { burst: 20, perSecond: 1 },
  register: { burst: 60, perSecond: 0.2 },
  signIn: { burst: 20, perSecond: 0.2 },
  signOut: null,
  makePasswordLink: { burst: 20, perSecond: 0.5 },
  expel: { burst: 20, perSecond: 0.5 },
  setPassword: { burst: 20, perSecond: 0.2 },
  changeSettings: { burst: 20, perSecond: 1 },
  import: null,
}

/** Buckets beyond this number are swept of those that are full again. */
const MANY = 10_000

/** `full`: when it will be; `spent`: milliseconds of refilling that were taken and not told to other processes yet; `most`:
 *  those in a whole bucket. */
type Bucket = { full: number; spent: number; most: number }
type Spent = { name: string; spent: number; most: number }

/** Signing in from one address by whatever names: a whole office may come from one in the morning, and who tries a
 *  password on every name there is comes to no more than this. */
const anyName: Allowance = { burst: 100, perSecond: 1 }

/** Other processes are told of a bucket by its name: what a stranger typed, be it a password in the wrong field or half a
 *  character that no database takes, is not in it. */
const markOf = (account: string): string => createHash("sha256").update(account).digest("base64url")

export class Throttle {
  readonly #buckets = new Map<string, Bucket>()
  readonly #accountOf: (username: string) => string
  readonly #now: () => number

  /** `accountOf` is one for all spellings that sign in as the same person: or each would have tries of its own. `now` in
   *  milliseconds, by any clock that does not go back. */
  constructor(accountOf: (username: string) => string, now: () => number = () => performance.now()) {
    this.#accountOf = accountOf
    this.#now = now
  }

  /** Refuses with the seconds to wait when the bucket is empty. Signed in, a person has a bucket wherever they are;
   *  before that it is the address, and for signing in the address with the name, so that nobody can lock another out. */
  take(caller: Caller, command: Command): void {
    const allowance = allowances[command.type]
    if (!allowance) return
    const who = caller.person ? `person ${caller.person.id}` : `address ${caller.address}`
    const name = command.type === "signIn" ? ` ${markOf(this.#accountOf(command.username.slice(0, 200)))}` : ""
    this.#takeFrom(`${command.type} ${who}${name}`, allowance)
    if (command.type === "signIn") this.#takeFrom(`${command.type} ${caller.address}`, anyName)
  }

  #takeFrom(name: string, { burst, perSecond }: Allowance): void {
    const now = this.#now()
    const one = 1000 / perSecond
    const most = burst * one
    const bucket = this.#buckets.get(name) ?? { full: now, spent: 0, most }
    const full = Math.max(bucket.full, now) + one
    const early = full - most - now
    if (early > 0) {
      const seconds = Math.ceil(early / 1000)
      throw new Refusal(
        "slow_down",
        `That was a lot at once. Try again in ${seconds === 1 ? "a second" : `${seconds} seconds`}.`,
      )
    }
    if (this.#buckets.size > MANY) this.#sweep(now)
    this.#buckets.set(name, { full, spent: bucket.spent + one, most })
  }

  #sweep(now: number): void {
    for (const [name, { full }] of this.#buckets) if (full <= now) this.#buckets.delete(name)
  }

  /** What was taken since this was last asked. */
  spent(): Spent[] {
    const all: Spent[] = []
    for (const [name, bucket] of this.#buckets) {
      if (bucket.spent > 0) all.push({ name, spent: bucket.spent, most: bucket.most })
      bucket.spent = 0
    }
    return all
  }

  /** By the account of all processes a bucket is full in so many milliseconds; what was taken here since `spent()` comes on
   *  top. */
  settle(name: string, milliseconds: number): void {
    const { spent, most } = this.#buckets.get(name) ?? { spent: 0, most: 0 }
    this.#buckets.set(name, { full: this.#now() + milliseconds + spent, spent, most })
  }

  /** What could not be told is told with what comes. */
  keep(untold: Spent[]): void {
    for (const { name, spent } of untold) {
      const bucket = this.#buckets.get(name)
      if (bucket) bucket.spent += spent
    }
  }
}

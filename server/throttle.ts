// How much of what anyone may do: a bucket a person or an address, that refills as time passes. The costs stand here,
// in one table, so that a new command has to be given one.
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
  register: { burst: 60, perSecond: 0.2 },
  signIn: { burst: 20, perSecond: 0.2 },
  signOut: null,
  makePasswordLink: { burst: 20, perSecond: 0.5 },
  setPassword: { burst: 20, perSecond: 0.2 },
  changeSettings: { burst: 20, perSecond: 1 },
  import: null,
}

/** Buckets beyond this number are swept of those that are full again. */
const MANY = 10_000

/** Signing in from one address by whatever names: a whole office may come from one in the morning, and who tries a
 *  password on every name there is comes to no more than this. */
const anyName: Allowance = { burst: 100, perSecond: 1 }

export class Throttle {
  readonly #buckets = new Map<string, { left: number; at: number; allowance: Allowance }>()
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
    const name = command.type === "signIn" ? ` ${this.#accountOf(command.username.slice(0, 200))}` : ""
    this.#takeFrom(`${command.type} ${who}${name}`, allowance)
    if (command.type === "signIn") this.#takeFrom(`${command.type} ${caller.address}`, anyName)
  }

  #takeFrom(key: string, allowance: Allowance): void {
    const now = this.#now()
    if (this.#buckets.size > MANY) this.#sweep(now)
    const bucket = this.#buckets.get(key) ?? { left: allowance.burst, at: now, allowance }
    bucket.left = Math.min(allowance.burst, bucket.left + ((now - bucket.at) / 1000) * allowance.perSecond)
    bucket.at = now
    this.#buckets.set(key, bucket)
    if (bucket.left < 1) {
      const seconds = Math.ceil((1 - bucket.left) / allowance.perSecond)
      throw new Refusal(
        "slow_down",
        `That was a lot at once. Try again in ${seconds === 1 ? "a second" : `${seconds} seconds`}.`,
      )
    }
    bucket.left--
  }

  #sweep(now: number): void {
    for (const [key, { left, at, allowance }] of this.#buckets)
      if (left + ((now - at) / 1000) * allowance.perSecond >= allowance.burst) this.#buckets.delete(key)
  }
}

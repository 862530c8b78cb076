// How much of what anyone may do: a bucket a person or an address, that refills as time passes. The costs stand here,
// in one table, so that a new command has to be given one. Of a bucket only the time is kept at which it will be full again:
// whatever is taken puts that off, and what was taken in other processes can be added at any time (throttle-shared.ts). This is
// the generic cell rate algorithm: `full` is its theoretical arrival time.
//
// Strangers cannot make it grow: all buckets that a command needs are asked before anything is taken from one, the address
// first, so that a refusal leaves nothing; and there are only so many of them (buckets.ts).
import { createHash } from "node:crypto"
import type { Command } from "../protocol/command.ts"
import { Refusal } from "../protocol/refusal.ts"
import { blockOf, networkOf } from "./address-block.ts"
import { type Allowance, Buckets, type Spent, type Take } from "./buckets.ts"
import type { Caller } from "./caller.ts"

const allowances: Record<Command["type"], Allowance | null> = {
  post: { burst: 40, perSecond: 5 },
  open: { burst: 20, perSecond: 0.2 },
  join: { burst: 40, perSecond: 2 },
  leave: { burst: 40, perSecond: 2 },
  typing: { burst: 20, perSecond: 1 },
  register: { burst: 60, perSecond: 0.2 },
  signIn: { burst: 20, perSecond: 0.2 },
  signOut: null,
  makeOwnerLink: null, // only whoever runs the place
  endSession: { burst: 60, perSecond: 1 },
  endOtherSessions: { burst: 20, perSecond: 0.2 },
  // Whoever finds a browser open may try passwords here, and nowhere else without a name.
  changePassword: { burst: 10, perSecond: 1 / 60 },
  makePasswordLink: { burst: 20, perSecond: 0.5 },
  expel: { burst: 20, perSecond: 0.5 },
  setPassword: { burst: 20, perSecond: 0.2 },
  changeSettings: { burst: 20, perSecond: 1 },
  import: null,
}

/** Signing in from one address by whatever names: a whole office may come from one in the morning, and who tries a
 *  password on every name there is comes to no more than this. */
const anyName: Allowance = { burst: 100, perSecond: 1 }

/** Signing in by a browser that has signed in to the account before. */
const ofDevice: Allowance = { burst: 20, perSecond: 1 / 30 }

/** Signing in by one name from everywhere, of browsers that never did so before. When it is used up, nobody is locked out:
 *  each block of addresses has a few tries of its own left, and browsers that are known are not counted here at all. */
const anywhere: Allowance = { burst: 100, perSecond: 1 / 30 }
const fromBlock: Allowance = { burst: 5, perSecond: 1 / 600 }

/** Bytes of messages: a hundred million at once, and as many more each day. Who writes by hand needs a thousandth of it; at the
 *  pace at which messages are let through, the longest there are would fill a disk with 14 GB a day. */
const MANY_BYTES = 100_000_000
const bytes: Allowance = { burst: MANY_BYTES, perSecond: MANY_BYTES / (24 * 60 * 60) }

/** How many times as much may be taken of a bucket that several share: of that of a block of addresses, of the network that the
 *  block is in, and of that of a few accounts. */
const SHARE = 4
/** Characters of an account's mark by which it shares: 4,096 shards. */
const SHARD_LENGTH = 2

/** Leaving one and the same room: everybody in it is told of each coming and going. */
const sameRoom: Allowance = { burst: 5, perSecond: 1 / 30 }

/** Other processes are told of a bucket by its name: what a stranger typed, be it a password in the wrong field or half a
 *  character that no database takes, is not in it. */
const markOf = (account: string): string => createHash("sha256").update(account).digest("base64url")

/** Tells which browser it is, if it has signed in to that account before. */
type Known = (device: string | undefined, account: string) => string | null

/** Done by strangers. Whoever is somebody already counts for their address all the same, or each new person could make the next. */
const OF_STRANGERS = new Set<Command["type"]>(["register", "setPassword"])

export class Throttle {
  readonly #buckets: Buckets
  readonly #accountOf: (username: string) => string
  readonly #known: Known

  /** `accountOf` is one for all that is typed to sign in as the same person, and by it they are looked up: or each spelling would
   *  have tries of its own. `now` in milliseconds, by any clock that does not go back. */
  constructor(
    accountOf: (username: string) => string,
    now: () => number = () => performance.now(),
    known: Known = () => null,
  ) {
    this.#accountOf = accountOf
    this.#known = known
    this.#buckets = new Buckets(now)
  }

  /** Refuses with the seconds to wait when the bucket is empty. Signed in, a person has a bucket wherever they are;
   *  before that it is the address, and for signing in the address with the name, so that nobody can lock another out. */
  take(caller: Caller, command: Command): void {
    const allowance = allowances[command.type]
    if (!allowance) return
    if (command.type === "signIn") this.#takeForSignIn(caller, command.username, allowance)
    else if (!caller.person || OF_STRANGERS.has(command.type))
      this.#take([ofAddress(command.type, caller.address, allowance)])
    else {
      const { id } = caller.person
      const own = { name: `person ${command.type} ${id}`, allowance }
      const amount = command.type === "post" ? Buffer.byteLength(command.text) : 0
      this.#take(amount === 0 ? [own] : [own, { name: `person bytes ${id}`, allowance: bytes, amount }])
    }
  }

  /** A browser that is known has tries of its own, wherever it is, and whatever others do from there or to that account. */
  #takeForSignIn({ address, device }: Caller, username: string, allowance: Allowance): void {
    const from = ofAddress("any", address, anyName)
    if (device === undefined) refuse(this.#buckets.early([from])) // before anything is reckoned of what they sent
    const account = this.#accountOf(username)
    const known = this.#known(device, account)
    if (known !== null) {
      this.#take([{ name: `person device ${known}`, allowance: ofDevice }])
      return
    }
    const mark = markOf(account)
    const anyone = ofAccount(mark)
    const isLeft = this.#buckets.early([anyone]) <= 0
    const guessed = isLeft ? anyone : ofAccountFromBlock(mark, address)
    this.#take([from, { name: `name address ${address} ${mark}`, allowance }, guessed])
  }

  /** Leaving a room that one is in; by its id, however it was named. */
  takeLeaving(person: number, room: number): void {
    this.#take([{ name: `person leaving ${person} ${room}`, allowance: sameRoom }])
  }

  #take(takes: Take[]): void {
    refuse(this.#buckets.take(takes))
  }

  /** What was taken of buckets that are more than half used since this was last asked. */
  spent(): Spent[] {
    return this.#buckets.spent()
  }

  /** By the account of all processes a bucket is full in so many milliseconds; what was taken here since `spent()` comes on
   *  top. */
  settle(name: string, milliseconds: number): void {
    this.#buckets.settle(name, milliseconds)
  }

  /** What could not be told is told with what comes. */
  keep(untold: Spent[]): void {
    this.#buckets.keep(untold)
  }

  get size(): number {
    return this.#buckets.size
  }
}

/** A stranger's: when there are too many, one for the block of their address, or for the network that it is in. Who shares one
 *  may take more from it together. */
function ofAddress(what: string, address: string, allowance: Allowance): Take {
  return { name: `address ${what} ${address}`, allowance, coarser: ofBlock(what, address, allowance) }
}

function ofBlock(what: string, address: string, allowance: Allowance): Take {
  const network = { name: `network ${what} ${networkOf(address)}`, allowance: times(SHARE * SHARE, allowance) }
  return { name: `block ${what} ${blockOf(address)}`, allowance: times(SHARE, allowance), coarser: network }
}

/** Guesses at one account from everywhere. Who types in names by the ten thousand must not leave an account without its budget:
 *  where there are too many names, accounts share one, a few in each. */
function ofAccount(mark: string): Take {
  const shard = { name: `shard anywhere ${mark.slice(0, SHARD_LENGTH)}`, allowance: times(SHARE, anywhere) }
  return { name: `name anywhere ${mark}`, allowance: anywhere, coarser: shard }
}

/** And from one block of addresses: there, where there are too many names, at whatever accounts. */
const ofAccountFromBlock = (mark: string, address: string): Take => ({
  name: `name block ${blockOf(address)} ${mark}`,
  allowance: fromBlock,
  coarser: ofBlock("guesses", address, fromBlock),
})

const times = (count: number, { burst, perSecond }: Allowance): Allowance => ({
  burst: count * burst,
  perSecond: count * perSecond,
})

/** `early`: the milliseconds that someone came too early, if at all. */
function refuse(early: number): void {
  if (early <= 0) return
  const seconds = Math.ceil(early / 1000)
  throw new Refusal("slow_down", `That was a lot at once. Try again in ${inWords(seconds)}.`, undefined, seconds)
}

/** For a sentence: "in a second", "in 5 seconds", "in 3 hours". */
export function inWords(seconds: number): string {
  if (seconds === 1) return "a second"
  if (seconds < 120) return `${seconds} seconds`
  const minutes = Math.ceil(seconds / 60)
  return minutes <= 100 ? `${minutes} minutes` : `${Math.ceil(minutes / 60)} hours`
}

// Who waits for a password to be hashed. Hashing is slow on purpose, so that a flood of sign-ins is a queue, and in a queue whoever
// sends most waits least, unless it is served by turns: here block after block of addresses, and in each address after
// address. When too many wait, the newest of those go who have most waiting. So a flood delays itself, and somebody who comes
// from elsewhere waits for one of each block.
//
// Browsers that have signed in to the account before wait in a lane of their own, by account, which goes first, and so does whoever
// is in and changes their password: a flood of strangers hardly delays them at all.
import { Refusal } from "../../protocol/refusal.ts"
import { blockOf } from "../address-block.ts"
import { counted } from "../counted.ts"
import { inBackground } from "../log.ts"

/** Some 50 ms each, one or two at a time: nobody waits longer than about ten seconds. */
const MOST_WAITING = 200
/** Of the browsers that are known: half of that. */
const MOST_KNOWN = 100
/** So many of them go before one of the others, if there is one: some are a stranger's that has an account here. */
const KNOWN_FIRST = 3

/** Where it comes from; or which account it is about, and by which browser that is known there. */
export type From = { address: string; known?: { account: string; device: string } | undefined }

/** `begin` resolves when it is done, whether well or not: what the work throws is for who asked, and the next have their turn. */
type Waiting = { begin(): Promise<void>; refuse(reason: Refusal): void }

export class HashQueue {
  readonly #atOnce: number
  readonly #known = new Turns(MOST_KNOWN)
  readonly #others = new Turns(MOST_WAITING)
  /** Of those who take one after the other from the queue. */
  readonly #takers = { underway: 0 }
  #streak = 0

  constructor(atOnce: number) {
    this.#atOnce = atOnce
  }

  /** Refuses whoever would wait too long. */
  run<Result>({ address, known }: From, work: () => Promise<Result>): Promise<Result> {
    return new Promise((resolve, reject) => {
      const waiting = { begin: () => Promise.try(work).then(resolve, reject), refuse: reject }
      if (known) this.#known.add(known.account, known.device, waiting)
      else this.#others.add(blockOf(address), address, waiting)
      if (this.#takers.underway < this.#atOnce) inBackground(counted(this.#takers, () => this.#take()))
    })
  }

  async #take(): Promise<void> {
    for (let next = this.#next(); next; next = this.#next()) await next.begin()
  }

  #next(): Waiting | undefined {
    if (this.#others.count === 0 || (this.#streak < KNOWN_FIRST && this.#known.count > 0)) {
      this.#streak++
      return this.#known.take()
    }
    this.#streak = 0
    return this.#others.take()
  }
}

type Group = { count: number; members: Map<string, Waiting[]> }

/** Groups that are served in turn, and in each its members. A map keeps the order: whoever was served goes to its end. */
class Turns {
  readonly #most: number
  readonly #groups = new Map<string, Group>()
  count = 0

  constructor(most: number) {
    this.#most = most
  }

  add(name: string, member: string, waiting: Waiting): void {
    const group = this.#groups.get(name) ?? { count: 0, members: new Map() }
    this.#groups.set(name, group)
    const mine = group.members.get(member) ?? []
    group.members.set(member, mine)
    mine.push(waiting)
    group.count++
    this.count++
    if (this.count > this.#most) this.#dropNewest()
  }

  take(): Waiting | undefined {
    for (const [name, group] of this.#groups)
      for (const [member, [first]] of group.members) {
        this.#remove(name, group, member, 0)
        this.#last(this.#groups, name)
        this.#last(group.members, member)
        return first
      }
    return undefined
  }

  #last<Value>(map: Map<string, Value>, key: string): void {
    const value = map.get(key)
    if (!map.delete(key)) return
    map.set(key, value as Value)
  }

  #dropNewest(): void {
    const [name, group] = fullest(this.#groups, ({ count }) => count)
    const [member, all] = fullest(group.members, ({ length }) => length)
    const dropped = this.#remove(name, group, member, all.length - 1)
    const seconds = 5
    dropped.refuse(
      new Refusal("slow_down", "Many people are signing in just now. Try again in a few seconds.", undefined, seconds),
    )
  }

  #remove(name: string, group: Group, member: string, at: number): Waiting {
    const all = group.members.get(member)!
    const [removed] = all.splice(at, 1)
    if (all.length === 0) group.members.delete(member)
    group.count--
    this.count--
    if (group.count === 0) this.#groups.delete(name)
    return removed!
  }
}

/** The last of the fullest: whoever came last gives way. */
function fullest<Value>(map: Map<string, Value>, sizeOf: (value: Value) => number): [string, Value] {
  let most: [string, Value] | undefined
  for (const entry of map) if (!most || sizeOf(entry[1]) >= sizeOf(most[1])) most = entry
  return most!
}

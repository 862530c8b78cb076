// The throttle's buckets: how many there may be, and how they are added up. A name begins with its kind, and each kind has its
// own bound, so that made-up usernames cannot push out addresses, nor addresses people.

/** A burst of so many, then so many a second. */
export type Allowance = { burst: number; perSecond: number }

/** `amount` (1, if it is not said) to be taken of a bucket of its own; or, when there are too many of its kind, of the coarser
 *  one, which many share. */
export type Take = { name: string; allowance: Allowance; amount?: number; coarser?: Take }

/** `full`: when it will be; `spent`: milliseconds of refilling that were taken and not told to other processes yet; `most`:
 *  those in a whole bucket. */
type Bucket = { full: number; spent: number; most: number }
export type Spent = { name: string; spent: number; most: number }

/** Of each kind that strangers make: some 4 MB at most. More of them at one process, in use at the same time, are a flood. People
 *  have to be let in first. */
const MOST = 20_000
const MOST_OF_PEOPLE = 200_000
/** How often those that are full again are swept away. By time: to look through all at each call would cost more than the call. */
const SWEEP_MS = 10_000

/** All buckets of one process, by their names: "kind what whose". */
export class Buckets {
  readonly #kinds = new Map<string, Map<string, Bucket>>()
  readonly #now: () => number
  #sweptAt: number

  constructor(now: () => number) {
    this.#now = now
    this.#sweptAt = now()
  }

  get size(): number {
    return [...this.#kinds.values()].reduce((sum, { size }) => sum + size, 0)
  }

  /** How many milliseconds too early it is to take all of it; 0 if it is not. */
  early(takes: Take[]): number {
    const now = this.#now()
    let early = 0
    for (const take of takes) {
      const of = this.#which(take)
      early = Math.max(early, this.#after(of, now) - mostOf(of.allowance) - now)
    }
    return early
  }

  /** Takes all, or nothing: then it answers how many milliseconds too early it was. */
  take(takes: Take[]): number {
    const now = this.#now()
    if (now - this.#sweptAt > SWEEP_MS) this.#sweep(now)
    const early = this.early(takes)
    if (early > 0) return early
    for (const take of takes.map((one) => this.#which(one))) {
      const spent = untold(this.#find(take.name), now) + costOf(take)
      this.#put(take.name, { full: this.#after(take, now), spent, most: mostOf(take.allowance) })
    }
    return 0
  }

  /** A name without a bucket gets none when there are too many: then the coarser one counts. Where there is none, nothing is kept:
   *  of what a stranger does from one address to one name, as both are counted for themselves, too. */
  #which(take: Take): Take {
    let which = take
    while (which.coarser && !this.#hasRoom(which.name)) which = which.coarser
    return which
  }

  #hasRoom(name: string): boolean {
    const kind = this.#kinds.get(kindOf(name))
    const most = kindOf(name) === "person" ? MOST_OF_PEOPLE : MOST
    return !kind || kind.size < most || kind.has(name)
  }

  #after(take: Take, now: number): number {
    return Math.max(this.#find(take.name)?.full ?? now, now) + costOf(take)
  }

  #find(name: string): Bucket | undefined {
    return this.#kinds.get(kindOf(name))?.get(name)
  }

  #put(name: string, bucket: Bucket): void {
    if (!this.#hasRoom(name)) return
    const kind = this.#kinds.get(kindOf(name)) ?? new Map<string, Bucket>()
    this.#kinds.set(kindOf(name), kind)
    kind.set(name, bucket)
  }

  #sweep(now: number): void {
    this.#sweptAt = now
    for (const kind of this.#kinds.values()) for (const [name, { full }] of kind) if (full <= now) kind.delete(name)
  }

  spent(): Spent[] {
    const now = this.#now()
    const all: Spent[] = []
    for (const kind of this.#kinds.values())
      for (const [name, bucket] of kind) {
        if (bucket.spent <= 0 || bucket.full - now <= bucket.most / 2) continue
        all.push({ name, spent: untold(bucket, now), most: bucket.most })
        bucket.spent = 0
      }
    return all
  }

  settle(name: string, milliseconds: number): void {
    const now = this.#now()
    const bucket = this.#find(name)
    const spent = untold(bucket, now)
    this.#put(name, { full: now + milliseconds + spent, spent, most: bucket?.most ?? 0 })
  }

  keep(untold: Spent[]): void {
    for (const { name, spent } of untold) {
      const bucket = this.#find(name)
      if (bucket) bucket.spent += spent
    }
  }
}

/** What was taken longer ago has refilled meanwhile. */
const untold = (bucket: Bucket | undefined, now: number): number =>
  bucket ? Math.max(0, Math.min(bucket.spent, bucket.full - now)) : 0

const kindOf = (name: string): string => name.slice(0, name.indexOf(" "))
const mostOf = ({ burst, perSecond }: Allowance): number => (burst * 1000) / perSecond
const costOf = ({ allowance, amount = 1 }: Take): number => (amount * 1000) / allowance.perSecond

// Who is here: whoever has a feed open, in any process. Each process has a table of its own people. It tells the others at
// once, by the bus, who came and went, and every few seconds, by the database, the whole of it: see presence-shared.ts.
//
// The others believe a table only as long as they go on hearing of its process, and measure that by their own clock. So a
// process that dies takes its people along, whatever it could not say any more. Two numbers make losses, repeats and
// reorderings harmless: `number` rises with everything that a process says, and only what has a greater one is new;
// `version` rises with each change of its people, and a change is taken only after the one before it. After a gap the next
// whole table puts it right; and until then what we know of that process grows old, as if it said nothing.
import type { Author } from "../../protocol/event.ts"
import type { Moves } from "./bus.ts"

/** In milliseconds. `grace`: for so long after the last feed closed one is still here, as a reconnect or another page takes
 *  its time. `lifetime`: a process that was not heard for so long is gone. `tick`: how often we look, and tell at most.
 *  `beat`: how often a process says that it is there, though nothing changes. */
export type Spans = { grace: number; lifetime: number; tick: number; beat: number }
export const SPANS: Spans = { grace: 8_000, lifetime: 20_000, tick: 1_000, beat: 5_000 }

/** A process that is gone is remembered for so many lifetimes, or something it said long ago would bring its people back. */
const REMEMBERED = 30

/** A process and its people as they are written down: all of them, or null when the reader knows this version. `age` in
 *  milliseconds; `leaving`: it stops, in good order. */
export type Table = {
  process: string
  number: number
  version: number
  people: Author[] | null
  leaving: boolean
  age: number
}

/** Another process, and when we last knew that what we know of it is so. While it is `gone` its people do not count. */
type Other = {
  number: number
  version: number
  people: Map<number, string>
  heardAt: number
  leaving: boolean
  gone: boolean
}

export class Presence {
  readonly process = crypto.randomUUID()
  readonly spans: Spans
  readonly #now: () => number
  #number = 0
  #version = 0
  readonly #own = new Map<number, string>()
  /** Those of our own whose last feed has closed, and when. */
  readonly #leaving = new Map<number, number>()
  readonly #others = new Map<string, Other>()
  readonly #here = new Map<number, string>()
  /** Since they were last told: of our own, to the other processes; of all, to the people. */
  readonly #untold = new Set<number>()
  readonly #changed = new Set<number>()
  #saidAt = Number.NEGATIVE_INFINITY
  #tickedAt: number
  /** Tells the other processes; the app sets it. */
  say: (word: Moves) => void = () => {}

  /** `now` in milliseconds, by a clock that does not go back. */
  constructor(spans: Spans = SPANS, now: () => number = () => performance.now()) {
    this.spans = spans
    this.#now = now
    this.#tickedAt = now()
  }

  /** Everyone who is here, by id, with their names. */
  get here(): ReadonlyMap<number, string> {
    return this.#here
  }

  /** A feed of theirs has opened. */
  came(id: number, name: string): void {
    this.#leaving.delete(id)
    if (this.#own.get(id) === name) return
    this.#own.set(id, name)
    this.#untold.add(id)
    this.#see(id)
  }

  /** None is left. */
  went(id: number): void {
    if (this.#own.has(id) && !this.#leaving.has(id)) this.#leaving.set(id, this.#now())
  }

  /** What another process says. */
  hear({ process, number, version, came, left }: Moves): void {
    if (process === this.process) return
    const other = this.#other(process, 0)
    if (number <= other.number) return
    other.number = number
    if (version === other.version + 1 && came.length + left.length > 0) {
      other.version = version
      for (const one of came) this.#enter(other, one)
      for (const id of left) this.#leave(other, id)
    }
    if (version === other.version) this.#live(other, this.#now())
  }

  /** What others have written down of themselves. */
  read(tables: Table[]): void {
    for (const { process, number, version, people, leaving, age } of tables) {
      if (process === this.process) continue
      const other = this.#other(process, -1)
      if (people && version > other.version) {
        other.version = version
        const ids = new Set(people.map(({ id }) => id))
        for (const id of other.people.keys()) if (!ids.has(id)) this.#leave(other, id)
        for (const one of people) this.#enter(other, one)
      }
      other.leaving ||= leaving
      other.number = Math.max(other.number, number)
      if (version === other.version) this.#live(other, this.#now() - Math.max(age, 0))
    }
  }

  /** What we know of another process, by its version; -1 is nothing. */
  versionOf(process: string): number {
    return this.#others.get(process)?.version ?? -1
  }

  /** Whether there is more to write down than this version of our own. */
  isNewer(written: number): boolean {
    return this.#untold.size > 0 || this.#version !== written
  }

  /** Our own, to be written down: all of it, unless this version is there already. */
  table(written: number): Table {
    this.#tell()
    const people = this.#version === written ? null : [...this.#own].map(([id, name]) => ({ id, name }))
    return { process: this.process, number: ++this.#number, version: this.#version, people, leaving: false, age: 0 }
  }

  /** To be called once in a while; answers who came or went since, in any process. */
  tick(): Set<number> {
    const now = this.#now()
    const slept = now - this.#tickedAt - this.spans.tick
    this.#tickedAt = now
    for (const other of this.#others.values()) if (slept > this.spans.tick) other.heardAt += slept // who sleeps hears nobody
    for (const [id, at] of this.#leaving) if (now - at >= this.spans.grace) this.#forget(id)
    for (const [process, other] of this.#others) this.#judge(process, other, now)
    if (this.#untold.size > 0 || now - this.#saidAt >= this.spans.beat) this.#tell()
    const changed = new Set(this.#changed)
    this.#changed.clear()
    return changed
  }

  #forget(id: number): void {
    this.#leaving.delete(id)
    this.#own.delete(id)
    this.#untold.add(id)
    this.#see(id)
  }

  #tell(): void {
    const [came, left]: [Author[], number[]] = [[], []]
    for (const id of this.#untold) {
      const name = this.#own.get(id)
      if (name === undefined) left.push(id)
      else came.push({ id, name })
    }
    if (this.#untold.size > 0) this.#version++
    this.#untold.clear()
    this.#saidAt = this.#now()
    const { process } = this
    this.say({ kind: "moves", process, number: ++this.#number, version: this.#version, came, left })
  }

  #other(process: string, version: number): Other {
    const known = this.#others.get(process)
    if (known) return known
    const [heardAt, people] = [this.#now(), new Map<number, string>()]
    const other: Other = { number: 0, version, people, heardAt, leaving: false, gone: true }
    this.#others.set(process, other)
    return other
  }

  #live(other: Other, at: number): void {
    if (this.#now() - at > this.spans.lifetime) return
    other.heardAt = other.gone ? at : Math.max(other.heardAt, at)
    if (!other.gone) return
    other.gone = false
    for (const [id, name] of other.people) this.#found(id, name)
  }

  /** Whoever left in good order said so last: their people have moved on, or are away for good. */
  #judge(process: string, other: Other, now: number): void {
    const silence = now - other.heardAt
    if (silence > REMEMBERED * this.spans.lifetime) this.#others.delete(process)
    if (other.gone || silence <= (other.leaving ? this.spans.grace : this.spans.lifetime)) return
    other.gone = true
    for (const id of other.people.keys()) this.#see(id)
  }

  /** A table is changed in its place, and only where it differs: of a large one mostly nothing does. */
  #enter(other: Other, { id, name }: Author): void {
    if (other.people.get(id) === name) return
    other.people.set(id, name)
    if (!other.gone) this.#found(id, name)
  }

  #leave(other: Other, id: number): void {
    if (other.people.delete(id) && !other.gone) this.#see(id)
  }

  /** They are in a table that counts. Which name is theirs is a question only if it is not the one by which they are here. */
  #found(id: number, name: string): void {
    const known = this.#here.get(id)
    if (known !== undefined && known !== name) this.#see(id)
    if (known !== undefined) return
    this.#here.set(id, name)
    this.#changed.add(id)
  }

  #see(id: number): void {
    const name = this.#own.get(id) ?? this.#nameElsewhere(id)
    if (name === this.#here.get(id)) return
    if (name === undefined) this.#here.delete(id)
    else this.#here.set(id, name)
    this.#changed.add(id)
  }

  #nameElsewhere(id: number): string | undefined {
    for (const { gone, people } of this.#others.values()) {
      const name = gone ? undefined : people.get(id)
      if (name !== undefined) return name
    }
  }
}

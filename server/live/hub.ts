// Hands each event to those in this process who may hear it, in tick order.
//
// What reaches us from the bus may be lost, repeated or out of order: a repeat is dropped, what comes early waits a moment,
// and a gap is filled by asking the database what changed. So the bus may be as dumb as it likes.
//
// A feed hears by topic: one topic a room, one for the place. Whether it may hear is decided here, at one spot, by the
// same events that everyone hears: joining opens a room's topic just before the event is told, leaving closes it just
// after, so that nobody hears the very next thing in a room they have left.
import type { Change, Event, Farewell, Member } from "../../protocol/event.ts"
import type { Db } from "../db/sql.ts"
import type { Word } from "./bus.ts"
import { readClock, type Source } from "./clock.ts"
import { Early, type Encoded } from "./early.ts"
import type { Doorkeeper, Feed } from "./feed.ts"

/** How many of the newest changes are kept in memory for those who come back. */
const REMEMBERED = 4_096
/** And characters of them, at most. */
const MOST_REMEMBERED = 8 * 1024 * 1024

/** Changes asked of the database at a time when filling a gap. */
const PAGE = 500

/** A change and its one encoding, shared by everyone it goes to. */
export type Told = { change: Change; json: string }
export const told = (change: Change, json = JSON.stringify(change)): Told => ({ change, json })

export type Topic = "place" | `room ${number}`
const PLACE: Topic = "place"
const topicOf = (change: Change): Topic =>
  change.kind === "message" || change.kind === "member" ? `room ${change.room}` : PLACE

export class Hub {
  epoch: string
  readonly #db: Db
  readonly #changes: Source
  readonly #feeds = new Map<number, Set<Feed>>()
  /** Still being told what they missed: of what happens they hear only that their session ended. */
  readonly #arriving = new Map<number, Set<Feed>>()
  readonly #rooms = new Map<Topic, Set<Feed>>()
  readonly #remembered: Told[] = []
  #characters = 0
  /** The tick last told in each room since the start. */
  readonly #newest = new Map<number, number>()
  #tick: number
  readonly #early = new Early(
    () => this.#tick,
    () => this.#look(),
  )
  /** The repair that was asked for last, and the one that has not begun. */
  #last: Promise<void> = Promise.resolve()
  #next: Promise<void> | null = null
  #closed: Farewell | null = null
  #over = false
  /** Since the start: events told, those of them that the database had to be asked for, and gaps that were seen. */
  readonly counts = { told: 0, repaired: 0, gaps: 0 }
  /** The clock as it was read last; when anything was, and when all that it showed had been told. */
  readonly clock: { tick: number; readAt: number; toldAt: number }
  /** Publishes to the sockets natively; the server sets it. */
  publish: (topic: Topic, json: string) => void = () => {}
  /** These the app sets. */
  overhear: (word: Word) => void = () => {}
  doorkeeper: Doorkeeper | null = null

  constructor(db: Db, changes: Source, { tick }: { tick: number }) {
    this.#db = db
    this.#changes = changes
    this.epoch = db.epochs.at(-1)!.name
    this.#tick = tick
    this.clock = { tick, readAt: performance.now(), toldAt: performance.now() }
  }

  /** The last tick told. Everything up to it is committed. */
  get tick(): number {
    return this.#tick
  }

  /** Whether a client that heard up to this tick of this epoch heard our history, and no other: the epoch is in our line, and
   *  had come that far before the next began. */
  isOurs(epoch: string, tick: number): boolean {
    const { epochs } = this.#db
    const at = epochs.findLastIndex(({ name }) => name === epoch)
    return at >= 0 && tick <= (epochs[at + 1]?.began ?? this.#tick)
  }

  /** The tick of what was told last in the room; 0 when nothing was since the start. What was read from the room's rows is
   *  true until this changes. */
  newestIn(room: number): number {
    return this.#newest.get(room) ?? 0
  }

  /** How many feeds a person has open, those still arriving too. */
  feedsOf(person: number): number {
    return (this.#feeds.get(person)?.size ?? 0) + (this.#arriving.get(person)?.size ?? 0)
  }

  sessions(): Set<string> {
    return new Set([...this.#feeds.values()].flatMap((feeds) => Array.from(feeds, ({ session }) => session)))
  }

  get listening(): number {
    return [...this.#feeds.values()].reduce((count, feeds) => count + feeds.size, 0)
  }

  /** What the bus brings, with its encoding. In order and alone, the usual case, it is told in this very turn. */
  deliver(event: Event, json = JSON.stringify(event)): Promise<void> {
    if (event.tick === this.#tick + 1) return Promise.resolve(this.#tellOn({ event, json }))
    if (event.tick <= this.#tick) return Promise.resolve()
    return this.#early.keep({ event, json })
  }

  #look(): Promise<void> {
    this.counts.gaps++
    return this.heal()
  }

  /** And what came before it, and had to wait for it. */
  #tellOn(first: Encoded | undefined): void {
    for (let next = first; next; next = this.#early.take(this.#tick + 1)) this.#tell(next.event, next.json)
  }

  /** Tells whatever the clock says was missed. Called on a gap, on a timer, and when the bus was away. Of those that are asked
   *  for while one runs, one is enough. */
  heal(): Promise<void> {
    if (this.#over) return Promise.resolve()
    if (this.#next) return this.#next
    const mine = this.#last.then(() => {
      if (this.#next === mine) this.#next = null
      return this.#catchUp()
    })
    this.#next = mine
    this.#last = mine.catch(() => {}) // one failed repair must not silence the ones after it
    return mine
  }

  async #catchUp(): Promise<void> {
    const { epoch } = this
    const { tick: upTo } = await readClock(this.#db.sql)
    const { clock } = this
    Object.assign(clock, { tick: upTo, readAt: performance.now() })
    while (this.#tick < upTo && !this.#over) {
      const after = this.#tick
      const missed = await this.#changes(this.#db.sql, { person: null, watching: null, after, upTo, limit: PAGE })
      if (this.epoch !== epoch) return // what was read is of a history that is over
      clock.readAt = performance.now()
      // Meanwhile the bus may have brought some of these: what is not newer than the hub's tick was told.
      for (const event of missed) {
        if (event.tick <= this.#tick) continue
        this.counts.repaired++
        this.#tell(event)
      }
      if (missed.length < PAGE) this.#tick = Math.max(this.#tick, upTo)
    }
    clock.toldAt = performance.now()
    this.#tellOn(this.#early.take(this.#tick + 1))
  }

  #tell(event: Event, json?: string): void {
    this.#tick = event.tick
    this.counts.told++
    if (event.kind === "ended") this.end(event.person, event.session, "signed_out")
    else this.#tellChange(told(event, json))
  }

  #tellChange(one: Told): void {
    const { change } = one
    if ("room" in change) this.#newest.set(change.room, change.tick)
    this.#remember(one)
    if (change.kind === "member") this.#tellMember(one, change)
    else this.#tellTopic(topicOf(change), one)
  }

  #remember(one: Told): void {
    this.#remembered.push(one)
    this.#characters += one.json.length
    if (this.#remembered.length <= 2 * REMEMBERED && this.#characters <= MOST_REMEMBERED) return
    const older = this.#remembered.splice(0, this.#remembered.length >> 1)
    for (const { json } of older) this.#characters -= json.length
  }

  #tellTopic(topic: Topic, one: Told): void {
    this.publish(topic, one.json)
    for (const feed of this.#rooms.get(topic) ?? []) feed.hear(one)
  }

  #tellMember(one: Told, { person, room, present }: Member): void {
    const topic = topicOf(one.change)
    const theirs = [...(this.#feeds.get(person.id) ?? [])]
    for (const feed of theirs) {
      if (present) feed.enter(topic)
      else if (!feed.isIn(topic)) feed.hear(one) // one always hears of one's own leaving
    }
    this.#tellTopic(topic, one)
    if (!present) for (const feed of theirs) if (feed.watching !== room) feed.leave(topic)
    this.doorkeeper?.moved(one.change as Member)
  }

  /** From here on the feed is ended with its session, although it hears nothing yet. */
  arrive(feed: Feed): void {
    put(this.#arriving, feed.person, feed)
    this.doorkeeper?.came(feed)
  }

  /** The seam. In one synchronous step, so that nothing comes in between: the feed hears what was told after `seen` and
   *  hears everything from now on. False when the memory no longer reaches back to `seen`: read on, and ask again.
   *  `rooms` are the rooms the person is in, read after `seen`; what was told since corrects them. */
  welcome(feed: Feed, rooms: Set<number>, seen: number): boolean {
    if (this.#closed) {
      feed.end(this.#closed) // it was still arriving when everyone was sent away
      return true
    }
    const since = this.#since(seen)
    if (!since) return false
    const mayHear = (room: number) => rooms.has(room) || feed.watching === room
    for (const one of since) {
      const { change } = one
      const mine = change.kind === "member" && change.person.id === feed.person
      if (mine && change.present) rooms.add(change.room)
      if (mine || topicOf(change) === PLACE || mayHear((change as Member).room)) feed.hear(one)
      if (mine && !change.present) rooms.delete(change.room)
    }
    drop(this.#arriving, feed.person, feed)
    put(this.#feeds, feed.person, feed)
    feed.enter(PLACE)
    for (const room of rooms) feed.enter(`room ${room}`)
    if (feed.watching !== null) feed.enter(`room ${feed.watching}`)
    this.doorkeeper?.live(feed)
    return true
  }

  #since(seen: number): Told[] | null {
    if (seen >= this.#tick) return []
    const first = this.#remembered[0]?.change.tick
    if (first === undefined || first > seen + 1) return null
    return this.#remembered.slice(this.#remembered.findLastIndex((one) => one.change.tick <= seen) + 1)
  }

  dismiss(feed: Feed): void {
    drop(this.#arriving, feed.person, feed)
    drop(this.#feeds, feed.person, feed)
    this.doorkeeper?.gone(feed)
  }

  /** For feeds that the runtime cannot publish to: streams and polls. */
  enter(topic: Topic, feed: Feed): void {
    put(this.#rooms, topic, feed)
  }

  leave(topic: Topic, feed: Feed): void {
    drop(this.#rooms, topic, feed)
  }

  /** Sends everyone away with a word, those who are still arriving too: before a restart. */
  endAll(reason: Farewell): void {
    this.#closed = reason
    this.#sendAway(reason)
  }

  /** Another epoch has begun, and the clock stands at this tick. What was told is of the one before, and so is what everyone
   *  heard: they are sent away, and their cursors tell whether they heard what is no more. */
  beginAnew(began: number): void {
    this.epoch = this.#db.epochs.at(-1)!.name
    this.#tick = began
    this.#remembered.length = 0
    this.#characters = 0
    this.#newest.clear()
    this.#early.clear()
    this.#next = null
    this.#last = Promise.resolve() // a repair that waits for the old server holds up none here
    this.#sendAway("restart")
    for (const feeds of [this.#feeds, this.#arriving, this.#rooms]) feeds.clear()
  }

  /** Resolves when nothing is being looked for, and nothing will be: the database may be closed. */
  async close(): Promise<void> {
    this.#over = true
    this.#early.clear()
    await this.#last
  }

  #sendAway(reason: Farewell): void {
    for (const person of new Set([...this.#feeds.keys(), ...this.#arriving.keys()])) this.end(person, null, reason)
  }

  end(person: number, session: string | null, reason: Farewell): void {
    for (const feed of [...(this.#feeds.get(person) ?? []), ...(this.#arriving.get(person) ?? [])])
      if (session === null || feed.session === session) feed.end(reason)
  }
}

function put<Key>(sets: Map<Key, Set<Feed>>, key: Key, feed: Feed): void {
  sets.set(key, (sets.get(key) ?? new Set()).add(feed))
}

function drop<Key>(sets: Map<Key, Set<Feed>>, key: Key, feed: Feed): void {
  const feeds = sets.get(key)
  feeds?.delete(feed)
  if (feeds?.size === 0) sets.delete(key)
}

// Tells those who look at a room who of its people is here, and who is typing. It goes to feeds that look at that room, and
// only while they may hear what is said in it; so nobody hears of a room but those in it, and nobody the same thing twice.
//
// It is fleeting, and must cost nothing while nothing changes, and little when everything does. Who is here is told whole
// and at most once a tick, so that it needs no order and whatever was lost is made good by the next; and a feed that has
// anything else waiting is passed over, and told later what is so by then.
import type { Here, HereCount, Member, Stopped, Typing } from "../../protocol/event.ts"
import type { Feed } from "../live/feed.ts"
import type { Presence } from "../live/presence.ts"
import { inBackground } from "../log.ts"

/** People that are named to whoever looks; of more it is told how many. A name has at most 40 characters. */
const MOST_NAMED = 50
/** Of those who type in one room so many are told of in a second: from three on it is "several people" anyway. */
const MOST_TYPING = 5
const SECOND = 1_000
/** A room at which nobody looks is forgotten after so many milliseconds: a page is drawn first, and then looks. */
const KEPT_MS = 60_000

/** Who is here, and its encodings: the whole, and the names alone. */
type Known = { told: Here; json: string; names: string }

type Room = {
  readonly feeds: Set<Feed>
  /** Those who have not been told what is so now. */
  readonly owed: Set<Feed>
  /** Everyone in it; null until it is read. */
  members: Set<number> | null
  /** What was heard of coming and going while it was read. */
  moves: Member[]
  loading: Promise<void> | null
  here: Known | null
  isStale: boolean
  typed: { since: number; count: number }
  usedAt: number
}

export class Onlookers {
  readonly #presence: Pick<Presence, "here">
  readonly #readMembers: (room: number) => Promise<Set<number>>
  readonly #now: () => number
  readonly #rooms = new Map<number, Room>()

  constructor(
    presence: Pick<Presence, "here">,
    readMembers: (room: number) => Promise<Set<number>>,
    now: () => number = () => performance.now(),
  ) {
    this.#presence = presence
    this.#readMembers = readMembers
    this.#now = now
  }

  /** A feed looks at its room, if at any. It is told who is here as soon as that is known. */
  enter(feed: Feed): void {
    if (feed.watching === null || !feed.hint) return
    const room = this.#open(feed.watching)
    room.feeds.add(feed)
    room.owed.add(feed)
    const greet = () => room.feeds.has(feed) && this.#tell(room, feed)
    inBackground(this.#load(feed.watching, room).then(greet)) // the database says itself that it is gone; the next tick tries again
  }

  leave(feed: Feed): void {
    const room = feed.watching === null ? undefined : this.#rooms.get(feed.watching)
    room?.feeds.delete(feed)
    room?.owed.delete(feed)
  }

  /** Who of a room's people is here. */
  async hereIn(id: number): Promise<Here> {
    const room = this.#open(id)
    await this.#load(id, room)
    return this.#look(id, room).told
  }

  /** In the order of ticks, so that what was read of a room stays true. */
  moved(member: Member): void {
    const room = this.#rooms.get(member.room)
    if (!room) return
    if (room.loading) room.moves.push(member)
    if (room.members) move(room.members, member)
    room.isStale = true
  }

  typing(word: Typing | Stopped): void {
    const room = this.#rooms.get(word.room)
    if (!room || room.feeds.size === 0 || this.#isTooMuch(room)) return
    const json = JSON.stringify(word)
    for (const feed of room.feeds) if (feed.person !== word.person.id && mayHear(feed)) feed.hint?.(word, json)
  }

  /** To be called once in a while, with those who came or went since. */
  tick(changed: ReadonlySet<number>): void {
    for (const [id, room] of this.#rooms) {
      room.isStale ||= concerns(changed, room)
      if (room.feeds.size > 0) this.#refresh(id, room)
      else if (this.#now() - room.usedAt > KEPT_MS) this.#rooms.delete(id)
    }
  }

  /** What was read is of another history. */
  forget(): void {
    this.#rooms.clear()
  }

  #open(id: number): Room {
    const room = this.#rooms.get(id) ?? {
      feeds: new Set(),
      owed: new Set(),
      members: null,
      moves: [],
      loading: null,
      here: null,
      isStale: true,
      typed: { since: 0, count: 0 },
      usedAt: 0,
    }
    this.#rooms.set(id, room)
    room.usedAt = this.#now()
    return room
  }

  #load(id: number, room: Room): Promise<void> {
    if (room.members) return Promise.resolve()
    room.loading ??= this.#readMembers(id)
      .then((members) => {
        room.members = members
        for (const member of room.moves) move(room.members, member)
      })
      .finally(() => {
        room.loading = null
        room.moves = []
      })
    return room.loading
  }

  #refresh(id: number, room: Room): void {
    if (!room.members) return void inBackground(this.#load(id, room))
    const before = room.here
    const { told, json, names } = this.#look(id, room)
    if (names !== before?.names) for (const feed of room.feeds) room.owed.add(feed)
    else if (json !== before.json) this.#tellCount(room, { kind: "here", room: id, count: told.count })
    for (const feed of room.owed) this.#tell(room, feed)
  }

  /** Of a crowd mostly the number changes: fifty names a second to each of thousands would be megabytes. */
  #tellCount(room: Room, told: HereCount): void {
    const json = JSON.stringify(told)
    for (const feed of room.feeds)
      if (!room.owed.has(feed) && mayHear(feed) && !feed.hint?.(told, json)) room.owed.add(feed)
  }

  #look(id: number, room: Room): Known {
    if (room.here && !room.isStale) return room.here
    const { here } = this.#presence
    const members = room.members ?? new Set()
    const [few, many] = here.size < members.size ? [here, members] : [members, here]
    const ids = [...few.keys()].filter((person) => many.has(person)).sort((a, b) => a - b)
    const people = ids.slice(0, MOST_NAMED).map((person) => ({ id: person, name: here.get(person)! }))
    const told: Here = { kind: "here", room: id, count: ids.length, people }
    room.isStale = false
    room.here = { told, json: JSON.stringify(told), names: JSON.stringify(people) }
    return room.here
  }

  #tell(room: Room, feed: Feed): void {
    const { told, json } = room.here ?? this.#look(feed.watching!, room)
    if (!mayHear(feed) || feed.hint?.(told, json)) room.owed.delete(feed)
  }

  #isTooMuch({ typed }: Room): boolean {
    const now = this.#now()
    if (now - typed.since >= SECOND) Object.assign(typed, { since: now, count: 0 })
    return ++typed.count > MOST_TYPING
  }
}

/** As it may hear what is said there: one rule for both. */
const mayHear = (feed: Feed): boolean => feed.isIn(`room ${feed.watching!}`)

function move(members: Set<number>, { person, present }: Member): void {
  if (present) members.add(person.id)
  else members.delete(person.id)
}

function concerns(changed: ReadonlySet<number>, { members, here }: Room): boolean {
  if (!members || !here) return true
  for (const person of changed) if (members.has(person)) return true
  return false
}

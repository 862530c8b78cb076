// What one person was told, over all their connections, held against what they were to be told: the part of the checker
// that follows a feed.
import { type Blame, mayBeLost, type Said, type Truth } from "./checker.ts"
import {
  type Attempt,
  firstOk,
  type Heard,
  type History,
  invoked,
  type Move,
  type Post,
  type Stream,
} from "./history.ts"
import type { Resident } from "./place.ts"

/** O3, O7 and O10: what one person was told, over all their connections, as one story. */
export function heard(history: History, truth: Truth, said: Said, person: Resident, blame: Blame): void {
  const mine = history.streams
    .filter(({ worker, at }) => worker === person.name && at > truth.forked)
    .sort((a, b) => a.at - b.at)
  const begin = tickOf(mine[0]?.from)
  if (!mine[0]) return
  const place = new Presence(history, truth, person)
  const story = new Story(person, begin)
  for (const stream of mine) story.read(stream, truth, said, place, blame)
  for (const post of said.posts) {
    const row = said.rowOf(post)
    if (!row || row.id <= begin || story.knows(row.id) || !place.mustHear(post, story.passed(row.id))) continue
    blame({
      rule: "O3",
      words: `${person.name} never heard "${row.text}" (${row.id})`,
      text: row.text,
      worker: person.name,
    })
  }
  for (const { room, person: who, present, tick } of truth.members)
    if (who === person.id && tick > begin && !story.knows(tick) && story.standing.get(room) !== (present === 1))
      blame({
        rule: "O3",
        words: `${person.name} never heard of their own ${present ? "joining" : "leaving"} (${tick})`,
      })
}

/** The first of an ascending row of which it is so. */
function search(from: number, to: number, isSo: (i: number) => boolean): number {
  while (from < to) {
    const middle = (from + to) >> 1
    if (isSo(middle)) to = middle
    else from = middle + 1
  }
  return from
}

const tickOf = (cursor: string | null | undefined) => Number(cursor?.split(".").at(-1) ?? 0)
const epochOf = (cursor: string | null | undefined) => cursor?.split(".")[0] ?? ""

/** Whether what was heard up to this tick of this epoch is of the history that the place now has. */
function isOurs({ epochs }: Truth, epoch: string, tick: number): boolean {
  const at = epochs.findLastIndex(({ name }) => name === epoch)
  return at >= 0 && tick <= (epochs[at + 1]?.began ?? Number.POSITIVE_INFINITY)
}

/** What one person came to know, connection after connection. */
class Story {
  readonly standing = new Map<number, boolean>()
  readonly #got = new Set<number>()
  readonly #drawn: [from: number, to: number][] = []
  readonly #progress: { at: number; tick: number }[] = []
  readonly #person: Resident
  #last: number

  constructor(person: Resident, begin: number) {
    this.#person = person
    this.#last = begin
  }

  /** When they had first heard of this tick or a later one. */
  passed(tick: number): number {
    const i = search(0, this.#progress.length, (i) => this.#progress[i]!.tick >= tick)
    return this.#progress[i]?.at ?? Number.POSITIVE_INFINITY
  }

  /** Heard, or drawn afresh. */
  knows(id: number): boolean {
    return this.#got.has(id) || this.#drawn.some(([from, to]) => id > from && id <= to)
  }

  read(stream: Stream, truth: Truth, said: Said, place: Presence, blame: Blame): void {
    const { name, id } = this.#person
    let left: { room: number; tick: number; at: number } | null = null
    let epoch = epochOf(stream.from)
    let told = isOurs(truth, epoch, tickOf(stream.from))
    this.#last = Math.max(this.#last, tickOf(stream.from))
    for (const one of stream.heard) {
      if (one.kind === "reset") {
        const ours = isOurs(truth, epoch, this.#last) && isOurs(truth, epochOf(one.cursor), one.tick)
        if (ours && one.tick - this.#last < truth.widest)
          blame({
            rule: "O10",
            words: `${name} is told to draw afresh at ${one.tick}, having heard ${this.#last}`,
            worker: name,
          })
        this.#drawn.push([ours ? this.#last : 0, one.tick])
        this.#last = one.tick
        told = true
      }
      if (one.kind === "live" && !told && isOurs(truth, epochOf(one.cursor), one.tick))
        blame({ rule: "O10", words: `${name} came from another history and was not told`, worker: name })
      if (one.kind === "reset" || one.kind === "live") epoch = epochOf(one.cursor)
      if (!("room" in one) && one.kind !== "other") continue
      if (one.tick <= this.#last)
        blame({
          rule: "O3",
          words: `${name} hears tick ${one.tick} after ${this.#last} by ${stream.door}`,
          ...about(one),
          worker: name,
        })
      const isOver = truth.lost.length > 0 && !isOurs(truth, one.epoch, one.tick)
      if (one.tick > this.#last && !isOver) this.#progress.push({ at: one.at, tick: one.tick })
      this.#last = Math.max(this.#last, one.tick)
      epoch = one.epoch
      if (isOver) continue // it was so, in a history that is no more
      if (one.kind === "member" && one.person === id) {
        left = one.present ? null : one
        this.standing.set(one.room, one.present)
      }
      if (one.kind !== "message") continue
      this.#got.add(one.id)
      const row = said.byId.get(one.id)
      if (!row || row.text !== one.text || row.room !== one.room)
        blame({
          rule: "O3",
          words: `${name} heard ${one.id} "${one.text}", which the database has as "${row?.text}"`,
          ...about(one),
        })
      const post = said.byText.get(one.text ?? "")
      if (place.wasOut(one, left) || (post && place.hadLeft(one, invoked(post))))
        blame({
          rule: "O7",
          words: `${name} heard "${one.text}" in a room that they had left`,
          ...about(one),
          worker: name,
        })
    }
  }
}

const about = (one: Heard) => (one.kind === "message" ? { id: one.id, text: one.text ?? "" } : {})

/** Where one person was, as far as it is certain. */
class Presence {
  readonly #moves = new Map<string, Move[]>()
  readonly #comes = new Map<string, Attempt[]>()
  readonly #names: Map<number, string>
  readonly #home: string
  /** Then nobody knows for certain where one was at first. */
  readonly #forked: boolean
  /** What was answered may be lost. */
  readonly #isUnsure: (move: Move) => boolean

  constructor(history: History, truth: Truth, { name }: Resident) {
    const { rooms, forked } = truth
    this.#forked = forked > 0
    this.#isUnsure = ({ attempts }) => mayBeLost(truth, attempts)
    this.#names = new Map(Object.entries(rooms).map(([room, id]) => [id, room]))
    this.#home = Object.keys(rooms)[0]!
    for (const move of history.moves)
      if (move.worker === name && invoked(move) > forked)
        this.#moves.set(move.room, [...(this.#moves.get(move.room) ?? []), move])
    const comes = [...history.posts, ...history.moves.filter(({ present }) => present)] // speaking in a room is coming in
    for (const { worker, room, attempts } of comes)
      if (worker === name) this.#comes.set(room, [...(this.#comes.get(room) ?? []), ...attempts])
  }

  /** In the room for certain from before it was said until they had heard of something later: they must have heard it. */
  mustHear(post: Post, passedAt: number): boolean {
    const moves = this.#moves.get(post.room) ?? []
    // A leaving that got no answer may still be under way, and arrive after a coming back.
    if (moves.some(({ present, attempts }) => !present && attempts.some(({ outcome }) => outcome === "unknown")))
      return false
    if (moves.some(this.#isUnsure)) return false
    const last = moves.findLastIndex(
      ({ attempts }) => (firstOk(attempts)?.until ?? 0) < invoked(post) && firstOk(attempts),
    )
    const joined = last < 0 ? post.room === this.#home : moves[last]!.present
    const next = moves[last + 1]
    return joined && (!next || passedAt < invoked(next))
  }

  /** Told of their own leaving, on this very connection, and of no coming back since; nor did they try. */
  wasOut(one: Extract<Heard, { kind: "message" }>, left: { room: number; tick: number; at: number } | null): boolean {
    if (left?.room === one.room && one.id > left.tick) {
      const since = this.#leaveBefore(one.room, left.at)
      return !this.#came(one.room, since, one.at)
    }
    const room = this.#names.get(one.room) ?? ""
    if (this.#forked || (room === this.#home && !this.#moves.has(room))) return false
    return !this.#came(one.room, 0, one.at) // never was in at all
  }

  /** Had left, and was answered so, before it was said; and has not tried to come back since. */
  hadLeft(one: Extract<Heard, { kind: "message" }>, saidAt: number): boolean {
    const moves = this.#moves.get(this.#names.get(one.room) ?? "") ?? []
    const leave = moves.findLast(({ attempts }) => (firstOk(attempts)?.until ?? saidAt) < saidAt)
    return (
      leave !== undefined && !leave.present && !this.#isUnsure(leave) && !this.#came(one.room, invoked(leave), one.at)
    )
  }

  #leaveBefore(room: number, at: number): number {
    const moves = this.#moves.get(this.#names.get(room) ?? "") ?? []
    return moves.findLast((move) => !move.present && invoked(move) <= at)?.attempts[0]?.at ?? 0
  }

  #came(room: number, from: number, to: number): boolean {
    const tries = this.#comes.get(this.#names.get(room) ?? "") ?? []
    return tries.some(({ at, until, outcome }) => at <= to && (until >= from || outcome === "unknown"))
  }
}

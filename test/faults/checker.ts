// Judges a history when all is over, against the database as it then is. Each rule is a promise of docs/guarantees.md.
// It only claims what must be: where an outcome is unknown or two things overlapped in time, both orders are right.
import { Database } from "bun:sqlite"
import type { Attempt, Heard, History, Move, Post, Stream } from "./history.ts"
import type { Resident } from "./place.ts"

export type Rule = "O1" | "O2" | "O3" | "O4" | "O5" | "O6" | "O7" | "O8" | "O9" | "O10"

export const promises: Record<Rule, string> = {
  O1: "every answered change is in the database",
  O2: "a nonce makes one message, exactly one after the last try",
  O3: "what was heard is what was to be heard, once and in order",
  O4: "what was answered before another was said stands before it",
  O5: "one sender's messages keep their order",
  O6: "what was answered is there to be read",
  O7: "nothing is heard of a room that one is not in",
  O8: "all converge after healing",
  O9: "memory, files and the log stay within bounds",
  O10: "a reset is told if and only if history forked",
}

export type Violation = { rule: Rule; words: string; text?: string; id?: number; worker?: string }

export type Row = { id: number; room: number; author: number; text: string; nonce: string | null }

export type Standing = { room: number; person: number; present: number; tick: number }

/** The last word: what the database holds, and what was to be expected of this run. */
export type Truth = {
  rows: Row[]
  members: Standing[]
  people: Resident[]
  rooms: Record<string, number>
  /** When history forked, by an older backup put back. What was said before that is not looked at. */
  forked: number
  /** Whose words may be mangled: what they said is not looked at. */
  vandals: Set<string>
  /** More ticks missed than this are told by a reset, too. */
  widest: number
}

export function readRows(path: string): Row[] {
  const database = new Database(path, { readonly: true })
  try {
    return database.query<Row, []>("select id, room, author, text, nonce from messages order by id").all()
  } finally {
    database.close()
  }
}

export function readMembers(path: string): Standing[] {
  const database = new Database(path, { readonly: true })
  try {
    return database.query<Standing, []>("select room, person, present, tick from members").all()
  } finally {
    database.close()
  }
}

/** At most so many violations of each rule are kept: the first says enough. */
const ENOUGH = 5

export function check(history: History, truth: Truth): Violation[] {
  const found: Violation[] = []
  const counts = new Map<Rule, number>()
  const blame = (violation: Violation) => {
    const count = (counts.get(violation.rule) ?? 0) + 1
    counts.set(violation.rule, count)
    if (count <= ENOUGH) found.push(violation)
  }
  const said = new Said(history, truth)
  answered(said, blame)
  order(said, blame)
  bursts(said, blame)
  looks(history, said, blame)
  for (const person of truth.people) if (!truth.vandals.has(person.name)) heard(history, truth, said, person, blame)
  return found
}

type Blame = (violation: Violation) => void

const firstOk = (attempts: Attempt[]) => attempts.find(({ outcome }) => outcome === "ok")
const invoked = ({ attempts }: Post | Move) => attempts[0]?.at ?? Number.POSITIVE_INFINITY

/** What was said, beside the rows that it made. */
class Said {
  readonly posts: Post[]
  readonly byText = new Map<string, Post>()
  readonly rowsOf = new Map<string, Row[]>()
  readonly byId = new Map<number, Row>()
  readonly rows: Row[]
  readonly truth: Truth

  constructor(history: History, truth: Truth) {
    const names = new Map(truth.people.map(({ id, name }) => [id, name]))
    this.truth = truth
    const trusted = history.posts.filter((post) => !truth.vandals.has(post.worker))
    for (const post of trusted) this.byText.set(post.text, post)
    const beforeFork = (post: Post | undefined) => post !== undefined && invoked(post) < truth.forked
    this.posts = trusted.filter((post) => !beforeFork(post))
    this.rows = truth.rows.filter(
      ({ author, text }) => !truth.vandals.has(names.get(author) ?? "") && !beforeFork(this.byText.get(text)),
    )
    for (const row of truth.rows) {
      this.byId.set(row.id, row)
      this.rowsOf.set(row.text, [...(this.rowsOf.get(row.text) ?? []), row])
    }
  }

  rowOf(post: Post): Row | undefined {
    return this.rowsOf.get(post.text)?.[0]
  }
}

/** O1 and O2: the answers and the rows agree. */
function answered({ posts, rows, rowsOf, byText, byId, truth }: Said, blame: Blame): void {
  const authors = new Map(truth.people.map(({ id, name }) => [id, name]))
  for (const post of posts) {
    const { text, attempts, room, ids } = post
    const made = rowsOf.get(text) ?? []
    const ok = firstOk(attempts)
    const last = attempts.at(-1)
    if (made.length > 1) blame({ rule: "O2", words: `"${text}" is there ${made.length} times`, text })
    if (room === "nowhere") {
      if (ok) blame({ rule: "O1", words: `"${text}" was answered, though there is no such room`, text })
    } else if (ok && made.length === 0) blame({ rule: "O1", words: `"${text}" was answered and is not there`, text })
    else if (!ok && last?.outcome === "unknown")
      blame({ rule: "O2", words: `"${text}" never got an answer: ${last.said}`, text })
    else if (!ok && last?.outcome === "refused")
      blame({ rule: "O2", words: `"${text}" was refused in the end: ${last.said}`, text })
    if (new Set(ids).size > 1) blame({ rule: "O2", words: `"${text}" was answered as ${[...new Set(ids)]}`, text })
    for (const id of new Set(ids))
      if (byId.get(id) && byId.get(id)?.text !== text)
        blame({ rule: "O1", words: `"${text}" was answered as ${id}, which is "${byId.get(id)?.text}"`, text })
    if (made[0] && (made[0].room !== truth.rooms[room] || authors.get(made[0].author) !== post.worker))
      blame({ rule: "O1", words: `"${text}" is in another room or by another person`, text })
  }
  for (const row of rows)
    if (!byText.has(row.text)) blame({ rule: "O2", words: `"${row.text}" is there and nobody said it`, id: row.id })
}

/** O4: by the time it was said, over all rooms. */
function order(said: Said, blame: Blame): void {
  const points = said.posts.flatMap((post) => {
    const row = said.rowOf(post)
    const ok = firstOk(post.attempts)
    return row ? [{ post, id: row.id, from: invoked(post), to: ok?.until ?? Number.POSITIVE_INFINITY }] : []
  })
  const byStart = points.toSorted((a, b) => a.from - b.from)
  const byEnd = points.toSorted((a, b) => a.to - b.to)
  let ended = 0
  let newest: (typeof points)[number] | null = null
  for (const point of byStart) {
    for (let one = byEnd[ended]; one && one.to < point.from; one = byEnd[++ended])
      if (!newest || one.id > newest.id) newest = one
    if (newest && newest.id > point.id)
      blame({
        rule: "O4",
        words: `"${newest.post.text}" (${newest.id}) was answered before "${point.post.text}" (${point.id}) was said`,
        text: point.post.text,
      })
  }
}

/** O5: what was sent on one socket without waiting, and answered at the first try. */
function bursts(said: Said, blame: Blame): void {
  const last = new Map<string, { post: Post; id: number }>()
  for (const post of said.posts) {
    const [only] = post.attempts
    const row = said.rowOf(post)
    if (!row || only?.outcome !== "ok" || only.door !== "websocket") continue
    const key = `${post.worker} ${post.burst}`
    const before = last.get(key)
    if (before && before.id > row.id)
      blame({
        rule: "O5",
        words: `"${before.post.text}" was sent first and stands after "${post.text}"`,
        text: post.text,
      })
    last.set(key, { post, id: row.id })
  }
}

/** O6: whoever looks sees what was answered before. */
function looks(history: History, said: Said, blame: Blame): void {
  const inRoom = new Map<string, { post: Post; id: number; at: number }[]>()
  for (const post of said.posts) {
    const [row, ok] = [said.rowOf(post), firstOk(post.attempts)]
    if (!row || !ok) continue
    inRoom.set(post.room, [...(inRoom.get(post.room) ?? []), { post, id: row.id, at: ok.until }])
  }
  for (const look of history.looks) {
    const seen = new Set(look.ids)
    const oldest = look.ids[0] ?? 0
    for (const { post, id, at } of inRoom.get(look.room) ?? [])
      if (at < look.at && id >= oldest && !seen.has(id))
        blame({
          rule: "O6",
          words: `${look.worker} looked at ${look.room} and "${post.text}" was missing`,
          text: post.text,
        })
  }
}

/** O3, O7 and O10: what one person was told, over all their connections, as one story. */
function heard(history: History, truth: Truth, said: Said, person: Resident, blame: Blame): void {
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
    this.#last = Math.max(this.#last, tickOf(stream.from))
    for (const one of stream.heard) {
      if (one.kind === "reset") {
        if (epochOf(one.cursor) === epoch && one.tick - this.#last < truth.widest)
          blame({
            rule: "O10",
            words: `${name} is told to draw afresh at ${one.tick}, having heard ${this.#last}`,
            worker: name,
          })
        this.#drawn.push([epochOf(one.cursor) === epoch ? this.#last : 0, one.tick])
        this.#last = one.tick
        epoch = epochOf(one.cursor)
      }
      if (one.kind === "live" && epochOf(one.cursor) !== epoch) {
        blame({ rule: "O10", words: `${name} came from another history and was not told`, worker: name })
        epoch = epochOf(one.cursor)
      }
      if (!("room" in one) && one.kind !== "other") continue
      if (one.tick <= this.#last)
        blame({
          rule: "O3",
          words: `${name} hears tick ${one.tick} after ${this.#last} by ${stream.door}`,
          ...about(one),
          worker: name,
        })
      if (one.tick > this.#last) this.#progress.push({ at: one.at, tick: one.tick })
      this.#last = Math.max(this.#last, one.tick)
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

  constructor(history: History, { rooms, forked }: Truth, { name }: Resident) {
    this.#forked = forked > 0
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
    return leave !== undefined && !leave.present && !this.#came(one.room, invoked(leave), one.at)
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

/** Streams that show one room: from the first to the last that one of them showed, without a hole. */
export function checkWatched(stream: Stream, rows: Row[], room: number): Violation[] {
  const ids = stream.heard.flatMap((one) => (one.kind === "message" ? [one.id] : []))
  const [first, last] = [ids[0], ids.at(-1)]
  if (first === undefined || last === undefined) return []
  const wanted = rows.filter((row) => row.room === room && row.id >= first && row.id <= last).map(({ id }) => id)
  const same = ids.length === wanted.length && ids.every((id, i) => id === wanted[i])
  return same
    ? []
    : [
        {
          rule: "O3",
          words: `${stream.worker} saw ${ids.length} rows by ${stream.door}, of ${wanted.length}`,
          id: last,
        },
      ]
}

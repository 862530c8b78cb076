// Judges a history when all is over, against the database as it then is. Each rule is a promise of docs/guarantees.md.
// It only claims what must be: where an outcome is unknown or two things overlapped in time, both orders are right.
import { Database } from "bun:sqlite"
import type { Epoch } from "../../server/db/epoch.ts"
import { heard } from "./hearing.ts"
import { type Attempt, firstOk, type History, invoked, type Post } from "./history.ts"
import type { Resident } from "./place.ts"

export type Rule = "O1" | "O2" | "O3" | "O4" | "O5" | "O6" | "O7" | "O8" | "O9" | "O10" | "O11" | "O12"

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
  O11: "a restart is told to who listens, and answers what was sent",
  O12: "nobody is shown as here whose process died half a minute ago, and everyone else is",
}

export type Violation = { rule: Rule; words: string; text?: string; id?: number; worker?: string }

export type Row = { id: number; room: number; author: number; text: string; nonce: string | null }

export type Standing = { room: number; person: number; present: number; tick: number }

/** The last word: what the database holds, and what was to be expected of this run. */
export type Truth = {
  rows: Row[]
  members: Standing[]
  epochs: Epoch[]
  people: Resident[]
  rooms: Record<string, number>
  /** When history forked, by an older backup put back. What was said before that is not looked at. */
  forked: number
  /** When a standby took over that lagged: what was answered in between may be lost. Whoever heard of it is told. */
  lost: Span[]
  /** Whose words may be mangled: what they said is not looked at. */
  vandals: Set<string>
  /** More ticks missed than this are told by a reset, too. */
  widest: number
  gentle: Gentle
}

export type Span = { from: number; to: number }

export const mayBeLost = ({ lost }: Truth, attempts: Attempt[]): boolean =>
  lost.some(({ from, to }) => attempts.some((one) => one.outcome === "ok" && one.until >= from && one.at <= to))

/** What was done to the place without anybody's harm: no feed ends without a word, and no request is cut off. */
export type Gentle = { feeds?: true; requests?: true }

export const readRows = (path: string) =>
  read<Row>(path, "select id, room, author, text, nonce from messages order by id")
export const readMembers = (path: string) => read<Standing>(path, "select room, person, present, tick from members")
export const readEpochs = (path: string) => read<Epoch>(path, "select name, began from epochs order by number")

function read<Kind>(path: string, query: string): Kind[] {
  const database = new Database(path, { readonly: true })
  try {
    return database.query<Kind, []>(query).all()
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
  farewells(history, said, blame)
  for (const person of truth.people) if (!truth.vandals.has(person.name)) heard(history, truth, said, person, blame)
  return found
}

export type Blame = (violation: Violation) => void

/** What was said, beside the rows that it made. */
export class Said {
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
    const lost = mayBeLost(truth, attempts)
    if (made.length > 1) blame({ rule: "O2", words: `"${text}" is there ${made.length} times`, text })
    if (room === "nowhere") {
      if (ok) blame({ rule: "O1", words: `"${text}" was answered, though there is no such room`, text })
    } else if (lost && made.length === 0) continue
    else if (ok && made.length === 0) blame({ rule: "O1", words: `"${text}" was answered and is not there`, text })
    else if (!ok && last?.outcome === "unknown")
      blame({ rule: "O2", words: `"${text}" never got an answer: ${last.said}`, text })
    else if (!ok && last?.outcome === "refused")
      blame({ rule: "O2", words: `"${text}" was refused in the end: ${last.said}`, text })
    if (new Set(ids).size > 1) blame({ rule: "O2", words: `"${text}" was answered as ${[...new Set(ids)]}`, text })
    for (const id of new Set(ids))
      if (!lost && byId.get(id) && byId.get(id)?.text !== text)
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

/** O5: what was sent on one socket without waiting, and answered at the first try; and what was written in one tab. */
function bursts(said: Said, blame: Blame): void {
  const last = new Map<string, { post: Post; id: number }>()
  for (const post of said.posts) {
    const [only] = post.attempts
    const row = said.rowOf(post)
    if (!row || only?.outcome !== "ok" || !/websocket|page/.test(only.door)) continue
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

/** O11: whom a restart concerns is told so. A message on a socket may cross the farewell: it is sent again. */
function farewells(history: History, { truth, posts }: Said, blame: Blame): void {
  for (const { worker, door, heard, cut } of truth.gentle.feeds ? history.streams : [])
    if (cut && door !== "poll" && heard.length > 0 && heard.at(-1)?.kind !== "bye")
      blame({ rule: "O11", words: `a feed of ${worker}'s by ${door} broke off without a word`, worker })
  for (const { worker, text, attempts } of truth.gentle.requests ? posts : [])
    for (const { door, outcome, said } of attempts)
      if (outcome === "unknown" && door !== "websocket")
        blame({ rule: "O11", words: `"${text}" by ${worker}, by ${door}, got no answer: ${said}`, text, worker })
}

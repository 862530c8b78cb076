// What must be so, at every step and at the end, by the truth. The names are those of the checker of whole runs: O1 what was
// answered is there; O2 once; O3 what one applied is what one may know; O4 real-time order; O5 order of each sender; O7 nothing
// outside of membership; O8 all converge; O9 nothing is left over; O10 one draws afresh if and only if there is cause.
import { type Cursor, parseCursor } from "../../../protocol/cursor.ts"
import type { Change, Message, Notice } from "../../../protocol/event.ts"
import { apply, emptyState, type State } from "../../../protocol/state.ts"
import type { Post } from "./asked.ts"
import type { Client } from "./client.ts"
import { MOST_MISSED, WIDEST_GAP } from "./scale.ts"
import { inWords, type Store, type Truth } from "./store.ts"

export type Violation = { rule: string; words: string }

/** One connection, as the client has heard it so far. */
export type Hearing = {
  from: Cursor
  /** How far the hub was ahead of that. */
  gap: number
  greeted: boolean
  last: number
  live: boolean
  /** Was told to draw afresh. */
  told: boolean
}

export function newHearing(from: Cursor, hubAt: number): Hearing {
  const { tick } = parseCursor(from)
  return { from, gap: hubAt - tick, greeted: false, last: tick, live: false, told: false }
}

export class Judge {
  readonly violations: Violation[] = []
  readonly #store: Store
  readonly #truth: Truth
  readonly #answered = new Map<number, Post>()
  /** The newest that was answered: what is asked from now on stands after it. */
  floor = 0

  constructor(store: Store, truth: Truth) {
    this.#store = store
    this.#truth = truth
  }

  get isContent(): boolean {
    return this.violations.length === 0
  }

  blame(rule: string, words: string): void {
    this.violations.push({ rule, words })
  }

  heard(client: Client, hearing: Hearing, change: Change): void {
    const { name, person } = client
    const words = inWords(change)
    if (!hearing.greeted) this.blame("O3", `${name} is told something before hello: ${words}`)
    if (!this.#truth.knows(change)) this.blame("O1", `${name} heard what is not committed: ${words}`)
    if (change.tick <= hearing.last) this.blame("O3", `${name} heard, after ${hearing.last}: ${words}`)
    hearing.last = Math.max(hearing.last, change.tick)
    if ((change.kind === "message" || change.kind === "member") && !this.#mayHear(client, change))
      this.blame("O7", `${name} heard of a room that ${person.name} was not in: ${words}`)
  }

  /** In it just before, or come in since: a hub that was behind may not know that one had left in between, and whoever
   *  comes into an open room may read what was said before. */
  #mayHear({ person, watching }: Client, change: Extract<Change, { room: number }>): boolean {
    if (change.room === watching) return true
    if (change.kind === "member" && change.person.id === person.id) return true
    const { room, tick } = change
    return this.#truth.wasIn(person.id, room, tick) || this.#truth.joinedSince(person.id, room, tick)
  }

  noted(client: Client, hearing: Hearing, notice: Notice): void {
    const { name } = client
    const isLast = notice.kind === "bye" // also of whoever is sent away before the greeting
    if (!isLast && (notice.kind === "hello") === hearing.greeted)
      this.blame("O3", `${name} is told ${notice.kind} at the wrong time`)
    if (notice.kind === "hello") {
      hearing.greeted = true
      hearing.last = parseCursor(notice.cursor).tick
    }
    if (notice.kind === "reset") this.#reset(client, hearing, notice.cursor)
    if (notice.kind === "live") this.#live(client, hearing, notice.cursor)
    if (notice.kind === "bye" && notice.reason === "signed_out" && !this.#truth.hasEnded(client.who.session))
      this.blame("O3", `${name} is told that a session ended that did not`)
  }

  #reset({ name, person, watching }: Client, hearing: Hearing, cursor: Cursor): void {
    const { tick } = parseCursor(cursor)
    const from = parseCursor(hearing.from)
    const forked = !this.#truth.isOurs(from.epoch ?? "", from.tick)
    const mine = (change: Change) =>
      !("room" in change) || change.room === watching || this.#truth.everIn(person.id, change.room)
    const missed = () => this.#truth.between(hearing.last, tick).filter(mine).length
    if (!forked && tick - hearing.last <= WIDEST_GAP && missed() <= MOST_MISSED)
      this.blame("O10", `${name}, from ${hearing.from}, is told to draw afresh at ${cursor} without cause`)
    hearing.told = true
  }

  #live({ name }: Client, hearing: Hearing, cursor: Cursor): void {
    const { epoch, tick } = parseCursor(cursor)
    const from = parseCursor(hearing.from)
    if (hearing.live) this.blame("O3", `${name} is told live twice`)
    if (!hearing.told && !this.#truth.isOurs(from.epoch ?? "", from.tick))
      this.blame("O10", `${name}, from ${hearing.from}, comes from another history and was not told`)
    if (!hearing.told && hearing.gap > WIDEST_GAP)
      this.blame("O10", `${name}, from ${hearing.from}, is told ${hearing.gap} ticks, one by one`)
    if (epoch !== this.#truth.epoch) this.blame("O10", `${name} is live in ${cursor}, of an epoch that is over`)
    if (tick < hearing.last) this.blame("O3", `${name} is live at ${tick}, having heard ${hearing.last}`)
    if (tick > this.#truth.tick) this.blame("O1", `${name} is live at ${tick}, before it is committed`)
    hearing.live = true
  }

  answered(client: Client, post: Post, answer: Message): void {
    const what = `"${post.text}" by ${client.name}`
    const [row] = this.#store.all("select id, text, room from messages where id = ?", [answer.id])
    if (!row || row.text !== post.text || row.room !== post.room)
      this.blame("O1", `${what} is answered as ${answer.id}, where the store has ${row ? `"${row.text}"` : "nothing"}`)
    if (!this.#truth.knows(answer)) this.blame("O1", `${what} is answered otherwise than committed: ${inWords(answer)}`)
    if (answer.id <= post.floor) this.blame("O4", `${what} is ${answer.id}, after ${post.floor} had been answered`)
    this.#answered.set(answer.id, post)
    this.floor = Math.max(this.floor, answer.id)
  }

  /** Said one after the other on one line, and both answered at the first try. */
  inOrder(client: Client, { first, second }: Record<"first" | "second", { id: number }>): void {
    if (second.id <= first.id) this.blame("O5", `${client.name} said ${first.id} before ${second.id}`)
  }

  restored(tick: number): void {
    for (const id of [...this.#answered.keys()]) if (id > tick) this.#answered.delete(id)
    this.floor = Math.min(this.floor, tick)
  }

  // At the end.

  store(): void {
    const rows = this.#store.all("select id, author, text, nonce, room from messages")
    const texts = new Set(rows.map(({ text }) => text))
    if (texts.size < rows.length) this.blame("O2", `${rows.length} messages have ${texts.size} texts`)
    for (const [id, { text, room }] of this.#answered)
      if (!rows.some((row) => row.id === id && row.text === text && row.room === room))
        this.blame("O1", `"${text}" was answered as ${id}, and is not there`)
    const ticks = ["people", "rooms", "members", "messages"]
      .flatMap((table) => this.#store.all(`select tick from ${table}`))
      .map(({ tick }) => tick as number)
    if (new Set(ticks).size < ticks.length) this.blame("O4", "two things have one tick")
    const [clock] = this.#store.all("select tick from clock")
    if (clock!.tick !== this.#truth.tick) this.blame("O4", `the clock shows ${clock!.tick} after ${this.#truth.tick}`)
  }

  /** What one knows is so; and all is known that one must know. Whoever joins a room draws it afresh. */
  state(client: Client): void {
    const { name, person, watching, state, drawn } = client
    for (const change of everything(state))
      if (!this.#truth.knows(change)) this.blame("O3", `${name} knows what is not so: ${inWords(change)}`)
    if (client.ahead) return // the membership that it was shown things by was lost with the restored copy
    const all = this.#truth.between(0, this.#truth.tick)
    const joined = new Map<number, number>()
    for (const change of all)
      if (change.kind === "member" && change.person.id === person.id) {
        if (!change.present) joined.delete(change.room)
        else if (!joined.has(change.room)) joined.set(change.room, change.tick > drawn ? change.tick : 0)
      }
    const must = emptyState()
    for (const change of all) {
      const own = change.kind === "member" && change.person.id === person.id
      if (!("room" in change) || own || change.room === watching) apply(must, change)
      else if (joined.has(change.room) && change.tick > joined.get(change.room)!) apply(must, change)
    }
    const known = new Set(everything(state).map(inWords))
    for (const change of everything(must))
      if (!known.has(inWords(change))) this.blame("O3", `${name} does not know ${inWords(change)}`)
  }
}

const everything = ({ messages, rooms, members, people }: State): Change[] => [
  ...messages.values(),
  ...rooms.values(),
  ...members.values(),
  ...people.values(),
]

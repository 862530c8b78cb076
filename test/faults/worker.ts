// A simulated client: someone who speaks, comes, goes and looks through every door, loses the connection, comes back with
// the cursor, and sends again with the same nonce whatever it got no answer to. It believes nothing and repairs nothing: what
// it is told goes into the history as it came.
import type { Change, Notice } from "../../protocol/event.ts"
import type { Dice } from "./chance.ts"
import { follow, type Listening, speak } from "./doors.ts"
import type { Attempt, Heard, History, Move, Post, Stream } from "./history.ts"
import type { Resident } from "./place.ts"

/** What one is like. */
export type Habits = {
  /** The doors to follow by; one is drawn at each return. */
  doors: (keyof typeof follow)[]
  /** The doors to speak by. */
  mouths: (keyof typeof speak)[]
  /** The longest that a connection lives, and the longest that one stays away, in milliseconds. */
  stays: number
  away: number
  /** Milliseconds between two things said, on average. */
  pause: number
  /** The most that is said at once on a socket. */
  burst: number
  /** How often more than one thing is said at once. */
  bursts: number
  /** How much of what one does is saying again what was said before. */
  again: number
  /** How much of what one does is coming to the cold rooms and going. */
  roams: number
  /** Characters that are added to all one says. */
  weight: number
  /** Milliseconds that one waits for an answer, before the outcome counts as unknown. */
  patience: number
}

export const usual: Habits = {
  doors: ["websocket", "websocket", "sse", "poll"],
  mouths: ["websocket", "websocket", "json", "form"],
  stays: 1_500,
  away: 120,
  pause: 15,
  burst: 8,
  bursts: 0.4,
  again: 0.08,
  roams: 0.25,
  weight: 0,
  patience: 1_200,
}

export class Worker {
  readonly resident: Resident
  readonly habits: Habits
  cursor: string
  readonly #history: History
  readonly #dice: Dice
  readonly #url: () => string
  readonly #rooms: string[]
  readonly #own: Post[] = []
  readonly #hush = new AbortController()
  readonly #leave = new AbortController()
  #listening: Listening | null = null
  #speaking: Promise<void> = Promise.resolve()
  #hearing: Promise<void> = Promise.resolve()
  #said = 0
  #bursts = 0

  constructor(
    who: { resident: Resident; cursor: string; rooms: string[]; habits?: Partial<Habits> },
    world: { url: () => string; history: History; dice: Dice },
  ) {
    this.resident = who.resident
    this.cursor = who.cursor
    this.habits = { ...usual, ...who.habits }
    this.#rooms = who.rooms
    this.#history = world.history
    this.#dice = world.dice.for(who.resident.name)
    this.#url = world.url
  }

  get name(): string {
    return this.resident.name
  }

  begin(): void {
    this.#hearing = this.#hear()
    this.#speaking = this.#speak()
  }

  /** Says nothing new, and waits until everything said has an answer. False when that takes longer. */
  async fallSilent(patience: number): Promise<boolean> {
    this.#hush.abort()
    return Promise.race([this.#speaking.then(() => true), Bun.sleep(patience).then(() => false)])
  }

  async leave(): Promise<void> {
    this.#hush.abort()
    this.#leave.abort()
    this.#listening?.end()
    await Promise.race([Promise.all([this.#hearing, this.#speaking]), Bun.sleep(3_000)])
  }

  heardOf(tick: number): boolean {
    return Number(this.cursor.split(".").at(-1)) >= tick
  }

  disconnect(): void {
    this.#listening?.end()
  }

  /** History forked: what was said may not have been, and is not said again. */
  forget(): void {
    this.#own.length = 0
  }

  // Speaking.

  async #speak(): Promise<void> {
    while (!this.#hush.signal.aborted) {
      const kind = this.#dice()
      const room = this.#dice() < 0.6 ? this.#rooms[0]! : this.#dice.among(this.#rooms)
      if (this.#dice() < this.habits.roams) await this.move(this.#dice.among(this.#rooms.slice(1)), this.#dice() < 0.6)
      else if (kind < 0.1) await this.#look(room)
      else if (kind < 0.1 + this.habits.again && this.#own.length > 0) await this.#sayAgain(this.#dice.among(this.#own))
      else await this.#sayAtOnce(room, this.#dice() < this.habits.bursts ? 1 + this.#dice.upTo(this.habits.burst) : 1)
      await Bun.sleep(this.#dice() * 2 * this.habits.pause)
    }
  }

  async #sayAtOnce(room: string, count: number): Promise<void> {
    const burst = ++this.#bursts
    // A refusal among them shares their commit, and must not touch them.
    const posts = Array.from({ length: count }, () => this.#post(this.#dice() < 0.1 ? "nowhere" : room, burst))
    const first = await Promise.all(posts.map((post) => this.#attempt(post, count > 1 ? "websocket" : undefined)))
    for (const [i, post] of posts.entries()) if (!isFinal(first[i]!)) await this.#untilAnswered(post)
  }

  /** Says one thing, and resolves when it is answered. */
  async say(room: string): Promise<Post> {
    const post = this.#post(room, ++this.#bursts)
    await this.#untilAnswered(post)
    return post
  }

  #post(room: string, burst: number): Post {
    const n = ++this.#said
    // Nonces are one's own: everyone counts from one.
    const post = {
      worker: this.name,
      room,
      text: `${this.name} says ${n}${" so".repeat(this.habits.weight / 3)}`,
      nonce: `${n}`,
      burst,
      attempts: [],
      ids: [],
    }
    this.#history.posts.push(post)
    if (room !== "nowhere") this.#own.push(post)
    return post
  }

  async #untilAnswered(post: Post): Promise<void> {
    for (let wait = 20; !this.#leave.signal.aborted; wait = Math.min(wait * 1.5, 300)) {
      if (isFinal(await this.#attempt(post))) return
      await Bun.sleep(wait * (0.5 + this.#dice()))
    }
  }

  /** A nonce is for ever: with other words it is still the first message. */
  async #sayAgain(post: Post): Promise<void> {
    await this.#attempt({ ...post, text: `${post.text}, as I said` }, "json")
  }

  async #attempt(post: Post, by = this.#dice.among(this.habits.mouths)): Promise<Attempt> {
    const door = by === "websocket" && !this.#listening?.ask ? "json" : by
    const attempt = this.#begin(post.attempts, door)
    try {
      const { code, id, text } = await speak[door](this.#outlet(), post, this.#listening)
      if (id) post.ids.push(id)
      if (!code) this.#history.answers++
      this.#end(attempt, code ? "refused" : "ok", code ?? (text && text !== post.text ? `as "${text}"` : `${id ?? ""}`))
    } catch (error) {
      this.#end(attempt, "unknown", (error as Error).message)
    }
    return attempt
  }

  async move(room: string, present: boolean): Promise<void> {
    const move: Move = { worker: this.name, room, present, attempts: [] }
    this.#history.moves.push(move)
    while (!this.#leave.signal.aborted) {
      const attempt = this.#begin(move.attempts, "json")
      try {
        const answer = await this.#fetch(`/api/v1/rooms/${room}/membership`, { method: present ? "PUT" : "DELETE" })
        const { member, error } = (await answer.json()) as { member?: boolean; error?: { code: string } }
        this.#end(attempt, error ? "refused" : "ok", error?.code ?? `${member}`)
      } catch (error) {
        this.#end(attempt, "unknown", (error as Error).message)
      }
      if (isFinal(attempt)) return
      await Bun.sleep(30 + this.#dice() * 100)
    }
  }

  async #look(room: string): Promise<void> {
    const at = this.#history.now()
    try {
      const answer = await this.#fetch(`/api/v1/rooms/${room}/messages?limit=200`)
      if (!answer.ok) return
      const { messages } = (await answer.json()) as { messages: { id: number }[] }
      const ids = messages.map(({ id }) => id)
      this.#history.looks.push({ worker: this.name, door: "json", room, at, until: this.#history.now(), ids })
    } catch {
      // no answer is no promise
    }
  }

  #begin(attempts: Attempt[], door: string): Attempt {
    const attempt: Attempt = {
      door,
      at: this.#history.now(),
      until: Number.POSITIVE_INFINITY,
      outcome: "unknown",
      said: "",
    }
    attempts.push(attempt)
    return attempt
  }

  #end(attempt: Attempt, outcome: Attempt["outcome"], said: string): void {
    Object.assign(attempt, { until: this.#history.now(), outcome, said })
  }

  #outlet() {
    return { url: this.#url(), cookie: this.resident.cookie, patience: this.habits.patience }
  }

  #fetch(path: string, init: RequestInit = {}): Promise<Response> {
    const signal = AbortSignal.timeout(this.habits.patience)
    return fetch(this.#url() + path, { ...init, headers: { cookie: this.resident.cookie }, signal })
  }

  // Hearing.

  async #hear(): Promise<void> {
    while (!this.#leave.signal.aborted) {
      await this.#hearOnce(this.#dice.among(this.habits.doors))
      await Bun.sleep(this.#dice() * this.habits.away)
    }
  }

  async #hearOnce(door: keyof typeof follow): Promise<void> {
    const stream = this.#history.open(this.name, door, this.cursor)
    const listening = follow[door]({ ...this.#outlet(), after: this.cursor }, (one, cursor) =>
      this.#take(stream, one, cursor),
    )
    this.#listening = listening
    let left = false
    const leave = () => {
      left = true
      listening.end()
    }
    const cut = setTimeout(leave, this.habits.stays * (0.2 + this.#dice()))
    await listening.over
    clearTimeout(cut)
    stream.until = this.#history.now()
    if (!left && !this.#leave.signal.aborted) stream.cut = true
  }

  #take(stream: Stream, one: Change | Notice, cursor: string): void {
    if (Number.isFinite(stream.until)) return // heard by nobody any more
    const at = this.#history.now()
    stream.heard.push(asHeard(one, cursor, at))
    if (cursor) this.cursor = cursor
  }
}

/** Worth no other try. */
const isFinal = ({ outcome, said }: Attempt) =>
  outcome === "ok" || (outcome === "refused" && !/try_again|slow_down|broken|unauthorized/.test(said))

function asHeard(one: Change | Notice, cursor: string, at: number): Heard {
  const [epoch = "", last] = cursor.split(".")
  const tick = Number(last)
  switch (one.kind) {
    case "message":
      return { at, kind: "message", epoch, tick: one.tick, id: one.id, room: one.room, text: one.text }
    case "member":
      return { at, kind: "member", epoch, tick: one.tick, room: one.room, person: one.person.id, present: one.present }
    case "hello":
    case "live":
    case "reset":
    case "bye":
      return { at, kind: one.kind, cursor, tick }
    default:
      return { at, kind: "other", epoch, tick: one.tick }
  }
}

// A client, as the protocol asks it to be: draws the page, follows from its cursor, applies what it hears, keeps what it says
// until it is answered, and comes back from wherever it was cut off.
import { type Cursor, cursorAt, parseCursor } from "../../../protocol/cursor.ts"
import { type Change, isChange, type Message, type Notice } from "../../../protocol/event.ts"
import { Refusal } from "../../../protocol/refusal.ts"
import { apply, emptyState, type State } from "../../../protocol/state.ts"
import { changes } from "../../../server/changes.ts"
import { follow, watched } from "../../../server/follow.ts"
import { perform } from "../../../server/perform.ts"
import type { SignedIn } from "../../world.ts"
import type { Command, Listening, Post } from "./asked.ts"
import { type Hearing, newHearing } from "./judge.ts"
import type { ClientPlan } from "./plan.ts"
import type { Process } from "./processes.ts"
import { inWords } from "./store.ts"
import { Wire } from "./wire.ts"
import type { World } from "./world.ts"

const ALL = 1_000_000

export class Client {
  readonly name: string
  readonly who: SignedIn
  readonly watching: number | null
  state: State = emptyState()
  /** The tick at which the page was drawn. */
  drawn = 0
  /** How far the store had come when something was last read for this client; what is read is of the rooms one is in by
   *  then. */
  #read = 0
  /** What it was shown had taken part of a history that was then lost, later than its cursor says. */
  ahead = false
  /** Has asked to be signed out, and will not come back. */
  signsOut = false
  /** Will not come back. */
  quitted = false
  readonly outbox: Post[] = []
  readonly #world: World
  readonly #plan: ClientPlan
  /** Tells it from others of the same person. */
  readonly #device: number
  #cursor: Cursor | null = null
  #process: Process | null = null
  /** Counts the connections: what comes of an older one is of no interest. */
  #line = 0
  #cut: () => void = () => {}
  #wire: Wire | null = null
  /** From then on what is kept is said. */
  #open = false
  #said = 0

  constructor(world: World, plan: ClientPlan, who: SignedIn, device: number, watching: number | null) {
    this.#world = world
    this.#plan = plan
    this.who = who
    this.#device = device
    this.name = `${who.person.name}'s ${plan.by}${device > 0 ? ` ${device + 1}` : ""}`
    this.watching = watching
  }

  get person(): SignedIn["person"] {
    return this.who.person
  }

  /** Connected to nobody. */
  get isLost(): boolean {
    return this.#process === null
  }

  isAt(process: Process): boolean {
    return this.#process === process
  }

  // Coming and going.

  comeBack(): void {
    const line = ++this.#line
    this.#process = null
    this.#wire = null
    this.#open = false
    this.#cut = () => {}
    if (this.quitted || this.signsOut) return
    this.#world.steps.later("line", () => {
      if (line !== this.#line) return
      this.#process = this.#world.anyProcess()
      if (this.#process) this.#connect(this.#process, line).catch((error) => this.#failed(line, error))
    })
  }

  /** The connection breaks, and whatever was under way on it is unknown. */
  cut(): void {
    this.#world.tell(`${this.name} is cut off${this.#cursor ? ` at ${this.#named(this.#cursor)}` : ""}`)
    this.#cut()
    this.comeBack()
  }

  quit(): void {
    this.quitted = true
    this.cut()
  }
  #failed(line: number, error: unknown): void {
    if (line !== this.#line) return
    this.#world.failed(`${this.name}'s connection`, error, this.who.session)
    this.comeBack()
  }

  async #connect(process: Process, line: number): Promise<void> {
    if (this.#cursor === null && !(await this.#draw(process, line))) return
    const after = this.#cursor!
    const { person, session } = this.who
    const listener = { person: person.id, session, after, room: this.watching }
    const hearing = newHearing(after, process.app.hub.tick)
    this.#world.tell(`${this.name} follows ${process.name} from ${this.#named(after)}`)
    if (this.#plan.by === "socket") {
      const watching = await watched(process.app, listener)
      if (line !== this.#line) return
      this.#plug(process, line, listener, watching, hearing)
    } else await this.#follow(process, line, listener, hearing)
  }

  /** The page: everything that one may know, as of one tick. */
  async #draw(process: Process, line: number): Promise<boolean> {
    const { hub, db } = process.app
    const { tick } = hub
    const span = { person: this.person.id, watching: this.watching, after: 0, upTo: tick, limit: ALL }
    const all = await changes(db.sql, span)
    if (line !== this.#line) return false
    this.state = emptyState()
    for (const change of all) apply(this.state, change)
    this.drawn = tick
    this.#read = this.#world.truth.tick
    this.ahead = false
    this.#cursor = cursorAt(hub.epoch, tick)
    this.#world.tell(`${this.name} draws the page at ${this.#named(this.#cursor)}`)
    return true
  }

  async #follow(process: Process, line: number, listener: Listening, hearing: Hearing): Promise<void> {
    const { steps, dice } = this.#world
    const stop = new AbortController()
    this.#cut = () => steps.later("line", () => stop.abort()) // the server learns of it later
    this.#open = true
    this.#flush()
    for await (const one of follow(process.app, { ...listener, name: this.person.name }, stop.signal)) {
      if (process.gone) return
      await steps.pass("line")
      while (dice() < this.#plan.lazy * this.#world.sloth) await steps.pass("line")
      if (line !== this.#line) return
      this.#take(hearing, "json" in one ? one.change : one)
    }
    if (line === this.#line) this.comeBack()
  }

  #plug(process: Process, line: number, listener: Listening, watching: number | null, hearing: Hearing): void {
    const { steps, dice } = this.#world
    const data = {
      caller: this.who,
      listener,
      watching,
      dialect: undefined as never,
      talk: null,
      underway: 0,
    }
    const arrived = (frame: string | null) => {
      if (line !== this.#line) return
      if (frame === null) return this.comeBack()
      const read = JSON.parse(frame) as (Change | Notice) & { ref?: string; ok?: unknown; error?: Refusal }
      if (read.ref === undefined) this.#take(hearing, read)
      else this.#isAnswered(line, read.ref, read.ok as Message | undefined, read.error)
    }
    const wire = new Wire(process, steps, data, arrived, () => dice() >= this.#plan.lazy * this.#world.sloth)
    this.#wire = wire
    this.#cut = () => wire.cut()
    wire.talk.opened()
    this.#open = true
    this.#flush()
  }

  // Hearing.

  #take(hearing: Hearing, one: Change | Notice): void {
    const { judge, truth } = this.#world
    this.#read = truth.tick
    if (isChange(one)) {
      this.#world.tell(`${this.name} hears ${inWords(one)}`)
      judge.heard(this, hearing, one)
      apply(this.state, one)
      this.#cursor = cursorAt(parseCursor(this.#cursor!).epoch!, one.tick)
      return
    }
    this.#world.tell(`${this.name} is told ${one.kind}${"cursor" in one ? ` ${this.#named(one.cursor)}` : ""}`)
    judge.noted(this, hearing, one)
    if (one.kind === "reset") {
      this.#world.count.resets++
      this.#cursor = null // draws afresh, and follows from there
      this.#cut()
      this.comeBack()
    } else if ("cursor" in one) this.#cursor = one.cursor
  }

  // Saying.

  say(room: number, times: number): void {
    if (this.quitted || this.signsOut) return
    for (let n = 0; n < times; n++) {
      const text = `${this.name} ${++this.#said}`
      const nonce = `${this.#device}.${this.#said}` // others may use the same
      this.outbox.push({ text, nonce, room, floor: this.#world.judge.floor, tries: 0, line: 0, said: null })
    }
    this.#flush()
  }

  restored(tick: number): void {
    if (this.#read > tick) this.ahead = true
    this.#read = Math.min(this.#read, tick)
    for (const post of this.outbox) post.floor = Math.min(post.floor, tick)
  }

  /** A socket takes all that waits, one after the other; by POST one waits for each answer. */
  #flush(): void {
    const line = this.#line
    if (!this.#process || !this.#open) return
    for (const post of this.#wire ? this.outbox : this.outbox.slice(0, 1)) {
      if (post.line === line) continue
      post.line = line
      post.tries++
      this.#world.tell(`${this.name} says "${post.text}" in ${post.room}${post.tries > 1 ? ", again" : ""}`)
      const { room, text, nonce } = post
      if (this.#wire) this.#wire.say(JSON.stringify({ ref: nonce, type: "post", room, text, nonce }))
      else void this.#post(this.#process, line, post)
    }
  }

  async #post(process: Process, line: number, { room, text, nonce }: Post): Promise<void> {
    const { steps } = this.#world
    await steps.pass("line")
    if (process.gone) return
    const done = await perform(process.app, this.who, { type: "post", room, text, nonce }).then(
      ({ answer }) => ({ answer, error: undefined }),
      (error: Error) => ({ answer: undefined, error }),
    )
    await steps.pass("line")
    if (!process.gone) this.#isAnswered(line, nonce, done.answer, done.error)
  }

  #isAnswered(line: number, nonce: string, answer: Message | undefined, error: unknown): void {
    const post = this.outbox.find((one) => one.nonce === nonce)
    if (line !== this.#line || !post) return
    if (!answer) {
      this.#world.failed(`"${post.text}"`, error, this.who.session)
      this.cut() // what follows on this line is not to overtake what is said again
      return
    }
    this.#world.tell(`"${post.text}" is answered as ${answer.id}`)
    this.#world.count.posts++
    this.#world.judge.answered(this, post, answer)
    post.said = answer
    const at = this.outbox.indexOf(post)
    const next = this.outbox[at + 1]
    const earlier = this.outbox.slice(0, at).find((one) => one.line === line && one.tries === 1)
    if (earlier && post.tries === 1) this.#overtaken.set(earlier.nonce, answer.id)
    const later = this.#overtaken.get(nonce)
    if (later !== undefined && post.tries === 1)
      this.#world.judge.inOrder(this, { first: answer, second: { id: later } })
    this.outbox.splice(at, 1)
    if (next) this.#flush()
  }

  readonly #overtaken = new Map<string, number>()

  /** Commands that nobody repeats: what is not answered is not known. */
  async ask(command: Command): Promise<void> {
    const process = this.#process ?? this.#world.anyProcess()
    if (!process || this.quitted || this.signsOut) return
    if (command.type === "signOut") this.signsOut = true
    const { steps } = this.#world
    const words = `${this.name} asks to ${Object.values(command).join(" ")}`
    this.#world.tell(words)
    await steps.pass("line")
    if (process.gone) return
    const error = await perform(process.app, this.who, command).then(
      () => null,
      (error: Error) => error,
    )
    if (error) this.#world.failed(words, error, this.who.session)
    else this.#world.tell(`${words}: done`)
    if (!error && command.type === "signOut" && !this.#world.truth.hasEnded(this.who.session))
      this.#world.judge.blame("O1", `${words}, and is answered before it is done`)
    if (command.type === "post" && !(error instanceof Refusal) && !/injected|savepoint/.test(`${error?.message}`))
      this.#world.judge.blame("O1", `${words}, and is not refused`)
  }

  #named(cursor: Cursor): string {
    const { epoch, tick } = parseCursor(cursor)
    return `${tick} of ${this.#world.epochNamed(epoch ?? "")}`
  }
}

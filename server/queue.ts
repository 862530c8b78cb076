// A client that takes its events as fast as it can: streams and polls. What it is told waits here, up to a bound.
import type { Farewell, Fleeting, Notice } from "../protocol/event.ts"
import type { App } from "./app.ts"
import type { Client, Listener } from "./follow.ts"
import type { Told, Topic } from "./live/hub.ts"

/** A stream that has so many events waiting is let go; it returns with its cursor. */
const MOST_WAITING = 4_000
/** And one that took none of them for so long while so many characters wait. The time is for what comes at once: one commit
 *  may tell more than that. */
export const PATIENCE_MS = 1_000
export const MANY_WAITING = 512 * 1024
/** Characters of events that go out at once. One by one, a thousand messages are a thousand system calls. */
export const BUNDLE = 16 * 1024
/** A stream takes on more of what it missed when fewer characters than this are waiting. */
const FEW_WAITING = 64 * 1024

/** What is taken from it, one by one. */
export type Heard = Told | Notice | Fleeting

const sizeOf = (one: Heard): number => ("json" in one ? one.json.length : 0)

export class Queue implements Client {
  readonly person: number
  readonly name: string
  readonly session: string
  readonly watching: number | null
  readonly hint?: (one: Fleeting) => boolean
  readonly #hub: App["hub"]
  readonly #epoch: string
  readonly #topics = new Set<Topic>()
  readonly #waiting: Heard[] = []
  #characters = 0
  /** When something was taken, or began to wait. */
  #moved = 0
  #state: "open" | "ending" | "gone" = "open"
  #failure: unknown
  #changed = () => {}
  #emptied = () => {}

  constructor(
    { hub }: App,
    { person, name, session }: Listener & { name: string },
    watching: number | null,
    takesHints = false,
  ) {
    this.#hub = hub
    this.#epoch = hub.epoch
    this.person = person
    this.name = name
    this.session = session
    this.watching = watching
    if (takesHints) this.hint = (one) => this.#hint(one)
  }

  get gone(): boolean {
    return this.#state !== "open"
  }

  /** What comes next, never nothing; undefined at the end. */
  async next(): Promise<Heard[] | undefined> {
    while (this.#state !== "gone") {
      if (this.#failure) throw this.#failure
      const bundle = this.#take()
      if (!this.full) this.#emptied()
      if (bundle.length > 0) return bundle
      if (this.#state === "ending") return undefined
      await new Promise<void>((resolve) => {
        this.#changed = resolve
      })
    }
    return undefined
  }

  #take(): Heard[] {
    let count = 0
    for (let size = 0; size < BUNDLE && count < this.#waiting.length; count++) size += sizeOf(this.#waiting[count]!)
    const bundle = this.#waiting.splice(0, count)
    this.#moved = performance.now()
    for (const one of bundle) this.#characters -= sizeOf(one)
    return bundle
  }

  bundled(work: () => void): void {
    work()
  }

  get full(): boolean {
    return this.#characters >= FEW_WAITING
  }

  async drained(): Promise<void> {
    if (!this.full || this.gone) return
    await new Promise<void>((resolve) => {
      this.#emptied = resolve
    })
  }

  hear(one: Told): void {
    if (this.#isStalled) {
      this.#forget() // whoever takes nothing holds nothing: its cursor brings it back to what it did not get
      this.end("behind")
    } else this.note(one)
  }

  get #isStalled(): boolean {
    if (this.#waiting.length >= MOST_WAITING) return true
    return this.#characters >= MANY_WAITING && performance.now() - this.#moved > PATIENCE_MS
  }

  note(one: Heard): void {
    if (this.gone) return
    if (this.#waiting.push(one) === 1) this.#moved = performance.now()
    this.#characters += sizeOf(one)
    this.#changed()
  }

  /** Taken only when nothing waits, so that what is fleeting never adds up. */
  #hint(one: Fleeting): boolean {
    if (this.#waiting.length > 0 || this.gone) return false
    this.note(one)
    return true
  }

  #forget(): void {
    this.#characters = 0
    this.#waiting.length = 0
  }

  end(reason: Farewell): void {
    if (this.#epoch !== this.#hub.epoch) this.#forget() // or it would go out with cursors of the next
    this.note({ kind: "bye", reason })
    if (this.#state === "open") this.#state = "ending"
    this.#depart()
    this.#changed()
    this.#emptied()
  }

  fail(error: unknown): void {
    this.#failure = error
    this.#changed()
  }

  close(): void {
    this.#state = "gone"
    this.#depart()
    this.#changed()
    this.#emptied()
  }

  #depart(): void {
    for (const topic of this.#topics) this.#hub.leave(topic, this)
    this.#hub.dismiss(this)
  }

  enter(topic: Topic): void {
    if (this.gone) return
    this.#topics.add(topic)
    this.#hub.enter(topic, this)
  }

  leave(topic: Topic): void {
    this.#topics.delete(topic)
    this.#hub.leave(topic, this)
  }

  isIn(topic: Topic): boolean {
    return this.#topics.has(topic)
  }
}

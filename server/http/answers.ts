// Answers that are long, and how much of them we hold until it is taken. Such an answer goes out piece by piece, each when the one
// before is on its way, so that the runtime tells us whether it is taken at all. One person may leave so much untaken and is then
// refused; of all together, what has been lying there for longest gives way. What takes nothing for a minute the server ends.
import { Refusal } from "../../protocol/refusal.ts"

/** Bytes of an answer that is long: less than that the system itself holds for most connections. */
const LONG = 64 * 1024
/** It does not where the other end asks for tiny segments. So short answers, too, are counted for whoever has had so many bytes of
 *  them within these milliseconds: nobody reads as many. */
const MOST_SHORT = 2 * 1024 * 1024
const SHORT_MS = 10_000
const PIECE = 64 * 1024
/** Bytes that are untaken at once, of one person and in all. A page is some hundred kilobytes at most, and a megabyte is the longest
 *  answer there is. */
const MOST_OF_ONE = 4 * 1024 * 1024
const MOST = 64 * 1024 * 1024
/** Milliseconds without anything taken after which one gives way to the next. */
const SLOW_MS = 2_000

type Held = { who: string; bytes: number; since: number; giveUp?: () => void }

/** The answers under way of one process. */
export class Answers {
  readonly #all = new Set<Held>()
  readonly #of = new Map<string, number>()
  readonly #mostShort: number
  readonly #now: () => number
  #bytes = 0
  /** Bytes of short answers since then. */
  readonly #short = new Map<string, number>()
  #shortSince = Number.NEGATIVE_INFINITY

  /** Without `limits` short answers are not counted. `now` in milliseconds. */
  constructor(limits = true, now: () => number = () => performance.now()) {
    this.#mostShort = limits ? MOST_SHORT : Number.POSITIVE_INFINITY
    this.#now = now
  }

  get bytes(): number {
    return this.#bytes
  }

  /** Counts so many bytes until what is answered here is called; refuses when there is no room. */
  hold(who: string, bytes: number): () => void {
    const held = { who, bytes, since: this.#now() }
    this.#take(held)
    return () => this.#letGo(held)
  }

  /** The body of an answer: as it is, or when it is long, piece by piece. */
  bodyOf(who: string, whole: Uint8Array<ArrayBuffer>, signal: AbortSignal): BodyInit {
    if (signal.aborted || (whole.length <= LONG && this.#isLittle(who, whole.length))) return whole
    const held: Held = { who, bytes: whole.length, since: this.#now() }
    this.#take(held)
    const letGo = () => this.#letGo(held)
    signal.addEventListener("abort", letGo, { once: true })
    let at = 0
    return new ReadableStream<Uint8Array>(
      {
        start(controller) {
          held.giveUp = () => controller.error(new Refusal("slow_down", "This was not taken for too long."))
        },
        pull: (controller) => {
          held.since = this.#now()
          if (at < whole.length) controller.enqueue(whole.subarray(at, at + PIECE))
          else {
            letGo() // what was before is on its way
            controller.close()
          }
          at += PIECE
        },
        cancel: letGo,
      },
      { highWaterMark: 0 },
    )
  }

  /** With what they had before. */
  #isLittle(who: string, bytes: number): boolean {
    const now = this.#now()
    if (now - this.#shortSince >= SHORT_MS) {
      this.#short.clear()
      this.#shortSince = now
    }
    const all = (this.#short.get(who) ?? 0) + bytes
    this.#short.set(who, all)
    return all <= this.#mostShort
  }

  #take(held: Held): void {
    const { who, bytes } = held
    const own = (this.#of.get(who) ?? 0) + bytes
    if (own > MOST_OF_ONE || !this.#hasRoom(bytes))
      throw new Refusal("slow_down", "Too much that was asked for has not been taken yet. Try again in a few seconds.")
    this.#all.add(held)
    this.#of.set(who, own)
    this.#bytes += bytes
  }

  #letGo(held: Held): void {
    if (!this.#all.delete(held)) return
    const left = this.#of.get(held.who)! - held.bytes
    if (left > 0) this.#of.set(held.who, left)
    else this.#of.delete(held.who)
    this.#bytes -= held.bytes
  }

  /** In all. Gives up those that have lain there for long, until there is. */
  #hasRoom(bytes: number): boolean {
    const before = this.#now() - SLOW_MS
    for (const held of this.#all) {
      if (this.#bytes + bytes <= MOST) return true
      if (held.since > before || !held.giveUp) continue
      this.#letGo(held)
      held.giveUp()
    }
    return this.#bytes + bytes <= MOST
  }
}

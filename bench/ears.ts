// Those who only listen. They do not wait for anything: they are asked in turn, again and again, what has come meanwhile,
// which costs a fraction of being woken for it.
import { type Dialect, type Seat, SHORTEST_MESSAGE } from "./dialects.ts"
import { afterHandshake, Frames, handshake, pong, said } from "./frames.ts"
import { close, connectTo, memory, receive, receiveTimed, send } from "./libc.ts"
import type { Server } from "./server.ts"

/** Handshakes under way at once: what a server may have waiting. */
const ARRIVING_AT_ONCE = 256
/** Milliseconds that all of them have to get in. */
const PATIENCE = 60_000
/** So many are asked before whoever speaks gets a turn. */
const ASKED_AT_A_TIME = 50
/** Our own addresses, taken in turn: each has some 28,000 ports. */
const OUR_ADDRESSES = 8
export const ourAddress = (i: number): number => 1 + (i % OUR_ADDRESSES)

/** How many messages an ear has heard before this one, and when it arrived, in milliseconds. */
export type Timed = (number: number, arrived: number) => void

export class Ear {
  readonly #dialect: Dialect
  readonly #frames = new Frames()
  readonly #fd: number
  #state: "connecting" | "asking" | "greeting" | "ready" | "gone" = "connecting"
  #request: Buffer
  #rest: Uint8Array | null = null
  heard = 0
  /** The frame by which it became ready. */
  ready = ""

  constructor(port: number, dialect: Dialect, seat: Seat, from = 1) {
    this.#dialect = dialect
    this.#request = Buffer.from(handshake({ port, ...seat }))
    this.#fd = connectTo(seat.port ?? port, from)
    if (this.#fd < 0) this.#state = "gone"
  }

  get isReady(): boolean {
    return this.#state === "ready"
  }

  get isGone(): boolean {
    return this.#state === "gone"
  }

  /** Takes what has come. */
  ask(timed?: Timed): void {
    if (this.#state === "connecting") {
      const sent = send(this.#fd, this.#request)
      if (sent === null) this.close()
      if (!sent) return
      this.#state = "asking"
      this.#request = Buffer.alloc(0)
    }
    if (this.#state === "gone") return
    const kept = this.#rest?.length ?? 0
    if (timed) {
      const { bytes, arrived } = receiveTimed(this.#fd, kept)
      const before = this.heard
      this.#take(kept, bytes)
      for (let number = before; number < this.heard; number++) timed(number, arrived)
    } else this.#take(kept, receive(this.#fd, kept))
  }

  #take(kept: number, more: number): void {
    if (more < 0) this.close()
    if (more <= 0) return
    if (this.#rest) memory.set(this.#rest)
    this.#rest = null
    const size = kept + more
    let begin = 0
    if (this.#state === "asking") {
      begin = afterHandshake(memory.subarray(0, size))
      if (begin < 0) {
        this.#rest = memory.slice(0, size)
        return
      }
      this.#state = "greeting"
    }
    const bytes = begin === 0 ? memory : memory.subarray(begin)
    const from = this.#frames.look(bytes, size - begin, this.#look, this.#pinged)
    if (from < size - begin) this.#rest = bytes.slice(from, size - begin)
  }

  #look = (bytes: Uint8Array, at: number, length: number) => {
    if (length >= SHORTEST_MESSAGE) this.heard++
    else if (this.#state === "greeting") this.#greeted(bytes, at, length)
  }

  #greeted(bytes: Uint8Array, at: number, length: number): void {
    const greeting = this.#dialect.greet(bytes, at)
    if (greeting !== null) send(this.#fd, said(greeting))
    if (!this.#dialect.isReady(bytes, at, length)) return
    this.#state = "ready"
    this.ready = Buffer.from(bytes.subarray(at, at + length)).toString()
  }

  #pinged = (bytes: Uint8Array, at: number, length: number) => {
    send(this.#fd, pong(bytes.subarray(at, at + length)))
  }

  close(): void {
    if (this.#fd >= 0 && this.#state !== "gone") close(this.#fd)
    this.#state = "gone"
    this.#rest = null
  }
}

/** Opens an ear for each seat, and resolves when all are ready; an ear that is turned away tries again. */
export async function openEars({ port }: Server, dialect: Dialect, seats: Seat[]): Promise<Ear[]> {
  const ears: Ear[] = []
  const arriving = new Set<number>()
  const end = performance.now() + PATIENCE
  const open = (i: number) => new Ear(port, dialect, seats[i]!, ourAddress(i))
  while (ears.length < seats.length || arriving.size > 0) {
    while (arriving.size < ARRIVING_AT_ONCE && ears.length < seats.length) {
      arriving.add(ears.length)
      ears.push(open(ears.length))
    }
    for (const i of arriving) {
      if (ears[i]!.isGone) ears[i] = open(i)
      ears[i]!.ask()
      if (ears[i]!.isReady) arriving.delete(i)
    }
    if (performance.now() > end) throw new Error(`${arriving.size + seats.length - ears.length} did not get in`)
    await turn()
  }
  return ears
}

/** Their seats, to come back to with the cursor that each had when it became ready. All at once: worse than people's
 *  browsers, which scatter. */
export const seatsAgain = (ears: Ear[], seats: Seat[]): Seat[] =>
  ears.map(({ ready }, i) => ({ ...seats[i]!, path: `/events?after=${JSON.parse(ready).cursor}` }))

/** Asks all of them, and lets others have turns meanwhile. */
export async function askAll(ears: Ear[], timed?: Timed): Promise<void> {
  for (let i = 0; i < ears.length; i++) {
    ears[i]!.ask(timed)
    if (i % ASKED_AT_A_TIME === ASKED_AT_A_TIME - 1) await turn()
  }
}

export const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

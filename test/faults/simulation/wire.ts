// A socket as the runtime gives it to the server, with the network behind it: frames arrive one by one, in order, when the
// steps say so; what waits is counted; and it may break at any step without a word to either side.
import type { Connection, SocketData, Talk } from "../../../server/http/socket.ts"
import { parlourDialect } from "../../../server/http/socket.ts"
import type { Topic } from "../../../server/live/hub.ts"
import type { Process } from "./processes.ts"
import { MOST_UNSENT } from "./scale.ts"
import type { Steps } from "./steps.ts"

export class Wire {
  readonly data: SocketData
  readonly talk: Talk
  readonly #process: Process
  readonly #steps: Steps
  readonly #topics = new Set<string>()
  readonly #toClient: (string | null)[] = []
  readonly #toServer: string[] = []
  readonly #arrived: (frame: string | null) => void
  /** Whether the client is in the mood to take one more frame at this step. */
  readonly #takes: () => boolean
  #unsent = 0
  #broken = false

  constructor(
    process: Process,
    steps: Steps,
    data: SocketData,
    arrived: (frame: string | null) => void,
    takes: () => boolean,
  ) {
    this.#process = process
    this.#steps = steps
    this.data = data
    this.#arrived = arrived
    this.#takes = takes
    this.talk = parlourDialect(process.app, this as unknown as Connection)
    process.wires.add(this)
  }

  // What the server calls.

  /** Answers how much is waiting now. */
  send(json: string): number {
    if (this.#broken) return 0
    this.#unsent += json.length
    if (this.#unsent > MOST_UNSENT) this.terminate()
    else this.#queue(json)
    return this.#unsent
  }
  cork(work: () => void): void {
    work()
  }
  getBufferedAmount(): number {
    return this.#unsent
  }
  subscribe(topic: Topic): void {
    if (!this.#broken) this.#topics.add(topic)
  }
  unsubscribe(topic: Topic): void {
    this.#topics.delete(topic)
  }
  isSubscribed(topic: Topic): boolean {
    return this.#topics.has(topic)
  }
  close(): void {
    this.#topics.clear()
    this.#queue(null)
  }
  terminate(): void {
    this.break()
    this.#closed()
    this.#steps.later("line", () => this.#arrived(null))
  }

  // What the client and the network do.

  say(frame: string): void {
    this.#toServer.push(frame)
    this.#steps.later("line", () => {
      const next = this.#toServer.shift()
      if (next !== undefined && !this.#broken && !this.#process.gone) this.talk.said(next)
    })
  }

  /** The client is gone; the server learns of it later. */
  cut(): void {
    this.break()
    this.#steps.later("line", () => this.#closed())
  }

  /** Nothing goes through any more. */
  break(): void {
    this.#broken = true
    this.#topics.clear()
    this.#toClient.length = 0
  }

  #closed(): void {
    if (this.#process.wires.delete(this) && !this.#process.gone) this.talk.closed()
  }

  #queue(frame: string | null): void {
    this.#toClient.push(frame)
    if (this.#toClient.length === 1) this.#steps.later("line", () => this.#carry())
  }

  #carry(): void {
    if (this.#broken) return
    if (!this.#takes()) {
      this.#steps.later("line", () => this.#carry())
      return
    }
    const frame = this.#toClient.shift()!
    if (this.#toClient.length > 0) this.#steps.later("line", () => this.#carry())
    this.#unsent -= frame?.length ?? 0
    if (frame === null) {
      this.break()
      this.#closed()
    } else if (this.#toClient.length === 0) this.talk.drained()
    this.#arrived(frame)
  }
}

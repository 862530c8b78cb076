// What was said and heard in one run, with monotonic times: what each worker asked for and how each attempt ended, and
// what each stream told it. It is written while things break and read when all is over, by the checker.

/** How one attempt ended, as the worker saw it. `unknown` is no answer: it may have happened, or not. */
export type Attempt = { door: string; at: number; until: number; outcome: "ok" | "refused" | "unknown"; said: string }

/** One message that a worker wants said, over all its attempts. `id` is what it was answered with, on doors that say so. */
export type Post = {
  worker: string
  room: string
  text: string
  nonce: string
  /** Posts of one burst were sent on one socket, one after the other, without waiting for answers. */
  burst: number
  attempts: Attempt[]
  ids: number[]
}

export type Move = { worker: string; room: string; present: boolean; attempts: Attempt[] }

/** A look at a room's latest messages. */
export type Look = { worker: string; door: string; room: string; at: number; until: number; ids: number[] }

export type Heard =
  | { at: number; kind: "message"; epoch: string; tick: number; id: number; room: number; text: string | null }
  | { at: number; kind: "member"; epoch: string; tick: number; room: number; person: number; present: boolean }
  | { at: number; kind: "other"; epoch: string; tick: number }
  | { at: number; kind: "hello" | "live" | "reset" | "bye"; cursor: string; tick: number }

/** What one connection told. `room` is the one that is watched, if any. */
export type Stream = {
  worker: string
  door: string
  room: string | null
  from: string | null
  at: number
  until: number
  /** It ended, and not by the one who listens. */
  cut?: true
  heard: Heard[]
}

/** What the nemesis did, for whoever reads the history. */
export type Deed = { at: number; what: string }

export class History {
  readonly posts: Post[] = []
  readonly moves: Move[] = []
  readonly looks: Look[] = []
  readonly streams: Stream[] = []
  readonly deeds: Deed[] = []
  /** How often something said was answered. */
  answers = 0
  readonly #began = performance.now()

  /** Milliseconds since the run began. */
  now(): number {
    return performance.now() - this.#began
  }

  did(what: string): void {
    this.deeds.push({ at: this.now(), what })
  }

  open(worker: string, door: string, from: string | null, room: string | null = null): Stream {
    const stream: Stream = { worker, door, room, from, at: this.now(), until: Number.POSITIVE_INFINITY, heard: [] }
    this.streams.push(stream)
    return stream
  }

  /** The smallest history that shows what became of a message: its own attempts, what the one who is concerned heard of
   *  it and when they came back, and what the nemesis did meanwhile. */
  around({ text, id, worker }: { text?: string; id?: number; worker?: string }): string[] {
    const lines: Line[] = []
    const posts = this.posts.filter((post) => post.text === text || (id !== undefined && post.ids.includes(id)))
    for (const { worker, text, room, attempts } of posts)
      for (const { at, until, door, outcome, said } of attempts) {
        lines.push({ at, line: `${worker} says "${text}" in ${room} by ${door}` })
        if (Number.isFinite(until))
          lines.push({ at: until, line: `${worker} is answered by ${door}: ${outcome} ${said}` })
      }
    const heard = this.streams
      .filter((stream) => worker === undefined || stream.worker === worker)
      .flatMap((stream) => stream.heard.map((one) => ({ one, stream })))
      .sort((a, b) => a.one.at - b.one.at)
    const of = heard.filter(({ one }) => one.kind === "message" && (one.text === text || one.id === id))
    // Of one who never heard it, the last that they did hear.
    const known = of.length > 0 ? of.slice(0, FEW) : worker === undefined ? [] : heard.slice(-FEW)
    for (const { one, stream } of known)
      lines.push({ at: one.at, line: `${stream.worker} hears by ${stream.door} ${inWords(one)}` })
    const [first, last] = [Math.min(...lines.map(({ at }) => at)), Math.max(...lines.map(({ at }) => at))]
    if (worker !== undefined)
      for (const { one, stream } of heard
        .filter(({ one }) => isNotice(one) && one.at > first - 500 && one.at < last + 500)
        .slice(0, FEW))
        lines.push({ at: one.at, line: `${worker} hears by ${stream.door} ${inWords(one)}` })
    const deeds = this.deeds.filter(({ at }) => at > first - 1_000 && at < last + 500).slice(0, FEW)
    for (const { at, what } of deeds) lines.push({ at, line: `NEMESIS ${what}` })
    const inTime = lines.sort((a, b) => a.at - b.at)
    const told = new Set(inTime.map(({ at, line }) => `${at.toFixed(1).padStart(10)} ms  ${line}`))
    return [...told].slice(0, MOST_LINES)
  }
}

type Line = { at: number; line: string }

/** Of one kind of line so many are shown, and of all of them together. */
const FEW = 6
const MOST_LINES = 20

const isNotice = ({ kind }: Heard) => kind === "hello" || kind === "live" || kind === "reset" || kind === "bye"

function inWords(heard: Heard): string {
  if (heard.kind === "message") return `message ${heard.id} "${heard.text}"`
  if (heard.kind === "member") return `member ${heard.person} ${heard.present ? "in" : "out of"} room ${heard.room}`
  return `${heard.kind === "other" ? "something" : heard.kind} at ${heard.tick}`
}

export const firstOk = (attempts: Attempt[]) => attempts.find(({ outcome }) => outcome === "ok")
export const invoked = ({ attempts }: Post | Move) => attempts[0]?.at ?? Number.POSITIVE_INFINITY

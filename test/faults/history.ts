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
  | { at: number; kind: "message"; tick: number; id: number; room: number; text: string | null }
  | { at: number; kind: "member"; tick: number; room: number; person: number; present: boolean }
  | { at: number; kind: "other"; tick: number }
  | { at: number; kind: "hello" | "live" | "reset" | "bye"; cursor: string; tick: number }

/** What one connection told. `room` is the one that is watched, if any. */
export type Stream = {
  worker: string
  door: string
  room: string | null
  from: string | null
  at: number
  until: number
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

  /** The lines that touch a message, by its text or id, with what the nemesis did around them: the smallest history that
   *  shows what became of it. */
  around({ text, id, worker }: { text?: string; id?: number; worker?: string }, most = 24): string[] {
    const lines: { at: number; line: string }[] = []
    for (const post of this.posts)
      if ((text !== undefined && post.text === text) || (id !== undefined && post.ids.includes(id)))
        for (const one of post.attempts) {
          lines.push({ at: one.at, line: `${post.worker} invokes "${post.text}" in ${post.room} by ${one.door}` })
          lines.push({ at: one.until, line: `${post.worker}'s "${post.text}" is ${one.outcome} ${one.said}` })
        }
    for (const stream of this.streams)
      for (const heard of stream.heard) {
        const about = heard.kind === "message" && (heard.text === text || heard.id === id)
        const own = worker === stream.worker && (heard.kind === "hello" || heard.kind === "reset")
        if (about || own)
          lines.push({ at: heard.at, line: `${stream.worker} hears by ${stream.door} ${inWords(heard)}` })
      }
    lines.sort((a, b) => a.at - b.at)
    const [first, last] = [lines[0]?.at ?? 0, lines.at(-1)?.at ?? 0]
    const deeds = this.deeds.filter(({ at }) => at >= first - 2_000 && at <= last + 500)
    return [...lines.slice(0, most / 2), ...lines.slice(Math.max(most / 2, lines.length - most / 2))]
      .concat(deeds.slice(-most / 2).map(({ at, what }) => ({ at, line: `NEMESIS ${what}` })))
      .sort((a, b) => a.at - b.at)
      .map(({ at, line }) => `${at.toFixed(1).padStart(10)} ms  ${line}`)
  }
}

function inWords(heard: Heard): string {
  if (heard.kind === "message") return `message ${heard.id} "${heard.text}"`
  if (heard.kind === "member") return `member ${heard.person} ${heard.present ? "in" : "out of"} room ${heard.room}`
  return `${heard.kind} at ${heard.tick}`
}

export const firstOk = (attempts: Attempt[]) => attempts.find(({ outcome }) => outcome === "ok")
export const invoked = ({ attempts }: Post | Move) => attempts[0]?.at ?? Number.POSITIVE_INFINITY

// Someone without scripts: a frame that shows the room as it is written, and is drawn afresh whenever it broke off. What each
// frame showed must be a piece of the room without a hole, in order, word for word.
import type { Row, Violation } from "./checker.ts"
import type { History, Stream } from "./history.ts"
import type { Resident } from "./place.ts"

/** The longest that a frame is left open, in milliseconds. */
const STAYS_MS = 2_000
const ROW = /<article id="m(\d+)"[\s\S]*?<div class="text[^"]*" dir="auto">([^<]*)<\/div>/

export class Window {
  readonly #room: { id: number; slug: string }
  readonly #resident: Resident
  readonly #world: { url: () => string; history: History }
  readonly #leave = new AbortController()
  readonly #streams: Stream[] = []
  #newest = 0
  #looking: Promise<void> = Promise.resolve()

  constructor(resident: Resident, room: { id: number; slug: string }, world: { url: () => string; history: History }) {
    this.#resident = resident
    this.#room = room
    this.#world = world
  }

  begin(): void {
    this.#looking = this.#look()
  }

  heardOf(tick: number): boolean {
    return this.#newest >= tick
  }

  async leave(): Promise<void> {
    this.#leave.abort()
    await this.#looking
  }

  judge(rows: Row[], forked: number): Violation[] {
    const inRoom = rows.filter(({ room }) => room === this.#room.id)
    return this.#streams.filter(({ at }) => at > forked).flatMap((stream) => checkWatched(stream, inRoom))
  }

  async #look(): Promise<void> {
    while (!this.#leave.signal.aborted) {
      await this.#lookOnce().catch(() => {}) // how it broke is not of interest: it is drawn afresh
      await Bun.sleep(30)
    }
  }

  async #lookOnce(): Promise<void> {
    const { url, history } = this.#world
    const stream = history.open(`a window of ${this.#resident.name}`, "frame", null, this.#room.slug)
    this.#streams.push(stream)
    const answer = await fetch(`${url()}/events?room=${this.#room.slug}`, {
      headers: { cookie: this.#resident.cookie, accept: "text/html" },
      signal: AbortSignal.any([this.#leave.signal, AbortSignal.timeout(STAYS_MS * (0.5 + Math.random()))]),
    })
    const words = new TextDecoder()
    let rest = ""
    for await (const bytes of answer.body as unknown as AsyncIterable<Uint8Array>) {
      const rows = (rest + words.decode(bytes, { stream: true })).split("</article>")
      rest = rows.pop() ?? ""
      for (const row of rows) this.#show(stream, row)
    }
  }

  #show(stream: Stream, row: string): void {
    const [, number, text = ""] = row.match(ROW) ?? []
    const id = Number(number)
    stream.heard.push({
      at: this.#world.history.now(),
      kind: "message",
      epoch: "",
      tick: id,
      id,
      room: this.#room.id,
      text,
    })
    this.#newest = Math.max(this.#newest, id)
  }
}

/** From the first to the last message that a frame showed there is nothing but what it showed. */
function checkWatched({ worker, heard }: Stream, rows: Row[]): Violation[] {
  const shown = heard.flatMap((one) => (one.kind === "message" ? [one] : []))
  const from = rows.findIndex(({ id }) => id === shown[0]?.id)
  const odd = shown.findIndex(({ id, text }, i) => rows[from + i]?.id !== id || rows[from + i]?.text !== text)
  if (odd < 0) return []
  const { id, text } = shown[odd]!
  const there = rows[from + odd]
  const words = `${worker} shows ${id} "${text}" where there is ${there?.id} "${there?.text}"`
  return [{ rule: "O3", words, id, text: text ?? "", worker }]
}

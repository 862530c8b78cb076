// Someone who uses Parlour's own page, in two tabs of a browser that is a process of its own (tabs.ts). What they write is
// written into the history as anyone's words are; what the tabs show in the end is held against the database.
import { until } from "../world.ts"
import type { Dice } from "./chance.ts"
import type { Violation } from "./checker.ts"
import type { History, Post } from "./history.ts"
import type { Resident } from "./place.ts"
import { linesOf, type Process } from "./process.ts"
import type { Stage } from "./stage.ts"
import type { Order, Told } from "./tabs.ts"

/** Milliseconds between two things written, and between two reloads, on average. */
const WRITES_MS = 60
const RELOADS_MS = 700
/** With so many on their way nobody goes on writing: on a slow line they go out one by one, four a second. */
const MOST_UNSAID = 20
/** Violations that are kept: the first says enough. */
const ENOUGH = 5
/** Rows that a page shows when it has been loaded. */
const PAGE = 50

type Look = Extract<Told, { look: unknown }>["look"]

export class Visitor {
  readonly resident: Resident
  readonly #room: { id: number; slug: string }
  readonly #world: { place: Stage; url: string; history: History; dice: Dice }
  readonly #posts = new Map<string, Post>()
  readonly #wrong: Violation[] = []
  #browser: ReturnType<Process["spawn"]> | null = null
  #looked: (look: Look) => void = () => {}
  #newest: number[] = []
  #hushed = false
  #writing: Promise<void> = Promise.resolve()

  constructor(
    resident: Resident,
    room: { id: number; slug: string },
    world: { place: Stage; url: string; history: History; dice: Dice },
  ) {
    this.resident = resident
    this.#room = room
    this.#world = world
  }

  begin(): void {
    const { place, url } = this.#world
    const { id, name, cookie } = this.resident
    const owner = { id, name, cookie, url, room: this.#room }
    this.#browser = place.spawn(["test/faults/tabs.ts"], { OWNER: JSON.stringify(owner) })
    void this.#listen()
    this.#writing = this.#write()
  }

  /** Writes nothing new, and waits until all that was written is shown as sent. */
  async fallSilent(patience: number): Promise<void> {
    this.#hushed = true
    await this.#writing
    await until("", () => this.#unsaid.length === 0, patience).catch(() => {})
    for (const { text } of this.#unsaid) this.#blame(`"${text}" was written and is never shown as sent`, text)
  }

  /** What both tabs show is what there is, and nothing waits. */
  async judge(patience: number): Promise<Violation[]> {
    const there = (await this.#world.place.rows()).filter(({ room }) => room === this.#room.id)
    const last = there.at(-1)?.id ?? 0
    await until("", () => this.#newest.length > 0 && this.#newest.every((id) => id === last), patience).catch(() => {})
    const end = performance.now() + patience
    let tabs = await this.#lookAtTabs(patience)
    for (; tabs.some(({ link }) => link !== "fine") && performance.now() < end; await Bun.sleep(50))
      tabs = await this.#lookAtTabs(patience)
    if (tabs.length === 0) this.#blame("the tabs say nothing any more")
    for (const { messages, sending, link } of tabs) {
      const [first = 0] = messages[0] ?? []
      const words = new Map(messages)
      const extra = messages.find(([id, text]) => there.find((row) => row.id === id)?.text !== text)
      const missing = there.find(({ id }) => id >= first && !words.has(id))
      if (extra) this.#blame(`a tab shows ${extra[0]} "${extra[1]}", which is not there`, extra[1] ?? "")
      else if (missing) this.#blame(`a tab does not show ${missing.id} "${missing.text}"`, missing.text)
      else if (messages.length < Math.min(PAGE, there.length))
        this.#blame(`a tab shows ${messages.length} messages of ${there.length}`)
      if (sending.length > 0) this.#blame(`a tab shows "${sending[0]}" as not sent yet`, sending[0])
      if (link !== "fine") this.#blame(`a tab says that the connection is ${link}, long after healing`)
    }
    return this.#wrong.slice(0, ENOUGH)
  }

  async #lookAtTabs(patience: number): Promise<Look> {
    const { promise, resolve } = Promise.withResolvers<Look>()
    this.#looked = resolve
    this.#order({ look: true })
    return Promise.race([promise, Bun.sleep(patience).then(() => [])])
  }

  leave(): void {
    this.#hushed = true
    this.#browser?.kill("SIGKILL")
  }

  get #unsaid(): Post[] {
    return [...this.#posts.values()].filter(({ attempts }) => attempts[0]?.outcome === "unknown")
  }

  async #write(): Promise<void> {
    const { history, dice } = this.#world
    const lives = [0, 1]
    for (let n = 1; !this.#hushed; n++) {
      if (dice() < WRITES_MS / RELOADS_MS) {
        const tab = dice.upTo(2)
        lives[tab] = Math.max(...lives) + 1
        history.did(`${this.resident.name} reloads a tab`)
        this.#order({ reload: tab, ways: dice.among(["all", "all", "no sockets", "polls"] as const) })
      }
      if (this.#unsaid.length >= MOST_UNSAID) {
        await Bun.sleep(WRITES_MS)
        continue
      }
      const tab = dice.upTo(2)
      const text = `${this.resident.name} writes ${n}`
      const at = history.now()
      const attempt = { door: "page", at, until: Number.POSITIVE_INFINITY, outcome: "unknown" as const, said: "" }
      const { name: worker } = this.resident
      const post: Post = {
        worker,
        room: this.#room.slug,
        text,
        nonce: "",
        burst: lives[tab]!,
        attempts: [attempt],
        ids: [],
      }
      this.#posts.set(text, post)
      history.posts.push(post)
      this.#order({ say: text, tab })
      await Bun.sleep(dice() * 2 * WRITES_MS)
    }
  }

  async #listen(): Promise<void> {
    for await (const line of linesOf(this.#browser?.stdout as ReadableStream<Uint8Array>)) {
      const told = JSON.parse(line) as Told
      if ("newest" in told) this.#newest = told.newest
      else if ("wrong" in told) this.#blame(told.wrong)
      else if ("look" in told) this.#looked(told.look)
      else this.#said(told)
    }
  }

  #said({ said, id }: Extract<Told, { said: string }>): void {
    const post = this.#posts.get(said)
    const [attempt] = post?.attempts ?? []
    if (post && attempt) {
      Object.assign(attempt, { until: this.#world.history.now(), outcome: "ok", said: `${id}` })
      post.ids.push(id)
    } else this.#blame(`a tab shows "${said}" as sent, which nobody wrote`, said)
  }

  #order(order: Order): void {
    const { stdin } = this.#browser ?? {}
    if (!stdin || typeof stdin === "number" || this.#browser?.exitCode !== null) return
    stdin.write(`${JSON.stringify(order)}\n`)
    stdin.flush()
  }

  #blame(words: string, text?: string): void {
    this.#wrong.push({
      rule: "O3",
      words: `${this.resident.name}: ${words}`,
      worker: this.resident.name,
      ...(text && { text }),
    })
  }
}

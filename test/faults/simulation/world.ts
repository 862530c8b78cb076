// One run: what is planned is done, a step at a time, while the dice say what comes next; then all is mended, comes to rest,
// and is judged. The whole runs in one turn of the event loop, so that nothing outside can have a say in it.
import type { Event } from "../../../protocol/event.ts"
import type { Epoch } from "../../../server/db/epoch.ts"
import type { Dice } from "../chance.ts"
import { beginningOf } from "./beginning.ts"
import { Client } from "./client.ts"
import { diceOf } from "./dice.ts"
import { disk } from "./disk.ts"
import { Judge, type Violation } from "./judge.ts"
import { type Action, inWords, type Plan } from "./plan.ts"
import { Process } from "./processes.ts"
import { instead, Steps } from "./steps.ts"
import { type Copy, type Store, Truth } from "./store.ts"

/** Whatever has not come to rest after so many steps, all being well, never will. */
const MOST_STEPS = 20_000
/** What the simulation itself makes go wrong. */
const MEANT = /injected|no such savepoint|The database can be written again/

export type Count = { posts: number; events: number; crashes: number; cuts: number; resets: number; restores: number }
export type Report = { plan: Plan; count: Count; violations: Violation[]; history: string[] }

export const simulate = (store: Store, plan: Plan, luck = 0, keep = false): Report =>
  new World(store, plan, luck, keep).run()

export class World {
  readonly plan: Plan
  readonly store: Store
  readonly dice: Dice
  readonly steps: Steps
  readonly truth = new Truth()
  readonly judge: Judge
  readonly odds: Plan["odds"]
  readonly count: Count = { posts: 0, events: 0, crashes: 0, cuts: 0, resets: 0, restores: 0 }
  /** A commit is made, and not on disk. */
  syncing = false
  /** Lazy clients are as lazy as they are times this. */
  sloth = 1
  readonly #history: string[] = []
  readonly #keep: boolean
  readonly #clients: Client[] = []
  readonly #epochNames = new Map<string, string>()
  #processes: Process[] = []
  #epochs: readonly Epoch[] = []
  #rooms: number[] = []
  #copy: Copy | null = null
  #restoring = false
  #silent = false
  #pace: number

  constructor(store: Store, plan: Plan, luck: number, keep: boolean) {
    this.store = store
    this.plan = plan
    this.dice = diceOf(plan.seed, `steps ${luck}`)
    this.steps = new Steps(this.dice, plan.slow)
    this.judge = new Judge(store, this.truth)
    this.odds = { ...plan.odds }
    this.#keep = keep
    this.#pace = this.dice.among([0.03, 0.1, 0.3])
  }

  run(): Report {
    const say = (words: string) => {
      this.tell(words)
      if (!MEANT.test(words)) this.judge.blame("O9", words)
    }
    disk.sync = (failed) => this.#sync(failed)
    instead(this.steps, say, () => {
      this.#begin()
      const waiting = [...this.plan.actions]
      while (this.judge.isContent && waiting.length > 0)
        if (this.steps.idle || this.dice() < this.#pace) this.steps.now(() => this.#do(waiting.shift()!))
        else this.steps.take()
      this.#mend()
      if (this.judge.isContent) this.#judge()
    })
    return { plan: this.plan, count: this.count, violations: this.judge.violations, history: this.#history }
  }

  // What the others use.

  tell(words: string): void {
    this.count.events++
    if (this.#keep) this.#history.push(words)
  }

  failed(what: string, error: unknown, session = ""): void {
    const { message, code } = error as { message: string; code?: string }
    this.tell(`${what}: ${message}`)
    // A socket brings the refusal as its words and its code.
    const codes = ["broken", "try_again", "not_found", this.truth.hasEnded(session) && "unauthorized"]
    const isMeant = MEANT.test(message) || codes.includes(code ?? "")
    if (!isMeant) this.judge.blame("O9", `${what}: ${(error as Error).stack ?? message}`)
  }

  committed(written: Iterable<readonly Event[]>): void {
    for (const changes of [...written]) if (this.store.written.delete(changes)) this.truth.committed(changes)
  }

  async #sync(failed: (error: Error) => void): Promise<void> {
    this.syncing = true
    if (this.dice() < this.odds.commitLate) await this.steps.pass("commit")
    while (this.dice() < this.odds.syncFails) {
      failed(Object.assign(new Error("injected: the disk failed"), { code: "EIO" }))
      await this.steps.pass("commit")
    }
    this.syncing = false
    this.committed(this.store.written)
  }

  anyProcess(): Process | null {
    const up = this.#processes.filter((one) => one.up)
    return up.length > 0 ? this.dice.among(up) : null
  }

  started(): void {
    for (const client of this.#clients) if (client.isLost) client.comeBack()
  }

  publish(from: Process, event: Event): void {
    if (this.plan.ownBus) {
      from.deliver(event)
      return
    }
    for (const process of this.#processes) {
      if (this.#silent || this.dice() < this.odds.lost) continue
      for (let copies = this.dice() < this.odds.again ? 2 : 1; copies > 0; copies--)
        this.steps.later("bus", () => process.deliver(event))
    }
  }

  epochNamed(epoch: string): string {
    const known = this.#epochNames.get(epoch) ?? `epoch ${this.#epochNames.size + 1}`
    this.#epochNames.set(epoch, known)
    return known
  }

  // What happens.

  #begin(): void {
    const { clients, servers } = this.plan
    const { everyone, rooms, tick, changes, rows } = beginningOf(this.plan)
    this.#rooms = rooms
    this.store.fill(rows, tick)
    this.truth.committed(changes)
    this.#beginEpoch(null)
    for (const [i, plan] of clients.entries()) {
      const person = { ...everyone[plan.person]!, role: "member" as const }
      const who = { person, session: `s${i}`, address: "there" }
      const device = clients.slice(0, i).filter((other) => other.person === plan.person).length
      const watching = plan.watching === null ? null : this.#rooms[plan.watching]!
      this.#clients.push(new Client(this, plan, who, device, watching))
    }
    this.#processes = Array.from({ length: servers }, (_, i) => new Process(this, `server ${i}`))
    for (const process of this.#processes) this.#run(process)
  }

  #beginEpoch(parent: string | null): void {
    this.#epochs = this.store.beginEpoch()
    const { name, began } = this.#epochs.at(-1)!
    this.truth.begin(name, began, parent)
    this.tell(`${this.epochNamed(name)} begins at ${began}`)
  }

  #run(process: Process): void {
    process.start(this.#epochs).catch((error) => {
      this.failed(process.name, error)
      this.#crash(process)
      this.#start(this.#processes.indexOf(process))
    })
  }

  #do(action: Action): void {
    this.tell(`(${inWords(action)})`)
    if ("client" in action) this.#doAs(this.#clients[action.client]!, action)
    else if ("server" in action) this.#doTo(action)
    else if (this.#restoring && action.does === "back up")
      return // it would be of what is being thrown away
    else if (action.does === "back up") this.#copy = { ...this.store.copy(), epoch: this.truth.epoch }
    else if (action.does === "restore") this.#restore()
    else if (action.does === "wait") this.#rest(200)
    else this.#silent = action.does === "silence"
  }

  #doAs(client: Client, action: Extract<Action, { client: number }>): void {
    if ("times" in action) client.say(this.#rooms[action.room]!, action.times)
    else if (action.does === "open") void client.ask({ type: "open", name: action.name })
    else if (action.does === "say nowhere") void client.ask({ type: "post", room: "nowhere", text: "lost" })
    else if (action.does === "sign out") void client.ask({ type: "signOut", session: client.who.session })
    else if (action.does === "quit") client.quit()
    else if ("room" in action) void client.ask({ type: action.does, room: this.#rooms[action.room]! })
    else if (action.does === "cut") {
      this.count.cuts++
      client.cut()
    }
  }

  #doTo({ does, server }: Extract<Action, { server: number }>): void {
    if (does === "start") this.#start(server)
    else if (does === "pulse") this.#processes[server]!.pulse()
    else {
      this.count.crashes++
      this.#crash(this.#processes[server]!)
    }
  }

  #crash(process: Process): void {
    if (process.gone) return
    this.tell(`${process.name} crashes`)
    process.crash()
    for (const client of this.#clients) if (client.isAt(process)) client.comeBack()
  }

  /** A single process begins an epoch, as it does when it opens its database. */
  #start(which: number): void {
    if (this.#restoring || !this.#processes[which]!.gone) return
    const process = new Process(this, `server ${which}`)
    this.#processes[which] = process
    if (this.plan.servers > 1) {
      this.#run(process)
      return
    }
    this.#whenStoreRests(() => {
      if (process.gone) return
      this.#beginEpoch(this.truth.epoch)
      this.#run(process)
    })
  }

  /** The older copy is put in the place of the store, while nobody uses it. */
  #restore(): void {
    const copy = this.#copy
    if (!copy || this.#restoring) return
    this.#restoring = true
    this.count.restores++
    for (const process of this.#processes) this.#crash(process)
    this.#whenStoreRests(() => {
      this.#restoring = false
      this.tell(`the copy of ${copy.tick} is restored over ${this.truth.tick}`)
      this.steps.comeRound() // nobody reads on in the turn of a process that is gone
      this.store.fill(copy.rows, copy.tick)
      this.truth.restored(copy.tick)
      this.judge.restored(copy.tick)
      for (const client of this.#clients) client.restored(copy.tick)
      this.#beginEpoch(copy.epoch)
      this.#processes = this.#processes.map(({ name }) => new Process(this, name))
      for (const process of this.#processes) this.#run(process)
    })
  }

  #whenStoreRests(work: () => void): void {
    if (this.store.underway === 0 && !this.syncing) work()
    else this.steps.later("turn", () => this.#whenStoreRests(work))
  }

  #rest(most: number): boolean {
    for (let left = most; left > 0 && !this.steps.idle && this.judge.isContent; left--) this.steps.take()
    return this.steps.idle
  }

  // How it ends.

  #mend(): void {
    for (const name of Object.keys(this.odds) as (keyof Plan["odds"])[]) this.odds[name] = 0
    this.#silent = false
    this.sloth = 0
    this.tell("(all is mended)")
    for (let round = 0; round < 3 && this.judge.isContent; round++) {
      for (const which of this.#processes.keys()) this.#start(which)
      if (!this.#rest(MOST_STEPS) && this.judge.isContent) this.judge.blame("O8", "it does not come to rest")
      for (const process of this.#processes) process.pulse()
    }
    this.#rest(MOST_STEPS)
  }

  #judge(): void {
    if (this.store.underway > 0) this.judge.blame("O8", `${this.store.underway} transactions never end`)
    for (const process of this.#processes) {
      if (!process.up) this.judge.blame("O8", `${process.name} is not up`)
      else if (process.app.hub.tick !== this.truth.tick)
        this.judge.blame("O8", `${process.name} stands at ${process.app.hub.tick}, the store at ${this.truth.tick}`)
    }
    if (!this.judge.isContent) return
    this.judge.store()
    for (const client of this.#clients) {
      if (this.truth.hasEnded(client.who.session) && !client.isLost)
        this.judge.blame("O7", `${client.name} still listens, its session having ended`)
      if (client.quitted || client.signsOut) continue
      for (const { text } of client.outbox) this.judge.blame("O8", `"${text}" is never answered`)
      this.judge.state(client)
    }
    for (const client of this.#clients) client.quit()
    this.#rest(MOST_STEPS)
    for (const { app, name } of this.#processes)
      for (const { person } of this.#clients)
        if (app.hub.feedsOf(person.id) > 0)
          this.judge.blame("O9", `${name} keeps a feed of ${person.name}, who is gone`)
  }
}

// One run: a place, workers who talk through the proxy, a nemesis who breaks things by a seed, then healing, a last read
// through every door, and the checker. The same seed makes the same plan; the timing is the machine's.
import { until } from "../world.ts"
import { type Dice, diceOf } from "./chance.ts"
import { check, promises, type Rule, readEpochs, readMembers, readRows, type Truth, type Violation } from "./checker.ts"
import { History } from "./history.ts"
import { lastRead } from "./last-read.ts"
import { type Build, Place, type Prepared, prepare, type Resident } from "./place.ts"
import { TcpProxy } from "./proxy.ts"
import { Visitor } from "./visitor.ts"
import { Window } from "./window.ts"
import { type Habits, Worker } from "./worker.ts"

/** A way to break things. `strike` does it once, and leaves the rest to go on; it is called again and again. */
export type Fault = {
  name: string
  habits?: Partial<Habits>
  workers?: number
  env?: (folder: string) => Record<string, string>
  /** What the place is filled with before it is opened. */
  furnish?(run: Run): void
  /** Lines of the place's log that are to be expected. */
  log?: RegExp
  strike(run: Run): Promise<void>
  /** Puts right what the last strike left broken. */
  heal?(run: Run): Promise<void>
  /** How many cycles a run has, where it is to be many. */
  cycles?: number
  /** One run says all there is to say. */
  once?: true
  /** Files that it may come to hold open, and MiB by which it may grow, where that is more than usual. */
  files?: number
  memory?: number
  /** Someone is there with Parlour's own page, too. */
  page?: true
  /** What stands in front of the place, between it and the network. */
  front?(): Promise<Front>
  /** For one that is not a matter of striking and healing: the run in one piece. */
  whole?(seed: number, length: Length, build: Build): Promise<Report>
}

/** Another program before the place: where it listens, and whither it sends. */
export type Front = { url: string; toward(place: string): Promise<void>; close(): Promise<void> }

/** How long to go on; and, in milliseconds, how long to wait for all to converge after healing. `long` is for numbers that
 *  would be too great for a suite that is run before every change. */
export type Length = { seconds?: number; cycles?: number; patience?: number; long?: true }

export type Report = {
  fault: string
  seed: number
  cycles: number
  seconds: number
  /** Messages that were answered, attempts whose outcome stayed unknown, and events heard. */
  answered: number
  unknown: number
  heard: number
  memory: number
  /** What else was measured, in words. */
  measured?: string
  violations: Violation[]
  story: string[]
}

/** Milliseconds after healing in which everyone must have heard everything, and every post must have its answer. */
const PATIENCE_MS = 15_000
/** MiB above what a place held when it first stood open, and open files, that it may come to hold in a run. */
const MOST_MEMORY = 150
const MOST_FILES = 400
/** Changes that a client may have missed before it is told to draw afresh. */
export const WIDEST = 2_000

/** One that everybody is in and most is said in, and fifty that stay cold but for the few that a run goes to. */
export const HOT = "talk"
const COLD = Array.from({ length: 50 }, (_, n) => `room ${n + 1}`)
const ROOMS = [HOT, ...COLD]
const FEW = 4
const NAMES = ["ann", "bob", "cyd", "dan", "eve", "fay", "gus", "hal", "ivy"]

let prepared: Promise<Prepared> | null = null
export const home = (): Promise<Prepared> => (prepared ??= prepare(NAMES, ROOMS))

const slugOf = (name: string) => name.replaceAll(" ", "-")

export class Run {
  readonly #few: string[]
  readonly history = new History()
  readonly violations: Violation[] = []
  readonly vandals = new Set<string>()
  /** When an older backup was put back. */
  forked = 0
  readonly workers: Worker[] = []
  readonly dice: Dice
  readonly prepared: Prepared
  readonly place: Place
  readonly proxy: TcpProxy
  readonly fault: Fault
  /** Where everyone began. */
  cursor = ""
  /** MiB that the place held when it first stood open. */
  #atFirst = 0
  front: Front | null = null
  visitor: Visitor | null = null
  window: Window | null = null
  long = false
  measured: string | null = null

  constructor(fault: Fault, seed: number, prepared: Prepared, place: Place, proxy: TcpProxy) {
    this.fault = fault
    this.dice = diceOf(seed)
    const dice = this.dice.for("the rooms")
    this.#few = Array.from({ length: FEW }, () => slugOf(dice.among(COLD)))
    this.prepared = prepared
    this.place = place
    this.proxy = proxy
  }

  /** Opens it and lets the workers in. */
  async begin(): Promise<void> {
    this.fault.furnish?.(this)
    this.front = (await this.fault.front?.()) ?? null
    await this.start()
    this.place.look()
    this.#atFirst = this.place.peakMemory
    this.cursor = this.place.cursor()
    const { workers = 5, habits } = this.fault
    for (const resident of this.prepared.people.slice(0, workers)) this.add(resident, habits).begin()
    if (this.fault.page) this.invite()
  }

  /** Someone with Parlour's own page, and someone whose browser has no scripts. */
  invite(): void {
    const room = { id: this.prepared.rooms[HOT]!, slug: HOT }
    const { place, proxy, history, dice } = this
    const world = { place, url: proxy.url, history, dice: dice.for("ivy") }
    this.visitor = new Visitor(this.prepared.people.at(-1)!, room, world)
    this.visitor.begin()
    this.window = new Window(this.prepared.people.at(-1)!, room, { url: () => proxy.url, history })
    this.window.begin()
  }

  /** Everybody goes to the same few of the cold rooms, and to one of their own. */
  add(resident: Resident, habits: Partial<Habits> = {}): Worker {
    const own = slugOf(this.dice.for(`${resident.name}'s room`).among(COLD))
    const worker = new Worker(
      { resident, cursor: this.cursor, rooms: [HOT, ...new Set([...this.#few, own])], habits },
      { url: () => this.proxy.url, history: this.history, dice: this.dice },
    )
    this.workers.push(worker)
    return worker
  }

  did(what: string): void {
    this.history.did(what)
  }

  blame(rule: Rule, words: string): void {
    this.violations.push({ rule, words })
  }

  async start(): Promise<void> {
    await this.place.start()
    await this.front?.toward(this.place.url)
    this.proxy.upstream = this.front?.url ?? this.place.url
  }

  /** Kills it, if it has not died already, and starts it again on the same data. */
  async restart(): Promise<void> {
    await this.place.kill()
    await this.start()
  }

  /** Everyone says what they still have to say and hears the last word. */
  async converge(patience: number): Promise<void> {
    const written = this.visitor?.fallSilent(patience)
    const done = await Promise.all(this.workers.map((worker) => worker.fallSilent(patience)))
    if (done.includes(false)) return this.blame("O8", "what was said still has no answer, long after healing")
    await written
    const [first] = this.workers as [Worker]
    const word = await Promise.race([first.say(HOT), Bun.sleep(patience).then(() => null)])
    if (!word) return this.blame("O8", "the last word cannot be said, long after healing")
    const tick = readRows(this.place.database).find(({ text }) => text === word.text)?.id ?? 0
    await until("", () => this.workers.every((worker) => worker.heardOf(tick)), patience).catch(() => {})
    await until("", () => this.window?.heardOf(tick) ?? true, patience).catch(() =>
      this.blame("O8", "a frame does not show the last word, long after healing"),
    )
    for (const { name, cursor } of this.workers.filter((worker) => !worker.heardOf(tick)))
      this.violations.push({
        rule: "O8",
        words: `${name}, at ${cursor}, has not heard the last word, ${tick}`,
        worker: name,
      })
  }

  truth(): Truth {
    const { people, rooms } = this.prepared
    const { forked, vandals } = this
    const { database } = this.place
    const [rows, members, epochs] = [readRows(database), readMembers(database), readEpochs(database)]
    return { rows, members, epochs, people, rooms, forked, vandals, widest: WIDEST }
  }

  bounds(): void {
    const { peakMemory, peakFiles, log } = this.place
    const grown = peakMemory - this.#atFirst
    if (grown > (this.fault.memory ?? MOST_MEMORY))
      this.blame("O9", `the place grew by ${grown.toFixed(0)} MiB, from ${this.#atFirst.toFixed(0)}`)
    if (peakFiles > (this.fault.files ?? MOST_FILES)) this.blame("O9", `the place came to hold ${peakFiles} files open`)
    const odd = log.find((line) => !this.fault.log?.test(line))
    if (odd) this.blame("O9", `the log says: ${odd}`)
  }
}

export async function runFault(fault: Fault, seed: number, length: Length, build: Build = {}): Promise<Report> {
  if (fault.whole) return fault.whole(seed, length, build)
  const prepared = await home()
  const place = await Place.copyOf(prepared)
  const env = { ...build.env, ...fault.env?.(place.folder) }
  const built = new Place(place.folder, { ...build, env })
  const proxy = await TcpProxy.open()
  const run = new Run(fault, seed, prepared, built, proxy)
  run.long = length.long ?? false
  const began = performance.now()
  let cycles = 0
  try {
    await run.begin()
    const end = began + (length.seconds ?? Number.POSITIVE_INFINITY) * 1000
    while (
      cycles < (length.cycles ?? Number.POSITIVE_INFINITY) &&
      performance.now() < end &&
      run.violations.length === 0
    ) {
      await fault.strike(run)
      built.look()
      cycles++
    }
    proxy.heal()
    await fault.heal?.(run)
    run.did("heals")
    await run.converge(length.patience ?? PATIENCE_MS)
    built.look()
    await Promise.all(run.workers.map((worker) => worker.leave()))
    if (run.visitor) run.violations.push(...(await run.visitor.judge(length.patience ?? PATIENCE_MS)))
    run.visitor?.leave()
    await run.window?.leave()
    if (run.violations.length === 0) await lastRead(run, length.patience ?? PATIENCE_MS)
    if (!(await built.stop())) run.blame("O9", "the place did not stop when asked to")
    run.bounds()
  } catch (error) {
    run.blame("O8", `the run broke off: ${(error as Error).message}`)
    run.visitor?.leave()
    await run.window?.leave()
    await Promise.all(run.workers.map((worker) => worker.leave()))
    await built.kill()
  }
  const truth = run.truth()
  run.violations.push(...check(run.history, truth), ...(run.window?.judge(truth.rows, run.forked).slice(0, 5) ?? []))
  await proxy.close()
  await run.front?.close()
  await place.remove()
  return report(run, { seed, cycles, seconds: (performance.now() - began) / 1000 })
}

export function report(run: Run, times: { seed: number; cycles: number; seconds: number }): Report {
  const { history, violations } = run
  const attempts = history.posts.flatMap((post) => post.attempts)
  const [worst] = violations
  return {
    fault: run.fault.name,
    ...times,
    answered: history.posts.filter((post) => post.attempts.some(({ outcome }) => outcome === "ok")).length,
    unknown: attempts.filter(({ outcome }) => outcome === "unknown").length,
    heard: history.streams.reduce((sum, { heard }) => sum + heard.length, 0),
    memory: run.place.peakMemory,
    ...(run.measured && { measured: run.measured }),
    violations,
    story: worst ? history.around(worst) : [],
  }
}

/** What went wrong, for people: each violation with its promise, and the smallest history that shows the first. */
export function inWords({ fault, seed, violations, story }: Report): string {
  const lines = violations.map(({ rule, words }) => `  ${rule} (${promises[rule]}): ${words}`)
  return [`${fault}, seed ${seed}: ${violations.length} violations`, ...lines.slice(0, 12), "", ...story].join("\n")
}

// One run: a place, workers who talk through the proxy, a nemesis who breaks things by a seed, then healing, a last read
// through every door, and the checker. The same seed makes the same plan; the timing is the machine's.
import { isUncaught } from "../../server/last-resort.ts"
import { type Settings, until } from "../world.ts"
import { type Dice, diceOf } from "./chance.ts"
import { check, promises, type Rule, type Span, type Truth, type Violation } from "./checker.ts"
import { delaysOf } from "./delays.ts"
import type { Fault, Front, Length } from "./fault.ts"
import { History } from "./history.ts"
import { lastRead } from "./last-read.ts"
import { Place, type Prepared, prepare, type Resident } from "./place.ts"
import type { Build } from "./process.ts"
import { TcpProxy } from "./proxy.ts"
import type { Stage } from "./stage.ts"
import { Visitor } from "./visitor.ts"
import { Window } from "./window.ts"
import { type Habits, Worker } from "./worker.ts"

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
  /** What else was measured, in words; and how long it took until what was said was heard, in milliseconds. */
  measured?: string
  delays?: number[]
  violations: Violation[]
  story: string[]
}

/** Milliseconds after healing in which everyone must have heard everything, and every post must have its answer. */
const PATIENCE_MS = 15_000
/** MiB above what a place held when it first stood open, and open files, that it may come to hold in a run. */
const MOST_MEMORY = 150
const MOST_FILES = 400
/** Lines of the log that are shown from the first on that is not to be there. */
const MOST_LOG = 12
/** Changes that a client may have missed before it is told to draw afresh. */
export const WIDEST = 2_000

/** One that everybody is in and most is said in, and fifty that stay cold but for the few that a run goes to. */
export const HOT = "talk"
const COLD = Array.from({ length: 50 }, (_, n) => `room ${n + 1}`)
const ROOMS = [HOT, ...COLD]
const FEW = 4
const NAMES = ["ann", "bob", "cyd", "dan", "eve", "fay", "gus", "hal", "ivy"]

/** People and rooms, in a database of their own. */
export const furnished = (settings: Settings = {}): Promise<Prepared> => prepare(NAMES, ROOMS, settings)

let prepared: Promise<Prepared> | null = null
export const home = (): Promise<Prepared> => (prepared ??= furnished())

const slugOf = (name: string) => name.replaceAll(" ", "-")

export class Run<On extends Stage = Place> {
  readonly #few: string[]
  readonly history = new History()
  readonly violations: Violation[] = []
  readonly vandals = new Set<string>()
  /** When an older backup was put back. */
  forked = 0
  /** When a standby took over that lagged. */
  readonly lost: Span[] = []
  readonly workers: Worker[] = []
  readonly dice: Dice
  readonly prepared: Prepared
  readonly place: On
  readonly proxy: TcpProxy
  readonly fault: Fault<On>
  /** Where everyone began. */
  cursor = ""
  /** MiB that the place held when it first stood open. */
  #atFirst = 0
  front: Front | null = null
  visitor: Visitor | null = null
  window: Window | null = null
  long = false
  measured: string | null = null
  /** Milliseconds: the longest of what a fault times itself, for it to put into words. */
  longest = 0

  constructor(fault: Fault<On>, seed: number, prepared: Prepared, place: On, proxy: TcpProxy) {
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
    this.cursor = await this.place.cursor()
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
    this.proxy.upstream = () => this.front?.url ?? this.place.url
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
    await this.fault.atLast?.(this)
    const [first] = this.workers as [Worker]
    const word = await Promise.race([first.say(HOT), Bun.sleep(patience).then(() => null)])
    if (!word) return this.blame("O8", "the last word cannot be said, long after healing")
    const rows = await this.place.rows()
    const tick = rows.find(({ text }) => text === word.text)?.id ?? 0
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

  async truth(): Promise<Truth> {
    const { people, rooms } = this.prepared
    const { forked, lost, vandals, place, fault } = this
    const [rows, members, epochs] = [await place.rows(), await place.members(), await place.epochs()]
    return { rows, members, epochs, people, rooms, forked, lost, vandals, widest: WIDEST, gentle: fault.gentle ?? {} }
  }

  bounds(): void {
    const { peakMemory, peakFiles, log } = this.place
    const grown = peakMemory - this.#atFirst
    if (grown > (this.fault.memory ?? MOST_MEMORY))
      this.blame("O9", `the place grew by ${grown.toFixed(0)} MiB, from ${this.#atFirst.toFixed(0)}`)
    if (peakFiles > (this.fault.files ?? MOST_FILES)) this.blame("O9", `the place came to hold ${peakFiles} files open`)
    const odd = log.findIndex((line) => isUncaught(line) || !this.fault.log?.test(line))
    if (odd >= 0) this.blame("O9", `the log says: ${log.slice(odd, odd + MOST_LOG).join("\n    ")}`)
  }
}

export async function runFault(fault: Fault, seed: number, length: Length, build: Build = {}): Promise<Report> {
  if (fault.whole) return fault.whole(seed, length, build)
  const prepared = await home()
  const { folder } = await Place.copyOf(prepared)
  const env = { ...build.env, ...fault.env?.(folder) }
  return runOn(new Place(folder, { ...build, env }), prepared, fault, seed, length)
}

/** The run itself, wherever it takes place. */
export async function runOn<On extends Stage>(
  place: On,
  prepared: Prepared,
  fault: Fault<On>,
  seed: number,
  length: Length,
): Promise<Report> {
  const proxy = await TcpProxy.open()
  const run = new Run(fault, seed, prepared, place, proxy)
  run.long = length.long ?? false
  const began = performance.now()
  let cycles = 0
  try {
    await run.begin()
    const end = performance.now() + (length.seconds ?? Number.POSITIVE_INFINITY) * 1000
    do {
      await fault.strike(run)
      place.look()
      cycles++
    } while (
      cycles < (length.cycles ?? Number.POSITIVE_INFINITY) &&
      performance.now() < end &&
      run.violations.length === 0
    )
    proxy.heal()
    await fault.heal?.(run)
    run.did("heals")
    await run.converge(length.patience ?? PATIENCE_MS)
    place.look()
    await Promise.all(run.workers.map((worker) => worker.leave()))
    if (run.visitor) run.violations.push(...(await run.visitor.judge(length.patience ?? PATIENCE_MS)))
    run.visitor?.leave()
    await run.window?.leave()
    if (run.violations.length === 0) await lastRead(run, length.patience ?? PATIENCE_MS)
    if (!(await place.stop())) run.blame("O9", "the place did not stop when asked to")
    run.bounds()
  } catch (error) {
    run.blame("O8", `the run broke off: ${(error as Error).message}`)
    run.visitor?.leave()
    await run.window?.leave()
    await Promise.all(run.workers.map((worker) => worker.leave()))
    await place.kill()
  }
  try {
    const truth = await run.truth()
    run.violations.push(...check(run.history, truth), ...(run.window?.judge(truth.rows, run.forked).slice(0, 5) ?? []))
  } catch (error) {
    run.blame("O8", `what is there cannot be read: ${(error as Error).message}`)
  }
  await proxy.close()
  await run.front?.close()
  await place.remove()
  return report(run, { seed, cycles, seconds: (performance.now() - began) / 1000 })
}

export function report<On extends Stage>(
  run: Run<On>,
  times: { seed: number; cycles: number; seconds: number },
): Report {
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
    ...(run.fault.measures && { delays: delaysOf(history) }),
    violations,
    story: worst ? history.around(worst) : [],
  }
}

/** What went wrong, for people: each violation with its promise, and the smallest history that shows the first. */
export function inWords({ fault, seed, violations, story }: Report): string {
  const lines = violations.map(({ rule, words }) => `  ${rule} (${promises[rule]}): ${words}`)
  return [`${fault}, seed ${seed}: ${violations.length} violations`, ...lines.slice(0, 12), "", ...story].join("\n")
}

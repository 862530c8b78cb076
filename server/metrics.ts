// What this process does, in numbers for a machine to collect. They are counted where things happen and only grow; how fast
// they grow is for whoever collects them to say. In Prometheus' text format:
// https://prometheus.io/docs/instrumenting/exposition_formats/
import { readdir, readFile } from "node:fs/promises"
import type { App } from "./app.ts"

/** Upper bounds of the classes in which commits are counted: seconds until one was on disk, and commands that it had. */
const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
const COMMANDS = [1, 2, 4, 8, 16, 32, 64, 128, 256]

export type Sample = { labels: Record<string, string>; value: number; suffix?: string }
/** One thing that is measured, in all its shades. */
export type Family = { name: string; type: "counter" | "gauge" | "histogram"; help: string; samples: Sample[] }

export class Metrics {
  /** Of several processes under one that watches over them whoever is asked answers for all (worker.ts). */
  ofAll: (app: App) => Promise<Family[]> = (app) => this.of(app)
  readonly #commands = new Map<string, Sample>()
  readonly #answers = new Map<string, Sample>()
  readonly #seconds = new Classes(SECONDS)
  readonly #sizes = new Classes(COMMANDS)

  performed(command: string, outcome: string): void {
    const known = this.#commands.get(command + outcome)
    if (known) known.value++
    else this.#commands.set(command + outcome, { labels: { command, outcome }, value: 1 })
  }

  answered(status: number): void {
    const kind = `${Math.floor(status / 100)}xx`
    const known = this.#answers.get(kind)
    if (known) known.value++
    else this.#answers.set(kind, { labels: { class: kind }, value: 1 })
  }

  committed(commands: number, milliseconds: number): void {
    this.#seconds.add(milliseconds / 1000)
    this.#sizes.add(commands)
  }

  /** All that is known now. */
  async of({ hub, bus, config }: App): Promise<Family[]> {
    const now = performance.now()
    const since = (then: number) => Math.max(0, (now - then) / 1000)
    const { tick, readAt, toldAt } = hub.clock
    const { told, repaired, gaps } = hub.counts
    return [
      ...(await system()),
      gauge("parlour_feeds_open", "Those who listen just now.", hub.listening),
      counter("parlour_events_told_total", "Events told to those who may hear them.", told),
      counter("parlour_events_repaired_total", "Of these, those that the database had to be asked for.", repaired),
      counter("parlour_gaps_total", "Times that an event did not come, and the database was asked for it.", gaps),
      gauge("parlour_tick", "How far this process has told.", hub.tick),
      gauge("parlour_clock_tick", "How far the place was when the clock was read last.", Math.max(tick, hub.tick)),
      gauge("parlour_database_read_seconds", "Since the database was read.", since(readAt)),
      gauge("parlour_caught_up_seconds", "Since all was told that the clock then showed.", since(toldAt)),
      ...(config.redis === null
        ? []
        : [
            gauge("parlour_bus_alive", "Whether this process hears the others by Redis: 1, or 0.", bus.alive ? 1 : 0),
            gauge("parlour_bus_heard_seconds", "Since it last heard itself by Redis.", since(bus.heardAt)),
          ]),
      many("counter", "parlour_commands_total", "Commands, and what they came to.", this.#commands.values()),
      many("counter", "parlour_http_answers_total", "Answers by class of status.", this.#answers.values()),
      many("histogram", "parlour_commit_seconds", "Until a commit was on disk.", this.#seconds.samples()),
      many("histogram", "parlour_commit_commands", "Commands in one commit.", this.#sizes.samples()),
    ]
  }
}

/** Counts in classes, as a histogram has them: each class holds the ones below it, too. */
class Classes {
  readonly #bounds: number[]
  readonly #counts: number[]
  #sum = 0

  constructor(bounds: number[]) {
    this.#bounds = [...bounds, Number.POSITIVE_INFINITY]
    this.#counts = this.#bounds.map(() => 0)
  }

  add(value: number): void {
    this.#counts[this.#bounds.findIndex((bound) => value <= bound)]!++
    this.#sum += value
  }

  samples(): Sample[] {
    let count = 0
    const classes = this.#bounds.map((bound, i) => {
      count += this.#counts[i]!
      return { suffix: "_bucket", labels: { le: numeral(bound) }, value: count }
    })
    return [
      ...classes,
      { suffix: "_sum", labels: {}, value: this.#sum },
      { suffix: "_count", labels: {}, value: count },
    ]
  }
}

/** Under the names that everyone's dashboards know. */
async function system(): Promise<Family[]> {
  const { user, system } = process.cpuUsage()
  const began = Date.now() / 1000 - process.uptime()
  return [
    counter(
      "process_cpu_seconds_total",
      "Time of processors, by this process and its system calls.",
      (user + system) / 1e6,
    ),
    gauge("process_resident_memory_bytes", "Memory.", process.memoryUsage.rss()),
    gauge("process_start_time_seconds", "When it began, since 1970.", began),
    ...(await files()),
  ]
}

/** Where the system says it: Linux. There may be many, and nobody waits while they are counted. */
async function files(): Promise<Family[]> {
  try {
    const [, most] = (await readFile("/proc/self/limits", "utf8")).match(/^Max open files +(\d+)/m) ?? []
    return [
      gauge("process_open_fds", "Files and connections that are open.", (await readdir("/proc/self/fd")).length),
      ...(most === undefined ? [] : [gauge("process_max_fds", "The most that may be.", Number(most))]),
    ]
  } catch {
    return []
  }
}

const one = (type: Family["type"]) => (name: string, help: string, value: number) =>
  many(type, name, help, [{ labels: {}, value }])
const gauge = one("gauge")
const counter = one("counter")
const many = (type: Family["type"], name: string, help: string, samples: Iterable<Sample>): Family => ({
  name,
  type,
  help,
  samples: [...samples],
})

/** Those of several processes as one: a family's samples stand together, and say of which process they are. */
export function join(all: Map<number, Family[]>): Family[] {
  const families = new Map<string, Family>()
  for (const [process, theirs] of all)
    for (const { samples, ...family } of theirs) {
      const known = families.get(family.name) ?? { ...family, samples: [] }
      families.set(family.name, known)
      for (const sample of samples)
        known.samples.push({ ...sample, labels: { process: `${process}`, ...sample.labels } })
    }
  return [...families.values()]
}

export const format = (families: Family[]): string =>
  families
    .map(({ name, type, help, samples }) =>
      [
        `# HELP ${name} ${help.replaceAll("\\", "\\\\").replaceAll("\n", "\\n")}\n`,
        `# TYPE ${name} ${type}\n`,
        ...samples.map(({ suffix = "", labels, value }) => `${name}${suffix}${inBraces(labels)} ${numeral(value)}\n`),
      ].join(""),
    )
    .join("")

const escapes: Record<string, string> = { "\\": "\\\\", '"': '\\"', "\n": "\\n" }

function inBraces(labels: Record<string, string>): string {
  const pairs = Object.entries(labels).map(
    ([name, value]) => `${name}="${value.replace(/[\\"\n]/g, (character) => escapes[character]!)}"`,
  )
  return pairs.length === 0 ? "" : `{${pairs.join(",")}}`
}

const numeral = (value: number): string => (Number.isFinite(value) ? `${value}` : value > 0 ? "+Inf" : "-Inf")

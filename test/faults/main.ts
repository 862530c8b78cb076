// bin/faults NAME... | all [--seed N] [--minutes M | --cycles N]: breaks things for as long as it is told to, and prints a table.
// bin/faults broken [WORD...]: puts each deliberately broken build to the fault that must catch it.
import { parseArgs } from "node:util"
import { nemesis } from "./nemesis.ts"
import { type Fault, inWords, type Report, runFault } from "./run.ts"
import { catchAll, line } from "./sabotage.ts"

/** After so many seconds, or cycles, a run ends, is judged, and the next begins with the next seed. */
const RUN_SECONDS = 10
const RUN_CYCLES = 20
/** Violating runs that are told in full; of the others only the number counts. */
const TOLD = 3

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seed: { type: "string", default: `${Math.floor(Math.random() * 1e6)}` },
    minutes: { type: "string" },
    cycles: { type: "string" },
    sabotage: { type: "string" },
  },
})

type Sum = Omit<Report, "seed" | "story" | "violations"> & { runs: number; violations: number }

let told = 0

async function long(fault: Fault): Promise<Sum> {
  const sum: Sum = {
    fault: fault.name,
    runs: 0,
    cycles: 0,
    seconds: 0,
    answered: 0,
    unknown: 0,
    heard: 0,
    memory: 0,
    violations: 0,
  }
  const seconds = Number(values.minutes ?? 0.2) * 60
  const cycles = values.cycles ? Number(values.cycles) : Number.POSITIVE_INFINITY
  const more = () => (values.cycles ? sum.cycles < cycles : sum.seconds < seconds)
  for (let seed = Number(values.seed); more(); seed++) {
    const length = values.cycles
      ? { cycles: Math.min(fault.cycles ?? RUN_CYCLES, cycles - sum.cycles) }
      : { seconds: Math.min(RUN_SECONDS, seconds - sum.seconds) }
    const report = await runFault(fault, seed, length, { sabotage: values.sabotage ?? null })
    sum.runs++
    for (const key of ["cycles", "seconds", "answered", "unknown", "heard"] as const) sum[key] += report[key]
    sum.memory = Math.max(sum.memory, report.memory)
    sum.violations += report.violations.length
    if (report.violations.length > 0 && told++ < TOLD) console.log(`\n${inWords(report)}\n`)
    if (process.stdout.isTTY) process.stdout.write(`\r\x1b[K${row(sum)}`)
  }
  if (process.stdout.isTTY) process.stdout.write("\r\x1b[K")
  console.log(row(sum))
  return sum
}

const cells = (name: string, rest: (string | number)[]) =>
  name.padEnd(14) + rest.map((cell) => `${cell}`.padStart(11)).join("")
const row = (sum: Sum) =>
  cells(sum.fault, [
    sum.runs,
    sum.cycles,
    sum.answered,
    sum.unknown,
    sum.heard,
    `${sum.memory.toFixed(0)} MiB`,
    `${sum.seconds.toFixed(0)} s`,
    sum.violations,
  ])

if (positionals[0] === "broken") {
  console.log(`${"broken build".padEnd(44)}${"fault".padEnd(15)}${"after".padEnd(15)}caught by`)
  const done = await catchAll(positionals.slice(1), Number(values.seed), (caught) => console.log(line(caught)))
  const missed = done.filter(({ report }) => !report).length
  console.log(`${done.length - missed} of ${done.length} broken builds caught`)
  process.exit(missed > 0 ? 1 : 0)
}

const chosen = positionals.includes("all") ? nemesis : nemesis.filter(({ name }) => positionals.includes(name))
if (chosen.length === 0 || chosen.length < positionals.length) {
  console.log(
    `bin/faults NAME... | all [--seed N] [--minutes M | --cycles N]\n\n  ${nemesis.map(({ name }) => name).join("\n  ")}`,
  )
  process.exit(1)
}
console.log(`seed ${values.seed}`)
console.log(cells("fault", ["runs", "cycles", "answered", "unknown", "heard", "memory", "time", "violations"]))
let wrong = 0
for (const fault of chosen) wrong += (await long(fault)).violations
process.exit(wrong > 0 ? 1 : 0)

// bin/faults NAME... | all [--seed N] [--minutes M | --cycles N] [--save FILE]: breaks things for as long as it is told to, and
// prints a table, which is also written into FILE.md, between its marks, and FILE.json.
// bin/faults broken [WORD...] [--save FILE]: puts each deliberately broken build to the fault that must catch it.
import { rmSync } from "node:fs"
import { chosenBy, numberIn, refuse, wordsOf } from "../../bin/options.ts"
import { folders } from "../world.ts"
import { controls } from "./controls.ts"
import { nemesis } from "./nemesis.ts"
import { type Fault, inWords, runFault } from "./run.ts"
import { catchAll, isWrong, line } from "./sabotage.ts"
import { sabotages } from "./sabotages.ts"
import { add, head, nothingYet, row, type Sum, saveBroken, saveFaults, total } from "./table.ts"

/** After so many seconds, or cycles, a run ends, is judged, and the next begins with the next seed. */
const RUN_SECONDS = 10
const RUN_CYCLES = 20
/** Violating runs that are told in full; of the others only the number counts. */
const TOLD = 3

const { values, positionals } = wordsOf(
  `bin/faults NAME... | all [--seed N] [--minutes M | --cycles N] [--save FILE]
bin/faults broken [WORD...] [--seed N] [--save FILE]

  ${nemesis.map(({ name }) => name).join("\n  ")}`,
  {
    seed: { type: "string", default: `${Math.floor(Math.random() * 1e6) + 1}` },
    minutes: { type: "string" },
    cycles: { type: "string" },
    sabotage: { type: "string" },
    save: { type: "string" },
  },
)
numberIn("seed", values.seed)
if (values.cycles !== undefined) numberIn("cycles", values.cycles)
if (values.minutes !== undefined && !(Number(values.minutes) > 0))
  refuse(`--minutes is a number greater than 0: "${values.minutes}" is not.`)
if (values.sabotage && !sabotages.some(({ name }) => name === values.sabotage))
  refuse(`No broken build is called "${values.sabotage}": bin/faults broken names them.`)
const command = ["bin/faults", ...process.argv.slice(2)].join(" ").replace(/ --save \S+/, "")

if (values.save && !positionals.includes("all") && (positionals[0] !== "broken" || positionals.length > 1))
  refuse("--save writes the whole table: say all, or broken without a word.")

let told = 0

async function long(fault: Fault): Promise<Sum> {
  const sum = nothingYet(fault.name)
  const seconds = Number(values.minutes ?? 0.2) * 60
  const cycles = values.cycles ? Number(values.cycles) : Number.POSITIVE_INFINITY
  const more = () => (values.cycles ? sum.cycles < cycles : sum.seconds < seconds)
  for (let seed = Number(values.seed); more(); seed++) {
    const length = fault.once
      ? { cycles: fault.cycles ?? 1 }
      : values.cycles
        ? { cycles: Math.min(fault.cycles ?? RUN_CYCLES, cycles - sum.cycles) }
        : { seconds: Math.min(RUN_SECONDS, seconds - sum.seconds) }
    const report = await runFault(fault, seed, { ...length, long: true }, { sabotage: values.sabotage ?? null })
    add(sum, report)
    if (report.violations.length > 0 && told++ < TOLD)
      console.log(`\n${inWords(report)}\n\nAgain: bin/faults ${fault.name} --seed ${seed} ${again(length)}\n`)
    if (process.stdout.isTTY) process.stdout.write(`\r\x1b[K${row(sum)}`)
    if (fault.once) break
  }
  if (process.stdout.isTTY) process.stdout.write("\r\x1b[K")
  console.log(row(sum) + (sum.measured ? `\n  ${sum.measured}` : ""))
  return sum
}

const again = (length: { cycles?: number; seconds?: number }) =>
  length.cycles ? `--cycles ${length.cycles}` : `--minutes ${((length.seconds ?? 0) / 60).toFixed(2)}`

if (positionals[0] === "broken") {
  chosenBy(positionals.slice(1), [...sabotages, ...controls])
  console.log(`${"broken build".padEnd(44)}${"fault".padEnd(15)}${"after".padEnd(15)}caught by`)
  const done = await catchAll(positionals.slice(1), Number(values.seed), (caught) => console.log(line(caught)))
  const broken = done.filter(({ sabotage }) => !controls.includes(sabotage))
  const caught = done.filter(({ report }) => report)
  const wrong = done.filter(isWrong).length
  console.log(
    `${broken.filter(({ report }) => report).length} of ${broken.length} broken builds caught, ` +
      `and ${caught.filter(({ sabotage }) => controls.includes(sabotage)).length} of ${done.length - broken.length} controls`,
  )
  if (values.save) saveBroken(values.save, command, broken)
  process.exit(wrong > 0 ? 1 : 0)
}

const strange = positionals.find((word) => word !== "all" && !nemesis.some(({ name }) => name === word))
if (strange !== undefined || positionals.length === 0)
  refuse(
    `${strange ? `No fault is called "${strange}".` : "Say which fault, or all."} There are:\n  ${nemesis.map(({ name }) => name).join("\n  ")}`,
  )
const chosen = positionals.includes("all") ? nemesis : nemesis.filter(({ name }) => positionals.includes(name))
console.log(`seed ${values.seed}`)
console.log(head)
const sums: Sum[] = []
for (const signal of ["SIGINT", "SIGTERM"] as const)
  process.on(signal, () => {
    console.log(`\nBroken off. So far:\n${head}\n${row(total(sums))}`)
    for (const folder of folders) rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
    process.exit(130)
  })
for (const fault of chosen) sums.push(await long(fault))
const all = total(sums)
console.log(row(all))
if (values.save) saveFaults(values.save, command, sums)
const idle = sums.filter(({ runs, answered }) => runs === 0 || answered === 0)
for (const { fault } of idle) console.log(`${fault}: nothing was answered, so that nothing was tried.`)
process.exit(all.violations > 0 || idle.length > 0 ? 1 : 0)

// bin/faults NAME... | all [--seed N] [--minutes M | --cycles N] [--save FILE]: breaks things for as long as it is told to, and
// prints a table, which is also written into FILE.md, between its marks, and FILE.json.
// bin/faults broken [WORD...] [--save FILE]: puts each deliberately broken build to the fault that must catch it.
// bin/faults cluster ...: the same with three processes, on Postgres and Redis.
import { rmSync } from "node:fs"
import { chosenBy, numberIn, refuse, wordsOf } from "../../bin/options.ts"
import { folders } from "../world.ts"
import { ofSeveralProcesses } from "./cluster/suite.ts"
import type { Fault } from "./fault.ts"
import { ofOneProcess } from "./of-one-process.ts"
import { inWords } from "./run.ts"
import { catchAll, isWrong, line } from "./sabotage.ts"
import type { Stage } from "./stage.ts"
import type { Suite } from "./suite.ts"
import { add, head, measured, nothingYet, row, type Sum, saveBroken, saveFaults, total } from "./table.ts"

/** After so many seconds, or cycles, a run ends, is judged, and the next begins with the next seed. */
const RUN_SECONDS = 10
const RUN_CYCLES = 20
/** Violating runs that are told in full; of the others only the number counts. */
const TOLD = 3

const namesOf = <On extends Stage>({ faults }: Suite<On>) => faults.map(({ name }) => name).join("\n  ")

const { values, positionals } = wordsOf(
  `bin/faults [cluster] NAME... | all [--seed N] [--minutes M | --cycles N] [--save FILE]
bin/faults [cluster] broken [WORD...] [--seed N] [--save FILE]

  ${namesOf(ofOneProcess)}

cluster: three processes, on Postgres and Redis

  ${namesOf(ofSeveralProcesses)}`,
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
/** So far. */
let told = 0

const command = ["bin/faults", ...process.argv.slice(2)].join(" ").replace(/ --save \S+/, "")

if (positionals[0] === "cluster") await obey(ofSeveralProcesses, positionals.slice(1))
else await obey(ofOneProcess, positionals)

async function obey<On extends Stage>(suite: Suite<On>, words: string[]): Promise<never> {
  const { sabotage, save } = values
  if (sabotage && !suite.sabotages.some(({ name }) => name === sabotage))
    refuse(`No broken build is called "${sabotage}": ${suite.command} broken names them.`)
  if (save && !words.includes("all") && (words[0] !== "broken" || words.length > 1))
    refuse("--save writes the whole table: say all, or broken without a word.")
  for (const signal of ["SIGINT", "SIGTERM"] as const)
    process.on(signal, () => {
      console.log("\nBroken off.")
      process.once("exit", () => {
        for (const folder of folders) rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
      }) // last: what runs in them is stopped first
      process.exit(130)
    })
  const good = words[0] === "broken" ? await breakBuilds(suite, words.slice(1)) : await breakPlaces(suite, words)
  await suite.close()
  process.exit(good ? 0 : 1)
}

/** Whether all of them were caught, and no control. */
async function breakBuilds<On extends Stage>(suite: Suite<On>, words: string[]): Promise<boolean> {
  chosenBy(words, [...suite.sabotages, ...suite.controls])
  console.log(`${"broken build".padEnd(52)}${"fault".padEnd(22)}${"after".padEnd(15)}caught by`)
  const done = await catchAll(suite, words, Number(values.seed), (caught) => console.log(line(caught)))
  const broken = done.filter(({ isControl }) => !isControl)
  const caught = done.filter(({ report }) => report)
  console.log(
    `${broken.filter(({ report }) => report).length} of ${broken.length} broken builds caught, ` +
      `and ${caught.filter(({ isControl }) => isControl).length} of ${done.length - broken.length} controls`,
  )
  if (values.save) saveBroken(values.save, suite.tables.broken, command, broken)
  return !done.some(isWrong)
}

/** Whether all kept what it promises, and had something to keep. */
async function breakPlaces<On extends Stage>(suite: Suite<On>, words: string[]): Promise<boolean> {
  const { faults } = suite
  const strange = words.find((word) => word !== "all" && !faults.some(({ name }) => name === word))
  if (strange !== undefined || words.length === 0)
    refuse(
      `${strange ? `No fault is called "${strange}".` : "Say which fault, or all."} There are:\n  ${namesOf(suite)}`,
    )
  console.log(`seed ${values.seed}`)
  console.log(head)
  const sums: Sum[] = []
  process.once("exit", (code) => code === 130 && console.log(`So far:\n${head}\n${row(total(sums))}`))
  for (const fault of faults.filter(({ name }) => words.includes("all") || words.includes(name))) {
    sums.push(nothingYet(fault.name))
    await long(suite, fault, sums.at(-1)!)
  }
  const all = total(sums)
  console.log(row(all))
  if (values.save) saveFaults(values.save, suite.tables.faults, command, sums)
  const idle = sums.filter(({ runs, answered }) => runs === 0 || answered === 0)
  for (const { fault } of idle) console.log(`${fault}: nothing was answered, so that nothing was tried.`)
  return all.violations === 0 && idle.length === 0
}

/** Adds up what came of it, run by run. */
async function long<On extends Stage>(suite: Suite<On>, fault: Fault<On>, sum: Sum): Promise<void> {
  const seconds = Number(values.minutes ?? 0.2) * 60
  const cycles = values.cycles ? Number(values.cycles) : Number.POSITIVE_INFINITY
  const more = () => (values.cycles ? sum.cycles < cycles : sum.seconds < seconds)
  for (let seed = Number(values.seed); more(); seed++) {
    const length = fault.once
      ? { cycles: fault.cycles ?? 1 }
      : values.cycles
        ? { cycles: Math.min(fault.cycles ?? RUN_CYCLES, cycles - sum.cycles) }
        : { seconds: Math.min(RUN_SECONDS, seconds - sum.seconds) }
    const report = await suite.run(fault, seed, { ...length, long: true }, { sabotage: values.sabotage ?? null })
    add(sum, report)
    if (report.violations.length > 0 && told++ < TOLD)
      console.log(`\n${inWords(report)}\n\nAgain: ${suite.command} ${fault.name} --seed ${seed} ${again(length)}\n`)
    if (process.stdout.isTTY) process.stdout.write(`\r\x1b[K${row(sum)}`)
    if (fault.once) break
  }
  if (process.stdout.isTTY) process.stdout.write("\r\x1b[K")
  const found = measured(sum)
  console.log(row(sum) + (found ? `\n  ${found}` : ""))
}

function again(length: { cycles?: number; seconds?: number }): string {
  return length.cycles ? `--cycles ${length.cycles}` : `--minutes ${((length.seconds ?? 0) / 60).toFixed(2)}`
}

// Measures Parlour and prints one table. `bin/bench` measures everything, `bin/bench word ...` the rows whose name has
// it; `--large` also with 5,000,000 messages. What was found lies in bench/results/ afterwards, as JSON and as a page,
// by the name given with `--save`; a full measurement is the latest, and its table stands in docs/performance.md.
import { mkdir, readFile, writeFile } from "node:fs/promises"
import { cpus, release, totalmem } from "node:os"
import { join } from "node:path"
import { chosenBy, wordsOf } from "../bin/options.ts"
import { pageOf } from "./page.ts"
import type { Found, Row } from "./row.ts"
import { appending } from "./rows/append.ts"
import { clusterAnswers, clusterDelivery, clusterFanOut, clusterPosts } from "./rows/cluster.ts"
import { connections } from "./rows/connections.ts"
import { ends } from "./rows/ends.ts"
import { fanOut, paced } from "./rows/fan-out.ts"
import { hammer } from "./rows/hammer.ts"
import { history } from "./rows/history.ts"
import { importing } from "./rows/import.ts"
import { limits } from "./rows/limits.ts"
import { memory } from "./rows/memory.ts"
import { moving } from "./rows/move.ts"
import { roomPage, weight } from "./rows/page.ts"
import { pacedPosts, posts } from "./rows/posts.ts"
import { removal } from "./rows/removal.ts"
import { longPoll, polledList } from "./rows/requests.ts"
import { resuming, storm } from "./rows/resume.ts"
import { oneAddress, signInFlood } from "./rows/sign-in.ts"
import { slowDisk } from "./rows/slow-disk.ts"
import { stalled } from "./rows/stalled.ts"
import { killed, starting } from "./rows/start.ts"
import { root } from "./server.ts"

// The tests' helpers, of which some rows make use, keep a process going whatever fails in it. A measurement that failed is over:
// what waits for it would wait for ever.
for (const fault of ["unhandledRejection", "uncaughtException"] as const)
  process.on(fault, (error) => {
    console.error(error)
    process.exit(1)
  })

const rows: Row[] = [
  ...[fanOut, paced, posts, pacedPosts, slowDisk, polledList, longPoll],
  ...[connections, stalled, resuming, storm, history, roomPage, weight, appending],
  ...[starting, killed, memory, importing],
  ...[
    clusterPosts,
    clusterAnswers,
    clusterDelivery,
    clusterFanOut,
    ends,
    removal,
    limits,
    hammer,
    signInFlood,
    oneAddress,
    moving,
  ],
]

const { values, positionals } = wordsOf(
  `bin/bench [--large] [--save NAME] [ROW...]\n\n  ${rows.map(({ name }) => name).join("\n  ")}`,
  { save: { type: "string" }, large: { type: "boolean", default: false } },
)
const chosen = chosenBy(positionals, rows)

const table = ["| what | measured | to reach | met? |", "| --- | --- | --- | --- |"]
for (const line of table) console.log(line)
const found: [Row, Found][] = []
for (const row of chosen) {
  const one = await row.measure(values.large)
  found.push([row, one])
  const verdict = one.met === null ? "" : one.met ? "yes" : "**no**"
  table.push(`| ${row.what} | ${one.measured} | ${row.reach} | ${verdict} |`)
  console.log(table.at(-1))
}
for (const [{ name }, { notes = [] }] of found) for (const note of notes) console.log(`\n${name}: ${note}`)

const at = new Date().toISOString()
const machine = { processors: cpus().length, model: cpus()[0]?.model, memory: totalmem(), system: release() }
const inWords = `${machine.processors} x ${machine.model}, ${Math.round(machine.memory / 2 ** 30)} GiB`
const isAll = chosen.length === rows.length
const results = join(import.meta.dirname, "results")
const file = join(results, values.save ?? (isAll ? "latest" : "some"))
const numbers = Object.fromEntries(found.map(([{ name }, { numbers }]) => [name, numbers]))
const verdicts = Object.fromEntries(found.map(([{ name }, { met }]) => [name, met]))
await mkdir(results, { recursive: true })
await writeFile(`${file}.json`, `${JSON.stringify({ at, machine, verdicts, numbers }, null, 2)}\n`)
await writeFile(`${file}.html`, pageOf(at, inWords, found))
console.log(`\nAs a page: ${file}.html`)
if (isAll && !values.save) await writeDown(`Measured on ${at.slice(0, 10)}, ${inWords}.\n\n${table.join("\n")}`)
process.exit(found.some(([, { met }]) => met === false) ? 2 : 0)

/** Puts the table where docs/performance.md has one. */
async function writeDown(words: string): Promise<void> {
  const path = join(root, "docs/performance.md")
  const document = await readFile(path, "utf8")
  await writeFile(
    path,
    document.replace(/(?<=<!-- bin\/bench -->\n).*(?=<!-- end -->)/s, () => `\n${words}\n\n`),
  )
}

// Measures Parlour and prints one table. `bin/bench` measures everything, `bin/bench word ...` the rows that match a
// word; `--full` also what takes many minutes. What was found lies in bench/results/ afterwards, as JSON and as a page,
// by the name given with `--save`.
import { mkdir, writeFile } from "node:fs/promises"
import { cpus, release, totalmem } from "node:os"
import { join } from "node:path"
import { parseArgs } from "node:util"
import { pageOf } from "./page.ts"
import type { Found, Row } from "./row.ts"
import { appending } from "./rows/append.ts"
import { connections } from "./rows/connections.ts"
import { fanOut, paced } from "./rows/fan-out.ts"
import { history } from "./rows/history.ts"
import { importing } from "./rows/import.ts"
import { memory } from "./rows/memory.ts"
import { roomPage, weight } from "./rows/page.ts"
import { posts } from "./rows/posts.ts"
import { longPoll, polledList } from "./rows/requests.ts"
import { resuming, storm } from "./rows/resume.ts"
import { starting } from "./rows/start.ts"

const rows: Row[] = [
  ...[starting, memory, connections, roomPage, weight, history],
  ...[fanOut, paced, posts, polledList, longPoll, resuming, storm, importing, appending],
]

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { save: { type: "string", default: "latest" }, full: { type: "boolean", default: false } },
})
const chosen = rows.filter(
  ({ name, what }) => positionals.length === 0 || positionals.some((word) => `${name} ${what}`.includes(word)),
)
if (chosen.length === 0) {
  console.error(`No row matches. There are: ${rows.map(({ name }) => name).join(", ")}.`)
  process.exit(1)
}

console.log("| what | measured | to reach | met? |\n| --- | --- | --- | --- |")
const found: [Row, Found][] = []
for (const row of chosen) {
  const one = await row.measure(values.full)
  found.push([row, one])
  console.log(
    `| ${row.what} | ${one.measured} | ${row.reach} | ${one.met === null ? "" : one.met ? "yes" : "**no**"} |`,
  )
}
for (const [{ name }, { notes = [] }] of found) for (const note of notes) console.log(`\n${name}: ${note}`)

const at = new Date().toISOString()
const machine = { processors: cpus().length, model: cpus()[0]?.model, memory: totalmem(), system: release() }
const numbers = Object.fromEntries(found.map(([{ name }, { numbers }]) => [name, numbers]))
const file = join(import.meta.dirname, "results", values.save)
await mkdir(join(import.meta.dirname, "results"), { recursive: true })
await writeFile(`${file}.json`, `${JSON.stringify({ at, machine, numbers }, null, 2)}\n`)
await writeFile(`${file}.html`, pageOf(at, found))
console.log(`\nAs a page: ${file}.html`)
process.exit(found.some(([, { met }]) => met === false) ? 2 : 0)

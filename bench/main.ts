// Measures Parlour and prints one table. `bin/bench` measures everything, `bin/bench word ...` the rows that match a
// word, `bin/bench --save name` also writes bench/results/name.json.
import { writeFile } from "node:fs/promises"
import { cpus, release, totalmem } from "node:os"
import { join } from "node:path"
import { parseArgs } from "node:util"
import type { Found, Row } from "./row.ts"
import { appending } from "./rows/append.ts"
import { fanOut } from "./rows/fan-out.ts"
import { importing } from "./rows/import.ts"
import { memory } from "./rows/memory.ts"
import { roomPage, weight } from "./rows/page.ts"
import { posts } from "./rows/posts.ts"
import { starting } from "./rows/start.ts"

const rows: Row[] = [starting, memory, roomPage, weight, fanOut, posts, importing, appending]

const { values, positionals } = parseArgs({ allowPositionals: true, options: { save: { type: "string" } } })
const chosen = rows.filter(
  ({ name, what }) => positionals.length === 0 || positionals.some((word) => `${name} ${what}`.includes(word)),
)
if (chosen.length === 0) {
  console.error(`No row matches. There are: ${rows.map(({ name }) => name).join(", ")}.`)
  process.exit(1)
}

console.log("| what | measured | to reach | met? |\n| --- | --- | --- | --- |")
const found: Record<string, Found> = {}
for (const row of chosen) {
  const one = await row.measure()
  found[row.name] = one
  console.log(
    `| ${row.what} | ${one.measured} | ${row.reach} | ${one.met === null ? "" : one.met ? "yes" : "**no**"} |`,
  )
}
for (const [name, { notes = [] }] of Object.entries(found)) for (const note of notes) console.log(`\n${name}: ${note}`)

if (values.save) {
  const machine = { processors: cpus().length, model: cpus()[0]?.model, memory: totalmem(), system: release() }
  const numbers = Object.fromEntries(Object.entries(found).map(([name, { numbers }]) => [name, numbers]))
  const file = join(import.meta.dirname, "results", `${values.save}.json`)
  await writeFile(file, `${JSON.stringify({ at: new Date().toISOString(), machine, numbers }, null, 2)}\n`)
}
process.exit(Object.values(found).some(({ met }) => met === false) ? 2 : 0)

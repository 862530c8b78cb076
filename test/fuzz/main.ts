// bin/fuzz [--minutes M] [--seed S] [--from N] [--cases N] [--on sqlite|postgres]: sends everything there is and is not to a
// place, and tells what it did not bear. With the seed, the number of a case gives it again: `--from N --cases 1`.
import { rmSync } from "node:fs"
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { postgres, provide } from "../../bin/needs.ts"
import { numberIn, refuse, wordsOf } from "../../bin/options.ts"
import { startPostgres } from "../postgres.ts"
import { folders } from "../world.ts"
import { fuzz, type Report } from "./run.ts"

const { values } = wordsOf("bin/fuzz [--minutes M] [--seed S] [--from N] [--cases N] [--on sqlite|postgres]", {
  minutes: { type: "string", default: "1" },
  seed: { type: "string", default: `${Math.floor(Math.random() * 1e6) + 1}` },
  from: { type: "string", default: "0" },
  cases: { type: "string" },
  on: { type: "string" },
})
const seed = numberIn("seed", values.seed)
const from = numberIn("from", values.from, 0)
const cases = values.cases === undefined ? {} : { cases: numberIn("cases", values.cases) }
if (!(Number(values.minutes) > 0)) refuse(`--minutes is a number greater than 0: "${values.minutes}" is not.`)
if (values.on !== undefined && !/^(sqlite|postgres)$/.test(values.on)) refuse("--on is sqlite or postgres.")
const setUps = values.on === undefined ? ["sqlite", "postgres"] : [values.on]

const folder = await mkdtemp(join(tmpdir(), "parlour-fuzz-"))
const server = setUps.includes("postgres") ? await startPostgres(provide(postgres), folder) : null
const leave = async (status: number): Promise<never> => {
  server?.stop()
  await rm(folder, { recursive: true, force: true })
  for (const one of folders) rmSync(one, { recursive: true, force: true })
  process.exit(status)
}
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => void leave(130).catch(console.error))

console.log(`seed ${seed}`)
let found = 0
for (const setUp of setUps) {
  const seconds = (Number(values.minutes) * 60) / setUps.length
  const report = await fuzz(seed, { seconds, from, ...cases }, {}, setUp === "postgres" ? server!.url : undefined)
  found += report.findings.length
  tell(setUp, report)
}
await leave(found > 0 ? 1 : 0)

function tell(setUp: string, { cases, statuses, findings, worst, worstCase, grown }: Report): void {
  console.log(`\n${setUp}: ${cases} cases, ${findings.length} findings`)
  console.log(`the dearest case took ${worst.toFixed(0)} ms of the loop: ${worstCase}`)
  console.log(`the place grew by ${grown.toFixed(0)} MiB; answers: ${JSON.stringify(statuses)}`)
  for (const one of findings) console.log(`\n${one}`)
}

// Runs the suites one after the other and counts what they did. The counts come from the runners' reports for machines;
// whatever is not plainly a pass counts as failed: skipped, flaky, a file that broke or held no test, a suite that ran nothing.
import { existsSync } from "node:fs"
import { mkdtemp, readFile, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Glob } from "bun"
import { POSTGRES_VARIABLE, startPostgres } from "../test/postgres.ts"
import { REDIS_VARIABLE, startRedis } from "../test/redis.ts"
import {
  chromium,
  dbus,
  firefox,
  miniBrowser,
  type Need,
  postgres,
  provide,
  provideFonts,
  redis,
  webkitDriver,
  xvfb,
} from "./needs.ts"

const root = join(import.meta.dirname, "..")
const words = process.argv.slice(2)

/** A suite that takes longer hangs. */
const LONGEST_MS = 15 * 60_000

/** Every page in every state, a dozen times over: it takes half as long as the other stories. */
const GALLERY = "test/browser/looks.spec.ts"

/** What builds it. */
const CLIENT = "client build"

type Count = { passed: number; failed: number }
type Result = Count & { name: string; ms: number }
type Run = { output: string; ok: boolean }

type Suite = {
  name: string
  /** The test files it runs; null for a check, which counts as one test. */
  files: string[] | null
  run(files: string[], report: string): Promise<Run>
  count?(files: string[], report: string): Promise<Count>
}

const node = (...command: string[]) => start([Bun.which("node") ?? "node", ...command])
const bun = (...command: string[]) => start([process.execPath, ...command])
const bunTests = (...options: string[]) => ({
  run: (files: string[], report: string) =>
    bun(
      "test",
      "--only-failures",
      "--reporter=junit",
      `--reporter-outfile=${report}`,
      ...options,
      ...files.map((file) => `./${file}`),
    ),
  count: countJUnit,
})

/** Two files at a time, where no test minds that: they mostly wait. */
const ABREAST = "--parallel=2"

/** Places on the other set-up, Postgres and Redis, where each way to the database and back takes longer. */
const onPostgres = {
  ...bunTests(),
  async run(files: string[], report: string) {
    const folder = await mkdtemp(join(tmpdir(), "parlour-tests-"))
    const database = await startPostgres(provide(postgres), folder)
    const bus = await startRedis(provide(redis), folder)
    Object.assign(process.env, { [POSTGRES_VARIABLE]: database.url, [REDIS_VARIABLE]: bus.url })
    try {
      return await bunTests(ABREAST, "--timeout=20000").run(files, report)
    } finally {
      for (const variable of [POSTGRES_VARIABLE, REDIS_VARIABLE]) delete process.env[variable]
      await bus.kill()
      database.stop()
      await rm(folder, { recursive: true, force: true })
    }
  },
}

const suites: Suite[] = [
  { name: "lint", files: null, run: () => node("node_modules/.bin/biome", "check", "--error-on-warnings", ".") },
  { name: "types", files: null, run: () => node("node_modules/.bin/tsc", "-p", ".") },
  { name: "client types", files: null, run: () => node("node_modules/.bin/tsc", "-p", "client") },
  { name: CLIENT, files: null, run: () => bun("bin/build-client.ts") },
  {
    name: "unit",
    files: await testFiles("{protocol,view,server,client,bin,bench}/**/*.test.{ts,tsx}"),
    ...bunTests(ABREAST),
  },
  { name: "whole", files: (await testFiles("test/**/*.test.{ts,tsx}")).filter(isNoFault), ...bunTests(ABREAST) },
  {
    name: "on Postgres",
    files: [
      "server/perform.test.ts",
      "server/names/kept.test.ts",
      ...(await testFiles("server/{http,live,messages,people,rooms}/**/*.test.ts")),
      ...(await testFiles("test/**/*.test.ts")).filter(isOfAnyDatabase),
    ],
    ...onPostgres,
  },
  { name: "faults", files: await testFiles("test/faults/**/*.test.ts"), ...bunTests() },
  {
    name: "browser",
    files: (await testFiles("test/browser/**/*.spec.ts")).filter((file) => file !== GALLERY),
    run: (files, report) => inBrowsers([chromium], report, files),
    count: countPlaywright,
  },
  {
    name: "gallery",
    files: [GALLERY],
    run: (files, report) => inBrowsers([chromium], report, files),
    count: countPlaywright,
  },
  {
    name: "engines",
    files: await testFiles("test/engines/**/*.spec.ts"),
    run: (files, report) =>
      inBrowsers([chromium, firefox, webkitDriver, miniBrowser, xvfb, dbus], report, ["-c", "test/engines", ...files]),
    count: countPlaywright,
  },
]

async function inBrowsers(needs: Need[], report: string, options: string[]): Promise<Run> {
  provideFonts()
  for (const need of needs) process.env[need.variable] = provide(need)
  process.env.PLAYWRIGHT_JSON_OUTPUT_FILE = report
  return node("node_modules/.bin/playwright", "test", "--reporter=list,json", ...options)
}

/** The faults take minutes, and are a suite of their own. */
function isNoFault(file: string): boolean {
  return !file.startsWith("test/faults/")
}

/** But for those that start what they need themselves: the cluster's, and deploy, whose servers stand behind proxies. And
 *  architecture and supported only read. */
function isOfAnyDatabase(file: string): boolean {
  return isNoFault(file) && !/^test\/(cluster\/|architecture\.|supported\.|deploy\.)/.test(file)
}

async function testFiles(pattern: string): Promise<string[]> {
  return (await Array.fromAsync(new Glob(pattern).scan(root))).sort()
}

/** All of them, or what the words name: a suite by its name, files by a part of theirs. In a fresh clone the client is built
 *  first, which a place does not open without. */
function chosen(): Suite[] {
  if (words.length === 0) return suites
  const named = suites.flatMap((suite) => {
    if (words.includes(suite.name)) return [suite]
    const files = suite.files?.filter((file) => words.some((word) => file.includes(word))) ?? []
    return files.length > 0 ? [{ ...suite, files }] : []
  })
  if (named.length === 0 || existsSync(join(root, "dist/assets.json"))) return named
  return [...new Set([...suites.filter(({ name }) => name === CLIENT), ...named])]
}

async function start(command: string[]): Promise<Run> {
  const env = { ...process.env, ...(process.stdout.isTTY && { FORCE_COLOR: "1" }) }
  const child = Bun.spawn(command, {
    cwd: root,
    env,
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
    timeout: LONGEST_MS,
  })
  const [stdout, stderr, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ])
  const late = child.signalCode ? `\nStopped by ${child.signalCode}.` : ""
  return { output: stdout + stderr + late, ok: code === 0 }
}

async function countJUnit(files: string[], report: string): Promise<Count> {
  const xml = await readFile(report, "utf8")
  const cases = [...xml.matchAll(/<testcase\b[^>]*?(?:\/>|>([\s\S]*?)<\/testcase>)/g)]
  const failed = cases.filter(([, inside]) => /<(failure|error|skipped)\b/.test(inside ?? "")).length
  const silent = files.filter((file) => !xml.includes(`file="${file}"`)).length
  return { passed: cases.length - failed, failed: failed + silent }
}

async function countPlaywright(_: string[], report: string): Promise<Count> {
  const { stats, errors } = JSON.parse(await readFile(report, "utf8"))
  return { passed: stats.expected, failed: stats.unexpected + stats.flaky + stats.skipped + errors.length }
}

/** Runs one and shows what it said when it failed. */
async function result({ name, files, run, count }: Suite, folder: string): Promise<Result> {
  const began = performance.now()
  const report = join(folder, name)
  const { output, ok } = await run(files ?? [], report).catch((error: Error) => ({ output: error.message, ok: false }))
  const counted: Count = count
    ? await count(files ?? [], report).catch(() => ({ passed: 0, failed: 0 }))
    : { passed: ok ? 1 : 0, failed: ok ? 0 : 1 }
  if (counted.failed === 0 && (!ok || counted.passed === 0)) counted.failed = 1
  if (counted.failed > 0) console.log(`\n--- ${name} ---\n${output.trim()}\n`)
  return { name, ...counted, ms: performance.now() - began }
}

const folder = await mkdtemp(join(tmpdir(), "parlour-tests-"))
process.chdir(root)
const results: Result[] = []
for (const suite of chosen()) {
  if (process.stdout.isTTY) process.stdout.write(`${suite.name} ...\r`)
  results.push(await result(suite, folder))
}
await rm(folder, { recursive: true, force: true })

for (const { name, passed, failed, ms } of results) {
  const cells = [`${passed} passed`, `${failed} failed`, `${(ms / 1000).toFixed(1)} s`]
  console.log(name.padEnd(14) + cells.map((cell) => cell.padStart(13)).join(""))
}
if (results.length === 0) console.log(`No suite and no test file is called ${words.join(" or ")}.`)

const total = (what: keyof Count) => results.reduce((sum, one) => sum + one[what], 0)
console.log(`${total("passed")} passed, ${total("failed")} failed`)
process.exit(total("failed") > 0 || results.length === 0 ? 1 : 0)

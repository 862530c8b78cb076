// A new version is put in place while the one before still runs, in the same folder: each is asked for what pages of the other
// name, because nobody has to stick to a process.
import { afterAll, beforeAll, expect, test } from "bun:test"
import { appendFile, cp, mkdir, readdir, rm, symlink, utimes, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { freePort } from "../port.ts"
import { mustCatchAll, temporaryFolder, until } from "../world.ts"

const ROOT = join(import.meta.dirname, "../..")
const PARTS = [
  "bin/build-client.ts",
  "client",
  "migrations",
  "package.json",
  "protocol",
  "server",
  "tsconfig.json",
  "view",
]
const BROTLI = { headers: { "accept-encoding": "br" }, decompress: false }
const LONG_AGO = new Date(Date.now() - 100 * 24 * 3600 * 1000)

type Version = { url: string; assets: string[] }

let folder: string
let older: Version
let newer: Version
const running: ReturnType<typeof run>[] = []
const caught: Promise<void>[] = []

beforeAll(async () => {
  folder = await temporaryFolder()
  for (const part of PARTS) await cp(join(ROOT, part), join(folder, part), { recursive: true })
  await symlink(join(ROOT, "node_modules"), join(folder, "node_modules"))
  await build()
  await make("left-0123456789ab.css") // by a build that others took the place of
  for (const name of await readdir(join(folder, "dist"))) await utimes(join(folder, "dist", name), LONG_AGO, LONG_AGO)
  older = await start()
  await appendFile(join(folder, "client/style/style.css"), "\n.newer { color: red; }\n")
  await build()
  newer = await start()
}, 60_000)

afterAll(async () => {
  for (const one of running) {
    one.kill()
    await one.exited
  }
  await Promise.all(caught)
  await rm(folder, { recursive: true, force: true })
})

const make = (name: string) => writeFile(join(folder, "dist", name), "a{}")

function run(env: Record<string, string>, program: string) {
  const one = Bun.spawn([process.execPath, `--tsconfig-override=${folder}/tsconfig.json`, join(folder, program)], {
    stdio: ["ignore", "ignore", "pipe"],
    cwd: folder,
    env: { PATH: process.env.PATH!, ...env },
  })
  caught.push(mustCatchAll(one.stderr))
  return one
}

async function build(): Promise<void> {
  expect(await run({}, "bin/build-client.ts").exited).toBe(0)
}

async function start(): Promise<Version> {
  const DATA_DIR = join(folder, `data-${running.length}`)
  await mkdir(DATA_DIR)
  const port = await freePort()
  running.push(run({ DATA_DIR, PORT: `${port}` }, "server/main.ts"))
  const url = `http://127.0.0.1:${port}`
  const page = () => fetch(`${url}/register`).catch(() => null)
  await until("it answers", async () => (await page())?.status === 200, 20_000)
  const assets = (await (await page())!.text()).match(/\/assets\/[\w.-]+/g)
  return { url, assets: [...new Set(assets)] }
}

test("each of two versions serves what the pages of the other name, as if it were its own", async () => {
  expect(older.assets.filter((path) => !newer.assets.includes(path))).toHaveLength(1) // the style
  const answer = async (version: Version, path: string) => {
    const answer = await fetch(version.url + path, BROTLI)
    const kept = ["content-type", "content-encoding", "cache-control", "vary"].map((name) => answer.headers.get(name))
    return { status: answer.status, kept, content: Bun.hash(await answer.bytes()) }
  }
  for (const [own, other] of [
    [older, newer],
    [newer, older],
  ] as const)
    for (const path of other.assets) {
      const [here, there] = await Promise.all([answer(own, path), answer(other, path)])
      expect([path, here]).toEqual([path, there])
      expect(here.status).toBe(200)
      expect(here.kept).toContain("br")
    }
})

test("nothing is served but what a build wrote, and nothing of a build that is long gone", async () => {
  await make("fresh-0123456789ab.css")
  await make("fresh.css")
  await writeFile(join(folder, "out-0123456789ab.css"), "a{}")
  const status = async (name: string) => (await fetch(`${newer.url}/assets/${name}`)).status
  expect(await status("fresh-0123456789ab.css")).toBe(200)
  const others = ["fresh.css", "assets.json", "left-0123456789ab.css", "fresh-0123456789ab.css.br"]
  const outside = ["..%2Fout-0123456789ab.css", "%2e%2e/out-0123456789ab.css", "a%2f..%2f..%2fout-0123456789ab.css"]
  for (const name of [...others, ...outside]) expect([name, await status(name)]).toEqual([name, 404])
})

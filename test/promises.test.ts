// A promise that nothing catches ends the process, or would, if that had no last resort. So in the server there is none: each
// is awaited, returned, kept for somebody, or ends in a catch (`inBackground` is one).
import { afterAll, describe, expect, test } from "bun:test"
import { mkdir, rm, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { temporaryFolder } from "./world.ts"

const ROOT = join(import.meta.dirname, "..")
const CONFIG = join(ROOT, "tsconfig.json")

async function letGo(config: string, folder: string): Promise<string[]> {
  const node = Bun.which("node") ?? "node"
  const child = Bun.spawn([node, join(import.meta.dirname, "promises.mjs"), config, folder], {
    stdout: "pipe",
    stderr: "pipe",
  })
  const [out, err, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ])
  if (code !== 0) throw new Error(err)
  return out.split("\n").filter(Boolean)
}

test("the server lets no promise go that nothing catches", async () => {
  expect(await letGo(CONFIG, join(ROOT, "server"))).toEqual([])
}, 30_000)

describe("the check itself:", () => {
  const wrong = [
    "work()",
    "void work()",
    "work().then(() => {})",
    "work().finally(() => {})",
    "work().catch(() => {}).then(() => {})",
    "work() ?? 1",
    "Promise.all([work()])",
    "setTimeout(() => work(), 1)",
    "setTimeout(async () => { await work() }, 1)",
    'process.on("SIGTERM", async () => { await work() })',
    "if (work) void work()",
  ]
  const right = [
    "await work()",
    "work().catch(() => {})",
    "work().then(() => {}, () => {})",
    "inBackground(work())",
    "setTimeout(() => work().catch(() => {}), 1)",
    "setTimeout(() => inBackground(work()), 1)",
    "const kept = work(); await kept",
    "kept ??= work()",
    "void (1 + 1)",
    'process.on("SIGTERM", () => {})',
  ]
  const cleanUp: (() => Promise<void>)[] = []
  afterAll(async () => {
    for (const one of cleanUp) await one()
  })

  test("each fault is found, and its harmless twin is not", async () => {
    const folder = await temporaryFolder()
    cleanUp.push(() => rm(folder, { recursive: true }))
    await mkdir(join(folder, "server"))
    const head =
      "const work = async () => {}\nconst inBackground = (work: Promise<unknown>) => { work.catch(() => {}) }\nlet kept: Promise<void> | undefined\n"
    const file = (code: string) =>
      `${head}export async function one() {\n${code}\n}\nexport { work, inBackground, kept }\n`
    for (const [i, code] of wrong.entries()) await writeFile(join(folder, "server", `wrong${i}.ts`), file(code))
    for (const [i, code] of right.entries()) await writeFile(join(folder, "server", `right${i}.ts`), file(code))
    const options = {
      ...JSON.parse(await Bun.file(CONFIG).text()).compilerOptions,
      typeRoots: [join(ROOT, "node_modules/@types")],
    }
    const config = join(folder, "tsconfig.json")
    await writeFile(config, JSON.stringify({ compilerOptions: options, include: ["server"] }))
    const found = new Set((await letGo(config, folder)).map((line) => line.replace(/:.*/, "")))
    expect([...found].sort()).toEqual(wrong.map((_, i) => `server/wrong${i}.ts`).sort())
  }, 30_000)
})

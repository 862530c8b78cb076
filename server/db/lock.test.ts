import { afterAll, beforeAll, beforeEach, expect, test } from "bun:test"
import { mkdir, rm, symlink, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { temporaryFolder } from "../../test/world.ts"
import { lockPlace } from "./lock.ts"

let folder: string
let number = 0
let place: { dataDir: string; database: string }

beforeAll(async () => {
  folder = await temporaryFolder()
})
beforeEach(() => {
  const dataDir = join(folder, `${++number}`)
  place = { dataDir, database: join(dataDir, "parlour.db") }
})
afterAll(() => rm(folder, { recursive: true, force: true }))

test("a place is one process's, until it lets go", () => {
  const first = lockPlace(place)
  expect(first).not.toBeNull()
  expect(lockPlace(place)).toBeNull()
  first!.release()
  const second = lockPlace(place)
  expect(second).not.toBeNull()
  second!.release()
})

test("neither the folder nor the database can be shared, by whatever way they are reached", async () => {
  const first = lockPlace(place)
  await writeFile(place.database, "")
  const other = join(folder, `${number}-other`)
  await mkdir(other)
  await symlink(place.database, join(other, "linked.db"))
  for (const shared of [
    { ...place, database: join(other, "mine.db") },
    { dataDir: other, database: place.database },
    { dataDir: other, database: join(other, "linked.db") },
  ])
    expect(lockPlace(shared)).toBeNull()
  const apart = lockPlace({ dataDir: other, database: join(other, "mine.db") })
  expect(apart).not.toBeNull()
  for (const lock of [first, apart]) lock!.release()
})

test("another process is refused, and gets it when the first is killed", async () => {
  const code = `
    const { lockPlace } = await import(${JSON.stringify(join(import.meta.dirname, "lock.ts"))})
    globalThis.lock = lockPlace(${JSON.stringify(place)}) // kept, or it would be let go with the garbage
    console.log(globalThis.lock ? "locked" : "refused")
    setInterval(() => {}, 1000)`
  const child = Bun.spawn([process.execPath, "-e", code], { stdout: "pipe", stderr: "ignore" })
  try {
    const { value } = await child.stdout.getReader().read()
    expect(new TextDecoder().decode(value).trim()).toBe("locked")
    expect(lockPlace(place)).toBeNull()
  } finally {
    child.kill("SIGKILL")
    await child.exited
  }
  const lock = lockPlace(place)
  expect(lock).not.toBeNull()
  lock!.release()
})

test("a folder that cannot be one is refused in one sentence", async () => {
  const file = join(folder, "file")
  await writeFile(file, "")
  for (const dataDir of [file, join(file, "below")])
    expect(() => lockPlace({ dataDir, database: join(dataDir, "parlour.db") })).toThrow(/^Parlour cannot write .*\.$/)
})

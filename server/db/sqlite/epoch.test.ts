import { Database } from "bun:sqlite"
import { afterEach, beforeEach, expect, spyOn, test } from "bun:test"
import { cp, mkdir, readdir, rm } from "node:fs/promises"
import { join } from "node:path"
import { settle, temporaryFolder } from "../../../test/world.ts"
import { type App, createApp } from "../../app.ts"
import { readConfig } from "../../config.ts"
import { perform } from "../../perform.ts"
import { beginEpoch } from "./epoch.ts"
import { migrate } from "./migrate.ts"

let base: string
let folder: string
let backup: string

beforeEach(async () => {
  base = await temporaryFolder()
  folder = join(base, "data")
  backup = join(base, "backup")
  await mkdir(folder)
})
afterEach(() => rm(base, { recursive: true, force: true }))

type Visit = { epoch: string; tick: number; knows(other: { epoch: string; tick: number }): boolean }

/** Opens the place, does something, closes it; answers how far a client has heard that was there until then. */
async function visit(work: (app: App) => Promise<unknown> = async () => {}): Promise<Visit> {
  const app = await createApp(readConfig({ DATA_DIR: folder, PORT: "0", LIMITS: "off" }))
  try {
    await work(app)
    const { hub } = app
    return { epoch: hub.epoch, tick: hub.tick, knows: ({ epoch, tick }) => hub.isOurs(epoch, tick) }
  } finally {
    await app.close()
  }
}

const talk = (times: number) => async (app: App) => {
  const ann = await settle(app, `ann${app.hub.tick}`)
  for (let i = 0; i < times; i++) await perform(app, ann, { type: "post", room: "talk", text: `${i}` })
}

test("a place that is opened again knows whoever was there before", async () => {
  const first = await visit(talk(3))
  const second = await visit(talk(3))
  const third = await visit()
  expect(second.epoch).not.toBe(first.epoch)
  expect(second.tick).toBeGreaterThan(first.tick)
  for (const before of [first, { ...first, tick: first.tick - 2 }, second]) expect(third.knows(before)).toBe(true)
  expect(third.knows({ ...first, tick: first.tick + 1 })).toBe(false) // nobody can have heard that
  expect(third.knows({ ...third, tick: third.tick + 1 })).toBe(false)
})

test("a restored backup knows what was heard before it was taken, and nothing after that, however it is put back", async () => {
  const before = await visit(talk(3))
  await cp(folder, backup, { recursive: true, preserveTimestamps: true })
  const after = await visit(talk(3))
  for (const restore of [
    () => rm(folder, { recursive: true }).then(() => cp(backup, folder, { recursive: true, preserveTimestamps: true })),
    async () => {
      for (const file of await readdir(backup)) await Bun.write(join(folder, file), Bun.file(join(backup, file))) // in place
    },
    () =>
      Bun.$`rm -f ${folder}/parlour.db-wal ${folder}/parlour.db-shm && cp ${backup}/parlour.db ${folder}/parlour.db`,
  ]) {
    await restore()
    const restored = await visit(talk(10))
    expect(restored.tick).toBeGreaterThan(after.tick)
    expect(restored.knows(before)).toBe(true)
    expect(restored.knows(after)).toBe(false)
  }
})

test("so does one that was taken while people were talking", async () => {
  let heard = { epoch: "", tick: 0 }
  const during = await visit(async (app) => {
    await talk(3)(app)
    heard = { epoch: app.hub.epoch, tick: app.hub.tick }
    const live = new Database(join(folder, "parlour.db"))
    live.run("vacuum into ?", [backup])
    live.close()
    await talk(3)(app)
  })
  await rm(folder, { recursive: true })
  await mkdir(folder)
  await cp(backup, join(folder, "parlour.db"))
  const restored = await visit(talk(10))
  expect(restored.knows(heard)).toBe(true)
  expect(restored.knows(during)).toBe(false)
})

test("two that were restored from one backup do not know each other", async () => {
  await visit(talk(3))
  await cp(folder, backup, { recursive: true })
  const one = await visit(talk(3))
  await rm(folder, { recursive: true })
  await cp(backup, folder, { recursive: true })
  const other = await visit(talk(3))
  expect(other.tick).toBe(one.tick)
  expect(other.knows(one)).toBe(false)
})

test("the line is not kept for ever", async () => {
  const database = new Database(":memory:")
  await migrate(database)
  for (let i = 0; i < 1_100; i++) beginEpoch(database)
  expect(database.query("select count(*) as count from epochs").get()).toEqual({ count: 1_000 })
})

test("a disk that takes nothing keeps nobody from reading, and its epoch is one of its own", async () => {
  const before = await visit(talk(3))
  const database = new Database(join(folder, "parlour.db"))
  database.run("pragma max_page_count = 1") // as full as a disk can be
  database.run("pragma query_only = 1")
  const said = spyOn(console, "error").mockImplementation(() => {})
  const line = beginEpoch(database)
  expect(said.mock.calls.flat().join()).toContain("could not be noted")
  said.mockRestore()
  database.close()
  expect(line.at(-2)!.name).toBe(before.epoch)
  expect(line.at(-1)).toEqual({ name: expect.stringMatching(/^[0-9a-f]{12}$/), began: before.tick })
  expect((await visit()).knows({ epoch: line.at(-1)!.name, tick: before.tick })).toBe(false)
})

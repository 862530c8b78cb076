// `parlour import` from far away: between it and Postgres each piece takes its time, and others talk meanwhile.
import { afterAll, beforeAll, expect, test } from "bun:test"
import { rm, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { postgres, provide } from "../bin/needs.ts"
import { operator } from "../server/caller.ts"
import { changes } from "../server/changes.ts"
import type { Control } from "../server/control.ts"
import { importFile } from "../server/import-file.ts"
import { readClock } from "../server/live/clock.ts"
import { perform } from "../server/perform.ts"
import { TcpProxy } from "./faults/proxy.ts"
import { freshDatabase, startPostgres } from "./postgres.ts"
import { type OpenApp, openApp, settle, temporaryFolder } from "./world.ts"

const LINES = 3_000
/** Milliseconds that each piece takes, each way. */
const LATENCY_MS = 3

let folder: string
let server: Awaited<ReturnType<typeof startPostgres>>

beforeAll(async () => {
  folder = await temporaryFolder()
  server = await startPostgres(provide(postgres), folder)
}, 60_000)
afterAll(async () => {
  server.stop()
  await rm(folder, { recursive: true, force: true })
})

const asking = (app: OpenApp): Control => ({
  url: "",
  ask: async (command) => (await perform(app, operator, command)).answer,
  async close() {},
})
const telling = { progress() {}, refuse() {} }

test("an import over a slow way adds every line in its order, and nobody who talks meanwhile is refused", async () => {
  const database = await freshDatabase(server.url)
  const proxy = await TcpProxy.open()
  proxy.upstream = server.url
  proxy.climate = () => ({ up: { latency: LATENCY_MS }, down: { latency: LATENCY_MS } })
  const away = new URL(database.url)
  away.port = new URL(proxy.url).port
  {
    await using here = await openApp(undefined, { DATABASE_URL: database.url })
    await using far = await openApp(undefined, { DATABASE_URL: away.href })
    const owner = await settle(here, "owner")
    const { tick: begun } = await readClock(here.db.sql)

    const file = join(folder, "lines")
    const line = (i: number) => ({ room: `room ${i % 7}`, author: `author ${i % 90}`, at: i, text: `line ${i}` })
    await writeFile(file, Array.from({ length: LINES }, (_, i) => JSON.stringify(line(i))).join("\n"))
    let over = false
    const importing = importFile(file, asking(far), telling).finally(() => {
      over = true
    })
    let said = 0
    const talking = (async () => {
      for (; !over; await Bun.sleep(20)) await perform(here, owner, { type: "post", room: "talk", text: `${said++}` })
    })()
    expect((await Promise.all([importing, talking]))[0]).toMatchObject({ added: LINES, known: 0, refused: 0 })
    expect(said).toBeGreaterThan(1)

    const { tick } = await readClock(here.db.sql)
    const span = { person: null, watching: null, after: begun, upTo: tick, limit: tick }
    const told = await changes(here.db.sql, span)
    expect(told.map((one) => one.tick)).toEqual(Array.from({ length: tick - begun }, (_, i) => begun + 1 + i))
    expect(
      told.flatMap((one) => (one.kind === "message" && one.author.id !== owner.person.id ? [one.text] : [])),
    ).toEqual(Array.from({ length: LINES }, (_, i) => `line ${i}`))
    expect(tick - begun).toBe(LINES + 7 + 90 + said)
    expect(await importFile(file, asking(far), telling)).toMatchObject({ added: 0, known: LINES })
  }
  await proxy.close()
  await database.drop()
}, 60_000)

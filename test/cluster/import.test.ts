// `parlour import` from far away: between it and Postgres each piece takes its time, and others talk
// meanwhile.
import { expect, test } from "bun:test"
import { writeFile } from "node:fs/promises"
import { join } from "node:path"
import type { Event } from "../../protocol/event.ts"
import { operator } from "../../server/caller.ts"
import { changes } from "../../server/changes.ts"
import type { Control } from "../../server/control.ts"
import { importFile } from "../../server/import-file.ts"
import { readClock } from "../../server/live/clock.ts"
import { perform } from "../../server/perform.ts"
import { TcpProxy } from "../faults/proxy.ts"
import { freshDatabase } from "../postgres.ts"
import { standingPostgres } from "../standing.ts"
import { type OpenApp, openApp, settle } from "../world.ts"

const LINES = 3_000
const DAY = Date.UTC(2019, 9, 7)
const ROOMS = 7
const AUTHORS = 90
/** Milliseconds that each piece takes, each way. */
const LATENCY_MS = 3

const server = standingPostgres()

const asking = (app: OpenApp): Pick<Control, "ask"> => ({
  ask: async (command) => (await perform(app, operator, command)).answer,
})
const telling = { progress() {}, refuse() {} }

/** A place here, its owner in it, and the same place far away. */
async function apart() {
  const database = await freshDatabase(server.url)
  const proxy = await TcpProxy.open()
  proxy.upstream = server.url
  proxy.climate = () => ({ up: { latency: LATENCY_MS }, down: { latency: LATENCY_MS } })
  const away = new URL(database.url)
  away.port = new URL(proxy.url).port
  const here = await openApp(undefined, { DATABASE_URL: database.url })
  const far = await openApp(undefined, { DATABASE_URL: away.href })
  const owner = await settle(here, "owner")
  const { tick: begun } = await readClock(here.db.sql)
  return {
    proxy,
    here,
    far,
    owner,
    /** What happened since the beginning. */
    async told() {
      const { tick } = await readClock(here.db.sql)
      return changes(here.db.sql, { person: null, watching: null, after: begun, upTo: tick, limit: tick })
    },
    async [Symbol.asyncDispose]() {
      await far[Symbol.asyncDispose]()
      await here[Symbol.asyncDispose]()
      await proxy.close()
      await database.drop()
    },
  }
}

async function fileOfLines(): Promise<string> {
  const file = join(server.folder, "lines")
  const line = (i: number) => ({
    room: `room ${i % ROOMS}`,
    author: `author ${i % AUTHORS}`,
    at: DAY + i,
    text: `line ${i}`,
  })
  await writeFile(file, Array.from({ length: LINES }, (_, i) => JSON.stringify(line(i))).join("\n"))
  return file
}

const allLines = Array.from({ length: LINES }, (_, i) => `line ${i}`)
const linesIn = (told: Event[]) =>
  told.flatMap((one) => (one.kind === "message" && one.author.name.startsWith("author") ? [one.text] : []))

test("an import over a slow way adds every line in its order, and nobody who talks meanwhile is refused", async () => {
  await using place = await apart()
  const { here, far, owner } = place
  const file = await fileOfLines()
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

  const told = await place.told()
  expect(linesIn(told)).toEqual(allLines)
  expect(told.map(({ tick }) => tick)).toEqual(told.map((_, i) => told[0]!.tick + i))
  expect(told).toHaveLength(LINES + ROOMS + AUTHORS + said)
  expect(await importFile(file, asking(far), telling)).toMatchObject({ added: 0, known: LINES })
}, 60_000)

test("an import that Postgres goes away from in its midst ends with a sentence, and the next adds what is missing", async () => {
  await using place = await apart()
  const file = await fileOfLines()
  const progress = () => setTimeout(() => place.proxy.resetAll(), 2 * LATENCY_MS) // in the midst of the next batch
  const broken = importFile(file, asking(place.far), { ...telling, progress })
  await expect(broken).rejects.toMatchObject({ code: "try_again", message: expect.stringContaining("not sure") })
  const taken = linesIn(await place.told()).length
  expect(taken).toBeGreaterThan(0)
  expect(taken).toBeLessThan(LINES)
  expect(await importFile(file, asking(place.here), telling)).toMatchObject({ added: LINES - taken, known: taken })
  expect(linesIn(await place.told())).toEqual(allLines)
}, 60_000)

// Who is here and who is typing, in several processes: real ones, on one Postgres, with Redis and without.
import { describe, expect, setDefaultTimeout, test } from "bun:test"
import { join } from "node:path"
import { provide, redis } from "../../bin/needs.ts"
import type { Here } from "../../protocol/event.ts"
import { type App, createApp } from "../../server/app.ts"
import { readConfig } from "../../server/config.ts"
import { serve } from "../../server/http/serve.ts"
import { ear, here, namesIn, roomOf, SPANS, shows, type, typists } from "../ears.ts"
import { ask, freshDatabase } from "../postgres.ts"
import { type Redis, startRedis } from "../redis.ts"
import { standingPostgres, standingRedis } from "../standing.ts"
import { register, until, type Visitor, visitor } from "../world.ts"

setDefaultTimeout(40_000) // a busy machine is late

const database = standingPostgres()
const bus = standingRedis()

describe.each([
  ["with Redis", true],
  ["without Redis", false],
])("%s", (_, withRedis) => {
  /** A place with ann and bob, one process of which runs here; others may join it, here or each as a process of its own. */
  async function cluster(over: Redis = bus) {
    const { url, drop } = await freshDatabase(database.url)
    const environment = {
      DATA_DIR: database.folder,
      PORT: "0",
      LIMITS: "off",
      DATABASE_URL: url,
      ...(withRedis && { REDIS_URL: over.url }),
    }
    const own: { app: App; url: string; close(): Promise<void> }[] = []
    const open = async () => {
      const app = await createApp(readConfig(environment), undefined, SPANS)
      const serving = await serve(app)
      const close = async () => {
        own.splice(own.indexOf(one), 1)
        await serving.stop()
        await app.close()
      }
      const one = { app, url: serving.url, close }
      own.push(one)
      return one
    }
    const others: ReturnType<typeof Bun.spawn>[] = []
    const spawn = async () => {
      const child = Bun.spawn([process.execPath, "test/attendant.ts"], {
        cwd: join(import.meta.dirname, "../.."),
        env: { ...environment, PATH: process.env.PATH!, SPANS: JSON.stringify(SPANS) },
        stdout: "pipe",
        stderr: "inherit",
      })
      others.push(child)
      const reader = child.stdout.getReader()
      const { value } = await reader.read()
      reader.releaseLock()
      return { child, url: new TextDecoder().decode(value).trim() }
    }
    const first = await open()
    const ann = await register(first.url, "ann")
    const bob = await register(first.url, "bob")
    return {
      first,
      ann,
      bob,
      open,
      spawn,
      ask: (text: string) => ask(url, text),
      at: (who: Visitor, url: string) => visitor(url, who.cookie, who.id, who.name),
      async [Symbol.asyncDispose]() {
        for (const child of others) child.kill("SIGKILL")
        for (const { close } of [...own]) await close()
        await drop()
      },
    }
  }

  test.concurrent("who comes and goes in one is seen to in the other; and who types", async () => {
    await using place = await cluster()
    const other = await place.open()
    const heard = await ear(place.ann)
    const bobs = await ear(place.at(place.bob, other.url))
    await Promise.all([shows(heard, "ann", "bob"), shows(bobs, "ann", "bob")])
    await type(place.ann)
    await until("bob is told", () => typists(bobs).join() === "ann")
    await type(place.at(place.bob, other.url))
    await until("ann is told", () => typists(heard).join() === "bob")
    heard.told.length = 0
    bobs.close()
    await shows(heard, "ann")
    expect([typists(heard), typists(bobs)]).toEqual([[], ["ann"]]) // once
    heard.close()
  })

  test.concurrent("one that is killed takes its people along, and they come again with another", async () => {
    await using place = await cluster()
    const heard = await ear(place.ann)
    const { child, url } = await place.spawn()
    await ear(place.at(place.bob, url))
    await shows(heard, "ann", "bob")
    child.kill("SIGKILL")
    const killed = performance.now()
    await shows(heard, "ann")
    expect(performance.now() - killed).toBeLessThan(1.5 * SPANS.lifetime + 2_000) // a busy machine is late
    // One that starts now finds what the dead one wrote, and does not believe it.
    const late = await place.open()
    expect(namesIn(await late.app.onlookers.hereIn(await roomOf(place.ann)))).toEqual(["ann"])
    const again = await ear(place.at(place.bob, late.url))
    await shows(heard, "ann", "bob")
    for (const { close } of [again, heard]) close()
  })

  test.concurrent("one that is frozen: its people go, and come back with it", async () => {
    await using place = await cluster()
    const heard = await ear(place.ann)
    const { child, url } = await place.spawn()
    const bobs = await ear(place.at(place.bob, url))
    await Promise.all([shows(heard, "ann", "bob"), shows(bobs, "ann", "bob")])
    bobs.told.length = 0
    child.kill("SIGSTOP")
    await shows(heard, "ann")
    child.kill("SIGCONT")
    await shows(heard, "ann", "bob")
    await Bun.sleep(300)
    expect(here(bobs)).toBeUndefined() // where it looked, nobody was away
    for (const { close } of [bobs, heard]) close()
  })

  test.concurrent("one whose table was swept away, as it seemed dead, writes down the whole of it again", async () => {
    await using place = await cluster()
    const heard = await ear(place.ann)
    await shows(heard, "ann")
    const isWritten = async () => (await place.ask("select 1 from presence where people like '%ann%'")).length > 0
    await until("it is written down", isWritten)
    await place.ask("delete from presence")
    await until("it is written down again", isWritten, 4 * SPANS.beat)
    const other = await place.open()
    expect(namesIn(await other.app.onlookers.hereIn(await roomOf(place.ann)))).toEqual(["ann"])
    heard.close()
  })

  test.concurrent("one whose table a standby has as it was before, when that takes over, writes down what is now", async () => {
    await using place = await cluster()
    const heard = await ear(place.ann)
    const bobs = await ear(place.bob)
    await shows(heard, "ann", "bob")
    const isWritten =
      (...names: string[]) =>
      async () => {
        const [row] = await place.ask("select people from presence")
        return namesIn(row && ({ people: JSON.parse(`${row.people}`) ?? [] } as Here))?.join() === names.join()
      }
    await until("bob is written down", isWritten("ann", "bob"))
    await place.ask("create table lagging as select * from presence")
    bobs.close()
    await until("it is written down that he went", isWritten("ann"))
    await place.ask(`
      update presence set number = was.number, version = was.version, people = was.people
      from lagging was where was.process = presence.process`)
    await until("it is written down again", isWritten("ann"), 10_000)
    const other = await place.open()
    expect(namesIn(await other.app.onlookers.hereIn(await roomOf(place.ann)))).toEqual(["ann"])
    heard.close()
  })

  test.concurrent("one that is stopped in good order: who comes back elsewhere in time was never away", async () => {
    await using place = await cluster()
    const heard = await ear(place.ann)
    const { child, url } = await place.spawn()
    const other = await place.open()
    const bobs = await ear(place.at(place.bob, url))
    await shows(heard, "ann", "bob")
    const count = heard.told.length
    child.kill("SIGTERM")
    await until("bob is sent away", () => bobs.all.at(-1)?.kind === "bye")
    const again = await ear(place.at(place.bob, other.url))
    await child.exited
    await Bun.sleep(2 * SPANS.grace + 500)
    expect([here(heard), heard.told.length]).toEqual([["ann", "bob"], count])
    for (const { close } of [again, heard]) close()
  })

  if (withRedis)
    test.concurrent("Redis emptied, killed and there again: nobody goes who is here, and nobody stays who is not", async () => {
      const redisOfOurs = await startRedis(provide(redis), database.folder)
      await using place = await cluster(redisOfOurs)
      const other = await place.open()
      const heard = await ear(place.ann)
      const bobs = await ear(place.at(place.bob, other.url))
      await shows(heard, "ann", "bob")
      const count = heard.told.length
      await redisOfOurs.say("FLUSHALL")
      await redisOfOurs.kill()
      await until("it is seen", () => !place.first.app.bus.alive && !other.app.bus.alive, 5_000)
      await Bun.sleep(SPANS.lifetime)
      expect(heard.told.length).toBe(count)
      await type(place.ann)
      await until("who types is told without it", () => typists(bobs).includes("ann"))
      bobs.close()
      await shows(heard, "ann")
      const again = await ear(place.at(place.bob, other.url))
      await shows(heard, "ann", "bob")
      await redisOfOurs.start()
      await until("it is seen again", () => place.first.app.bus.alive && other.app.bus.alive, 5_000)
      await Bun.sleep(SPANS.grace)
      expect(here(heard)).toEqual(["ann", "bob"])
      again.close()
      await shows(heard, "ann")
      heard.close()
      await redisOfOurs.kill()
    })
})

// Who is here and who is typing, in one process and in several: real ones, on one Postgres, with Redis and without. Nothing of
// it is promised to arrive; that nobody stays who is gone is.
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test"
import { rm } from "node:fs/promises"
import { join } from "node:path"
import { postgres, provide, redis } from "../bin/needs.ts"
import type { Fleeting, Here } from "../protocol/event.ts"
import { type App, createApp } from "../server/app.ts"
import { readConfig } from "../server/config.ts"
import { serve } from "../server/http/serve.ts"
import type { Spans } from "../server/live/presence.ts"
import { ask, freshDatabase, startPostgres } from "./postgres.ts"
import { type Redis, startRedis } from "./redis.ts"
import { json, openSocket, serverSent } from "./ways.ts"
import { register, temporaryFolder, until, type Visitor, visitor, world } from "./world.ts"

/** As Parlour's own, some five times shorter. */
const SPANS: Spans = { grace: 1_500, lifetime: 4_000, tick: 50, beat: 500 }

setDefaultTimeout(40_000) // a busy machine is late

type Ear = { told: Fleeting[]; all: { kind?: string }[]; close(): void }

/** What someone is told who looks at a room over a socket. */
async function ear(who: Visitor, room: string | null = "talk"): Promise<Ear> {
  const socket = await openSocket(who, `/events${room === null ? "" : `?room=${room}`}`)
  const heard: Ear = { told: [], all: [], close: socket.close }
  let live = false
  void (async () => {
    for await (const frame of socket.frames()) {
      heard.all.push(frame)
      live ||= frame.kind === "live"
      if (frame.kind === "here" || frame.kind === "typing") heard.told.push(frame as unknown as Fleeting)
    }
  })()
  await until("the feed is live", () => live)
  return heard
}

let folder: string
let database: Awaited<ReturnType<typeof startPostgres>>
let bus: Redis

beforeAll(async () => {
  folder = await temporaryFolder()
  database = await startPostgres(provide(postgres), folder)
  bus = await startRedis(provide(redis), folder)
}, 120_000)

afterAll(async () => {
  await bus.kill()
  database.stop()
  await rm(folder, { recursive: true, force: true })
})

const namesIn = (here: Here | undefined) => here?.people.map(({ name }) => name)
/** Who was here, as it was told last. */
const here = ({ told }: Ear) => namesIn(told.findLast((one): one is Here => one.kind === "here"))
const typists = ({ told }: Ear) => told.flatMap((one) => (one.kind === "typing" ? [one.person.name] : []))

/** Waits until these are here, and nobody else. */
const shows = (heard: Ear, ...names: string[]) =>
  until(`${names} are here`, () => here(heard)?.join() === names.join(), 10_000).catch(() => {
    expect(here(heard)).toEqual(names)
  })

const type = (who: Visitor, room = "talk") => who.fetch(`/api/v1/rooms/${room}/typing`, { method: "POST" })

describe("in one process", () => {
  /** Ways to have a feed open, until it is aborted. */
  const ways: Record<string, (who: Visitor, signal: AbortSignal) => Promise<void>> = {
    async "by a socket"(who, signal) {
      const { close } = await openSocket(who, "/events")
      signal.addEventListener("abort", close)
    },
    async "by a stream"(who, signal) {
      read(await who.fetch("/events", { headers: { accept: "text/event-stream" }, signal }))
    },
    async "without scripts"(who, signal) {
      read(await who.fetch("/events?room=talk", { headers: { accept: "text/html" }, signal }))
    },
    async "by polls, one after the other"(who, signal) {
      void (async () => {
        while (!signal.aborted) await who.fetch("/events?wait=0.1", { signal }).then((answer) => answer.text())
      })().catch(() => {})
    },
    async "by a classic room"(who, signal) {
      const { close } = await openSocket(who, "/ws/chat/talk/")
      signal.addEventListener("abort", close)
    },
  }

  const read = (answer: Response) => void answer.text().catch(() => {}) // one that nobody reads is closed

  test.concurrent.each(Object.entries(ways))(
    "someone who follows %s is here, and a while after is not",
    async (_, follow) => {
      await using place = await world({}, SPANS)
      const ann = await place.person("ann")
      const bob = await place.person("bob")
      const heard = await ear(ann)
      await shows(heard, "ann")
      const leave = new AbortController()
      await follow(bob, leave.signal)
      await shows(heard, "ann", "bob")
      await Bun.sleep(300)
      const count = heard.told.length
      leave.abort()
      const left = performance.now()
      await shows(heard, "ann")
      expect(performance.now() - left).toBeGreaterThan(SPANS.grace - 100)
      expect(heard.told.length).toBe(count + 1) // they were here without a gap
      heard.close()
    },
  )

  test("a stream is told as a socket is, with no cursor; a poll is told when it answers, and is not woken", async () => {
    await using place = await world({}, SPANS)
    const [ann, bob] = [await place.person("ann"), await place.person("bob")]
    const stop = new AbortController()
    const answer = await ann.fetch("/events?room=talk", {
      headers: { accept: "text/event-stream" },
      signal: stop.signal,
    })
    const told: { id: string; event: { kind: string } }[] = []
    void (async () => {
      for await (const one of serverSent(answer)) told.push(one)
    })().catch(() => {})
    const asked = performance.now()
    const polled = ann.fetch("/events?room=talk&wait=1").then((answer) => answer.json()) as Promise<{
      events: object[]
      here: Here
    }>
    await until("ann's stream is told of her", () => told.some(({ event }) => event.kind === "here"))
    const { close } = await openSocket(bob, "/events?room=talk")
    await type(bob)
    await until("and of bob", () =>
      told.some(({ event }) => event.kind === "here" && namesIn(event as Here)!.includes("bob")),
    )
    await until("who types", () => told.some(({ event }) => event.kind === "typing"))
    expect(new Set(told.map(({ id }) => id)).size).toBe(1)
    const { events, here } = await polled
    expect(performance.now() - asked).toBeGreaterThan(900)
    expect([events, namesIn(here), here.count]).toEqual([[], ["ann", "bob"], 2])
    close()
    stop.abort()
  })

  test("the page says who is here, and counts whoever asks for it", async () => {
    await using place = await world({}, SPANS)
    const [ann, bob] = [await place.person("ann"), await place.person("bob")]
    const heard = await ear(ann)
    const page = await (await bob.fetch("/chat/talk/", { headers: { accept: "text/html" } })).text()
    const [, data] = page.match(/id="snapshot">(.*?)<\/script>/) ?? []
    expect(namesIn(JSON.parse(data!).here)).toEqual(["ann", "bob"])
    heard.close()
  })

  test("typing is told to those who look at the room, and to nobody else on any door; nothing of it stays", async () => {
    await using place = await world({}, SPANS)
    const [ann, bob, eve] = [await place.person("ann"), await place.person("bob"), await place.person("eve")]
    await eve.fetch("/api/v1/rooms", json("POST", { name: "lunch" }))
    const ears = {
      bob: await ear(bob),
      ann: await ear(ann),
      lunch: await ear(eve, "lunch"),
      nowhere: await ear(eve, null),
    }
    const classic = await openSocket(bob, "/ws/chat/talk/")
    const before = place.app.hub.tick
    expect([(await type(ann)).status, await (await type(ann)).text()]).toEqual([204, ""])
    await until("bob is told", () => typists(ears.bob).length === 2)
    const socket = await openSocket(ann, "/events?room=lunch")
    socket.send(JSON.stringify({ ref: 1, type: "typing", room: "talk" }))
    expect(await socket.frame(({ ref }) => ref === 1)).toMatchObject({ ok: true })
    await until("bob is told by a socket, too", () => typists(ears.bob).length === 3)
    expect(ears.bob.told.at(-1)).toMatchObject({ kind: "typing", person: { id: ann.id, name: "ann" }, after: before })
    expect([typists(ears.ann), typists(ears.lunch), typists(ears.nowhere)]).toEqual([[], [], []])
    expect(place.app.hub.tick).toBe(before)

    // After something that everyone hears, on every door.
    await ann.fetch("/api/v1/rooms/talk/messages", json("POST", { text: "hello" }))
    expect(await classic.frame(() => true)).toMatchObject({ message: "hello" })
    const poll = (await (await bob.fetch(`/events?room=talk&after=0&wait=5`)).json()) as { events: { kind: string }[] }
    expect(poll.events.map(({ kind }) => kind)).toContain("message")
    expect(poll.events.map(({ kind }) => kind)).not.toContain("typing")
    for (const { close } of [socket, classic, ...Object.values(ears)]) close()
  })

  test("who leaves a room and looks elsewhere hears no more of it; who may not post may not type", async () => {
    await using place = await world({ LIMITS: "on" }, SPANS)
    const [ann, bob] = [await place.person("ann"), await place.person("bob")]
    const talk = await roomOf(bob)
    await ann.fetch("/api/v1/rooms", json("POST", { name: "lunch" }))
    await bob.fetch("/api/v1/rooms/lunch/membership", { method: "PUT" })
    const watching = await ear(bob, "lunch")
    await type(ann, "lunch")
    await until("bob is told", () => typists(watching).length === 1)
    await bob.fetch("/api/v1/rooms/lunch/membership", { method: "DELETE" })
    watching.close()
    const elsewhere = await ear(bob)
    await type(ann, "lunch")
    await type(ann)
    const rooms = () => elsewhere.told.flatMap((one) => (one.kind === "typing" ? [one.room] : []))
    await until("bob is told of talk", () => rooms().includes(talk))
    expect(rooms()).toEqual([talk])
    expect((await type(visitor(place.url))).status).toBe(401)
    expect((await type(ann, "nowhere")).status).toBe(404)
    const statuses: number[] = []
    for (let i = 0; i < 40; i++) statuses.push((await type(ann)).status)
    expect(statuses).toContain(429)
    expect((await ann.fetch("/api/v1/rooms/talk/messages", json("POST", { text: "all the same" }))).status).toBe(201)
    elsewhere.close()
  })
})

describe.each([
  ["with Redis", true],
  ["without Redis", false],
])("in several processes, %s", (_, withRedis) => {
  /** A place with ann and bob, one process of which runs here; others may join it, here or each as a process of its own. */
  async function cluster(over: Redis = bus) {
    const { url, drop } = await freshDatabase(database.url)
    const environment = {
      DATA_DIR: folder,
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
        cwd: join(import.meta.dirname, ".."),
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
      const redisOfOurs = await startRedis(provide(redis), folder)
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

async function roomOf(who: Visitor): Promise<number> {
  const { rooms } = (await (await who.fetch("/api/v1/rooms")).json()) as { rooms: { id: number }[] }
  return rooms[0]!.id
}

// Who is here and who is typing, in one process. Nothing of it is promised to arrive; that nobody stays who is gone is, and that
// nobody hears of it who may not.
import { expect, setDefaultTimeout, test } from "bun:test"
import type { Here } from "../protocol/event.ts"
import { type Ear, ear, namesIn, roomOf, SPANS, shows, type, typists } from "./ears.ts"
import { json, openSocket, serverSent } from "./ways.ts"
import { until, type Visitor, visitor, type World, world } from "./world.ts"

setDefaultTimeout(40_000) // a busy machine is late

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

/** Ann and bob look at one room, eve at another and at none. */
async function looking(place: World) {
  const [ann, bob, eve] = [await place.person("ann"), await place.person("bob"), await place.person("eve")]
  await eve.fetch("/api/v1/rooms", json("POST", { name: "lunch" }))
  const ears = {
    bob: await ear(bob),
    ann: await ear(ann),
    lunch: await ear(eve, "lunch"),
    nowhere: await ear(eve, null),
  }
  return { ann, bob, ears }
}

test("typing is told to those who look at the room, and to nobody else on any door; nothing of it stays", async () => {
  await using place = await world({}, SPANS)
  const { ann, bob, ears } = await looking(place)
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

test("that one no longer types is told to the same, by whichever door it is said", async () => {
  await using place = await world({}, SPANS)
  const { ann, bob, ears } = await looking(place)
  const stops = ({ told }: Ear) => told.filter(({ kind }) => kind === "stopped")
  const typing = "/api/v1/rooms/talk/typing"
  expect((await ann.fetch(typing, { method: "DELETE" })).status).toBe(204)
  await until("bob is told", () => stops(ears.bob).length === 1)
  const socket = await openSocket(ann, "/events?room=talk")
  socket.send(JSON.stringify({ ref: 1, type: "typing", room: "talk", done: true }))
  expect(await socket.frame(({ ref }) => ref === 1)).toMatchObject({ ok: true })
  await until("bob is told by a socket, too", () => stops(ears.bob).length === 2)
  expect(ears.bob.told.at(-1)).toMatchObject({
    kind: "stopped",
    room: await roomOf(bob),
    person: { id: ann.id, name: "ann" },
  })
  expect([stops(ears.ann), stops(ears.lunch), stops(ears.nowhere)]).toEqual([[], [], []])
  expect((await ann.fetch("/api/v1/rooms/none/typing", { method: "DELETE" })).status).toBe(404)
  expect((await visitor(place.url).fetch(typing, { method: "DELETE" })).status).toBe(401)
  for (const { close } of [socket, ...Object.values(ears)]) close()
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

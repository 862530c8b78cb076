// A room on a WebSocket.
import { expect, test } from "bun:test"
import { connect } from "node:net"
import type { Event } from "../../protocol/event.ts"
import { perform } from "../../server/perform.ts"
import { until, type Visitor, visitor, type World, world } from "../world.ts"

type Frame = {
  message?: string
  author?: string
  id?: number
  time?: string
  error?: { code: string; message: string }
}

/** A socket in a room, and what it has received. */
type Here = AsyncDisposable & {
  frames: Frame[]
  texts(): (string | undefined)[]
  send(frame: unknown): void
  closed: Promise<CloseEvent>
  isOpen(): boolean
}

async function enter(person: Visitor, room: string): Promise<Here> {
  const socket = person.socket(`/ws/chat/${encodeURIComponent(room)}/`)
  const frames: Frame[] = []
  socket.onmessage = ({ data }) => void frames.push(JSON.parse(data as string))
  const closed = new Promise<CloseEvent>((resolve) => socket.addEventListener("close", resolve))
  await new Promise((resolve, reject) => {
    socket.onopen = resolve
    socket.onerror = reject
  })
  return {
    frames,
    texts: () => frames.map(({ message }) => message),
    send: (frame) => socket.send(typeof frame === "string" ? frame : JSON.stringify(frame)),
    closed,
    isOpen: () => socket.readyState === WebSocket.OPEN,
    async [Symbol.asyncDispose]() {
      socket.close()
      await closed
    },
  }
}

const say = (person: Visitor, message: string, room = "talk") =>
  person.fetch(`/chat/${room}`, { method: "POST", body: new URLSearchParams({ message }) })

/** The status that a handshake is answered with. */
async function handshake(person: Visitor, path: string, headers: Record<string, string> = {}): Promise<number> {
  const upgrade = {
    connection: "upgrade",
    upgrade: "websocket",
    "sec-websocket-version": "13",
    "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
  }
  const answer = await person.fetch(path, { headers: { ...upgrade, ...headers } })
  return answer.status
}

const roomsOf = async (place: World) => (await place.app.db.sql<{ slug: string }>`select slug from rooms`).length

test("what one says everyone in the room hears, the speaker too, with author, id and time; it is kept", async () => {
  await using place = await world()
  const [ann, bob] = [await place.person("Ann"), await place.person("Bob")]
  await using annHere = await enter(ann, "talk")
  await using bobHere = await enter(bob, "talk")
  annHere.send({ message: "Hello" })
  await until("both hear it", () => annHere.frames.length === 1 && bobHere.frames.length === 1)
  expect(bobHere.frames[0]).toEqual({
    message: "Hello",
    author: "Ann",
    id: expect.any(Number),
    time: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
  })
  expect(annHere.frames).toEqual(bobHere.frames)
  await say(bob, "by the form")
  await until("the form's words come too", () => annHere.frames.length === 2)
  const { messages } = (await (await ann.fetch("/api/v1/rooms/talk/messages")).json()) as {
    messages: { text: string }[]
  }
  expect(messages.map(({ text }) => text)).toEqual(["Hello", "by the form"])
})

test("who comes in sees the last ten, then what is said, each once and in order", async () => {
  await using place = await world()
  const ann = await place.person("Ann")
  for (let i = 1; i <= 12; i++) await say(ann, `${i}`)
  const all = Array.from({ length: 40 }, (_, i) => `${i + 1}`)
  const saying = (async () => {
    for (const text of all.slice(12)) await say(ann, text)
  })()
  const several = await Promise.all(Array.from({ length: 5 }, () => enter(ann, "talk")))
  await saying
  for (const here of several) {
    await until("the last of it", () => here.texts().at(-1) === "40")
    expect(here.texts()).toEqual(all.slice(-here.frames.length))
    expect(here.frames.length).toBeGreaterThanOrEqual(10)
    await here[Symbol.asyncDispose]()
  }
})

test("what is kept but not yet told when one comes in is said once", async () => {
  await using place = await world()
  const ann = await place.person("Ann")
  const { bus } = place.app
  const { publish } = bus
  const held: Event[] = []
  bus.publish = (event) => void held.push(event)
  await say(ann, "one")
  await using here = await enter(ann, "talk")
  await until("it is among the last", () => here.frames.length === 1)
  expect(held.length).toBe(1)
  bus.publish = publish
  for (const event of held) publish(event)
  await say(ann, "two")
  await until("the next comes", () => here.texts().at(-1) === "two")
  expect(here.texts()).toEqual(["one", "two"])
})

test("messages of one socket keep their order, and a nonce is said once", async () => {
  await using place = await world()
  const ann = await place.person("Ann")
  await using here = await enter(ann, "fresh room")
  for (let i = 0; i < 30; i++) here.send({ message: `${i}` })
  here.send({ message: "once", nonce: "n1" })
  here.send({ message: "once", nonce: "n1" })
  here.send({ message: "end" })
  await until("the end", () => here.texts().at(-1) === "end")
  expect(here.texts()).toEqual([...Array.from({ length: 30 }, (_, i) => `${i}`), "once", "end"])
})

test("a room that nobody has opened is opened by its first message, and all who wait there hear it", async () => {
  await using place = await world()
  const [ann, bob, cem] = [await place.person("Ann"), await place.person("Bob"), await place.person("Cem")]
  await using annHere = await enter(ann, "Lunch plans")
  await using bobHere = await enter(bob, "lunch-plans")
  await using elsewhere = await enter(cem, "dinner")
  expect(await roomsOf(place)).toBe(1) // looking opens nothing
  bobHere.send({ message: "" })
  await until("nor does an empty message", () => bobHere.frames.length === 1)
  expect(bobHere.frames.pop()?.error?.code).toBe("invalid")
  expect(await roomsOf(place)).toBe(1)

  annHere.send({ message: "At one?" })
  bobHere.send({ message: "At two" })
  await until("both hear both", () => annHere.frames.length === 2 && bobHere.frames.length === 2)
  expect(annHere.texts().toSorted()).toEqual(["At one?", "At two"])
  expect(annHere.frames).toEqual(bobHere.frames)
  expect(await roomsOf(place)).toBe(2)

  await using late = await enter(cem, "lunch plans")
  await until("who comes late sees it", () => late.frames.length === 2)
  annHere.send({ message: "Two, then" })
  await until("and hears on", () => late.frames.length === 3)
  expect(elsewhere.frames).toEqual([])
})

test("what cannot be read or done gets an error frame, and the socket stays open", async () => {
  await using place = await world()
  const ann = await place.person("Ann")
  await using here = await enter(ann, "talk")
  const bad = ["{", "[]", "null", '"text"', "{}", { message: 5 }, { message: "  " }, { message: "x".repeat(8_001) }]
  for (const frame of bad) here.send(frame)
  await until("an answer to each", () => here.frames.length === bad.length)
  for (const { error } of here.frames)
    expect(error).toMatchObject({ code: expect.any(String), message: expect.any(String) })
  const codes = here.frames.map(({ error }) => error?.code)
  expect(codes).toEqual([...Array(4).fill("malformed"), "invalid", "invalid", "invalid", "too_large"])
  here.send({ message: "still here" })
  await until("and it is heard", () => here.texts().at(-1) === "still here")
})

test("the longest message fits a frame, however its JSON is written", async () => {
  await using place = await world()
  const ann = await place.person("Ann")
  await using here = await enter(ann, "talk")
  here.send(`{"message":"${"\\ud83d\\ude00".repeat(8_000)}"}`)
  await until("it comes back", () => here.frames.length === 1)
  expect(here.texts()).toEqual(["😀".repeat(8_000)])
})

test("names that no room can have are refused in words", async () => {
  await using place = await world()
  const ann = await place.person("Ann")
  for (const name of ["messages", "a/b", "x".repeat(81), "..."]) {
    await using here = await enter(ann, name)
    const { code } = await here.closed
    expect(code).toBe(1008)
    expect(here.frames).toEqual([{ error: expect.objectContaining({ message: expect.stringMatching(/\.$/) }) }])
  }
})

test("a handshake without a session, or from another site's page, is refused", async () => {
  await using place = await world()
  const ann = await place.person("Ann")
  const { host } = new URL(place.url)
  expect(await handshake(ann, "/ws/chat/talk/", { origin: `http://${host}` })).toBe(101)
  expect(await handshake(visitor(place.url), "/ws/chat/talk/")).toBe(401)
  for (const origin of ["https://elsewhere.example", "null", `http://${host}.elsewhere.example`])
    expect(await handshake(ann, "/ws/chat/talk/", { origin })).toBe(403)
  expect((await ann.fetch("/ws/chat/talk/")).status).toBe(400)
})

test("signing out closes the sockets of that session, and no other", async () => {
  await using place = await world()
  const [ann, bob] = [await place.person("Ann"), await place.person("Bob")]
  await using annHere = await enter(ann, "talk")
  await using bobHere = await enter(bob, "talk")
  await say(ann, "hello")
  await until("both hear", () => annHere.frames.length + bobHere.frames.length === 2)
  await ann.fetch("/logout", { method: "POST" })
  expect((await annHere.closed).code).toBe(4401)
  await say(bob, "alone")
  await until("the other hears on", () => bobHere.frames.length === 2)
  expect(annHere.frames.length).toBe(1)
})

test("a stop says that it is a restart", async () => {
  await using place = await world()
  const here = await enter(await place.person("Ann"), "talk")
  const nowhere = await enter(await place.person("Bob"), "nobody here yet")
  const stopping = place.stop()
  expect((await here.closed).code).toBe(1012)
  expect((await nowhere.closed).code).toBe(1012)
  await stopping
})

test("who takes nothing is let go, and the others hear on", async () => {
  await using place = await world()
  const [ann, bob] = [await place.person("Ann"), await place.person("Bob")]
  await using bobHere = await enter(bob, "talk")
  const stuck = await enterAndSleep(ann, place, "talk")
  await until("both listen", () => place.app.hub.listening === 2)
  const [session] = await place.app.db.sql<{ id: string }>`select id from sessions where person = ${bob.id}`
  const caller = {
    person: { id: bob.id, name: "Bob", role: "member" as const },
    session: session!.id,
    address: "local",
  }
  const text = "😀".repeat(8_000)
  const posts = Array.from({ length: 500 }, () => perform(place.app, caller, { type: "post", room: "talk", text }))
  await Promise.all(posts)
  await until("the one who reads has it all", () => bobHere.frames.length === 500)
  expect(place.app.hub.listening).toBe(2) // it is given some time
  await until("the other is let go", () => place.app.hub.listening === 1, 10_000)
  stuck.destroy()
  await perform(place.app, caller, { type: "post", room: "talk", text: "on" })
  await until("the conversation goes on", () => bobHere.texts().at(-1) === "on")
}, 20_000)

/** A connection that reads the answer to its handshake, and then nothing more. */
async function enterAndSleep({ cookie }: Visitor, { url }: World, room: string) {
  const { hostname, port, host } = new URL(url)
  const socket = connect(Number(port), hostname)
  const head = [
    `GET /ws/chat/${room}/ HTTP/1.1`,
    `Host: ${host}`,
    `Cookie: ${cookie}`,
    "Connection: Upgrade",
    "Upgrade: websocket",
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
  ]
  socket.write(`${head.join("\r\n")}\r\n\r\n`)
  const answer = await new Promise((resolve) => socket.once("data", resolve))
  socket.pause()
  expect(String(answer)).toStartWith("HTTP/1.1 101")
  return socket
}

test("when a socket closes, nothing of it stays behind", async () => {
  await using place = await world()
  const ann = await place.person("Ann")
  for (const room of ["talk", "not opened"]) {
    const here = await enter(ann, room)
    await until("it listens", () => place.app.hub.listening === 1)
    await here[Symbol.asyncDispose]()
    await until("it does not", () => place.app.hub.listening === 0)
  }
})

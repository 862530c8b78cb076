// One request or one frame is its sender's own affair: whatever it is, the process lives, and nobody else notices. What is tried
// here are the kinds of what once did end or silence one; bin/fuzz tries many more.
import { afterAll, beforeAll, describe, expect, test } from "bun:test"
import { MAX_DEPTH } from "../protocol/json.ts"
import { MAX_REF, MAX_TYPED_TEXT } from "../protocol/limits.ts"
import { MOST_AT_ONCE } from "../server/http/socket.ts"
import { rawSocket } from "./raw-socket.ts"
import { type Frame, json, openSocket } from "./ways.ts"
import { logged, type Visitor, type World, world } from "./world.ts"

let place: World
let ann: Visitor
let mallory: Visitor

beforeAll(async () => {
  place = await world()
  ann = await place.person("ann")
  mallory = await place.person("mallory")
})
afterAll(async () => place[Symbol.asyncDispose]())

const nested = (levels: number) => "[".repeat(levels) + "]".repeat(levels)

/** What others notice: nothing. */
async function allIsWell(): Promise<void> {
  const socket = await openSocket(ann, "/events?room=talk")
  socket.send(JSON.stringify({ ref: "well", type: "post", room: "talk", text: "All is well." }))
  expect(await socket.frame(({ ref }) => ref === "well")).toMatchObject({ ok: { text: "All is well." } })
  socket.close()
}

const deep = [MAX_DEPTH + 1, 1_000, 40_060, 60_000].map(nested)

describe("what is nested deeply is refused and not sent back,", () => {
  const places: [string, (value: string) => string][] = [
    ["as the frame", (value) => value],
    ["as its ref", (value) => `{"type":"x","ref":${value}}`],
    ["as its type", (value) => `{"type":${value},"ref":1}`],
    ["as a room", (value) => `{"type":"join","ref":1,"room":${value}}`],
    ["as a text", (value) => `{"type":"post","ref":1,"room":"talk","text":${value}}`],
    ["as what nobody asked for", (value) => `{"type":"post","ref":1,"room":"talk","text":"x","more":${value}}`],
  ]

  test.each(places)("%s", async (_, frame) => {
    for (const path of ["/events", "/ws/chat/talk/"]) {
      const socket = await openSocket(mallory, path)
      for (const value of deep) {
        socket.send(frame(value))
        const { ref, error } = await socket.frame((heard) => heard.error !== undefined)
        expect([ref, error?.code]).toEqual([undefined, "malformed"])
      }
      socket.close()
    }
    await allIsWell()
  })

  test("as a body, by every route that takes JSON", async () => {
    const routes = [
      ...["/api/v1/rooms", "/api/v1/rooms/talk/messages"],
      ...["/login", "/register", "/place", "/place/expel", "/place/password-link", "/password/x"],
      ...["/chat/", "/chat/talk/", "/chat/talk/post/", "/post/"],
    ]
    const headers = { "content-type": "application/json" }
    for (const path of routes)
      for (const value of deep)
        for (const body of [value, `{"text":${value},"name":${value},"username":${value}}`]) {
          const answer = await ann.fetch(path, { method: "POST", body, headers })
          expect([path, [400, 413].includes(answer.status)]).toEqual([path, true]) // or it is too long for the route
          expect((await answer.text()).length).toBeLessThan(10_000)
        }
    await allIsWell()
  })
})

describe("what comes back is measured:", () => {
  test.each([
    ["a long ref", JSON.stringify("x".repeat(MAX_REF + 1))],
    ["a very long ref", JSON.stringify("x".repeat(100_000))],
    ["a list", "[1]"],
    ["an object", '{"toJSON":1}'],
    ["a fraction", "1.5"],
    ["a number beyond all", "1e999"],
    ["a number that is not whole", "9007199254740993"],
    ["null", "null"],
  ])("%s is refused, and does not come back", async (_, ref) => {
    const socket = await openSocket(mallory, "/events")
    for (const type of ["post", "nothing"]) {
      socket.send(`{"ref":${ref},"type":"${type}","room":"talk","text":"x"}`)
      const answer = await socket.frame((heard) => heard.error !== undefined)
      expect(answer).toEqual({
        error: { code: "invalid", field: "ref", message: expect.stringMatching(/\.$/) },
      } as never)
    }
    socket.close()
  })

  test("a ref of the longest kind does", async () => {
    const socket = await openSocket(mallory, "/events")
    const ref = "\u{1f600}".repeat(MAX_REF / 2)
    socket.send(JSON.stringify({ ref, type: "join", room: "talk" }))
    await socket.frame((heard) => heard.ref === ref)
    socket.close()
  })
})

describe("frames that are refused never make a socket mute:", () => {
  const refused: [string, object][] = [
    ["without a text", { type: "post", room: "talk", text: "" }],
    ["too long", { type: "post", room: "talk", text: "x".repeat(MAX_TYPED_TEXT) }],
    ["of no type", { type: "x" }],
    ["of no known room", { type: "post", room: "nowhere", text: "x" }],
    ["of an impossible room", { type: "open", name: "#" }],
    ["of a ref that is none", { ref: [], type: "join", room: "talk" }],
    ["of a wrong nonce", { type: "post", room: "talk", text: "x", nonce: " " }],
    ["typing nowhere", { type: "typing", room: "nowhere" }],
  ]

  test.each(refused)("%s", async (_, command) => {
    const socket = await openSocket(mallory, "/events")
    for (let i = 0; i < 2 * MOST_AT_ONCE; i++) socket.send(JSON.stringify({ ref: i, ...command }))
    for (let i = 0; i < 2 * MOST_AT_ONCE; i++) await socket.frame((heard) => heard.error !== undefined)
    socket.send(JSON.stringify({ ref: "good", type: "post", room: "talk", text: "hello" }))
    expect((await socket.frame((heard) => heard.ref === "good")).ok).toMatchObject({ text: "hello" })
    socket.close()
  })

  test("of the room socket", async () => {
    const socket = await openSocket(mallory, "/ws/chat/talk/")
    const frames = [{ message: "" }, { message: 1 }, { message: "x", nonce: " " }, {}]
    for (let i = 0; i < 2 * MOST_AT_ONCE; i++) socket.send(JSON.stringify(frames[i % frames.length]))
    for (let i = 0; i < 2 * MOST_AT_ONCE; i++) await socket.frame((heard) => heard.error !== undefined)
    socket.send(JSON.stringify({ message: "and hello" }))
    await socket.frame((heard) => (heard as Frame & { message?: string }).message === "and hello")
    socket.close()
  })
})

test("who only pings is counted as one who speaks, and let go", async () => {
  await using strict = await world({ LIMITS: "on" })
  const pinger = await strict.person("ann")
  for (const opcode of [0x9, 0xa])
    for (const bytes of [0, 125]) {
      const socket = await rawSocket(pinger, "/events")
      const frame = socket.frame(opcode, new Uint8Array(bytes))
      let sent = 0
      while (!socket.closed && sent < 5_000) {
        socket.write(Buffer.concat(Array(50).fill(frame)))
        sent += 50
        await Bun.sleep(1)
      }
      expect([opcode, bytes, socket.closed]).toEqual([opcode, bytes, true])
    }
})

test("whoever goes away while they send is no accident: nothing is logged, and nothing of it is broken", async () => {
  const lines = await logged(async () => {
    for (const path of ["/login", "/register", "/password/some-token", "/chat/talk/", "/api/v1/rooms", "/post/"])
      for (const type of ["application/json", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"])
        for (const length of ["transfer-encoding: chunked\r\n\r\n5\r\nabcde\r\n", "content-length: 500\r\n\r\nabcde"]) {
          const socket = await rawSocket(null, place.url)
          socket.write(
            `POST ${path} HTTP/1.1\r\nhost: localhost\r\ncookie: ${mallory.cookie}\r\ncontent-type: ${type}\r\n${length}`,
          )
          await Bun.sleep(5)
          socket.end()
        }
    await Bun.sleep(100)
  })
  expect(lines).toEqual([])
  const metrics = await (await ann.fetch("/metrics")).text()
  expect(metrics).toMatch(/class="4xx"\} [1-9]/)
  expect(metrics).not.toMatch(/class="5xx"\} [1-9]/)
})

test("it is said what was wrong", async () => {
  const answer = await ann.fetch("/api/v1/rooms", { ...json("POST", {}), body: `{"name":${nested(MAX_DEPTH + 1)}}` })
  expect(await answer.json()).toEqual({ error: { code: "malformed", message: expect.stringContaining("32 levels") } })
})

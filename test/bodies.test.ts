// What is sent and not finished: it costs strangers' memory, not ours, and keeps nobody else out.
import { afterAll, beforeAll, describe, expect, test } from "bun:test"
import { readFileSync, rmSync } from "node:fs"
import { connect, type Socket } from "node:net"
import { Hono } from "hono"
import { askedOf } from "../server/http/asked.ts"
import { Bodies, readBody, takeRoom } from "../server/http/bodies.ts"
import type { Env } from "../server/http/env.ts"
import { pass } from "../server/http/guard.ts"
import { raw } from "./raw.ts"
import {
  mustCatchAll,
  PARLOUR,
  PASSWORD,
  register,
  temporaryFolder,
  until,
  type Visitor,
  visitor,
  world,
} from "./world.ts"

/** Connections, and megabytes that they may cost all in all. */
const MANY = 400
const MOST_MB = 64

type Sender = { path: string; type: string; cookie?: string; length: number | null; sent: number }

const headOf = ({ path, type, cookie, length }: Sender) =>
  `POST ${path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: ${type}\r\nAccept: application/json\r\n${cookie ? `Cookie: ${cookie}\r\n` : ""}${
    length === null ? "Transfer-Encoding: chunked" : `Content-Length: ${length}`
  }\r\n\r\n`

/** Sends a part of a body and no more; answers what is said to that within so long, or null. */
function leaveUnfinished(port: number, sender: Sender): { socket: Socket; answer: Promise<string> } {
  const socket = connect(port, "127.0.0.1")
  const text = "x".repeat(sender.sent)
  socket.write(headOf(sender) + (sender.length === null ? `${sender.sent.toString(16)}\r\n${text}\r\n` : text))
  const answer = new Promise<string>((resolve) => {
    let came = ""
    socket.on("data", (chunk) => {
      came += chunk
    })
    socket.on("error", () => resolve(came))
    socket.on("close", () => resolve(came))
  })
  return { socket, answer }
}

describe("of many who leave unfinished what they send", () => {
  let child: ReturnType<typeof Bun.spawn>
  let caught: Promise<void>
  let folder: string
  let port: number
  let ann: Visitor

  beforeAll(async () => {
    folder = await temporaryFolder()
    child = Bun.spawn([...PARLOUR, "start"], {
      env: { PATH: process.env.PATH!, PORT: "0", DATA_DIR: folder },
      stdin: "ignore",
      stdout: "pipe",
      stderr: "pipe",
    })
    caught = mustCatchAll(child.stderr as ReadableStream<Uint8Array>)
    const { value } = await (child.stdout as ReadableStream<Uint8Array>).getReader().read()
    const [url] = new TextDecoder().decode(value).match(/http:\S+/)!
    port = Number(new URL(url).port)
    ann = await register(url, "ann")
  })
  afterAll(async () => {
    child.kill()
    await child.exited
    await caught
    rmSync(folder, { recursive: true, force: true })
  })

  const megabytes = () => Number(readFileSync(`/proc/${child.pid}/status`, "utf8").match(/VmRSS:\s+(\d+)/)![1]) / 1024

  const form = "application/x-www-form-urlencoded"
  const json = "application/json"
  const ways: [what: string, path: string, type: string, isIn: boolean][] = [
    ["a stranger who signs in", "/login", form, false],
    ["a stranger who speaks by the API", "/api/v1/rooms/talk/messages", json, false],
    ["a stranger who speaks by a form", "/chat/talk/", form, false],
    ["a member who speaks", "/api/v1/rooms/talk/messages", json, true],
    ["a member who changes settings", "/place", form, true],
    ["who sends to nowhere", "/nothing/here", form, false],
  ]
  test.each(ways)(
    "%s costs little, and others are served meanwhile",
    async (_, path, type, isIn) => {
      for (const length of [512 * 1024, null]) {
        const before = megabytes()
        const sender = { path, type, length, sent: 500 * 1024, ...(isIn && { cookie: ann.cookie }) }
        const all = Array.from({ length: MANY }, () => leaveUnfinished(port, sender))
        let most = 0
        const until = performance.now() + 800
        while (performance.now() < until) {
          most = Math.max(most, megabytes() - before)
          await Bun.sleep(10)
        }
        expect((await ann.fetch("/api/v1/me")).status).toBe(200)
        expect(most).toBeLessThan(MOST_MB)
        for (const { socket } of all) socket.destroy()
      }
    },
    30_000,
  )

  test("those who sign in from the same address are let in", async () => {
    const sender = { path: "/login", type: form, length: 300, sent: 10 }
    const large = { path: "/api/v1/rooms/talk/messages", type: json, length: 500_000, sent: 10, cookie: ann.cookie }
    const all = [...Array.from({ length: MANY }, () => sender), ...Array.from({ length: 50 }, () => large)]
    const left = all.map((one) => leaveUnfinished(port, one))
    await Bun.sleep(200)
    for (let i = 0; i < 5; i++) {
      const body = new URLSearchParams({ username: "ann", password: PASSWORD })
      expect((await visitor(ann.url).fetch("/login", { method: "POST", body })).status).toBe(303)
    }
    for (const { socket } of left) socket.destroy()
  }, 20_000)

  test("however many one address leaves unfinished, who sends a whole form from there is heard a little later", async () => {
    const sender = { path: "/login", type: form, length: 300, sent: 10 }
    let [answered, gaveWay] = [0, 0]
    const leave = () => {
      const one = leaveUnfinished(port, sender)
      void one.answer.then((said) => {
        answered++
        if (said.includes("did not come within 2 seconds")) gaveWay++
      })
      return one
    }
    const left = Array.from({ length: 1_020 }, leave)
    const signIn = () => new URLSearchParams({ username: "ann", password: PASSWORD })
    const say = () => new URLSearchParams({ message: "from the same address" })
    const isHeard = async (who: Visitor, path: string, body: URLSearchParams) =>
      (await who.fetch(path, { method: "POST", body })).status === 303
    await until("all have come, and more than there may be", () => answered >= 20, 20_000)
    for (let i = 0; i < 3; i++) {
      await until("they are let in", () => isHeard(visitor(ann.url), "/login", signIn()), 10_000)
      await until("what is said is taken", () => isHeard(ann, "/chat/talk/", say()), 10_000)
    }
    // Where more were turned away than had to be, there is room still: others fill it.
    await until("those who took longest have given way", () => left.push(leave()) > 0 && gaveWay > 0, 10_000)
    for (const { socket } of left) socket.destroy()
  }, 60_000)
})

test("forty people behind one address register and sign in within a minute, with four hundred connected from it", async () => {
  await using place = await world({ LIMITS: "on" })
  await place.person("host")
  const people: Visitor[] = []
  for (let i = 0; i < 40; i += 8) {
    const eight = Array.from({ length: 8 }, (_, j) => place.person(`guest-${i + j}`))
    people.push(...(await Promise.all(eight)))
  }
  const sockets = people.flatMap((one) => Array.from({ length: 10 }, () => one.socket("/events")))
  let live = 0
  for (const socket of sockets)
    socket.addEventListener("message", ({ data }) => {
      if (String(data).includes('"kind":"live"')) live++
    })
  await until("all are connected", () => live === 400, 20_000)
  const statuses: number[] = []
  for (const { name } of people) {
    const body = new URLSearchParams({ username: name, password: PASSWORD })
    statuses.push((await visitor(place.url).fetch("/login", { method: "POST", body })).status)
  }
  expect(statuses).toEqual(people.map(() => 303))
  for (const socket of sockets) socket.close()
}, 60_000)

describe("who is refused before all has come", () => {
  const cases: [what: string, sender: Partial<Sender>, status: number][] = [
    ["for a form of more than 16 KiB", { path: "/login", length: 20_000 }, 413],
    ["for a form that turns out so", { path: "/login", length: null, sent: 20_000 }, 413],
    ["for a message of more than 512 KiB", { path: "/chat/talk/", length: 600_000 }, 413],
    ["for not being signed in", { path: "/api/v1/rooms", type: "application/json", length: 1_000 }, 401],
    [
      "for not being signed in, speaking",
      { path: "/api/v1/rooms/talk/messages", type: "application/json", length: 9_000 },
      401,
    ],
    ["for a place that there is not", { path: "/nothing", length: 1_000 }, 404],
  ]
  test.each(cases)("%s, is told so at once, and the connection ends", async (_, part, status) => {
    await using place = await world()
    await place.person("ann")
    const sender = { path: "/", type: "application/x-www-form-urlencoded", length: 0, sent: 100, ...part }
    const { answer } = leaveUnfinished(Number(new URL(place.url).port), sender)
    const [head] = (await Promise.race([answer, Bun.sleep(3_000).then(() => "nothing")])).split("\r\n\r\n")
    expect(head).toStartWith(`HTTP/1.1 ${status} `)
    expect(head!.toLowerCase()).toContain("connection: close")
  })

  test("but who wrote a message when their session ended is shown what they wrote", async () => {
    await using place = await world()
    await place.person("ann")
    const body = new URLSearchParams({ message: "long ".repeat(6_000) })
    const answer = await visitor(place.url).fetch("/chat/talk/", {
      method: "POST",
      body,
      headers: { accept: "text/html" },
    })
    expect([answer.status, await answer.text()]).toEqual([401, expect.stringContaining("long long long")])
  })
})

test("a body has so long to come, in one piece or in many, and is refused then", async () => {
  const hono = new Hono<Env>({ getPath: (_, from) => (from!.env as Env["Bindings"]).asked.path })
  hono.onError((error, context) => context.text(error.message, 400))
  hono.use(async (context, next) => {
    context.set("address", () => "here")
    context.set("caller", { person: { id: 1, name: "ann", role: "member" }, session: "s", address: "here" })
    await next()
  })
  const bodies = new Bodies(200)
  hono.use(takeRoom(bodies)).use(pass(readBody))
  hono.post("/chat/talk/", async (context) => context.text(await context.req.text()))
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch: (request, server) => hono.fetch(request, { server, asked: askedOf(request) } as never),
  })
  const url = `http://127.0.0.1:${server.port}`
  const head = "POST /chat/talk/ HTTP/1.1\r\nHost: localhost\r\n"
  for (const beginning of [
    "Content-Length: 100\r\n\r\nhalf",
    "Content-Length: 100000\r\n\r\nhalf",
    "Transfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n",
  ]) {
    const { status, body } = await raw(url, head + beginning, 2_000)
    expect([beginning, status, body]).toEqual([beginning, 400, expect.stringContaining("did not come within")])
  }
  const whole = await raw(url, `${head}Content-Length: 5\r\n\r\nwhole`)
  expect([whole.status, whole.body]).toEqual([200, "whole"])
  await until("the room is given back", () => bodies.bytes === 0)
  await server.stop(true)
})

test("a length that is said twice, or is none, is refused, and all bounds go on", async () => {
  await using place = await world()
  const lengths = ["2\r\nContent-Length: 2", "2, 2", "+2", "0x2", "2.0", "", "99999999999999999999"]
  for (const length of lengths) {
    const head = `POST /login HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${length}`
    const answer = await raw(place.url, `${head}\r\n\r\n{}`).catch(() => ({ status: 400 })) // hung up on
    expect([length, [400, 413].includes(answer.status)]).toEqual([length, true])
  }
})

test("room for what nobody meant is free some time after it was used, as its memory is", async () => {
  const bodies = new Bodies()
  const MB = 1024 * 1024
  const [refused, meant] = [bodies.makeRoom("one", 3 * MB), bodies.makeRoom("one", MB)]
  refused(true)
  expect(() => bodies.makeRoom("one", MB)).toThrow(/Too much is being sent/)
  meant()
  bodies.makeRoom("one", MB)()
  expect(() => bodies.makeRoom("one", 2 * MB)).toThrow(/Too much is being sent/)
  await until("it is free", () => bodies.bytes === 0)
  bodies.makeRoom("one", 4 * MB)(true)
  expect(bodies.bytes).toBe(4 * MB)
})

test("room is made by bytes, of each address and in all, and little is let in whatever there is", () => {
  const bodies = new Bodies()
  const MB = 1024 * 1024
  const back = Array.from({ length: 4 }, () => bodies.makeRoom("one", MB))
  expect(() => bodies.makeRoom("one", 5_000)).toThrow(/Too much is being sent/)
  bodies.makeRoom("one", 500)()
  for (let i = 0; i < 7; i++) for (let j = 0; j < 4; j++) bodies.makeRoom(`other ${i}`, MB)
  expect(() => bodies.makeRoom("fresh", 5_000)).toThrow(/Too much is being sent/)
  bodies.makeRoom("fresh", 500)()
  for (const one of back) one()
  expect(bodies.bytes).toBe(28 * MB)
  bodies.makeRoom("fresh", 5_000)
})

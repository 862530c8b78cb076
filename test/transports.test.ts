// One scenario, every way to follow crossed with every way to speak. A transport is done when it passes.
//
// `PARLOUR_URL=http://... bun test test/transports.test.ts` asks a place that is running already (started with LIMITS=off,
// open to everyone), with people and rooms of names that nobody has.
import { afterAll, beforeAll, describe, expect, test } from "bun:test"
import { connect } from "node:net"
import type { Message } from "../protocol/event.ts"
import { operator } from "../server/caller.ts"
import { perform } from "../server/perform.ts"
import { type Frame, followers, json, listen, openSocket, serverSent, speakers } from "./ways.ts"
import { register, until, type Visitor, type World, world } from "./world.ts"

const outside = process.env.PARLOUR_URL?.replace(/\/$/, "")

let own: World | undefined
let ann: Visitor
let bob: Visitor

const come = async (name: string) => register(outside ?? own!.url, name)
const anyName = (name: string) => `${name}-${crypto.randomUUID().slice(0, 8)}`

beforeAll(async () => {
  if (!outside) own = await world()
  ann = await come(anyName("ann"))
  bob = await come(anyName("bob"))
})
afterAll(async () => own?.[Symbol.asyncDispose]())

/** A room of ann's that bob is in too, and the cursor of that moment. */
async function freshRoom({ withBob = true } = {}): Promise<{ room: string; id: number; after: string }> {
  const answer = await ann.fetch("/api/v1/rooms", json("POST", { name: anyName("room") }))
  expect(answer.status).toBe(201)
  const { slug, id } = (await answer.json()) as { slug: string; id: number }
  if (withBob) await join(bob, slug)
  return { room: slug, id, after: await cursorOf(bob, slug) }
}

const join = (who: Visitor, room: string) => who.fetch(`/api/v1/rooms/${room}/membership`, { method: "PUT" })
const leave = (who: Visitor, room: string) => who.fetch(`/api/v1/rooms/${room}/membership`, { method: "DELETE" })

async function cursorOf(who: Visitor, room: string): Promise<string> {
  const { cursor } = (await (await who.fetch(`/api/v1/rooms/${room}/messages`)).json()) as { cursor: string }
  return cursor
}

describe.each(Object.keys(followers))("following by %s", (name) => {
  const follow = followers[name]!

  test.each(Object.keys(speakers))(
    "catches up on what was missed, then hears once and in order, said by %s",
    async (by) => {
      const speak = speakers[by]!
      const { room, after } = await freshRoom()
      await speak(ann, room, "missed one")
      await speak(ann, room, "missed two")
      const listening = listen(follow, bob, { after, room })
      await listening.hears("missed one", "missed two")
      for (const text of ["one", "two", "three"]) await speak(ann, room, text)
      await listening.hears("missed one", "missed two", "one", "two", "three")
      await Bun.sleep(20)
      await listening.hears("missed one", "missed two", "one", "two", "three")
      await listening.end()
    },
  )

  test("all ways to speak end up in one order", async () => {
    const { room, after } = await freshRoom()
    const listening = listen(follow, bob, { after, room })
    await Promise.all(
      Object.entries(speakers).flatMap(([by, speak]) => [1, 2, 3].map((n) => speak(ann, room, `${by} ${n}`))),
    )
    await until("all is heard", () => listening.heard.length >= 9)
    await listening.end()
    const { messages } = (await (await bob.fetch(`/api/v1/rooms/${room}/messages`)).json()) as { messages: Message[] }
    expect(listening.heard).toEqual(messages.map((message) => `${message.text}`))
  })

  test("a page joins its feed with nothing lost", async () => {
    const { room } = await freshRoom()
    await speakers.json!(ann, room, "on the page")
    const page = await (await bob.fetch(`/chat/${room}/`)).text()
    await speakers.json!(ann, room, "meanwhile")
    const after = page.match(/data-tick="([^"]+)"/)![1]!
    const listening = listen(follow, bob, { after, room })
    await speakers.json!(ann, room, "later")
    await listening.hears("meanwhile", "later")
    expect(page).toContain("on the page")
    expect(page).not.toContain("meanwhile")
    await listening.end()
  })

  test("an open room is heard while it is looked at, without being in it", async () => {
    const { room, after } = await freshRoom({ withBob: false })
    const { room: other } = await freshRoom({ withBob: false })
    await speakers.json!(ann, room, "missed")
    const listening = listen(follow, bob, { after, room })
    await listening.hears("missed")
    await speakers.json!(ann, other, "elsewhere")
    await speakers.json!(ann, room, "live")
    await listening.hears("missed", "live")
    await listening.end()
  })

  test("what is said looks to the feed as it was said", async () => {
    const { room, after } = await freshRoom()
    const text = `<script>alert(1)</script> & "quotes" \u2028 ${"\u{1f600}".repeat(20)} data: x`
    await speakers.json!(ann, room, text)
    await speakers.json!(ann, room, "two\n\nlines\ndata: no field")
    const listening = listen(follow, bob, { after, room })
    await until("both are heard", () => listening.heard.length >= 2)
    const plain =
      name === "html" ? ["&lt;script>alert(1)&lt;/script> &amp;", "two"] : [text, "two\n\nlines\ndata: no field"]
    expect(listening.heard.map((one, i) => one.startsWith(plain[i]!))).toEqual([true, true])
    await listening.end()
  })

  test("signing out ends it within a second, and says why", async () => {
    const { room, after } = await freshRoom()
    const cyd = await come(anyName("cyd"))
    await join(cyd, room)
    const listening = listen(follow, cyd, { after, room })
    await speakers.json!(ann, room, "hello")
    await listening.hears("hello")
    const out = await cyd.fetch("/logout", { method: "POST" })
    expect(out.status).toBe(303)
    await until("the feed ends", () => listening.over, 1_000)
    await speakers.json!(ann, room, "not for cyd any more")
    const ends = {
      websocket: ["(bye signed_out)", "(closed 4401)"],
      sse: ["(bye signed_out)", "(closed)"],
      longpoll: ["(status 401)"],
      html: ["(You are signed out.)", "(closed)"],
    }[name]!
    await listening.hears("hello", ...ends)
  })
})

test("one who is in a room through two sockets hears each thing once on each", async () => {
  const { room } = await freshRoom()
  const sockets = [await openSocket(bob, "/events"), await openSocket(bob, `/events?room=${room}`)]
  for (const socket of sockets) await socket.frame((frame) => frame.kind === "live")
  await speakers.json!(ann, room, "one")
  await speakers.json!(ann, room, "the end")
  for (const socket of sockets) {
    const heard: string[] = []
    await socket.frame((frame) => frame.text !== undefined && heard.push(frame.text) > 0 && frame.text === "the end")
    expect(heard).toEqual(["one", "the end"])
    socket.close()
  }
})

test("leaving a room closes it on a socket from the very next event, and joining opens it", async () => {
  const { room, id } = await freshRoom({ withBob: false })
  const socket = await openSocket(bob, "/events")
  await socket.frame((frame) => frame.kind === "live")
  const say = (text: string) => speakers.json!(ann, room, text)
  await say("not yet")
  await join(bob, room)
  await say("hello")
  // The last word before and the first after go out in one turn with the leaving, if the server is quick.
  await Promise.all([leave(bob, room), say("secret one"), say("secret two")])
  await say("secret three")
  await join(bob, room)
  await say("the end")
  const heard: string[] = []
  await socket.frame((frame) => {
    const { kind, room: where, present, text } = frame as Frame & { room?: number; present?: boolean }
    if (where === id) heard.push(kind === "member" ? (present ? "in" : "out") : `${text}`)
    return text === "the end"
  })
  const left = heard.indexOf("out")
  expect(heard.slice(0, 2)).toEqual(["in", "hello"])
  expect(heard.slice(left)).toEqual(["out", "in", "the end"])
  socket.close()
})

describe("the same nonce", () => {
  test("posts once: 201, then 200 with the same message, whatever it says then", async () => {
    const { room } = await freshRoom()
    const nonce = crypto.randomUUID()
    const first = await speakers.json!(ann, room, "hello", nonce)
    const second = await speakers.json!(ann, room, "other words", nonce)
    expect([first.status, second.status, second.id]).toEqual([201, 200, first.id!])
  })

  test("posts once over all transports together", async () => {
    const { room } = await freshRoom()
    const nonce = crypto.randomUUID()
    const all = Object.values(speakers)
    const said = await Promise.all([...all, ...all].map((speak) => speak(ann, room, "hello", nonce)))
    expect(new Set(said.flatMap(({ id }) => id ?? [])).size).toBe(1)
    const { messages } = (await (await bob.fetch(`/api/v1/rooms/${room}/messages`)).json()) as { messages: Message[] }
    expect(messages.map(({ text }) => text)).toEqual(["hello"])
  })

  test("with other words is told so by the form, with the words kept", async () => {
    const { room } = await freshRoom()
    await speakers.form!(ann, room, "hello", "n1")
    const again = await speakers.form!(ann, room, "other words", "n1")
    expect(again.status).toBe(409)
    expect(again.message).toContain("other words")
  })
})

describe("a refusal reads the same over every transport", () => {
  const refused: [what: string, room: string | null, text: string, status: number, code: string][] = [
    ["a room that does not exist", "no-such-room-anywhere", "hello", 404, "not_found"],
    ["nothing said", null, "  \n ", 422, "invalid"],
    ["too much said", null, "x".repeat(8_001), 413, "too_large"],
  ]
  test.each(refused)("%s", async (_, where, text, status, code) => {
    const room = where ?? (await freshRoom()).room
    const byJson = await speakers.json!(ann, room, text)
    const bySocket = await speakers.websocket!(ann, room, text)
    const byForm = await speakers.form!(ann, room, text)
    expect(byJson).toMatchObject({ status, code })
    expect(bySocket).toMatchObject({ code, message: byJson.message! })
    expect(byForm.status).toBe(status)
    expect(byForm.message).toContain(byJson.message!)
  })

  const handshake = {
    upgrade: "websocket",
    connection: "Upgrade",
    "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
    "sec-websocket-version": "13",
  }
  const ways = {
    websocket: handshake,
    sse: { accept: "text/event-stream" },
    longpoll: { accept: "application/json" },
  }
  const bad: [what: string, query: string, status: number, code: string][] = [
    ["a room that does not exist", "room=no-such-room-anywhere", 404, "not_found"],
    ["a cursor that is none", "after=yesterday", 422, "invalid"],
  ]
  for (const [what, query, status, code] of bad)
    test.each(Object.entries(ways))(`${what}, followed by %s`, async (_, headers) => {
      const answer = await bob.fetch(`/events?${query}`, { headers })
      expect(answer.status).toBe(status)
      expect(await answer.json()).toMatchObject({ error: { code } })
    })

  test("a room that does not exist, followed as a page", async () => {
    const answer = await bob.fetch("/events?room=no-such-room-anywhere", { headers: { accept: "text/html" } })
    expect(answer.status).toBe(404)
    expect(await answer.text()).toContain("There is no such room.")
  })
})

describe("server-sent events", () => {
  test("carry the cursor as their id, and go on from Last-Event-ID", async () => {
    const { room, after } = await freshRoom()
    await speakers.json!(ann, room, "one")
    await speakers.json!(ann, room, "two")
    const headers = { accept: "text/event-stream" }
    const first = await bob.fetch(`/events?after=${after}`, { headers })
    expect(first.headers.get("content-type")).toStartWith("text/event-stream")
    let cursor = ""
    for await (const { id, event } of serverSent(first)) {
      if (event.kind !== "message") continue
      expect(event.text).toBe("one")
      cursor = id
      break
    }
    const stop = new AbortController()
    const again = await bob.fetch(`/events?after=${after}`, {
      headers: { ...headers, "last-event-id": cursor },
      signal: stop.signal,
    })
    for await (const { event } of serverSent(again)) {
      if (event.kind !== "message") continue
      expect(event.text).toBe("two")
      break
    }
    stop.abort()
  })
})

describe("a long poll", () => {
  test("answers with nothing when its patience ends, and its cursor goes on from there", async () => {
    const { room, after } = await freshRoom()
    const poll = async (cursor: string) =>
      (await (await bob.fetch(`/events?after=${cursor}&wait=0.05&room=${room}`)).json()) as {
        events: Message[]
        cursor: string
      }
    const nothing = await poll(after)
    expect(nothing.events).toEqual([])
    await speakers.json!(ann, room, "one")
    const one = await poll(nothing.cursor)
    expect(one.events.map(({ text }) => text)).toEqual(["one"])
    expect((await poll(one.cursor)).events).toEqual([])
  })

  test("answers at once when something was missed", async () => {
    const { room, after } = await freshRoom()
    await speakers.json!(ann, room, "one")
    const began = performance.now()
    await (await bob.fetch(`/events?after=${after}&wait=30`)).json()
    expect(performance.now() - began).toBeLessThan(1_000)
  })

  test("says reset to a cursor of another history", async () => {
    const answer = await bob.fetch("/events?after=0ther.1&wait=5")
    const { reset, events, cursor } = (await answer.json()) as { reset?: true; events: unknown[]; cursor: string }
    expect([reset, events]).toEqual([true, []])
    expect(cursor).not.toStartWith("0ther")
  })

  test.each(["-1", "x", "NaN", "Infinity"])("does not take %s for a patience", async (wait) => {
    expect((await bob.fetch(`/events?wait=${wait}`)).status).toBe(422)
  })
})

describe("a socket", () => {
  test("says hello, then what was missed, then that it is live", async () => {
    const { room, after } = await freshRoom()
    await speakers.json!(ann, room, "missed")
    const socket = await openSocket(bob, `/events?after=${after}`)
    const frames: Frame[] = []
    await socket.frame((frame) => frames.push(frame) > 0 && frame.kind === "live")
    expect(frames.map(({ kind }) => kind)).toEqual(["hello", "message", "live"])
    expect(frames[0]).toMatchObject({ cursor: after, person: { id: bob.id, name: bob.name } })
    socket.close()
  })

  test("stays open when a frame cannot be read, and says what is wrong with it", async () => {
    const socket = await openSocket(bob, "/events")
    const bad: [frame: string | Uint8Array<ArrayBuffer>, code: string][] = [
      ["", "malformed"],
      ["{", "malformed"],
      ["[]", "malformed"],
      ["null", "malformed"],
      ['"post"', "malformed"],
      [new Uint8Array([1, 2, 3]), "malformed"],
      ["{}", "invalid"],
      ['{"ref":1,"type":"register","username":"x","password":"long enough"}', "invalid"],
      ['{"ref":1,"type":"import","lines":[]}', "invalid"],
      ['{"ref":1,"type":"post","room":[],"text":"x"}', "invalid"],
      ['{"ref":1,"type":"post","room":{"$ne":1},"text":"x"}', "invalid"],
      ['{"ref":1,"type":"__proto__"}', "invalid"],
      ['{"ref":1,"type":"constructor"}', "invalid"],
    ]
    for (const [frame, code] of bad) {
      socket.send(frame)
      const { error } = await socket.frame((answer) => answer.error !== undefined)
      expect([frame, error!.code]).toEqual([frame, code])
    }
    socket.send('{"type":"ping"}')
    expect(await socket.frame((frame) => frame.kind === "pong")).toEqual({ kind: "pong" })
    socket.close()
  })

  test("answers each command by its ref, in the order that they were sent", async () => {
    const { room } = await freshRoom()
    const socket = await openSocket(ann, "/events")
    const refs = Array.from({ length: 50 }, (_, i) => i)
    for (const ref of refs) socket.send(JSON.stringify({ ref, type: "post", room, text: `${ref}` }))
    const answered: unknown[] = []
    const ids: number[] = []
    await socket.frame(({ ref, ok }) => {
      if (ok) ids.push(ok.id)
      return ref !== undefined && answered.push(ref) === refs.length
    })
    expect(answered).toEqual(refs)
    expect(ids).toEqual(ids.toSorted((a, b) => a - b))
    expect(ids.length).toBe(refs.length)
    socket.close()
  })

  test("takes a message of the greatest length, however it is written", async () => {
    const { room } = await freshRoom()
    const socket = await openSocket(ann, "/events")
    const face = "\u{1f600}"
    const plain = JSON.stringify({ ref: "plain", type: "post", room, text: face.repeat(8_000) })
    const escaped = plain.replace("plain", "escaped").replaceAll(face, "\\ud83d\\ude00")
    for (const frame of [plain, escaped]) {
      socket.send(frame)
      const { ok } = await socket.frame(({ ref }) => ref !== undefined)
      expect(ok!.text).toBe(face.repeat(8_000))
    }
    socket.close()
  })
})

// What can only be tried where nobody else is.
if (!outside)
  describe("a client that is open and takes nothing is let go", () => {
    const upgrade = [
      "Upgrade: websocket",
      "Connection: Upgrade",
      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
      "Sec-WebSocket-Version: 13",
    ]
    test.each([
      ["websocket", upgrade],
      ["sse", ["Accept: text/event-stream"]],
      ["html", ["Accept: text/html"]],
    ])("by %s, and what waited for it with it", async (_, headers) => {
      await using place = await world()
      const cyd = await place.person("cyd")
      const socket = connect(Number(new URL(place.url).port), "127.0.0.1").pause()
      const lines = ["GET /events?room=talk HTTP/1.1", "Host: localhost", `Cookie: ${cyd.cookie}`, ...headers, "", ""]
      socket.write(lines.join("\r\n"))
      await until("the feed is open", () => place.app.hub.listening === 1)
      for (let round = 0; round < 10 && place.app.hub.listening > 0; round++) {
        const lines = Array.from({ length: 1_000 }, (_, i) => {
          return { room: "talk", author: "cyd", at: i, text: "x".repeat(4_000), nonce: `${round}-${i}` }
        })
        await perform(place.app, operator, { type: "import", lines })
        await Bun.sleep(5)
      }
      expect(place.app.hub.listening).toBe(0)
      socket.destroy()
    })
  })

if (!outside)
  describe("when Parlour stops", () => {
    test.each(Object.keys(followers))("a feed by %s is told to come back, and the stop is quick", async (name) => {
      await using place = await world()
      const cyd = await place.person("cyd")
      const listening = listen(followers[name]!, cyd, { room: "talk" })
      await until("the feed is open", () => place.app.hub.listening === 1)
      const began = performance.now()
      const stopping = place.stop()
      await until("the feed ends", () => listening.over || name === "longpoll", 1_000)
      await stopping
      expect(performance.now() - began).toBeLessThan(2_000)
      const ends = {
        websocket: ["(bye restart)", "(closed 1012)"],
        sse: ["(bye restart)", "(closed)"],
        longpoll: [],
        html: ["(The connection ended.)", "(closed)"],
      }[name]!
      await listening.hears(...ends)
      await listening.end().catch(() => {}) // a poll comes back, and finds nobody
      expect(place.app.hub.listening).toBe(0)
    })

    test("a request under way is answered", async () => {
      await using place = await world()
      const cyd = await place.person("cyd")
      const { tx } = place.app.db
      let begun = false
      place.app.db.tx = async (...work) => {
        begun = true
        await Bun.sleep(200)
        return tx(...work)
      }
      const saying = speakers.json!(cyd, "talk", "just before the end")
      await until("the request is under way", () => begun)
      await place.stop()
      expect(await saying).toMatchObject({ status: 201 })
    })
  })

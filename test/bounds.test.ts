// What keeps one client from being everybody's trouble, and a quiet line from being taken for a dead one.
import { expect, test } from "bun:test"
import { alone } from "../server/live/bus.ts"
import { perform } from "../server/perform.ts"
import { unpacked } from "../view/packed.ts"
import { type Frame, json, openSocket } from "./ways.ts"
import { logged, openApp, type Settings, settle, until, visitor, world } from "./world.ts"

test("who says too much at once is asked to wait, by every way to speak, and the others are not", async () => {
  await using place = await world({ LIMITS: "on" })
  const ann = await place.person("ann")
  const bob = await place.person("bob")
  const post = (who: typeof ann) => who.fetch("/api/v1/rooms/talk/messages", json("POST", { text: "again" }))
  const answers: Response[] = []
  for (let i = 0; i < 60; i++) answers.push(await post(ann))
  const refused = answers.filter(({ status }) => status === 429)
  expect(refused.length).toBeGreaterThan(5)
  expect(answers.slice(0, 40).every(({ status }) => status === 201)).toBe(true)
  expect(refused[0]!.headers.get("retry-after")).toMatch(/^\d+$/)
  expect(((await refused[0]!.json()) as { error: object }).error).toMatchObject({ code: "slow_down" })

  const form = await ann.fetch("/chat/talk/", {
    method: "POST",
    body: new URLSearchParams({ message: "again" }),
    headers: { accept: "text/html" },
  })
  expect([form.status, await form.text()]).toEqual([429, expect.stringContaining("again</textarea>")])
  expect((await post(bob)).status).toBe(201)
})

test("whoever registers one person after the other counts for their address, also as the person who was made last", async () => {
  await using place = await world({ LIMITS: "on" })
  let cookie = (await place.person("ann")).cookie!
  const register = (i: number) => {
    const body = new URLSearchParams({ username: `next${i}`, password: "four words make it" })
    const headers = { cookie, origin: place.url }
    return fetch(`${place.url}/register`, { method: "POST", body, headers, redirect: "manual" })
  }
  const limit = 100
  for (let i = 0; i < limit; i++) {
    const answer = await register(i)
    if (answer.status === 429) return
    expect(answer.status).toBe(303)
    cookie = answer.headers.getSetCookie()[0]!.split(";")[0]!
  }
  throw new Error(`${limit} people were made by one address`)
}, 60_000)

test("one room is left so often and no more, by whichever door, since all in it are told; another can be left", async () => {
  await using place = await world({ LIMITS: "on" })
  await place.person("ann")
  const bob = await place.person("bob")
  await bob.fetch("/api/v1/rooms", json("POST", { name: "other" }))
  const membership = (room: string, method: "PUT" | "DELETE") =>
    bob.fetch(`/api/v1/rooms/${room}/membership`, { method }).then(({ status }) => status)
  const form = () => bob.fetch("/chat/talk/leave", { method: "POST" }).then(({ status }) => status)
  for (const leave of [form, () => membership("talk", "DELETE"), form, form, () => membership("talk", "DELETE")]) {
    expect(await leave()).toBeOneOf([200, 303])
    expect(await membership("talk", "PUT")).toBe(200)
  }
  expect([await form(), await membership("talk", "DELETE")]).toEqual([429, 429])
  const socket = await openSocket(bob, "/events?room=talk")
  socket.send(JSON.stringify({ ref: "leave", type: "leave", room: "talk" }))
  expect(await socket.frame(({ ref }) => ref === "leave")).toMatchObject({ error: { code: "slow_down" } })
  socket.close()
  expect(await membership("other", "DELETE")).toBe(200)
})

test.each([
  ["at once", false],
  ["in parts, without saying how long", true],
])(
  "behind a proxy each has tries of their own; without one nobody gets more by saying whence they come: sent %s",
  async (_, inParts) => {
    const tries = async (settings: Settings) => {
      await using place = await world({ LIMITS: "on", ...settings })
      const from = async (address: string) => {
        const form = new URLSearchParams({ username: "nobody", password: "wrong horse battery" })
        const headers = { "x-forwarded-for": address, "content-type": "application/x-www-form-urlencoded" }
        const body = inParts ? new Blob([`${form}`]).stream() : `${form}`
        return (await visitor(place.url).fetch("/login", { method: "POST", body, headers })).status
      }
      const began = performance.now()
      let tried = 0
      while ((await from("198.51.100.1")) === 401) tried++
      expect(tried).toBeWithin(20, 21 + (performance.now() - began) / 5_000) // one more each five seconds
      return [await from("198.51.100.2"), await from("198.51.100.2, 198.51.100.1")]
    }
    expect(await tries({ PUBLIC_URL: "https://chat.example.org" })).toEqual([401, 429])
    expect(await tries({})).toEqual([429, 429])
  },
  20_000,
)

test("of all who may stand before it only those that are named are believed, and the log says once what to do", async () => {
  const addressesOf = async (settings: Settings) => {
    const log: string[] = []
    const seen = { believed: false }
    log.push(
      ...(await logged(async () => {
        await using place = await world({ LIMITS: "on", ...settings })
        const from = async (address: string) => {
          const body = new URLSearchParams({ username: "nobody", password: "wrong horse battery" })
          const headers = { "x-forwarded-for": address }
          return (await visitor(place.url).fetch("/login", { method: "POST", body, headers })).status
        }
        for (let i = 0; i < 40 && (await from("198.51.100.1")) === 401; i++);
        seen.believed = (await from("198.51.100.2")) === 401
      })),
    )
    return { ...seen, log: log.filter((line) => line.includes("X-Forwarded-For")) }
  }
  const PUBLIC_URL = "https://chat.example.org"
  const advice = expect.stringMatching(
    /^X-Forwarded-For came from 127\.0\.0\.1 and is not believed.* TRUSTED_PROXIES=127\.0\.0\.1/,
  )
  expect(await addressesOf({ PUBLIC_URL })).toEqual({ believed: true, log: [] })
  expect(await addressesOf({ TRUSTED_PROXIES: "127.0.0.1" })).toEqual({ believed: true, log: [] })
  expect(await addressesOf({ PUBLIC_URL, TRUSTED_PROXIES: "10.0.0.0/8" })).toEqual({ believed: false, log: [advice] })
  expect(await addressesOf({ PUBLIC_URL, TRUSTED_PROXIES: "none" })).toEqual({ believed: false, log: [advice] })
  expect(await addressesOf({})).toEqual({ believed: false, log: [advice] })
}, 30_000)

test("a body is read only so far, and it is said that it is too much, however it is sent", async () => {
  await using place = await world()
  const ann = await place.person("ann")
  const send = async (bytes: number, inParts: boolean) => {
    const text = JSON.stringify({ text: "hi", padding: "x".repeat(bytes) })
    const body = inParts ? new Blob([text]).stream() : text
    const headers = { "content-type": "application/json" }
    return (await ann.fetch("/api/v1/rooms/talk/messages", { method: "POST", headers, body })).status
  }
  for (const inParts of [false, true])
    expect([await send(400_000, inParts), await send(600_000, inParts)]).toEqual([201, 413])
})

test("a socket carries out only so many commands at once, and says so of the others", async () => {
  await using place = await world()
  const ann = await place.person("ann")
  const socket = await openSocket(ann, "/events")
  const asked = Array.from({ length: 200 }, (_, ref) => JSON.stringify({ ref, type: "post", room: "talk", text: "hi" }))
  for (const frame of asked) socket.send(frame)
  const answers: Frame[] = []
  for await (const frame of socket.frames()) {
    if (frame.ref !== undefined) answers.push(frame)
    if (answers.length === asked.length) break
  }
  const refused = answers.filter((frame) => frame.error)
  expect(refused.length).toBeGreaterThan(0)
  for (const frame of refused) expect(frame).toMatchObject({ error: { code: "slow_down" } })
})

test("one request for messages gets no more than two hundred", async () => {
  await using place = await world()
  const ann = await place.person("ann")
  const me = await settle(place.app, "bob")
  await Promise.all(
    Array.from({ length: 250 }, (_, i) => perform(place.app, me, { type: "post", room: "talk", text: `${i}` })),
  )
  for (const limit of [201, 1_000_000]) {
    const answer = await ann.fetch(`/api/v1/rooms/talk/messages?limit=${limit}`)
    expect(((await answer.json()) as { messages: object[] }).messages).toHaveLength(200)
  }
})

test("what is said cannot end the data that the page carries for its script", async () => {
  await using place = await world()
  const ann = await place.person("ann")
  const text = "</script><script>alert(1)</script><!--<script>"
  await ann.fetch("/api/v1/rooms/talk/messages", json("POST", { text }))
  const page = await (await ann.fetch("/chat/talk/", { headers: { accept: "text/html" } })).text()
  const data = page.match(/<script type="application\/json" id="snapshot">(.*?)<\/script>/s)![1]!
  expect(data).not.toContain("<")
  expect(unpacked(JSON.parse(data)).messages.at(-1)!.text).toBe(text)
})

test("when the bus loses the last event, the clock is asked and it is told all the same", async () => {
  await using app = await openApp((hub) => ({ ...alone(hub), publish() {} }))
  const ann = await settle(app, "ann")
  const { answer } = await perform(app, ann, { type: "post", room: "talk", text: "is anyone there" })
  expect(app.hub.tick).toBeLessThan(answer.tick)
  await until("the hub has told it", () => app.hub.tick === answer.tick, 2_500)
})

test("a quiet stream says every quarter of a minute that it lives", async () => {
  await using place = await world()
  const ann = await place.person("ann")
  const ways = { "text/event-stream": ": \n\n", "text/html": "<!-- -->" }
  await Promise.all(
    Object.entries(ways).map(async ([accept, sign]) => {
      const answer = await ann.fetch("/events?room=talk", { headers: { accept } })
      let told = ""
      for await (const chunk of answer.body!) {
        told += new TextDecoder().decode(chunk)
        if (told.endsWith(sign)) break
      }
      expect(told).toEndWith(sign)
    }),
  )
}, 20_000)

// The polled chat page: a form that posts, and a list that is fetched every few seconds.
import { expect, test } from "bun:test"
import type { Epoch } from "../../server/db/epoch.ts"
import { until, visitor, world } from "../world.ts"

const form = (fields: Record<string, string>) => ({ method: "POST", body: new URLSearchParams(fields) })
const page = { accept: "text/html,application/xhtml+xml,*/*;q=0.8" }

test("what is posted by the form is on top of the list, as text and age", async () => {
  await using place = await world()
  const ann = await place.person("Ann")
  for (const address of ["/chat/talk", "/chat/talk/"]) {
    const posted = await ann.fetch(address, form({ message: `to ${address}`, csrfmiddlewaretoken: "abc" }))
    expect(posted.status).toBe(303)
    expect(posted.headers.get("location")).toBe("/chat/talk/")
  }
  const answer = await ann.fetch("/chat/messages?_=1700000000000")
  expect(answer.status).toBe(200)
  expect(answer.headers.get("content-type")).toStartWith("application/json")
  expect(answer.headers.get("cache-control")).toBe("private, no-store")
  expect(await answer.json()).toEqual([
    ["to /chat/talk/", expect.stringMatching(/^(now|a second ago)$/)],
    ["to /chat/talk", expect.stringMatching(/^(now|a second ago)$/)],
  ])
})

test("an answer that is kept grows old with its words, and is nobody's who may not have it", async () => {
  await using place = await world()
  const ann = await place.person("Ann")
  const list = async () => (await (await ann.fetch("/chat/messages")).json()) as [string, string][]
  await ann.fetch("/chat/talk", form({ message: "first" }))
  expect(await list()).toEqual([["first", "now"]])
  await until("a second passes", async () => (await list())[0]![1] === "a second ago")
  await ann.fetch("/chat/talk", form({ message: "second" }))
  expect(await list()).toEqual([
    ["second", "now"],
    ["first", expect.stringMatching(/ago$/)],
  ])
  await ann.fetch("/logout", form({}))
  expect((await ann.fetch("/chat/messages")).status).toBe(401)
})

test("an answer that is kept is not given in another epoch, in which what it shows may never have been said", async () => {
  await using place = await world()
  const { db, hub } = place.app
  const ann = await place.person("Ann")
  const list = async () => (await (await ann.fetch("/chat/messages")).json()) as [string, string][]
  const beginAnew = (name: string) => {
    ;(db.epochs as Epoch[]).push({ name, began: hub.tick })
    hub.beginAnew(hub.tick)
  }
  await ann.fetch("/chat/talk", form({ message: "lost" }))
  beginAnew("one") // nothing has been told in the room since, neither in this one nor in the next
  expect(await list()).toEqual([["lost", expect.any(String)]])
  await db.tx((sql) => sql`delete from messages`)
  beginAnew("another")
  expect(await list()).toEqual([])
})

test("the same words posted twice without a nonce are two messages", async () => {
  await using place = await world()
  const ann = await place.person("Ann")
  await ann.fetch("/chat/talk", form({ message: "ok" }))
  await ann.fetch("/chat/talk", form({ message: "ok" }))
  expect(await (await ann.fetch("/chat/messages")).json()).toHaveLength(2)
})

test("the list has the newest ten, with markup as text; an empty room is an empty list", async () => {
  await using place = await world()
  const ann = await place.person("Ann")
  expect(await (await ann.fetch("/chat/messages")).json()).toEqual([])
  for (let i = 1; i <= 11; i++) await ann.fetch("/chat/talk", form({ message: `number ${i}` }))
  await ann.fetch("/chat/talk", form({ message: `<img src=x onerror="alert('1')"> & more` }))
  const list = (await (await ann.fetch("/chat/messages")).json()) as [string, string][]
  expect(list.map(([text]) => text)).toEqual([
    "&lt;img src=x onerror=&quot;alert(&#39;1&#39;)&quot;&gt; &amp; more",
    ...[11, 10, 9, 8, 7, 6, 5, 4, 3].map((i) => `number ${i}`),
  ])
})

test("?room= asks for another room; one that is not there is a 404, and messages is no room", async () => {
  await using place = await world()
  const ann = await place.person("Ann")
  await ann.fetch("/chat/", form({ name: "garden" }))
  await ann.fetch("/chat/garden", form({ message: "roses" }))
  const list = (await (await ann.fetch("/chat/messages?room=garden")).json()) as [string, string][]
  expect(list.map(([text]) => text)).toEqual(["roses"])
  expect((await ann.fetch("/chat/messages?room=nowhere")).status).toBe(404)
  expect((await ann.fetch("/chat/", form({ name: "Messages" }))).status).toBe(409)
})

test("without a session a script is told so, and a browser is led to the login page and back", async () => {
  await using place = await world()
  await place.person("Ann")
  const stranger = visitor(place.url)
  const told = await stranger.fetch("/chat/messages", { headers: { accept: "application/json, */*; q=0.01" } })
  expect(told.status).toBe(401)
  expect(await told.json()).toEqual({ error: { code: "unauthorized", message: "Sign in first." } })
  for (const address of ["/chat/messages", "/chat/talk"]) {
    const led = await stranger.fetch(address, { headers: page })
    expect(led.status).toBe(303)
    expect(led.headers.get("location")).toBe(`/login?next=${encodeURIComponent(address)}`)
  }
  expect((await stranger.fetch("/chat/talk", form({ message: "let me in" }))).status).toBe(401)
})

test("empty, too long and from another site is refused, with a reason", async () => {
  await using place = await world()
  const ann = await place.person("Ann")
  const empty = await ann.fetch("/chat/talk", form({ message: " " }))
  expect(empty.status).toBe(422)
  expect(await empty.json()).toMatchObject({ error: { message: expect.stringContaining("Write something") } })
  expect((await ann.fetch("/chat/talk", form({ message: "x".repeat(8_001) }))).status).toBe(413)
  const lured = { ...form({ message: "lured" }), headers: { origin: "https://elsewhere.example" } }
  expect((await ann.fetch("/chat/talk", lured)).status).toBe(403)
  expect(await (await ann.fetch("/chat/messages")).json()).toEqual([])
})

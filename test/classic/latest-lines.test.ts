// The lines of the last seconds.
import { expect, test } from "bun:test"
import { operator } from "../../server/caller.ts"
import { perform } from "../../server/perform.ts"
import { settle, type Visitor, visitor, type World, world } from "../world.ts"

type Line = { value: string; created: string; screenname: string }

const say = (person: Visitor, message: string) =>
  person.fetch("/chat/talk", { method: "POST", body: new URLSearchParams({ message }) })

const lines = async (person: Visitor, seconds: number | string, query = "") =>
  (await (await person.fetch(`/api/latest-chat/${seconds}/${query}`)).json()) as Line[]

const importAs = async ({ app }: World, said: { at: number; text: string }[]) => {
  const batch = said.map(({ at, text }, i) => ({ room: "talk", author: "Old", at, text, nonce: `old-${at}-${i}` }))
  const { answer } = await perform(app, operator, { type: "import", lines: batch })
  expect(answer.added).toBe(said.length)
}

test("what was just said is there, oldest first, with its author and its own time in UTC", async () => {
  await using place = await world()
  const [ann, bob] = [await place.person("Ann"), await place.person("Bob")]
  expect(await lines(ann, 5)).toEqual([])
  const before = Date.now() - 1_000
  await say(ann, "one")
  await say(bob, "two <b>")
  const found = await lines(ann, 5)
  expect(found.map(({ value, screenname }) => [value, screenname])).toEqual([
    ["one", "Ann"],
    ["two &lt;b&gt;", "Bob"],
  ])
  for (const { created } of found) {
    expect(created).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/)
    const at = Date.parse(`${created.replace(" ", "T")}Z`)
    expect(at).toBeGreaterThanOrEqual(before)
    expect(at).toBeLessThanOrEqual(Date.now())
  }
})

test("the window is one of time, whatever the ids: what is imported is found by when it was said", async () => {
  await using place = await world()
  const ann = await place.person("Ann")
  await say(ann, "just now")
  const now = Date.now()
  const old = Array.from({ length: 600 }, (_, i) => ({ at: now - 3_600_000 - i, text: `an hour ago ${i}` }))
  await importAs(place, [...old, { at: now - 60_000, text: "a minute ago" }, { at: now + 600_000, text: "not yet" }])
  expect((await lines(ann, 5)).map(({ value }) => value)).toEqual(["just now"])
  expect((await lines(ann, 90)).map(({ value }) => value)).toEqual(["a minute ago", "just now"])
})

test("a time that no chat has cannot be imported, so that every time can be written down", async () => {
  await using place = await world()
  const ann = await place.person("Ann")
  const lines = [8.64e15, 8.64e15 + 2, -8.64e15 - 2].map((at) => ({
    room: "talk",
    author: "Old",
    at,
    text: "when?",
    nonce: `old-${at}`,
  }))
  const { answer } = await perform(place.app, operator, { type: "import", lines })
  expect(answer.refused.map(({ index }) => index)).toEqual([0, 1, 2])
  expect((await ann.fetch("/chat/talk/", { headers: { accept: "text/html" } })).status).toBe(200)
})

test("huge numbers ask for no more than a day, and for no more than 500 lines of it", async () => {
  await using place = await world()
  const ann = await place.person("Ann")
  const now = Date.now()
  await importAs(place, [
    { at: now - 25 * 3_600_000, text: "yesterday" },
    { at: now - 3_600_000, text: "today" },
  ])
  for (const seconds of ["86400", "99999999999999999999", "9".repeat(400)])
    expect((await lines(ann, seconds)).map(({ value }) => value)).toEqual(["today"])
  await importAs(
    place,
    Array.from({ length: 600 }, (_, i) => ({ at: now - 60_000 + i, text: `${i}` })),
  )
  const many = await lines(ann, "9".repeat(30))
  expect(many.length).toBe(500)
  expect([many[0]!.value, many[499]!.value]).toEqual(["100", "599"])
  expect(await lines(ann, 0)).toEqual([])
})

test("anything but digits is a 404", async () => {
  await using place = await world()
  const ann = await place.person("Ann")
  for (const seconds of ["abc", "-5", "5.5", "5s", "", "%D9%A5"])
    expect((await ann.fetch(`/api/latest-chat/${seconds}/`)).status).toBe(404)
  expect((await ann.fetch("/api/latest-chat/5/")).status).toBe(200)
})

test("?room= asks for another room", async () => {
  await using place = await world()
  const ann = await place.person("Ann")
  await ann.fetch("/chat/", { method: "POST", body: new URLSearchParams({ name: "garden" }) })
  await ann.fetch("/chat/garden", { method: "POST", body: new URLSearchParams({ message: "roses" }) })
  expect((await lines(ann, 5, "?room=garden")).map(({ value }) => value)).toEqual(["roses"])
  expect(await lines(ann, 5)).toEqual([])
  expect((await ann.fetch("/api/latest-chat/5/?room=nowhere")).status).toBe(404)
})

test("the feed goes on from the tick beside the lines: nothing lost, nothing twice", async () => {
  await using place = await world()
  const ann = await place.person("Ann")
  await say(ann, "before")
  const answer = await ann.fetch("/api/latest-chat/5/")
  const cursor = answer.headers.get("x-parlour-tick")
  expect(cursor).toMatch(/^[a-z0-9]+\.\d+$/)
  await say(ann, "after")
  const { events } = (await (await ann.fetch(`/events?after=${cursor}`)).json()) as { events: { text?: string }[] }
  expect(events.map(({ text }) => text)).toEqual(["after"])
})

test("it is for those who are signed in, and for no cache", async () => {
  await using place = await world()
  const ann = await place.person("Ann")
  expect((await ann.fetch("/api/latest-chat/5/")).headers.get("cache-control")).toBe("private, no-store")
  const refused = await visitor(place.url).fetch("/api/latest-chat/5/", { headers: { accept: "text/html" } })
  expect(refused.status).toBe(401)
  expect(await refused.json()).toMatchObject({ error: { code: "unauthorized" } })
})

test("a name from elsewhere that looks like markup is text too", async () => {
  await using place = await world()
  const author = await settle(place.app, "<b>Zed</b>")
  await perform(place.app, author, { type: "post", room: "talk", text: "hello" })
  const ann = await place.person("Ann")
  expect((await lines(ann, 5))[0]?.screenname).toBe("&lt;b&gt;Zed&lt;/b&gt;")
})

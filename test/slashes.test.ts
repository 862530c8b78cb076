// Every address works as people write it, with a slash at its end or without, and with a sentence's sign behind it: it leads to
// the one there is. From the table of routes, so that a new address is no exception.
import { afterAll, beforeAll, expect, test } from "bun:test"
import { operator } from "../server/caller.ts"
import { readClient } from "../server/http/assets.ts"
import { routes } from "../server/http/routes.ts"
import { readPlace } from "../server/people/place.ts"
import { perform } from "../server/perform.ts"
import { type Visitor, visitor, type World, world } from "./world.ts"

let place: World
let ann: Visitor
let said: number

beforeAll(async () => {
  place = await world()
  ann = await place.person("ann")
  await ann.fetch("/chat/talk/", { method: "POST", body: new URLSearchParams({ message: "hello" }) })
  const { messages } = (await (await ann.fetch("/api/v1/rooms/talk/messages")).json()) as { messages: { id: number }[] }
  said = messages[0]!.id
})
afterAll(async () => place[Symbol.asyncDispose]())

/** What stands for each parameter of a path. */
const filled = (path: string) =>
  path
    .replace(":room", "talk")
    .replace(/:message\{.*?\}/, `${said}`)
    .replace(/:seconds\{.*?\}/, "600")
    .replace(":invite", "none")
    .replace(":token", "none")

test("each address that one can go to is found with a slash too many, and with one too few", async () => {
  const client = await readClient()
  const declared = routes(place.app, client).routes.filter(
    ({ method, path }) => method === "GET" && !path.includes("*"),
  )
  const paths = [...new Set(declared.map(({ path }) => filled(path)))].filter((path) => path !== "/")
  expect(paths.length).toBeGreaterThan(15)
  expect(paths.join()).not.toContain(":")
  const all = new Set(paths)
  let others = 0
  for (const path of paths) {
    const other = path.endsWith("/") ? path.slice(0, -1) : `${path}/`
    if (all.has(other) || other === "/chat/messages/") continue // a room of that name
    others++
    for (const method of ["GET", "HEAD"]) {
      const answer = await ann.fetch(`${other}?x=%2F&y=1`, { method, headers: { accept: "text/html" } })
      expect([other, answer.status, answer.headers.get("location")]).toEqual([other, 301, `${path}?x=%2F&y=1`])
    }
  }
  expect(others).toBeGreaterThan(10)
})

test("of both ways that a room is written, and of two slashes, one comes to the one address", async () => {
  for (const [written, once] of [
    ["/chat/talk", "/chat/talk/"],
    ["/chat", "/chat/"],
    [`/chat/talk/${said}/`, `/chat/talk/${said}`],
    [`/chat/talk/${said}//`, `/chat/talk/${said}`],
    ["/chat/caf%C3%A9/1/", "/chat/caf%C3%A9/1"],
  ] as const) {
    const answer = await ann.fetch(written, { headers: { accept: "text/html" } })
    expect([written, answer.status, answer.headers.get("location")]).toEqual([written, 301, once])
  }
})

test("a form sent to the other spelling is sent on as it is, and what leads nowhere stays nowhere", async () => {
  const form = await ann.fetch("/login/", { method: "POST", body: new URLSearchParams({ username: "ann" }) })
  expect([form.status, form.headers.get("location")]).toEqual([308, "/login"])
  for (const path of [
    "/nothing/",
    "//evil.example/",
    "//evil.example",
    "/.//evil.example/",
    "/%2F/evil.example/",
    "/logout/",
  ])
    expect([path, (await ann.fetch(path)).status]).toEqual([path, 404])
})

/** As programs take them in that find links in a text, and as browsers then ask for them. */
const SIGNS = [
  ...". , ; : ! ) ] } > ' \" * … » ” ’ ， 。 」 ） ؟ ।".replaceAll(" ", ""),
  ").",
  "),",
  "%22%3E",
  "%E2%80%8B",
  "。请",
]

/** Where one comes by at most two steps: of a sign, and of a slash. */
async function led(who: Visitor, path: string, method: string): Promise<string> {
  for (let [at, steps] = [path, 0]; ; steps++) {
    const answer = await who.fetch(at, { method, headers: { accept: "text/html" }, redirect: "manual" })
    if (answer.status !== 301 || steps > 2) return steps > 2 ? "no end" : at
    at = answer.headers.get("location")!
  }
}

test("with a sentence's signs behind it an address leads to the one that was meant, and lets in whom that lets in", async () => {
  await using strict = await world({ REGISTRATION: "invite" })
  const owner = await strict.person("owner")
  await owner.fetch("/chat/talk/", { method: "POST", body: new URLSearchParams({ message: "hello" }) })
  const { messages } = (await (await owner.fetch("/api/v1/rooms/talk/messages")).json()) as {
    messages: { id: number }[]
  }
  const { invite } = await readPlace(strict.app.db.sql)
  const { answer } = await perform(strict.app, operator, { type: "makePasswordLink", username: "owner" })
  const stranger = visitor(strict.url)
  for (const [who, path] of [
    [stranger, `/join/${invite}`],
    [stranger, answer.path],
    [owner, `/chat/talk/${messages[0]!.id}`],
    [owner, "/chat/talk/about"],
    [stranger, "/login"],
  ] as const)
    for (const sign of SIGNS)
      for (const [asked, meant] of [
        [path + sign, path],
        [`${path}${sign}?x=%2F&y=1`, `${path}?x=%2F&y=1`],
        [`${path}${sign}/`, path],
        [`${path}/${sign}`, path],
      ] as const) {
        for (const method of ["GET", "HEAD"]) expect([asked, await led(who, asked, method)]).toEqual([asked, meant])
      }
  for (const [who, path] of [
    [stranger, `/join/${invite}`],
    [stranger, answer.path],
    [owner, `/chat/talk/${messages[0]!.id}`],
  ] as const)
    expect([path, (await who.fetch(path)).status]).toEqual([path, 200])
})

test("the link by which a place becomes somebody's is found with a sign behind its code", async () => {
  await using empty = await world({ PUBLIC_URL: "https://chat.example.org", LIMITS: "on" })
  const { answer } = await perform(empty.app, operator, { type: "makeOwnerLink", anew: false })
  const stranger = visitor(empty.url)
  const led = await stranger.fetch(`${answer.path}).`, { headers: { accept: "text/html" }, redirect: "manual" })
  expect([led.status, led.headers.get("location")]).toEqual([301, answer.path])
  expect((await stranger.fetch(answer.path, { headers: { accept: "text/html" } })).status).toBe(200)
})

test("signs are left where they may be meant, where a form is sent, and where nothing is without them", async () => {
  const page = { headers: { accept: "text/html" }, redirect: "manual" } as const
  await ann.fetch("/chat/", { method: "POST", body: new URLSearchParams({ name: "hush!", anyway: "on" }) })
  for (const [path, status] of [
    ["/chat/hush!/", 200], // a room's name may end in any sign
    ["/chat/talk!", 404],
    ["/nothing.", 404],
    ["/nothing/)", 404],
    ["//evil.example.", 404],
    ["//evil.example/login.", 404],
    ["/%2F/evil.example.", 404],
    ["/.//evil.example/)", 404],
    ["/\\evil.example.", 404],
    ["/.", 303], // the first page
    ["/)", 404],
    ["/chat/talk/999999", 404],
    ["/post/", 404],
    [`/join/${".".repeat(4_000)}`, 303], // she is in
    [`/chat/talk/${".".repeat(4_000)}x`, 404],
  ] as const)
    expect([path, (await ann.fetch(path, page)).status]).toEqual([path, status])
  for (const path of ["/login.", `/chat/talk/${said}.`, "/password/none."])
    expect([path, (await ann.fetch(path, { ...page, method: "POST", body: new URLSearchParams() })).status]).toEqual([
      path,
      404,
    ])
})

test("an address in the router's own language is one like any other, and nobody waits after it", async () => {
  await using strict = await world({ LIMITS: "on" })
  const bob = await strict.person("bob")
  const stranger = visitor(strict.url)
  const answered = async (who: Visitor, path: string) =>
    (await who.fetch(path, { redirect: "manual", signal: AbortSignal.timeout(5_000) })).status
  const odd = ["*", "%2A", ":room", "%3Aroom", "**", "*?", "{.*}", ":x{.+}", "(.*)", "a|b", "?", "%3F", "."]
  for (const path of odd.flatMap((one) => [`/${one}`, `/${one}/`, `/chat/${one}`, `/api/v1/rooms/${one}/messages`]))
    for (const who of [bob, stranger]) {
      expect([path, (await answered(who, path)) < 500]).toEqual([path, true])
      expect([path, [200, 303].includes(await answered(who, "/login"))]).toEqual([path, true])
    }
  const many = await Promise.all(Array.from({ length: 40 }, () => answered(stranger, "/*")))
  expect(new Set(many)).toEqual(new Set([404]))
})

test("a room is found at its address with each sign encoded, and with those left that browsers leave", async () => {
  for (const name of ["1) first", ":)", "(ann's) * room!"]) {
    const opened = await ann.fetch("/chat/", {
      method: "POST",
      body: new URLSearchParams({ name }),
      redirect: "manual",
    })
    const address = opened.headers.get("location")!
    expect(address).not.toMatch(/[!'()]/)
    for (const path of [address, address.replace(/%2[1789]/g, decodeURIComponent)])
      expect([path, (await ann.fetch(path, { redirect: "manual" })).status]).toEqual([path, 200])
  }
})

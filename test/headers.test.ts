// What every answer carries, and where one is sent on to: the guards that a browser keeps for us.
import { afterAll, beforeAll, describe, expect, test } from "bun:test"
import { readClient } from "../server/http/assets.ts"
import { PASSWORD, type Visitor, visitor, type World, world } from "./world.ts"

const client = await readClient()
const ROOM = "hushroom"

let place: World
let ann: Visitor
let nobody: Visitor
let said: number

beforeAll(async () => {
  place = await world()
  ann = await place.person("ann")
  nobody = visitor(place.url)
  await ann.fetch("/chat/", { method: "POST", body: new URLSearchParams({ name: ROOM }) })
  await ann.fetch(`/chat/${ROOM}/`, { method: "POST", body: new URLSearchParams({ message: "hello" }) })
  const { messages } = (await (await ann.fetch(`/api/v1/rooms/${ROOM}/messages`)).json()) as {
    messages: { id: number }[]
  }
  said = messages[0]!.id
})
afterAll(async () => place[Symbol.asyncDispose]())

const signIn = (username: string, password: string) =>
  nobody.fetch("/login", { method: "POST", body: new URLSearchParams({ username, password }) })

const CSP =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; " +
  "frame-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; " +
  "require-trusted-types-for 'script'; trusted-types 'none'"

describe("each answer carries the headers that guard it", () => {
  const guards = {
    "content-security-policy": CSP,
    "x-content-type-options": "nosniff",
    "x-robots-tag": "noindex",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
    "cache-control": "private, no-store",
    "strict-transport-security": null,
    "access-control-allow-origin": null,
    "x-powered-by": null,
    server: null,
  }
  const stream = { "cache-control": "no-store" }
  const framed = {
    ...stream,
    "content-security-policy": CSP.replace("frame-ancestors 'none'", "frame-ancestors 'self'"),
  }
  const secret = { "referrer-policy": "strict-origin" }
  const kept = { "cache-control": "public, max-age=31536000, immutable" }
  const kinds: [kind: string, path: () => string, accept: string, status: number, other: object][] = [
    ["a page", () => `/chat/${ROOM}/`, "text/html", 200, {}],
    ["the page to sign in", () => "/login?out", "text/html", 303, {}],
    ["a way on", () => "/", "text/html", 303, {}],
    ["an answer of the API", () => "/api/v1/me", "application/json", 200, {}],
    ["a refusal of the API", () => "/api/v1/rooms/none/messages", "application/json", 404, {}],
    ["a page that is not there", () => "/nothing/here", "text/html", 404, {}],
    ["a long poll", () => "/events?wait=0", "application/json", 200, {}],
    ["server-sent events", () => "/events", "text/event-stream", 200, stream],
    ["the frame", () => `/events?room=${ROOM}`, "text/html", 200, framed],
    ["how one is", () => "/health", "text/html", 200, {}],
    ["the metrics", () => "/metrics", "text/plain", 200, {}],
    ["an asset", () => client.assets.style, "text/css", 200, kept],
    ["a page whose address lets in who knows it", () => "/join/anything", "text/html", 303, secret],
    ["a password link", () => "/password/anything", "text/html", 404, secret],
    ["an asset that is not there", () => "/assets/none.js", "text/html", 404, {}],
  ]
  test.each(kinds)("%s", async (_, path, accept, status, other) => {
    const stop = new AbortController()
    const answer = await ann.fetch(path(), { headers: { accept }, signal: stop.signal })
    const carried = Object.fromEntries(Object.keys(guards).map((name) => [name, answer.headers.get(name)]))
    expect([answer.status, carried]).toEqual([status, { ...guards, ...other }])
    stop.abort()
  })

  test("a bug shows a number and nothing of itself", async () => {
    const { sql } = place.app.db
    const { error } = console
    const logged: string[] = []
    console.error = (...words) => logged.push(words.join(" "))
    place.app.db.sql = async <Row>(...query: Parameters<typeof sql>) => {
      if (query[0].join("").includes("from place")) throw new Error("hushbug at /home/someone/file.ts:7")
      return sql<Row>(...query)
    }
    const page = await ann.fetch("/place", { headers: { accept: "text/html" } })
    const answer = await ann.fetch("/api/v1/me")
    place.app.db.sql = sql
    console.error = error
    expect([page.status, answer.status]).toEqual([500, 500])
    expect(page.headers.get("content-security-policy")).toBe(CSP)
    const [drawn, written] = [await page.text(), await answer.text()]
    expect(drawn + written).not.toMatch(/hushbug|file\.ts/)
    const [first, second] = logged.map((line) => line.match(/request (\d+-\d+): .*hushbug/s)![1]!)
    expect([drawn.includes(first!), written.includes(second!)]).toEqual([true, true])
  })

  test("the cookie is ours alone: HttpOnly, SameSite=Lax, for every path, and of no named host", async () => {
    const [cookie] = (await signIn("ann", PASSWORD)).headers.getSetCookie()
    expect(cookie).toMatch(/^parlour-\d+=[\w-]{43}; Path=\/; Max-Age=7776000; HttpOnly; SameSite=Lax$/)
  })

  test("behind https it is Secure and __Host-, and a cookie of the other name is nobody's", async () => {
    await using shown = await world({ PUBLIC_URL: "https://chat.example.org", LIMITS: "on" })
    await shown.person("ann")
    const answer = await visitor(shown.url).fetch("/login", {
      method: "POST",
      body: new URLSearchParams({ username: "ann", password: PASSWORD }),
    })
    const [cookie] = answer.headers.getSetCookie()
    expect(cookie).toMatch(/^__Host-parlour=[\w-]{43}; Path=\/; Max-Age=7776000; HttpOnly; SameSite=Lax; Secure$/)
    expect(answer.headers.get("strict-transport-security")).toBe("max-age=31536000")
    const token = cookie!.split(";")[0]!
    expect((await visitor(shown.url, token).fetch("/api/v1/me")).status).toBe(200)
    expect((await visitor(shown.url, token.replace("__Host-", "")).fetch("/api/v1/me")).status).toBe(401)
  })

  test("no page holds a script, a style or a handler of its own", async () => {
    const pages = [ann, nobody].flatMap((who) =>
      ["/login", "/register", "/place", "/chat/", `/chat/${ROOM}/`, `/chat/${ROOM}/${said}`, "/nothing"].map((path) =>
        who.fetch(path, { headers: { accept: "text/html" } }).then((answer) => answer.text()),
      ),
    )
    for (const html of await Promise.all(pages)) {
      expect(html).not.toMatch(/<style|\sstyle=|\son[a-z]+=|javascript:/i)
      for (const [tag] of html.matchAll(/<script[^>]*>/g))
        expect(tag).toMatch(/ src="\/assets\/| type="application\/json"/)
    }
  })
})

// Ways on.

describe("after signing in one goes on to our own pages only", () => {
  const evil = [
    "//evil.example",
    "///evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "https:evil.example",
    "https:/evil.example",
    "https://evil.example",
    "//evil.example/%2f..",
    "/%2f/evil.example/..//..//evil.example",
    "/..//evil.example",
    "/.//evil.example",
    "/%2e%2e//evil.example",
    "/a/../..//evil.example",
    "/./\\evil.example",
    "/\t/evil.example",
    "/\n/evil.example",
    "/\r\nset-cookie: x=y",
    "/\0/evil.example",
    "\t//evil.example",
    " //evil.example",
    "javascript:alert(1)",
    "data:text/html,x",
    "evil.example",
    "@evil.example",
    ".evil.example",
    "?//evil.example",
    "/\u2028/evil.example",
    "//evil.example\\@127.0.0.1",
    "",
  ]
  const elsewhere = (location: string | null) =>
    location === null || new URL(location, place.url).origin !== new URL(place.url).origin || /^[/\\]{2}/.test(location)

  test.each(evil)("not to %j", async (next) => {
    const entered = await nobody.fetch("/login", {
      method: "POST",
      body: new URLSearchParams({ username: "ann", password: PASSWORD, next }),
    })
    expect([entered.status, elsewhere(entered.headers.get("location"))]).toEqual([303, false])
    const set = entered.headers.getSetCookie().map((one) => one.replace(/-\d+=.*/, ""))
    expect(set).toEqual(["parlour", "parlourdevice"])
    const already = await ann.fetch(`/login?next=${encodeURIComponent(next)}`)
    expect([already.status, elsewhere(already.headers.get("location"))]).toEqual([303, false])
  })

  test.each(["/chat/hushroom/", "/place", "/chat/caf%C3%A9/?before=7", "/chat/a%2Fb/"])("but to %s", async (next) => {
    const already = await ann.fetch(`/login?next=${encodeURIComponent(next)}`)
    expect(already.headers.get("location")).toBe(next)
  })

  test("nor does an address of ours that looks like another's lead there", async () => {
    for (const path of ["//evil.example/", "//evil.example/chat/", "/chat//evil.example", "/\\evil.example/chat/"])
      for (const who of [ann, nobody]) {
        const answer = await who.fetch(path, { headers: { accept: "text/html" } })
        const location = answer.headers.get("location")
        if (location !== null) expect([path, location, elsewhere(location)]).toEqual([path, location, false])
      }
  })
})

test("an address that takes something else says what it takes", async () => {
  const json = { accept: "application/json" }
  for (const [path, method, allow] of [
    ["/login", "PUT", "GET, POST, HEAD, OPTIONS"],
    ["/logout", "GET", "POST, OPTIONS"],
    ["/api/v1/me", "POST", "GET, HEAD, OPTIONS"],
    [`/api/v1/rooms/${ROOM}/membership`, "GET", "PUT, DELETE, OPTIONS"],
    [`/chat/${ROOM}/`, "DELETE", "GET, POST, HEAD, OPTIONS"],
  ] as const) {
    const wrong = await ann.fetch(path, { method, headers: json })
    expect([path, wrong.status, wrong.headers.get("allow")]).toEqual([path, 405, allow])
    expect(await wrong.json()).toMatchObject({ error: { code: "malformed", message: `This address takes ${allow}.` } })
    const asked = await ann.fetch(path, { method: "OPTIONS" })
    expect([path, asked.status, asked.headers.get("allow"), await asked.text()]).toEqual([path, 204, allow, ""])
  }
  for (const method of ["GET", "OPTIONS", "PUT"]) {
    const none = await ann.fetch("/nothing/here", { method, headers: json })
    expect([none.status, none.headers.get("allow")]).toEqual([404, null])
  }
  const page = await ann.fetch("/logout", { headers: { accept: "text/html" } })
  expect([page.status, await page.text()]).toEqual([405, expect.stringContaining("This address takes POST")])
})

test("what a client says it does not take it is not given", async () => {
  for (const [accept, type] of [
    ["text/html;q=0, application/json", "application/json"],
    ["text/html; q=0.0, */*", "application/json"],
    ["text/html;q=0.9", "text/html; charset=UTF-8"],
  ] as const) {
    const answer = await nobody.fetch("/nothing/here", { headers: { accept } })
    expect([accept, answer.headers.get("content-type")]).toEqual([accept, type])
  }
  for (const path of [`/chat/${ROOM}/`, client.assets.style])
    for (const [accepted, encoding] of [
      ["br;q=0, gzip", "gzip"],
      ["br;q=0, gzip;q=0", null],
      ["gzip, br;q=0.5", "br"],
    ] as const) {
      const answer = await ann.fetch(path, { headers: { accept: "text/html", "accept-encoding": accepted } })
      expect([path, accepted, answer.headers.get("content-encoding")]).toEqual([path, accepted, encoding])
    }
})

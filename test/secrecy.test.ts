// Every route and every event, put to someone who may not. A route or an event that is not declared here fails: whoever
// adds one says who may have it. That something is absent is believed only where it was seen to be present for another.
import { afterAll, beforeAll, describe, expect, test } from "bun:test"
import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import type { Event } from "../protocol/event.ts"
import type { App } from "../server/app.ts"
import { changes } from "../server/changes.ts"
import { isPostgres } from "../server/db/sql.ts"
import { follow } from "../server/follow.ts"
import { readClient } from "../server/http/assets.ts"
import { routes } from "../server/http/routes.ts"
import { readClock } from "../server/live/clock.ts"
import { readPlace } from "../server/people/place.ts"
import { hashOf } from "../server/people/session.ts"
import { perform } from "../server/perform.ts"
import { cookieOf, openApp, PASSWORD, settle, until, type Visitor, visitor, type World, world } from "./world.ts"

const client = await readClient()

let place: World
let ann: Visitor // the owner
let bob: Visitor // a member
let gone: Visitor // whose session has ended
let nobody: Visitor
let invite: string
let said: number

const ROOM = "hushroom"
/** What nobody outside may ever read. The room's name is in some addresses, so it may stand in the way back there. */
const TEXT = "hushtext"
const NAMES = ["hushann", "hushbob"]
const secrets = () => [TEXT, ...NAMES, invite]

beforeAll(async () => {
  place = await world()
  ann = await place.person(NAMES[0]!)
  bob = await place.person(NAMES[1]!)
  const cyd = await place.person("cyd")
  await cyd.fetch("/logout", { method: "POST" })
  gone = cyd
  nobody = visitor(place.url)
  await ann.fetch("/chat/", { method: "POST", body: new URLSearchParams({ name: ROOM }) })
  await bob.fetch(`/chat/${ROOM}/join`, { method: "POST" })
  const answer = await ann.fetch(`/api/v1/rooms/${ROOM}/messages`, json({ text: TEXT }))
  said = ((await answer.json()) as { id: number }).id
  invite = (await readPlace(place.app.db.sql)).invite
})
afterAll(async () => place[Symbol.asyncDispose]())

const json = (body: object, method = "POST") => ({
  method,
  headers: { "content-type": "application/json" },
  body: JSON.stringify(body),
})

const handshake = {
  upgrade: "websocket",
  connection: "Upgrade",
  "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
  "sec-websocket-version": "13",
}

// Who may have what.

type Rule = {
  may: "anyone" | "signed in" | "owner"
  /** An address that the route answers; without it, the route's own. */
  at?: () => string
  method?: string
  headers?: Record<string, string>
  fields?: Record<string, string>
  /** The status for someone who may. */
  gives: number
  /** What someone who may gets to read; the others must not. */
  shows?: () => string
}

const inRoom = (rest = "") => ({ at: () => `/chat/${ROOM}${rest}` })

const rules: Record<string, Rule> = {
  "GET /assets/*": { may: "anyone", at: () => client.assets.style, gives: 200 },
  "GET /": { may: "anyone", gives: 303 },
  "GET /health": { may: "anyone", gives: 200 },
  "GET /metrics": { may: "owner", gives: 200 },
  "GET /welcome": { may: "anyone", gives: 303 },
  "GET /login": { may: "anyone", gives: 200 },
  "POST /login": { may: "anyone", fields: { username: "nobody", password: PASSWORD }, gives: 401 },
  "GET /register": { may: "anyone", gives: 200 },
  "POST /register": { may: "anyone", fields: { username: "no one", password: PASSWORD }, gives: 422 },
  "GET /favicon.ico": { may: "anyone", gives: 200 },
  "GET /apple-touch-icon.png": { may: "anyone", gives: 200 },
  "GET /manifest.webmanifest": { may: "anyone", gives: 200 },
  "GET /join/:invite": { may: "anyone", at: () => "/join/a-guess", gives: 200 },
  "POST /logout": { may: "anyone", gives: 303 },
  "GET /password/:token": { may: "anyone", at: () => "/password/a-guess", gives: 404 },
  "POST /password/:token": { may: "anyone", at: () => "/password/a-guess", fields: { password: PASSWORD }, gives: 404 },

  "GET /place": { may: "signed in", gives: 200, shows: () => NAMES[0]! },
  "POST /place": { may: "owner", fields: { name: "Mine" }, gives: 303 },
  "POST /place/invite": { may: "owner", gives: 303 },
  "POST /place/password-link": { may: "owner", fields: { username: NAMES[1]! }, gives: 200, shows: () => "/password/" },
  "POST /place/expel": { may: "owner", fields: { username: "nobody" }, gives: 404 },

  "GET /me": { may: "signed in", gives: 200, shows: () => NAMES[0]! },
  "POST /me/password": { may: "signed in", fields: { old: "not mine", password: PASSWORD }, gives: 422 },
  "POST /me/sign-out": { may: "signed in", fields: { session: "nobody's" }, gives: 303 },
  "POST /me/sign-out-others": { may: "signed in", gives: 303 },

  "GET /chat": { may: "anyone", gives: 301 }, // to the list of rooms, whoever asks
  "GET /chat/": { may: "signed in", gives: 200, shows: () => ROOM },
  "POST /chat/": { may: "signed in", fields: { name: ROOM }, gives: 303 },
  "GET /chat/:room": { may: "signed in", ...inRoom(), gives: 301 },
  "GET /chat/:room/": { may: "signed in", ...inRoom("/"), gives: 200, shows: () => TEXT },
  "POST /chat/:room": { may: "signed in", ...inRoom(), fields: { message: "x" }, gives: 303 },
  "POST /chat/:room/": { may: "signed in", ...inRoom("/"), fields: { message: "x" }, gives: 303 },
  "GET /chat/:room/:message{[0-9]+}": {
    may: "signed in",
    at: () => `/chat/${ROOM}/${said}`,
    gives: 200,
    shows: () => TEXT,
  },
  "GET /chat/:room/about": { may: "signed in", ...inRoom("/about"), gives: 200, shows: () => NAMES[0]! },
  "POST /chat/:room/join": { may: "signed in", ...inRoom("/join"), gives: 303 },
  "POST /chat/:room/leave": { may: "signed in", ...inRoom("/leave"), gives: 303 },

  "GET /events": {
    may: "signed in",
    at: () => `/events?after=0&wait=0.1&room=${ROOM}`,
    gives: 200,
    shows: () => TEXT,
  },

  "GET /api/v1/me": { may: "signed in", gives: 200, shows: () => NAMES[0]! },
  "GET /api/v1/rooms": { may: "signed in", gives: 200, shows: () => ROOM },
  "POST /api/v1/rooms": { may: "signed in", fields: { name: ROOM }, gives: 200, shows: () => ROOM },
  "PUT /api/v1/rooms/:room/membership": {
    may: "signed in",
    at: () => `/api/v1/rooms/${ROOM}/membership`,
    gives: 200,
  },
  "DELETE /api/v1/rooms/:room/membership": {
    may: "signed in",
    at: () => `/api/v1/rooms/${ROOM}/membership`,
    gives: 200,
  },
  "GET /api/v1/rooms/:room/messages": {
    may: "signed in",
    at: () => `/api/v1/rooms/${ROOM}/messages`,
    gives: 200,
    shows: () => TEXT,
  },
  "POST /api/v1/rooms/:room/messages": {
    may: "signed in",
    at: () => `/api/v1/rooms/${ROOM}/messages`,
    fields: { text: "x" },
    gives: 201,
  },
  "POST /api/v1/rooms/:room/typing": {
    may: "signed in",
    at: () => `/api/v1/rooms/${ROOM}/typing`,
    gives: 204,
  },
  "DELETE /api/v1/rooms/:room/typing": {
    may: "signed in",
    at: () => `/api/v1/rooms/${ROOM}/typing`,
    gives: 204,
  },

  "GET /chat/messages": { may: "signed in", at: () => `/chat/messages?room=${ROOM}`, gives: 200, shows: () => TEXT },
  "GET /api/latest-chat/:seconds{[0-9]+}/": {
    may: "signed in",
    at: () => `/api/latest-chat/600/?room=${ROOM}`,
    gives: 200,
    shows: () => TEXT,
  },
  "GET /api/latest-chat/:seconds{[0-9]+}": {
    may: "signed in",
    at: () => `/api/latest-chat/600?room=${ROOM}`,
    gives: 200,
    shows: () => TEXT,
  },
  "ALL /post/": { may: "signed in", method: "POST", fields: { post_type: "send_chat", content: "x" }, gives: 200 },
  "ALL /chat/:room/post/": {
    may: "signed in",
    method: "POST",
    ...inRoom("/post/"),
    fields: { post_type: "get_chat" },
    gives: 200,
    shows: () => TEXT,
  },
  "GET /ws/chat/:room/": { may: "signed in", at: () => `/ws/chat/${ROOM}/`, headers: handshake, gives: 101 },
  "GET /ws/chat/:room": { may: "signed in", at: () => `/ws/chat/${ROOM}`, headers: handshake, gives: 101 },
}

/** The handshakes: not safe, though they are a GET. */
const sockets: Record<string, Rule> = {
  "GET /events (socket)": { may: "signed in", at: () => "/events", headers: handshake, gives: 101 },
}

/** Every route, as `METHOD path`; what every request passes first is no route. */
const declared = () =>
  routes(place.app, client)
    .routes.filter(({ path, method }) => !(path === "/*" && method === "ALL"))
    .map(({ method, path }) => `${method} ${path}`)

type Ask = { accept?: string; headers?: Record<string, string> }

function ask(who: Visitor, name: string, { accept = "application/json", headers = {} }: Ask = {}): Promise<Response> {
  const rule = rules[name] ?? sockets[name]!
  const [method, path] = name.split(" ") as [string, string]
  const isApi = path.startsWith("/api/")
  const sent = { method: rule.method ?? method, headers: { accept, ...rule.headers, ...headers } }
  const body = sent.method === "GET" ? {} : isApi ? json(rule.fields ?? {}) : { body: new URLSearchParams(rule.fields) }
  const init = { ...body, ...sent, ...("headers" in body && { headers: { ...body.headers, ...sent.headers } }) }
  return who.fetch(rule.at?.() ?? path, init)
}

/** What a refused request must leave as it was. */
async function standing() {
  const { sql } = place.app.db
  const [links] = await sql<{ count: number }>`select count(*) as count from password_links`
  return { ...(await readClock(sql)), ...(await readPlace(sql)), links: links!.count }
}

test("every route says here who may have it", () => {
  expect([...new Set(declared())].toSorted()).toEqual(Object.keys(rules).toSorted())
})

describe.each(Object.entries({ ...rules, ...sockets }))("%s", (name, { may, gives, shows }) => {
  test("refuses whoever may not, shows them nothing and changes nothing", async () => {
    for (const who of [nobody, gone]) {
      const before = await standing()
      const answer = await ask(who, name)
      const body = answer.status === 101 ? "" : await answer.text()
      const told = JSON.stringify([...answer.headers]) + body
      const page = await ask(who, name, { accept: "text/html" })
      const drawn = page.status === 101 ? "" : await page.text()
      for (const secret of secrets()) expect(told + drawn, secret).not.toContain(secret)
      if (may === "anyone") continue
      expect([answer.status, JSON.parse(body).error.code]).toEqual([401, "unauthorized"])
      expect(await standing()).toEqual(before)
      if (name.startsWith("GET") && !name.startsWith("GET /api/")) {
        expect([page.status, page.headers.get("location")]).toEqual([303, expect.stringMatching(/^\/login\?next=%2F/)])
      } else expect(page.status).toBe(401)
    }
    if (may === "owner") {
      const before = await standing()
      for (const accept of ["application/json", "text/html"]) {
        const answer = await ask(bob, name, { accept })
        const told = await answer.text()
        expect(answer.status).toBe(403)
        expect(told).not.toMatch(/\/password\/[\w-]{20}/)
      }
      expect(await standing()).toEqual(before)
    }
  })

  test("answers whoever may", async () => {
    const who = may === "anyone" ? nobody : ann
    const answer = await ask(who, name)
    expect(answer.status).toBe(gives)
    if (shows) expect(await answer.text()).toContain(shows())
    invite = (await readPlace(place.app.db.sql)).invite
  })
})

test("the invite link is shown to whoever is in, so that they pass it on, and to nobody while the place is closed", async () => {
  for (const who of [ann, bob]) expect(await (await who.fetch("/place")).text()).toContain(invite)
  const set = (registration: string) =>
    ann.fetch("/place", { method: "POST", body: new URLSearchParams({ registration }) })
  await set("closed")
  for (const who of [ann, bob]) expect(await (await who.fetch("/place")).text()).not.toContain(invite)
  await set("open")
})

// Events.

/** Who is told of what. */
const told: Record<Event["kind"], "whoever is in the room" | "everyone signed in" | "nobody"> = {
  message: "whoever is in the room",
  member: "whoever is in the room",
  room: "everyone signed in",
  person: "everyone signed in",
  ended: "nobody",
}

/** The fields of each kind: another would say more than was decided. */
const fields: Partial<Record<Event["kind"], string[]>> = {
  message: ["at", "author", "id", "kind", "nonce", "room", "text", "tick"],
  member: ["kind", "person", "present", "room", "tick"],
  room: ["id", "kind", "name", "slug", "tick"],
  person: ["id", "kind", "name", "role", "tick"],
}

test("each event reaches whom it may and nobody else, live and when catching up", async () => {
  await using app = await openApp()
  const [inside, outside, third] = [await settle(app, "ann"), await settle(app, "bob"), await settle(app, "cyd")]
  await perform(app, inside, { type: "open", name: "lunch" })
  const start = app.hub.tick
  const listen = (who: typeof inside, after: string | null) => {
    const heard: Record<string, unknown>[] = []
    const stop = new AbortController()
    const feed = follow(
      app,
      { person: who.person.id, name: who.person.name, session: who.session, after, room: null },
      stop.signal,
    )
    const reading = (async () => {
      for await (const one of feed) heard.push("json" in one ? JSON.parse(one.json) : one)
    })()
    const end = async () => {
      stop.abort()
      await reading
    }
    return { heard, end }
  }
  const live = { inside: listen(inside, null), outside: listen(outside, null) }
  await until("both are live", () => app.hub.listening === 2)

  await perform(app, inside, { type: "post", room: "lunch", text: "hushtext", nonce: "n1" })
  await perform(app, third, { type: "join", room: "lunch" }) // a member
  await settle(app, "dan") // a person
  await perform(app, third, { type: "signOut", session: third.session }) // ended
  await perform(app, inside, { type: "open", name: "later" }) // a room

  const isLast = (event: Record<string, unknown>) => event.kind === "room"
  await until("both have heard the last", () => Object.values(live).every(({ heard }) => heard.some(isLast)))
  const caughtUp = { inside: listen(inside, String(start)), outside: listen(outside, String(start)) }
  await until("both have caught up", () => Object.values(caughtUp).every(({ heard }) => heard.some(isLast)))

  for (const { inside, outside } of [live, caughtUp]) {
    await Promise.all([inside.end(), outside.end()])
    const kindsOf = (heard: Record<string, unknown>[]) => new Set(heard.map(({ kind }) => kind))
    for (const [kind, whom] of Object.entries(told)) {
      expect([kind, kindsOf(inside.heard).has(kind)]).toEqual([kind, whom !== "nobody"])
      const others = outside.heard.filter((event) => event.kind === kind)
      // Of "talk", where everyone is, the one outside may hear who came: dan did.
      const elsewhere = others.filter(
        (event) => !(event.kind === "member" && (event.person as { name: string }).name === "dan"),
      )
      expect([kind, elsewhere.length > 0]).toEqual([kind, whom === "everyone signed in"])
    }
    for (const event of [...inside.heard, ...outside.heard])
      if ("tick" in event) expect(Object.keys(event).sort()).toEqual(fields[event.kind as Event["kind"]]!)
    expect(JSON.stringify(outside.heard)).not.toContain("hushtext")
    expect(JSON.stringify(inside.heard)).toContain("hushtext")
  }
})

test("a catch-up holds nothing of a room that one has left, and all of it once one is back", async () => {
  await using app = await openApp()
  const [ann, bob] = [await settle(app, "ann"), await settle(app, "bob")]
  await perform(app, ann, { type: "open", name: "lunch" })
  await perform(app, bob, { type: "join", room: "lunch" })
  const after = app.hub.tick
  await perform(app, ann, { type: "post", room: "lunch", text: "soup" })
  const texts = async () => {
    const span = { person: bob.person.id, watching: null, after, upTo: app.hub.tick, limit: 100 }
    return (await changes(app.db.sql, span)).flatMap((change) => (change.kind === "message" ? [change.text] : []))
  }
  expect(await texts()).toEqual(["soup"])
  await perform(app, bob, { type: "leave", room: "lunch" })
  expect(await texts()).toEqual([])
  await perform(app, bob, { type: "join", room: "lunch" })
  expect(await texts()).toEqual(["soup"])
})

// Sessions.

describe("a session", () => {
  test("is over when one signs out: the cookie opens nothing any more", async () => {
    const dan = await place.person("dan")
    expect((await dan.fetch("/api/v1/me")).status).toBe(200)
    const out = await dan.fetch("/logout", { method: "POST" })
    expect(out.headers.getSetCookie()).toEqual([
      `parlour-${new URL(place.url).port}=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax`,
    ])
    expect((await dan.fetch("/api/v1/me")).status).toBe(401)
  })

  test("ends with every other of the person, and their feeds, when a new password is set by link", async () => {
    const eve = await place.person("eve")
    const elsewhere = visitor(place.url, cookieOf(await signIn("eve", PASSWORD)))
    const closed: number[] = []
    for (const who of [eve, elsewhere]) {
      const socket = who.socket("/events")
      socket.onclose = ({ code }) => closed.push(code)
      await new Promise((resolve) => {
        socket.onmessage = ({ data }) => String(data).includes('"live"') && resolve(data)
      })
    }
    const made = await ann.fetch("/place/password-link", {
      method: "POST",
      body: new URLSearchParams({ username: "eve" }),
    })
    const path = (await made.text()).match(/\/password\/[\w-]{43}/)![0]
    const set = await nobody.fetch(path, {
      method: "POST",
      body: new URLSearchParams({ password: "another good one" }),
    })
    expect(set.status).toBe(303)
    await until("both feeds are closed", () => closed.length === 2, 1_000)
    expect(closed).toEqual([4401, 4401])
    for (const who of [eve, elsewhere]) expect((await who.fetch("/api/v1/me")).status).toBe(401)
    expect((await visitor(place.url, cookieOf(set)).fetch("/api/v1/me")).status).toBe(200)
    expect((await signIn("eve", PASSWORD)).status).toBe(401)
    expect((await signIn("eve", "another good one")).status).toBe(303)
  })

  test("begins with a cookie of its own each time", async () => {
    const cookies = [
      cookieOf(await signIn(NAMES[0]!, PASSWORD)),
      cookieOf(await signIn(NAMES[0]!, PASSWORD)),
      ann.cookie,
    ]
    expect(new Set(cookies).size).toBe(3)
    expect(cookies[0]).toMatch(/^parlour-\d+=[\w-]{43}$/)
  })

  test("is kept as a hash: neither cookie, nor password, nor link is in the database", async () => {
    const made = await ann.fetch("/place/password-link", {
      method: "POST",
      body: new URLSearchParams({ username: NAMES[1]! }),
    })
    const link = (await made.text()).match(/\/password\/([\w-]{43})/)![1]!
    const token = ann.cookie.split("=")[1]!
    const bytes = await allThatIsKept(place.app)
    for (const present of [NAMES[0]!, hashOf(token), hashOf(link), "argon2id"]) expect(bytes).toContain(present)
    for (const absent of [token, link, PASSWORD]) expect(bytes.includes(absent), absent).toBe(false)
  })
})

async function allThatIsKept({ config, db }: App): Promise<string> {
  const { dataDir, database } = config
  if (!isPostgres(database))
    return readdirSync(dataDir)
      .map((file) => readFileSync(join(dataDir, file), "latin1"))
      .join("\n")
  const [all] = await db.sql<{ text: string }>`select database_to_xml(true, false, '')::text as text`
  return all!.text
}

const signIn = (username: string, password: string) =>
  nobody.fetch("/login", { method: "POST", body: new URLSearchParams({ username, password }) })

// Other sites.

const unsafe = Object.keys(rules).filter((name) => !name.startsWith("GET") || rules[name]!.headers)

describe("from another site's page", () => {
  const { port, foreign, ours } = {
    port: () => new URL(place.url).port,
    foreign: (): Record<string, string>[] => [
      { "sec-fetch-site": "cross-site" },
      { "sec-fetch-site": "same-site" },
      { "sec-fetch-site": "cross-site", origin: place.url },
      { "sec-fetch-site": "same-origin", origin: "https://evil.example" },
      { "sec-fetch-site": "nonsense" },
      ...[
        "null",
        "https://evil.example",
        `http://evil-127.0.0.1:${port()}`,
        `http://127.0.0.1:${port()}.evil.example`,
        `http://127.0.0.1.evil.example:${port()}`,
        `http://127.0.0.1:${port()}@evil.example`,
        `http://127.0.0.1:${Number(port()) + 1}`,
        "http://127.0.0.1",
        `http://localhost:${port()}`,
        `http://127.0.0.1:${port()}1`,
        `127.0.0.1:${port()}`,
        "file://",
      ].map((origin) => ({ origin })),
    ],
    ours: (): Record<string, string>[] => [
      {}, // no browser
      { origin: place.url },
      { "sec-fetch-site": "same-origin" },
      { "sec-fetch-site": "same-origin", origin: place.url },
      { "sec-fetch-site": "none" }, // typed, or from a bookmark
    ],
  }

  test.each([...unsafe, ...Object.keys(sockets)])("%s is refused, and done from our own", async (name) => {
    const before = await standing()
    for (const headers of foreign()) {
      const answer = await ask(ann, name, { headers })
      expect([headers, answer.status]).toEqual([headers, 403])
    }
    expect(await standing()).toEqual(before)
    // Signing out would end the session that the others need.
    for (const headers of ours()) {
      const answer = await ask(name === "POST /logout" ? nobody : ann, name, { headers })
      expect([headers, answer.status]).not.toEqual([headers, 403])
    }
  })

  test("a page may be linked to: reading is not refused", async () => {
    const answer = await ann.fetch(`/chat/${ROOM}/`, { headers: { "sec-fetch-site": "cross-site" } })
    expect(answer.status).toBe(200)
  })

  test("nothing is said by reading, even where one address does both", async () => {
    const before = await standing()
    for (const path of ["/post/?message=x&content=x&text=x&room=hushroom", `/chat/${ROOM}/post/?message=x&content=x`])
      await (await ann.fetch(path, { headers: { "sec-fetch-site": "cross-site" } })).text()
    expect(await standing()).toEqual(before)
  })

  test("no answer lets another site read it", async () => {
    for (const path of ["/", "/login", `/chat/${ROOM}/`, "/api/v1/me", "/events?wait=0"]) {
      const answer = await ann.fetch(path, { headers: { origin: "https://evil.example" } })
      expect([...answer.headers.keys()].filter((name) => name.startsWith("access-control-"))).toEqual([])
    }
    const preflight = await ann.fetch("/api/v1/rooms", {
      method: "OPTIONS",
      headers: { origin: "https://evil.example", "access-control-request-method": "POST" },
    })
    expect([...preflight.headers.keys()].filter((name) => name.startsWith("access-control-"))).toEqual([])
  })

  test("with PUBLIC_URL only that origin is ours, scheme and all", async () => {
    await using shown = await world({ PUBLIC_URL: "https://chat.example.org", LIMITS: "on" })
    const { host } = new URL(shown.url)
    const post = (origin: string) => visitor(shown.url).fetch("/logout", { method: "POST", headers: { origin } })
    expect((await post("https://chat.example.org")).status).toBe(303)
    for (const origin of [
      "http://chat.example.org",
      "https://chat.example.org:444",
      "https://chat.example.org.evil.example",
      "https://evil-chat.example.org",
      "https://CHAT.example.org.",
      `http://${host}`,
      "null",
    ])
      expect([origin, (await post(origin)).status]).toEqual([origin, 403])
  })
})

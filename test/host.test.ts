// By which host we are asked, and which way a path goes: whatever Host and the request line hold, nobody reaches another
// page than they asked for, no name that we do not go by is answered, and nothing breaks.
import { afterAll, beforeAll, describe, expect, test } from "bun:test"
import { hostname } from "node:os"
import { raw } from "./raw.ts"
import { logged, PASSWORD, visitor, type World, world } from "./world.ts"

let place: World
let shown: World

beforeAll(async () => {
  place = await world()
  await place.person("ann")
  shown = await world({ PUBLIC_URL: "https://chat.example.org", LIMITS: "on" })
})
afterAll(async () => {
  await place[Symbol.asyncDispose]()
  await shown[Symbol.asyncDispose]()
})

const ask = (at: World, path: string, host: string | null, more = "", version = "1.1") =>
  raw(at.url, `GET ${path} HTTP/${version}\r\n${host === null ? "" : `Host:${host && ` ${host}`}\r\n`}${more}\r\n`)

/** What is no host at all. */
const noHosts = [
  "",
  "a|b",
  "a b",
  "[",
  "[::1",
  "[::1]x",
  "[zz]",
  "%",
  "%61.local",
  "xn--",
  "1.2.3.4.5",
  "999.1.1.1",
  "a:b",
  "a:99999",
  "localhost:3000:3000",
  "user@localhost",
  "localhost/x",
  "localhost?x",
  "localhost#x",
  "http://localhost",
  "localhost\\x",
  "localhost, localhost",
  "caf\u00e9.local",
  ":3000",
  "<script>",
  "a\tb",
]

/** What is a host, and not one that only this machine or this network can mean. */
const strangers = [
  "evil.example",
  "evil.example:3601",
  "localhost.evil.example",
  "127.0.0.1.evil.example",
  "local",
  "evillocalhost",
  "notlocal",
  "my.local.example",
  "intranet",
  "EVIL.EXAMPLE",
  "localhost.",
  "..",
  "xn--bcher-kva.example",
]

const ours = [
  "localhost",
  "LOCALHOST:3000",
  "chat.localhost",
  "my-computer.local:3000",
  "127.0.0.1",
  "127.0.0.1:1",
  "192.168.1.7:3000",
  "203.0.113.9",
  "[::1]",
  "[fe80::1]:3000",
  hostname(),
]

const routes = [
  "/",
  "/login?next=/chat",
  "/chat/",
  "/place",
  "/api/v1/me",
  "/events",
  "/nothing/here",
  "//x/y",
  "/ws/chat/talk/",
]
const accepts = ["text/html", "application/json"]

test.each(noHosts)("a Host of %j is refused everywhere, and nothing breaks", async (host) => {
  const log = await logged(async () => {
    for (const at of [place, shown])
      for (const path of routes)
        for (const accept of accepts) {
          const { status } = await ask(at, path, host, `Accept: ${accept}\r\n`)
          expect([path, accept, status]).toEqual([path, accept, 400])
        }
  })
  expect(log).toEqual([])
})

test.each(strangers)("%j is no name of a place that was given none, and it learns nothing of it", async (host) => {
  for (const path of routes)
    for (const accept of accepts) {
      const { status, body, head } = await ask(place, path, host, `Accept: ${accept}\r\n`)
      expect([path, accept, status]).toEqual([path, accept, 400])
      expect(head).not.toMatch(/^(location|set-cookie):/im)
      expect(body).not.toContain("Parlour.<")
    }
  const form = `username=rebound&password=${PASSWORD.replaceAll(" ", "+")}`
  const sent = `Host: ${host}\r\nOrigin: http://${host}\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: ${form.length}`
  const { status, head } = await raw(place.url, `POST /register HTTP/1.1\r\n${sent}\r\n\r\n${form}`)
  expect([status, /set-cookie/i.test(head)]).toEqual([400, false])
})

test.each(ours)("%j is taken by a place that was given no name", async (host) => {
  expect((await ask(place, "/login", host, "Accept: text/html\r\n")).status).toBe(200)
})

test("a place that was given a name goes by that alone, however it is written, and says where it is", async () => {
  for (const host of ["chat.example.org", "chat.example.org:443", "CHAT.Example.ORG", "chat.example.org:"])
    expect([host, (await ask(shown, "/", host)).status]).toEqual([host, 303])
  for (const host of [
    "evil.example",
    "localhost",
    "127.0.0.1:3000",
    "chat.example.org:8443",
    "example.org",
    hostname(),
  ])
    for (const accept of accepts) {
      const { status, body } = await ask(shown, "/", host, `Accept: ${accept}\r\n`)
      expect([host, status]).toEqual([host, 421])
      expect(body).toContain("https://chat.example.org")
    }
})

describe("who asks how we are need not know what we are called", () => {
  const probes: [how: string, host: string | null, version: string][] = [
    ["HTTP/1.0 without Host", null, "1.0"],
    ["an empty Host", "", "1.1"],
    ["an address", "10.0.0.5:3000", "1.1"],
    ["a name of the network's", "parlour-1:3000", "1.1"],
    ["what is no host", "a|b", "1.1"],
  ]
  test.each(probes)("%s", async (_, host, version) => {
    for (const at of [place, shown]) {
      expect((await ask(at, "/health", host, "", version)).status).toBe(200)
      expect((await ask(at, "/metrics", host, "", version)).status).toBe(401)
    }
  })
})

test("what stands in Host does not move the path: each is answered as if it were another's", async () => {
  for (const path of ["/health?x=/chat/", "//health", "/a/../health", "/health/x", "/x?http://y/health"])
    for (const host of ["a|b", "a/b", "", "localhost"]) {
      const { status } = await ask(place, path, host)
      const isHealth = new URL(path.replace(/^\/\//, "/%2f"), "http://x").pathname === "/health"
      expect([path, host, status]).toEqual([path, host, isHealth ? 200 : host === "localhost" ? 404 : 400])
    }
  const { status } = await raw(place.url, "CONNECT a:80 HTTP/1.1\r\nHost: localhost\r\n\r\n")
  expect(status).toBeWithin(400, 500)
})

describe("a form from a page whose address is not the one that we know", () => {
  const send = (at: World, headers: Record<string, string>) =>
    visitor(at.url).fetch("/login", {
      method: "POST",
      body: new URLSearchParams({ username: "ann", password: "x" }),
      headers: { accept: "application/json", ...headers },
    })
  const told = async (at: World, headers: Record<string, string>) => {
    const answer = await send(at, headers)
    const { error } = (await answer.json()) as { error: { message: string } }
    return [answer.status, error.message] as const
  }

  test("is taken whatever goes without saying: the port of the scheme, and capitals", async () => {
    for (const [host, origin] of [
      ["localhost:443", "https://localhost"],
      ["LocalHost:80", "http://localhost"],
      ["my.local", "http://my.local:80"],
    ] as const)
      expect([host, (await send(place, { host, origin })).status]).toEqual([host, 401])
    for (const host of ["chat.example.org:443", "Chat.Example.org"])
      expect((await send(shown, { host, origin: "https://chat.example.org" })).status).toBe(401)
  })

  test("is refused with words for whoever can help, which stand in the log once", async () => {
    const log = await logged(async () => {
      const proxied = { origin: "http://chat.example.org", "sec-fetch-site": "same-origin" }
      for (let i = 0; i < 3; i++) {
        const [status, message] = await told(shown, proxied)
        expect([status, message]).toEqual([
          403,
          expect.stringContaining("PUBLIC_URL=http://chat.example.org puts that right"),
        ])
      }
      const [status, message] = await told(place, { origin: "http://other.local" })
      expect([status, message]).toEqual([403, expect.stringMatching(/another site's page.*PUBLIC_URL/s)])
      expect(await told(place, { origin: "http://localhost", "sec-fetch-site": "cross-site" })).toEqual([
        403,
        expect.not.stringContaining("PUBLIC_URL"),
      ])
    })
    // Once for each place.
    const of = (origin: string) => expect.stringContaining(`from a page at ${origin}`)
    expect(log).toEqual([of("http://chat.example.org"), of("http://other.local")])
  })
})

test("where no host is looked at nothing is done either, and none is written into the log", async () => {
  const near = await world() // whose log has not been told yet
  const lines = await logged(async () => {
    for (const path of ["/health", "/metrics", "/health/"])
      for (const method of ["POST", "PUT", "DELETE", "PATCH"])
        for (const host of ["a\x9b31m and a lie", "canary.example", "a\tb"]) {
          const request = `${method} ${path} HTTP/1.1\r\nHost: ${host}\r\nOrigin: http://evil.example\r\nContent-Length: 0\r\n\r\n`
          const { status } = await raw(near.url, request)
          expect([method, path, host, status]).toEqual([method, path, host, 400])
        }
  })
  await near[Symbol.asyncDispose]()
  expect(lines).toEqual([])
})

// What is asked for is taken apart without the parser where it would change nothing: then the two have to agree.
import { expect, test } from "bun:test"
import fc from "fast-check"
import { Hono } from "hono"
import { TrieRouter } from "hono/router/trie-router"
import { askedOf, hostOf, routedBy } from "./asked.ts"
import { Remembered } from "./remembered.ts"

const of = (target: string) =>
  askedOf({ url: `http://127.0.0.1${target}`, headers: new Headers({ host: "127.0.0.1" }) })

const parts = [
  "/",
  "..",
  ".",
  "a",
  "chat",
  "%2e",
  "%41",
  "%",
  "?",
  "=",
  "&",
  "~",
  "-",
  "_",
  "é",
  "\\",
  "'",
  "+",
  ":",
  ";",
  "@",
]
const targets = fc
  .array(fc.oneof(fc.constantFrom(...parts), fc.string({ maxLength: 2 })))
  .map((all) => `/${all.join("")}`)

test("a plain address is what the parser would make of it", () => {
  fc.assert(
    fc.property(targets, (target) => {
      const { pathname, search } = URL.parse(`http://parlour.invalid${target}`) ?? new URL("http://parlour.invalid")
      const { rawPath, path, search: query } = of(target)
      expect([rawPath, path, query]).toEqual([pathname, routedBy(pathname), search])
    }),
    { numRuns: 3_000 },
  )
})

test("what is longer than any address of ours is said to be so, and no more of it is looked at than its first word", () => {
  const long = "%ff/".repeat(2_000)
  for (const [target, path] of [
    [`/${long}`, "/"],
    [`/?${long}`, "/"],
    [`/api/v1/${long}`, "/api/"],
    [`/join/code?${long}`, "/join/"],
    [`/health/../${long}`, "/health/"],
    [`/${"é".repeat(3_000)}`, "/"],
    [`/chat/${"é".repeat(3_000)}`, "/chat/"],
    [`/${"x".repeat(8_000)}/`, "/"],
    [`/chat/${"%ffa".repeat(1_000)}/`, "/chat/"],
    [`/chat/${"%ff".repeat(51)}/`, "/chat/"],
    [`/chat/${"%E4%BD%A0".repeat(100)}%E4/`, "/chat/"],
  ])
    expect(of(target!)).toMatchObject({ path, rawPath: path, search: "", isTooLong: true })
  for (const longest of [`/${"x".repeat(4_095)}`, `/${"%".repeat(4_095)}`])
    expect(of(longest)).toMatchObject({ rawPath: longest, isTooLong: false })
  for (const legible of [
    `/chat/${"%E4%BD%A0".repeat(400)}/`,
    `/chat/${"100%".repeat(900)}/`,
    `/chat/${"%41%".repeat(900)}/`,
    `/chat/${"%ff".repeat(50)}/`,
    `/?${"&%ff".repeat(1_000)}`,
  ])
    expect(of(legible)).toMatchObject({ rawPath: legible.split("?")[0]!, isTooLong: false })
})

test("a host that comes again is the same, whatever came in between", () => {
  const headers = ["a.example", "A.Example:80", "[::1]:8000", "127.1", "user@host", "", "x".repeat(400), "localhost:1"]
  const first = headers.map((header) => [hostOf(header), hostOf(header, "https:")])
  for (let i = 0; i < 500; i++) hostOf(`other-${i}.example`)
  expect(headers.map((header) => [hostOf(header), hostOf(header, "https:")])).toEqual(first)
})

test("an address is answered alike when it comes again", async () => {
  const routes = (hono: Hono) =>
    hono
      .use(async (_, next) => next())
      .get("/chat/:room/:message{[0-9]+}", (context) => context.json(context.req.param()))
      .get("/chat/:room/about", (context) => context.text(`about ${context.req.param("room")}`))
      .all("/chat/:room", (context) => context.text(`${context.req.method} ${context.req.param("room")}`))
  const plain = routes(new Hono({ router: new TrieRouter() }))
  const remembering = routes(new Hono({ router: new Remembered(new TrieRouter()) }))
  const paths = [
    "/chat/a",
    "/chat/b",
    "/chat/a/7",
    "/chat/b/7",
    "/chat/a/about",
    `/chat/${"x".repeat(300)}`,
    "/nowhere",
  ]
  const answers = (hono: Hono) =>
    Promise.all(
      paths.flatMap((path) =>
        ["GET", "POST", "HEAD"].map(async (method) => {
          const answer = await hono.request(path, { method })
          return [answer.status, await answer.text()]
        }),
      ),
    )
  const expected = await answers(plain)
  expect(await answers(remembering)).toEqual(expected)
  for (let i = 0; i < 1_200; i++) await remembering.request(`/chat/other-${i}`)
  expect(await answers(remembering)).toEqual(expected)
})

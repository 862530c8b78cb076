import { expect, test } from "bun:test"
import { deliver } from "./deliver.ts"
import { pretendBrowser } from "./pretend.ts"

const LETTER = { room: 1, slug: "talk", text: "hello", nonce: "n1" }
const MESSAGE = {
  kind: "message",
  tick: 11,
  id: 11,
  room: 1,
  author: { id: 7, name: "Ann" },
  text: "hello",
  at: 0,
  nonce: "n1",
}

/** Sends the letter by HTTP; `live` says whether a feed vouches for the session. */
function send(answer: (address: string) => Response | Promise<Response>, live = true) {
  const browser = pretendBrowser()
  browser.answer = answer
  const connection = { live: () => live, wake: () => {}, post: () => undefined }
  return { browser, answer: deliver({ browser, me: 7, connection }, LETTER) }
}

const refuse = (status: number, code: string) => Response.json({ error: { code, message: "No." } }, { status })

test("over an open socket nothing goes by HTTP", async () => {
  const browser = pretendBrowser()
  const connection = {
    live: () => true,
    wake: () => {},
    post: async () => ({ kind: "said" as const, message: MESSAGE as never }),
  }
  expect(await deliver({ browser, me: 7, connection }, LETTER)).toMatchObject({ kind: "said" })
  expect(browser.asked).toEqual([])
})

test("without a socket it is posted, with its nonce", async () => {
  const { browser, answer } = send(() => Response.json(MESSAGE, { status: 201 }))
  expect(await answer).toEqual({ kind: "said", message: MESSAGE as never })
  expect(browser.asked[0]?.address).toBe("/api/v1/rooms/talk/messages")
  expect(JSON.parse(String(browser.asked[0]?.init?.body))).toEqual({ text: "hello", nonce: "n1" })
})

test("each status means: sign in, try again, or no for good", async () => {
  expect(await send(() => refuse(401, "unauthorized")).answer).toEqual({ kind: "signed_out" })
  expect(await send(() => refuse(503, "try_again")).answer).toEqual({ kind: "again", why: "No." })
  expect(await send(() => new Response("", { status: 408 })).answer).toEqual({ kind: "again" })
  expect(await send(() => new Response("<h1>Bad gateway", { status: 502 })).answer).toEqual({ kind: "again" })
  expect(await send(() => refuse(422, "invalid")).answer).toMatchObject({
    kind: "refused",
    problem: { message: "No." },
  })
  expect(await send(() => new Response("<h1>Blocked", { status: 403 })).answer).toMatchObject({ kind: "refused" })
})

test("a busy server is asked again when it says", async () => {
  const busy = () => new Response("{}", { status: 429, headers: { "retry-after": "7" } })
  expect(await send(busy).answer).toEqual({ kind: "again", after: 7_000, unsent: true })
})

test("whoever is to try again is told why, where the server says it in its own words", async () => {
  expect(await send(() => refuse(429, "slow_down")).answer).toEqual({ kind: "again", unsent: true, why: "No." })
  const strange = () => Response.json({ error: { message: { not: "words" } } }, { status: 503 })
  expect(await send(strange).answer).toEqual({ kind: "again" })
})

test("no answer is no answer: try again", async () => {
  const { browser, answer } = send(() => new Promise(() => {}))
  await browser.pass(20_000)
  expect(await answer).toEqual({ kind: "again" })
})

test("without a live feed the session is asked first whose it is, and another's never speaks for us", async () => {
  const other = send(() => Response.json({ person: { id: 8, name: "Bob" } }), false)
  expect(await other.answer).toEqual({ kind: "signed_out" })
  expect(other.browser.asked.map(({ address }) => address)).toEqual(["/api/v1/me"])
  const ours = send((address) => Response.json(address === "/api/v1/me" ? { person: { id: 7 } } : MESSAGE), false)
  expect(await ours.answer).toMatchObject({ kind: "said" })
  expect(await send(() => refuse(401, "unauthorized"), false).answer).toEqual({ kind: "signed_out" })
})

test("a yes counts only when it is about this very message", async () => {
  const another = { ...MESSAGE, nonce: "n2" }
  for (const answer of [{}, "ok", null, { ...MESSAGE, kind: "room" }, another, { ...MESSAGE, id: "11" }])
    expect(await send(() => Response.json(answer)).answer).toEqual({ kind: "again" })
  expect(await send(() => new Response("<h1>Welcome to our hotel")).answer).toEqual({ kind: "again" })
})

test("what never left is known not to be sent; what left without an answer is not", async () => {
  const nowhere = () => {
    throw new TypeError("Failed to fetch")
  }
  expect(await send(nowhere, false).answer).toEqual({ kind: "again", unsent: true })
  expect(await send(nowhere, true).answer).toEqual({ kind: "again" })
  expect(await send(() => refuse(503, "try_again")).answer).toEqual({ kind: "again", why: "No." })
})

test("nothing leaves without leave", async () => {
  const browser = pretendBrowser()
  const posted: string[] = []
  const connection = { live: () => true, wake: () => {}, post: (_: number, text: string) => void posted.push(text) }
  const answer = await deliver({ browser, me: 7, connection }, LETTER, async () => false)
  expect(answer).toEqual({ kind: "again", unsent: true })
  expect([posted, browser.asked]).toEqual([[], []])
})

test("nobody waits longer than five minutes, whoever asks for it", async () => {
  const busy = () => new Response("{}", { status: 503, headers: { "retry-after": "86400" } })
  expect(await send(busy).answer).toEqual({ kind: "again", after: 300_000 })
})

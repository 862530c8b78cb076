// What a page says while it has no line, and the time that each line brings.
import { expect, test } from "bun:test"
import type { Link } from "../view/snapshot.ts"
import { connect } from "./connection.ts"
import { isBeforeUs } from "./gate.ts"
import { type Pretend, pretendBrowser, transports } from "./pretend.ts"

const ME = { id: 7, name: "Ann" }
const hello = (cursor: string) => ({ kind: "hello", cursor, person: ME })
const live = (cursor: string) => ({ kind: "live", cursor })

function page(browser: Pretend = pretendBrowser()) {
  const links: Link[] = []
  const words: (string | undefined)[] = []
  const times: number[] = []
  const connection = connect({
    browser,
    transports,
    cursor: "e.10",
    room: "talk",
    me: ME.id,
    hear() {},
    time: (at) => void times.push(at),
    isGated: () => isBeforeUs(browser),
    newest: () => undefined,
    show(link, said) {
      if (links.at(-1) !== link) links.push(link)
      words.push(said)
    },
    afresh: async () => "e.10",
    someoneElse() {},
  })
  connection.start()
  return { browser, socket: () => browser.sockets.at(-1)!, links, words, times }
}

/** Until another socket is opened. */
async function another(browser: Pretend): Promise<void> {
  const { length } = browser.sockets
  for (let passed = 0; browser.sockets.length === length && passed < 100_000; passed += 100) await browser.pass(100)
}

/** What answers in place of the server where a login stands before it, or where the server itself declines. */
const html = () => new Response("<form>", { headers: { "content-type": "text/html" } })
const away = () => ({ type: "opaqueredirect", status: 0, ok: false, headers: new Headers() }) as Response
const declines = (status: number, code: string, message: string) => () =>
  Response.json({ error: { code, message } }, { status })

test.each([
  ["sends one on to its page", away],
  ["shows its page at our address", html],
  ["says 401 without our words", () => new Response("<h1>401", { status: 401 })],
  ["says 401 in words of its own", () => Response.json({ error: "token expired" }, { status: 401 })],
  ["says 407", () => new Response("", { status: 407 })],
  ["says 511, as a network does", () => new Response("", { status: 511 })],
] as const)("a login before the place that %s is told as what it is, and one is not signed out", async (_, answer) => {
  const { browser, socket, links } = page()
  browser.answer = answer
  socket().drop()
  await browser.pass(20_000)
  expect(links.at(-1)).toBe("gated")
  expect(links).not.toContain("signed_out")
  await another(browser)
  socket().tell(hello("e.10"), live("e.10"))
  expect(links.at(-1)).toBe("fine")
})

test.each([
  [
    "nothing answers",
    () => {
      throw new TypeError("Failed to fetch")
    },
    "offline",
  ],
  ["a gateway finds nobody", () => new Response("<h1>502", { status: 502 }), "offline"],
  ["the session has ended", declines(401, "unauthorized", "Sign in first."), "signed_out"],
] as [string, () => Response, Link][])("where %s no login is made up", async (_, answer, link) => {
  const { browser, socket, links } = page()
  browser.answer = answer
  socket().drop()
  await browser.pass(20_000)
  expect(links.at(-1)).toBe(link)
  expect(links).not.toContain("gated")
})

test("a login that comes up while the network is away is found when it is back", async () => {
  const { browser, socket, links } = page()
  socket().drop()
  await browser.pass(20_000)
  expect(links.at(-1)).toBe("offline")
  browser.answer = html
  await browser.pass(30_000)
  expect(links.at(-1)).toBe("gated")
})

test.each([
  ["slow_down", 429, "You have Parlour open 50 times over."],
  ["try_again", 503, "Parlour cannot read its database just now."],
])(
  "a feed that the server declines with %s is told in its words, until it takes one",
  async (code, status, sentence) => {
    const { browser, socket, links, words } = page()
    browser.answer = (address) =>
      address === "/api/v1/me" ? Response.json({ person: ME }) : declines(status, code, sentence)()
    socket().drop()
    await browser.pass(20_000)
    expect([links.at(-1), words.at(-1)]).toEqual(["declined", sentence])
    await another(browser)
    socket().tell(hello("e.10"), live("e.10"))
    expect([links.at(-1), words.at(-1)]).toEqual(["fine", undefined])
  },
)

test("the server's time comes with each greeting, and with each batch of a poll", async () => {
  const { socket, times } = page()
  socket().tell({ ...hello("e.10"), at: 17 }, live("e.10"))
  expect(times).toEqual([17])
  const other = page()
  const batches = [{ events: [], cursor: "e.10", at: 18 }]
  other.browser.answer = (address, init) => {
    if (address === "/api/v1/me") return Response.json({ person: ME })
    if (new Headers(init?.headers).get("accept") === "text/event-stream") return new Response("", { status: 502 })
    return batches.length > 0 ? Response.json(batches.pop()) : new Promise<Response>(() => {})
  }
  other.socket().drop()
  await other.browser.pass(1_000)
  expect(other.times).toEqual([18])
})

import { expect, test } from "bun:test"
import type { Change } from "../protocol/event.ts"
import type { Link } from "../view/snapshot.ts"
import { connect } from "./connection.ts"
import { isBeforeUs } from "./gate.ts"
import { type Pretend, type PretendSocket, pretendBrowser, pretendStream, transports } from "./pretend.ts"
import type { Heard } from "./transport.ts"

const ME = { id: 7, name: "Ann" }
const hello = (cursor: string) => ({ kind: "hello", cursor, person: ME })
const live = (cursor: string) => ({ kind: "live", cursor })
const message = (tick: number) => ({ kind: "message", tick, id: tick, room: 1, author: ME, text: `${tick}`, at: 0 })

function page(browser: Pretend = pretendBrowser()) {
  const heard: Heard[] = []
  const links: Link[] = []
  const strangers: true[] = []
  let redrawn = 0
  let newest: Change | undefined
  const connection = connect({
    browser,
    transports,
    cursor: "e.10",
    room: "talk",
    me: ME.id,
    hear: (one) => void heard.push(one),
    isGated: () => isBeforeUs(browser),
    newest: () => newest,
    show: (link) => void (links.at(-1) !== link && links.push(link)),
    afresh: async () => {
      redrawn++
      return "f.50"
    },
    someoneElse: () => void strangers.push(true),
  })
  connection.start()
  const socket = () => browser.sockets.at(-1)!
  const ticks = () => heard.map((one) => "tick" in one && one.tick)
  const holds = (tick: number) => {
    newest = message(tick) as Change
  }
  return { browser, connection, heard, links, strangers, socket, ticks, holds, redrawn: () => redrawn }
}

/** Nothing but polls gets through; the first is answered with this, the others with silence. */
function poll(browser: Pretend, batch: object): void {
  const batches = [batch]
  browser.answer = (address, init) => {
    if (address === "/api/v1/me") return Response.json({ person: ME })
    if (new Headers(init?.headers).get("accept") === "text/event-stream") return new Response("", { status: 502 })
    return batches.length > 0 ? Response.json(batches.pop()) : new Promise<Response>(() => {})
  }
}

const from = (address: string) => new URL(address, "http://x").searchParams.get("after")

test("the feed begins at the cursor of the page, and the link is fine once it is live", () => {
  const { socket, heard, links } = page()
  expect(socket().address).toBe("/events?after=e.10&room=talk")
  socket().tell(hello("e.10"), message(11))
  expect(links).toEqual([])
  socket().tell(live("e.12"))
  expect(heard).toMatchObject([{ tick: 11 }])
  expect(links).toEqual(["fine"])
})

test("a dropped line comes back by itself, from the last tick heard", async () => {
  const { browser, socket, ticks, links } = page()
  socket().tell(hello("e.10"), live("e.10"))
  await browser.pass(12_000)
  socket().tell(message(11), message(12))
  socket().drop()
  await browser.pass(1_000)
  expect(browser.sockets).toHaveLength(2)
  expect(from(socket().address)).toBe("e.12")
  socket().tell(hello("e.12"), message(13), live("e.13"))
  expect(ticks()).toEqual([11, 12, 13])
  expect(links).toEqual(["fine"])
})

test("the answer to one's own message does not move the cursor", async () => {
  const { browser, connection, socket } = page()
  socket().tell(hello("e.10"), live("e.10"))
  const answer = connection.post(1, "hi", "n1")
  const [said] = socket().said
  const said15 = { ...message(15), nonce: "n1" }
  socket().tell({ ref: said!.ref, ok: said15 })
  expect(await answer).toEqual({ kind: "said", message: said15 as never })
  socket().drop()
  await browser.pass(2_000)
  expect(from(socket().address)).toBe("e.10")
})

test("a line that ends in the middle of an answer says that nothing is known", async () => {
  const { connection, socket } = page()
  socket().tell(hello("e.10"), live("e.10"))
  const answer = connection.post(1, "hi", "n1")
  socket().drop()
  expect(await answer).toEqual({ kind: "again" })
})

test("a server that cannot just now says why, over the line too", async () => {
  const { connection, socket } = page()
  socket().tell(hello("e.10"), live("e.10"))
  for (const [code, more] of [
    ["try_again", {}],
    ["slow_down", { unsent: true }],
  ] as const) {
    const answer = connection.post(1, "hi", code)
    socket().tell({ ref: socket().said.at(-1)!.ref, error: { code, message: "Not now." } })
    expect(await answer).toEqual({ kind: "again", why: "Not now.", ...more })
  }
})

test("short trouble is not mentioned; longer trouble is, in two steps; and it is fine again", async () => {
  const { browser, connection, socket, links } = page()
  socket().tell(hello("e.10"), live("e.10"))
  socket().drop()
  await browser.pass(1_900)
  expect(links).toEqual(["fine"])
  for (let second = 0; second < 10; second++) {
    if (socket().readyState === 1) socket().drop()
    await browser.pass(1_000)
  }
  expect(links).toEqual(["fine", "connecting", "offline"])
  if (socket().readyState === 1) socket().drop()
  await browser.pass(10)
  connection.wake()
  socket().tell(hello("e.10"), live("e.10"))
  expect(links).toEqual(["fine", "connecting", "offline", "fine"])
})

test("when the network goes the page says so within two seconds, and not at all if the server is within reach", async () => {
  const { browser, connection, socket, links } = page()
  socket().tell(hello("e.10"), live("e.10"))
  connection.cut()
  await browser.pass(1_000)
  expect(browser.sockets).toHaveLength(2)
  socket().tell(hello("e.10"), live("e.10"))
  await browser.pass(5_000)
  expect(links).toEqual(["fine"])
  connection.cut()
  await browser.pass(2_100)
  expect(links).toEqual(["fine", "connecting"])
})

test("tries grow rarer, but never rarer than every 15 seconds; news of the network makes one at once", async () => {
  const { browser, connection, socket } = page()
  for (let minute = 0; minute < 600; minute++) {
    if (socket().readyState === 1) socket().drop()
    await browser.pass(1_000)
  }
  const tries = browser.sockets.length
  expect(tries).toBeGreaterThan(600 / 16)
  expect(tries).toBeLessThan(600 / 7)
  if (socket().readyState === 1) socket().drop()
  await browser.pass(100)
  connection.wake()
  expect(browser.sockets.length).toBeGreaterThan(tries)
})

test("a silent socket is asked, and without an answer left for a new one", async () => {
  const { browser, socket } = page()
  socket().tell(hello("e.10"), live("e.10"))
  await browser.pass(25_000)
  expect(socket().said).toEqual([{ type: "ping" }])
  socket().tell({ kind: "pong" })
  await browser.pass(24_000)
  expect(browser.sockets).toHaveLength(1)
  await browser.pass(1_000 + 5_000 + 1_000)
  expect(browser.sockets.length).toBeGreaterThan(1)
})

test("after sleep the line is checked at once", async () => {
  const { browser, socket } = page()
  socket().tell(hello("e.10"), live("e.10"))
  await browser.pass(6_000)
  browser.sleep(3_600_000)
  await browser.pass(1)
  expect(socket().said).toContainEqual({ type: "ping" })
  await browser.pass(6_000)
  expect(browser.sockets.length).toBeGreaterThan(1)
})

test("where sockets are blocked the stream carries the feed; later pages begin with it, and the socket is tried beside it", async () => {
  const browser = pretendBrowser()
  const stream = pretendStream()
  browser.answer = () => stream.response
  const { links, ticks } = page(browser)
  browser.sockets[0]!.drop()
  await browser.pass(10)
  expect(browser.asked[0]).toMatchObject({ address: "/events?after=e.10&room=talk" })
  stream.tell(`retry: 1000\n\nid: e.10\ndata: ${JSON.stringify(hello("e.10"))}\n\n: \n\nid: e.11\nda`)
  stream.tell(`ta: ${JSON.stringify(message(11))}\n\nid: e.11\ndata: ${JSON.stringify(live("e.11"))}\n\n`)
  await browser.pass(10)
  expect(ticks()).toEqual([11])
  expect(links).toEqual(["fine"])
  expect(browser.memory.recall("parlour.transport")).toStartWith("stream ")

  const later = pretendBrowser()
  later.memory = browser.memory
  later.answer = () => pretendStream().response
  page(later)
  expect(later.sockets).toHaveLength(0)

  await browser.pass(5_000)
  expect(browser.sockets).toHaveLength(2)
  expect(from(browser.sockets[1]!.address)).toBe("e.11")
  browser.sockets[1]!.tell(hello("e.11"), live("e.11"))
  stream.tell(": \n\n")
  expect(browser.memory.recall("parlour.transport")).toBeNull()
})

test("a stream without a heartbeat is dead", async () => {
  const browser = pretendBrowser()
  const stream = pretendStream()
  browser.answer = () => stream.response
  page(browser)
  browser.sockets[0]!.drop()
  await browser.pass(10)
  stream.tell(`data: ${JSON.stringify(hello("e.10"))}\n\ndata: ${JSON.stringify(live("e.10"))}\n\n`)
  await browser.pass(30_000)
  const feeds = () => browser.asked.filter(({ address }) => address.startsWith("/events")).length
  expect(feeds()).toBe(1)
  stream.tell(": \n\n")
  await browser.pass(30_000)
  expect(feeds()).toBe(1)
  await browser.pass(6_000)
  expect(feeds()).toBeGreaterThan(1)
})

test("where streams are blocked too the long poll carries it, from batch to batch", async () => {
  const browser = pretendBrowser()
  const batches = [
    { events: [message(11)], cursor: "e.11" },
    { events: [message(12), message(13)], cursor: "e.13" },
  ]
  browser.answer = (address, init) => {
    if (address === "/api/v1/me") return Response.json({ person: ME })
    if (new Headers(init?.headers).get("accept") === "text/event-stream") return new Response("", { status: 502 })
    const batch = batches.shift()
    return batch ? Response.json(batch) : new Promise<Response>(() => {})
  }
  const { ticks, links } = page(browser)
  browser.sockets[0]!.drop()
  await browser.pass(100)
  expect(ticks()).toEqual([11, 12, 13])
  expect(links).toEqual(["fine"])
  const polls = browser.asked.filter(({ address }) => address.includes("wait="))
  expect(polls.map(({ address }) => from(address))).toEqual(["e.10", "e.11", "e.13"])
})

test("a 401 or a close with 4401 stops it, says so, and looking again resumes", async () => {
  const { browser, connection, socket, links } = page()
  socket().tell(hello("e.10"), live("e.10"))
  socket().drop(4401)
  await browser.pass(120_000)
  expect(links).toEqual(["fine", "signed_out"])
  expect(browser.sockets).toHaveLength(1)
  browser.answer = () => Response.json({ error: { code: "unauthorized", message: "Sign in first." } }, { status: 401 })
  connection.wake()
  socket().drop()
  await browser.pass(60_000)
  expect(links).toEqual(["fine", "signed_out"])
  expect(browser.sockets).toHaveLength(2)
  connection.wake()
  socket().tell(hello("e.10"), live("e.10"))
  expect(links).toEqual(["fine", "signed_out", "fine"])
})

test("when someone else has signed in the page is no longer theirs to see", () => {
  const { socket, strangers, heard } = page()
  socket().tell({ ...hello("e.10"), person: { id: 8, name: "Bob" } }, message(11))
  expect(strangers).toHaveLength(1)
  expect(heard).toEqual([])
})

test("cut in mid-catch-up after a restart, it goes on in the epoch in which that was heard", async () => {
  const { browser, socket, ticks } = page()
  socket().tell(hello("f.10"), message(11))
  socket().drop()
  await browser.pass(2_000)
  expect(from(socket().address)).toBe("f.11")
  socket().tell(hello("f.11"))
  socket().drop()
  await browser.pass(5_000)
  expect(from(socket().address)).toBe("f.11")
  expect(ticks()).toEqual([11])
})

test("the long poll, too, goes on in the epoch in which something was heard", async () => {
  const browser = pretendBrowser()
  const { ticks } = page(browser)
  poll(browser, { events: [message(11)], cursor: "f.11", bye: "restart" })
  browser.sockets[0]!.drop()
  await browser.pass(5_000)
  expect(ticks()).toEqual([11])
  expect(from(browser.sockets[1]!.address)).toBe("f.11")
})

for (const [way, tell] of [
  [
    "the socket",
    ({ browser }: ReturnType<typeof page>, events: object[]) =>
      browser.sockets[0]!.tell(hello("f.10"), ...events, live("f.15")),
  ],
  [
    "the long poll",
    ({ browser }: ReturnType<typeof page>, events: object[]) => {
      poll(browser, { events, cursor: "f.15" })
      browser.sockets[0]!.drop()
    },
  ],
] as const) {
  for (const [other, events] of [
    ["was not said", [message(11)]],
    ["is another", [message(11), { ...message(15), text: "something else" }]],
  ] as const)
    test(`what an answer brought ${other} where ${way} goes on in another epoch: the page is drawn afresh`, async () => {
      const ann = page()
      ann.holds(15)
      tell(ann, [...events])
      await ann.browser.pass(100)
      expect(ann.heard.filter(({ kind }) => kind === "reset")).toEqual([{ kind: "reset", cursor: "f.15" }])
      expect(ann.links).toEqual(["fine"])
    })

  test(`what an answer brought was said where ${way} goes on in another epoch: the page goes on`, async () => {
    const ann = page()
    ann.holds(15)
    tell(ann, [message(11), message(15)])
    await ann.browser.pass(100)
    expect(ann.heard.map(({ kind }) => kind)).toEqual(["message", "message"])
    expect(ann.links).toEqual(["fine"])
  })
}

test("the doubt outlives a line that is cut in mid-catch-up", async () => {
  const { browser, socket, heard, holds } = page()
  holds(15)
  socket().tell(hello("f.10"), message(11))
  socket().drop()
  await browser.pass(2_000)
  socket().tell(hello("f.11"), live("f.12"))
  expect(heard.map(({ kind }) => kind)).toEqual(["message", "reset"])
})

test("a plain restart has nobody draw afresh", () => {
  const { socket, heard, holds } = page()
  holds(10)
  socket().tell(hello("f.10"), live("f.10"))
  expect(heard).toEqual([])
})

test("in one epoch an answer may be ahead of the feed", () => {
  const { socket, heard, holds } = page()
  holds(15)
  socket().tell(hello("e.10"), live("e.15"))
  expect(heard).toEqual([])
})

test("of two lines, the one that greets in another epoch is the line, and what the other still brings is not heard", async () => {
  const browser = pretendBrowser()
  const stream = pretendStream()
  browser.answer = () => stream.response
  const { ticks, heard } = page(browser)
  browser.sockets[0]!.drop()
  await browser.pass(10)
  const say = (frame: object) => stream.tell(`data: ${JSON.stringify(frame)}\n\n`)
  say(hello("e.10"))
  say(live("e.10"))
  await browser.pass(5_000)
  const socket = browser.sockets[1]!
  expect(from(socket.address)).toBe("e.10")
  socket.tell(hello("f.10"))
  say(message(11))
  await browser.pass(10)
  expect(heard).toEqual([])
  socket.tell(message(12))
  expect(ticks()).toEqual([12])
  // It was not live yet, and is the line all the same: its end is the end of the line.
  socket.drop()
  await browser.pass(10_000)
  expect(from(browser.asked.findLast(({ address }) => address.startsWith("/events"))!.address)).toBe("f.12")
})

test("what one line heard while another was on its way counts when that one greets in another epoch", async () => {
  const browser = pretendBrowser()
  const stream = pretendStream()
  browser.answer = () => stream.response
  const { heard, holds } = page(browser)
  browser.sockets[0]!.drop()
  await browser.pass(10)
  const say = (frame: object) => stream.tell(`data: ${JSON.stringify(frame)}\n\n`)
  say(hello("e.10"))
  say(live("e.10"))
  await browser.pass(5_000)
  say(message(11))
  await browser.pass(10)
  holds(11)
  browser.sockets[1]!.tell(hello("f.10"), live("f.10"))
  expect(heard.at(-1)).toEqual({ kind: "reset", cursor: "f.10" })
})

test("a reset moves the cursor to the other history, whatever its ticks", async () => {
  const { browser, socket, heard } = page()
  socket().tell(hello("e.10"), { kind: "reset", cursor: "f.3" }, message(4), live("f.4"))
  expect(heard.map(({ kind }) => kind)).toEqual(["reset", "message"])
  socket().drop()
  await browser.pass(2_000)
  expect(from(socket().address)).toBe("f.4")
})

test("repairs that come to nothing three times from one cursor end in drawing afresh", async () => {
  const { browser, socket, redrawn } = page()
  for (let repair = 0; repair < 3; repair++) {
    expect(redrawn()).toBe(0)
    socket().tell(hello("e.10"))
    socket().drop(4008)
    await browser.pass(5_000)
  }
  expect(redrawn()).toBe(1)
  expect(from(socket().address)).toBe("f.50")
})

test("a server that starts anew at each of them does not hide that they come to nothing", async () => {
  const { browser, socket, redrawn } = page()
  for (const epoch of ["a", "b", "c"]) {
    expect(redrawn()).toBe(0)
    socket().tell(hello(`${epoch}.10`))
    socket().drop()
    await browser.pass(8_000)
  }
  expect(redrawn()).toBe(1)
})

test("a line that keeps dropping after it was live is not taken up without pause", async () => {
  const { browser, socket } = page()
  for (let second = 0; second < 120; second++) {
    socket().tell(hello("e.10"), live("e.10"))
    socket().drop(4008)
    await browser.pass(1_000)
  }
  expect(browser.sockets.length).toBeLessThan(30)
})

test("stopped, it holds nothing and does nothing", async () => {
  const { browser, connection, socket } = page()
  socket().tell(hello("e.10"), live("e.10"))
  connection.stop()
  expect(socket().readyState).toBe(3)
  connection.wake()
  await browser.pass(600_000)
  expect(browser.sockets).toHaveLength(1)
  connection.start()
  expect(browser.sockets).toHaveLength(2)
})

/** One round of tries every ten seconds or so: a socket, a stream, a poll, and a redrawing. */
const PATIENT = (3_600 / 7) * 6

/** Lets an hour pass in which sockets are dropped as soon as they have said what they have to say. */
async function anHour(browser: Pretend, say: (socket: PretendSocket) => void): Promise<void> {
  let met = 0
  for (let second = 0; second < 3_600; second++) {
    for (; met < browser.sockets.length; met++) {
      const socket = browser.sockets[met]!
      say(socket)
      if (socket.readyState === 1) socket.drop()
    }
    await browser.pass(1_000)
    expect(browser.sockets.length + browser.asked.length).toBeLessThan(PATIENT)
  }
}

for (const [name, answer, say] of [
  ["is gone", () => Promise.reject(new TypeError("Failed to fetch"))],
  ["answers garbage", () => new Response("<h1>Welcome to our hotel", { headers: { "content-type": "text/html" } })],
  ["streams garbage", () => new Response("data: {]\n\n", { headers: { "content-type": "text/event-stream" } })],
  ["answers other JSON", () => Response.json({ events: null, person: ME })],
  ["refuses the cursor", () => Response.json({ error: { code: "invalid", message: "No." } }, { status: 422 })],
  ["fails", () => new Response("", { status: 500 })],
  ["says goodbye to every poll", () => Response.json({ events: [], cursor: "e.10", bye: "behind", person: ME })],
  ["sends nothing but resets", () => Response.json({ events: [], cursor: "f.1", reset: true, person: ME })],
  ["says the same batch again", () => Response.json({ events: [message(11)], cursor: "e.11", person: ME })],
  ["greets and drops", () => new Response("", { status: 502 }), [hello("e.10")]],
  ["greets, goes live and drops", () => new Response("", { status: 502 }), [hello("e.10"), live("e.10")]],
  ["resets and drops", () => new Response("", { status: 502 }), [hello("e.10"), { kind: "reset", cursor: "f.1" }]],
  ["sends frames of garbage", () => new Response("", { status: 502 }), [hello("e.10"), { tick: "x" }]],
  ["sends cursors of garbage", () => new Response("", { status: 502 }), [{ ...hello(""), cursor: 17 }]],
] as [string, () => Response | Promise<Response>, object[]?][])
  test(`a server that ${name} is not hammered, and is believed again when it is well`, async () => {
    const browser = pretendBrowser()
    browser.answer = answer
    const { openSocket } = browser
    const { connection, links } = page(browser)
    await anHour(browser, (socket) => socket.tell(...(say ?? [])))
    const healthy = { person: ME, events: [], cursor: "e.10" }
    browser.answer = (address) => (address.includes("wait=25") ? new Promise(() => {}) : Response.json(healthy))
    browser.openSocket = (address) => {
      const socket = openSocket(address)
      browser.after(10, () => browser.sockets.at(-1)!.tell(hello("e.10"), live("e.10")))
      return socket
    }
    await browser.pass(60_000)
    expect(links.at(-1)).toBe("fine")
    expect(connection.live()).toBe(true)
  })

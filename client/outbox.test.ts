import { expect, test } from "bun:test"
import type { Message } from "../protocol/event.ts"
import { openOutbox } from "./outbox.ts"
import { pretendBrowser } from "./pretend.ts"
import { type Entry, openShelf, type Shelf } from "./shelf.ts"
import type { Answer } from "./transport.ts"

const TALK = { id: 1, slug: "talk" }
const GARDEN = { id: 2, slug: "garden" }

const asSaid = ({ nonce, text, room, at }: Entry): Message => ({
  kind: "message",
  tick: at,
  id: at,
  room,
  author: { id: 7, name: "Ann" },
  text,
  at,
  nonce,
})

/** A page with an outbox. `server` answers; by default it accepts everything. */
async function page({ shelf = openShelf(undefined), owner = "7 Ann", browser = pretendBrowser(), opened = true } = {}) {
  let count = 0
  const world = {
    browser,
    shelf,
    sent: [] as Entry[],
    said: [] as Message[],
    leave: true,
    leaving: async () => {},
    changes: 0,
    server: (entry: Entry): Answer | Promise<Answer> => ({ kind: "said", message: asSaid(entry) }),
    outbox: undefined as unknown as ReturnType<typeof openOutbox>,
    texts: () => world.outbox.sending(TALK.id).map(({ text }) => text),
  }
  world.outbox = openOutbox({
    browser,
    shelf,
    owner,
    newNonce: () => `${owner}-${browser.now()}-${++count}`,
    deliver: async (entry, leave) => {
      await world.leaving()
      if (world.leave && !(await leave())) return { kind: "again", unsent: true }
      if (world.sent.push(entry) > 1_000) throw new Error("Sent without end")
      return world.server(entry)
    },
    said: (message) => void world.said.push(message),
    alone: (call) => call(),
    changed: () => void world.changes++,
  })
  if (opened) await world.outbox.reload()
  return world
}

const again = (): Answer => ({ kind: "again" })

test("a message is on the shelf before it counts as taken, and leaves it when the server has said yes", async () => {
  const world = await page()
  let release = (_: Answer) => {}
  world.server = () =>
    new Promise((resolve) => {
      release = resolve
    })
  await world.outbox.add(TALK, "hello")
  expect(await world.shelf.all()).toMatchObject([{ text: "hello", owner: "7 Ann", room: 1 }])
  expect(world.outbox.sending(1)).toMatchObject([{ text: "hello", state: "sending" }])
  await world.browser.pass(0)
  release({ kind: "said", message: asSaid(world.sent[0]!) })
  await world.browser.pass(0)
  expect(await world.shelf.all()).toEqual([])
  expect(world.said).toMatchObject([{ text: "hello" }])
  expect(world.texts()).toEqual([])
})

test("in its room a message waits for the one before it; another room does not", async () => {
  const world = await page()
  world.server = (entry) => (entry.room === 1 ? again() : { kind: "said", message: asSaid(entry) })
  await world.outbox.add(TALK, "one")
  await world.outbox.add(TALK, "two")
  await world.outbox.add(GARDEN, "elsewhere")
  await world.browser.pass(0)
  expect(world.said.map(({ text }) => text)).toEqual(["elsewhere"])
  expect(new Set(world.sent.filter(({ room }) => room === 1).map(({ text }) => text))).toEqual(new Set(["one"]))
  world.server = (entry) => ({ kind: "said", message: asSaid(entry) })
  await world.browser.pass(20_000)
  expect(world.said.map(({ text }) => text)).toEqual(["elsewhere", "one", "two"])
})

test("every try carries the same nonce, also after a reload", async () => {
  const shelf = openShelf(undefined)
  const first = await page({ shelf })
  first.server = again
  await first.outbox.add(TALK, "hello")
  await first.browser.pass(60_000)
  expect(first.sent.length).toBeGreaterThan(4)
  const second = await page({ shelf })
  second.outbox.wake()
  await second.browser.pass(0)
  expect(new Set([...first.sent, ...second.sent].map(({ nonce }) => nonce)).size).toBe(1)
  expect(await shelf.all()).toEqual([])
})

test("the feed may bring the message before its answer: then it is said, and not sent again", async () => {
  const world = await page()
  world.server = again
  await world.outbox.add(TALK, "hello")
  await world.browser.pass(0)
  world.outbox.heard(asSaid(world.sent[0]!))
  expect(world.texts()).toEqual([])
  await world.browser.pass(60_000)
  expect(world.sent).toHaveLength(1)
})

test("declined for good: kept with the server's sentence, sent no more, and does not hold up the next", async () => {
  const world = await page()
  world.server = (entry) =>
    entry.text === "bad"
      ? { kind: "refused", problem: { code: "invalid", message: "Not like this." } }
      : { kind: "said", message: asSaid(entry) }
  await world.outbox.add(TALK, "bad")
  await world.outbox.add(TALK, "good")
  await world.browser.pass(60_000)
  expect(world.outbox.sending(1)).toMatchObject([{ text: "bad", state: "failed", reason: "Not like this." }])
  expect(world.sent).toHaveLength(2)
})

test("what was declined is sent again as a new message", async () => {
  const world = await page()
  world.server = () => ({ kind: "refused", problem: { code: "forbidden", message: "No." } })
  await world.outbox.add(TALK, "please")
  await world.browser.pass(10)
  world.server = (entry) => ({ kind: "said", message: asSaid(entry) })
  await world.outbox.retry(world.outbox.sending(1)[0]!.nonce)
  await world.browser.pass(10)
  expect(world.said).toMatchObject([{ text: "please" }])
  expect(world.sent[0]?.nonce).not.toBe(world.sent[1]!.nonce)
  expect(await world.shelf.all()).toEqual([])
})

test("edited or discarded it is off the shelf, and its text is elsewhere first", async () => {
  const world = await page()
  world.server = () => ({ kind: "refused", problem: { code: "forbidden", message: "No." } })
  await world.outbox.add(TALK, "please")
  await world.browser.pass(10)
  const back: string[] = []
  world.outbox.take(world.outbox.sending(1)[0]!.nonce, (text) => back.push(text))
  expect(back).toEqual(["please"])
  await world.browser.pass(10)
  expect(await world.shelf.all()).toEqual([])
})

test("discarded while its answer is on the way, it does not come back", async () => {
  const world = await page()
  let release = (_: Answer) => {}
  world.server = () =>
    new Promise((resolve) => {
      release = resolve
    })
  await world.outbox.add(TALK, "hm")
  await world.browser.pass(10)
  world.outbox.take(world.sent[0]!.nonce, () => {})
  release({ kind: "refused", problem: { code: "invalid", message: "No." } })
  await world.browser.pass(10)
  expect(world.texts()).toEqual([])
  expect(await world.shelf.all()).toEqual([])
})

test("signed out: all is kept, nothing is tried, until someone wakes it", async () => {
  const world = await page()
  world.server = () => ({ kind: "signed_out" })
  await world.outbox.add(TALK, "hello")
  await world.browser.pass(600_000)
  expect(world.sent).toHaveLength(1)
  expect(world.outbox.sending(1)).toMatchObject([{ state: "failed", reason: expect.stringContaining("signed out") }])
  world.server = (entry) => ({ kind: "said", message: asSaid(entry) })
  world.outbox.wake()
  await world.browser.pass(0)
  expect(world.said).toHaveLength(1)
})

test("after half a minute of trouble it says that it waits, and goes on trying", async () => {
  const world = await page()
  world.server = again
  await world.outbox.add(TALK, "hello")
  await world.browser.pass(29_000)
  expect(world.outbox.sending(1)[0]?.state).toBe("sending")
  await world.browser.pass(2_000)
  expect(world.outbox.sending(1)[0]).toMatchObject({
    state: "failed",
    reason: expect.stringContaining("goes on trying"),
  })
  world.server = (entry) => ({ kind: "said", message: asSaid(entry) })
  await world.browser.pass(16_000)
  expect(world.said).toHaveLength(1)
})

test("it waits as long as the server asks", async () => {
  const world = await page()
  world.server = () => ({ kind: "again", after: 40_000 })
  await world.outbox.add(TALK, "hello")
  await world.browser.pass(39_000)
  expect(world.sent).toHaveLength(1)
  await world.browser.pass(2_000)
  expect(world.sent).toHaveLength(2)
})

test("what one person wrote is neither shown to nor sent by another", async () => {
  const shelf = openShelf(undefined)
  const ann = await page({ shelf })
  ann.server = again
  await ann.outbox.add(TALK, "private")
  const bob = await page({ shelf, owner: "8 Bob" })
  bob.outbox.wake()
  await bob.outbox.add(TALK, "mine")
  await bob.browser.pass(10)
  expect(bob.sent.map(({ text }) => text)).toEqual(["mine"])
  expect((await shelf.all()).map(({ text }) => text)).toEqual(["private"])
})

test("on a disk that refuses it waits in memory, and says that this is not safe", async () => {
  const world = await page()
  world.server = again
  await world.outbox.add(TALK, "hello")
  expect(world.outbox.safe()).toBe(false)
  world.server = (entry) => ({ kind: "said", message: asSaid(entry) })
  await world.browser.pass(20_000)
  expect(world.outbox.safe()).toBe(true)
})

test("messages keep their order, however fast they are written and however the clock jumps", async () => {
  const world = await page()
  world.server = again
  await Promise.all(["one", "two", "three"].map((text) => world.outbox.add(TALK, text)))
  world.browser.sleep(-500_000)
  await world.outbox.add(TALK, "four")
  world.server = (entry) => ({ kind: "said", message: asSaid(entry) })
  world.outbox.wake()
  await world.browser.pass(10)
  expect(world.said.map(({ text }) => text)).toEqual(["one", "two", "three", "four"])
})

test("two tabs send one shelf in step: what one has sent the other does not", async () => {
  const shelf: Shelf = openShelf(undefined)
  const browser = pretendBrowser()
  const tabs = await Promise.all([page({ shelf, browser }), page({ shelf, browser })])
  for (const tab of tabs) tab.server = again
  await tabs[0].outbox.add(TALK, "once")
  await tabs[1].outbox.reload()
  expect(tabs[1].texts()).toEqual(["once"])
  for (const tab of tabs) {
    tab.sent.length = 0
    tab.server = (entry) => ({ kind: "said", message: asSaid(entry) })
  }
  tabs[0].outbox.wake()
  await browser.pass(10)
  tabs[1].outbox.wake()
  await browser.pass(10)
  expect([...tabs[0].sent, ...tabs[1].sent].map(({ text }) => text)).toEqual(["once"])
})

test("what waits from before goes first, also when something is written before it is read, on a clock that was set back", async () => {
  const shelf = openShelf(undefined)
  const before = await page({ shelf })
  before.server = again
  before.browser.jump(3_600_000)
  await before.outbox.add(TALK, "one")
  const world = await page({ shelf, opened: false })
  await world.outbox.add(TALK, "two")
  await world.browser.pass(10)
  expect(world.said.map(({ text }) => text)).toEqual(["one", "two"])
})

test("whether it may have been sent is told apart from whether it was, also after the page", async () => {
  const shelf = openShelf(undefined)
  const world = await page({ shelf })
  world.leave = false
  world.server = () => ({ kind: "again", unsent: true })
  await world.outbox.add(TALK, "hello")
  await world.browser.pass(31_000)
  expect(world.outbox.sending(1)[0]?.reason).toStartWith("Not sent yet")
  world.leave = true
  world.server = again
  await world.browser.pass(16_000)
  expect(world.outbox.sending(1)[0]?.reason).toContain("may have been sent")
  // Nothing that is known later takes that back.
  world.server = () => ({ kind: "again", unsent: true })
  await world.browser.pass(30_000)
  const later = await page({ shelf })
  later.leave = false
  later.server = () => ({ kind: "signed_out" })
  later.outbox.wake()
  await later.browser.pass(10)
  expect(later.outbox.sending(1)[0]?.reason).toContain("may have been sent")
  later.leave = true
  later.server = () => ({ kind: "refused", problem: { code: "forbidden", message: "Not you." } })
  later.outbox.wake()
  await later.browser.pass(10)
  expect(later.outbox.sending(1)[0]?.reason).toMatch(/^Not you\. .*may have been sent/)
})

test("what was tried and is known not to have been said is said so", async () => {
  const world = await page()
  world.server = () => ({ kind: "again", unsent: true })
  await world.outbox.add(TALK, "hello")
  await world.browser.pass(60_000)
  expect(world.outbox.sending(1)[0]?.reason).toStartWith("Not sent yet")
})

test("a page that dies while its words leave has it down that they may have", async () => {
  const shelf = openShelf(undefined)
  const world = await page({ shelf })
  world.server = () => new Promise(() => {})
  await world.outbox.add(TALK, "hello")
  await world.browser.pass(10)
  expect(world.sent).toHaveLength(1)
  expect(await shelf.all()).toMatchObject([{ unsure: true }])
})

test("Retry pressed twice says it once", async () => {
  const world = await page()
  world.server = () => ({ kind: "refused", problem: { code: "forbidden", message: "No." } })
  await world.outbox.add(TALK, "please")
  await world.browser.pass(10)
  const [{ nonce } = { nonce: "" }] = world.outbox.sending(1)
  world.server = (entry) => ({ kind: "said", message: asSaid(entry) })
  await Promise.all([world.outbox.retry(nonce), world.outbox.retry(nonce)])
  await world.browser.pass(10)
  expect(world.said).toHaveLength(1)
  expect(await world.shelf.all()).toEqual([])
})

test("what was discarded in another tab before its words left never leaves, and does not hold up the next", async () => {
  const shelf = openShelf(undefined)
  const [here, there] = [await page({ shelf }), await page({ shelf })]
  let leave = () => {}
  const held = new Promise<void>((resolve) => {
    leave = resolve
  })
  here.leaving = () => held
  await here.outbox.add(TALK, "hm")
  await here.outbox.add(TALK, "well")
  await here.browser.pass(10)
  await there.outbox.reload()
  there.outbox.take(there.outbox.sending(1)[0]!.nonce, () => {})
  await there.browser.pass(10)
  leave()
  await here.browser.pass(10)
  expect(here.said.map(({ text }) => text)).toEqual(["well"])
  expect(await shelf.all()).toEqual([])
})

test("that it waits is said after half a minute, however the clock jumps, and drawn no more often", async () => {
  const world = await page()
  world.server = again
  world.browser.jump(4e11)
  await world.outbox.add(TALK, "hello")
  world.browser.jump(-8e11)
  const drawn = world.changes
  await world.browser.pass(31_000)
  expect(world.outbox.sending(1)[0]?.state).toBe("failed")
  expect(world.changes - drawn).toBeLessThan(30)
})

test("a server that is busy and lets some through is not taken for one that is gone", async () => {
  const world = await page()
  let calls = 0
  world.server = (entry) =>
    ++calls % 4 === 0 ? { kind: "again", after: 1_000, unsent: true } : { kind: "said", message: asSaid(entry) }
  for (let count = 0; count < 60; count++) await world.outbox.add(TALK, `${count}`)
  await world.browser.pass(25_000)
  expect(world.said).toHaveLength(60)
})

test("what breaks while one is sent does not end the sending for good", async () => {
  const shelf = openShelf(undefined)
  await shelf.put({ nonce: "n1", owner: "7 Ann", room: 1, slug: "talk", text: "hello", at: 1 })
  const world = await page({ shelf })
  world.server = () => {
    throw new Error("a bug of ours")
  }
  expect(world.outbox.retry("n1")).rejects.toThrow("a bug of ours")
  await world.browser.pass(10)
  world.server = (entry) => ({ kind: "said", message: asSaid(entry) })
  world.outbox.wake()
  await world.browser.pass(10)
  expect(world.said).toHaveLength(1)
})

test("after some seconds the first of what waits says why, in the server's words, until it is said", async () => {
  const world = await page()
  world.server = () => ({ kind: "again", why: "The disk is full. Try again in a moment." })
  await world.outbox.add(TALK, "one")
  await world.outbox.add(TALK, "two")
  await world.browser.pass(2_900)
  expect(world.outbox.sending(1).map(({ waiting }) => waiting)).toEqual([undefined, undefined])
  await world.browser.pass(200)
  const why = "The disk is full. Try again in a moment. Parlour keeps trying by itself."
  expect(world.outbox.sending(1)).toMatchObject([{ state: "sending", waiting: why }, { state: "sending" }])
  expect(world.outbox.sending(1)[1]?.waiting).toBeUndefined()
  world.server = (entry) => ({ kind: "said", message: asSaid(entry) })
  await world.browser.pass(20_000)
  expect(world.outbox.sending(1)).toEqual([])
  world.server = () => new Promise(() => {})
  await world.outbox.add(TALK, "three")
  await world.browser.pass(4_000)
  expect(world.outbox.sending(1)[0]?.waiting).toBe("No answer yet. Parlour keeps trying by itself.")
})

test("an answer that never came takes the place of the server's words from before, and they of it", async () => {
  const world = await page()
  world.server = () => ({ kind: "again", why: "The disk is full." })
  await world.outbox.add(TALK, "one")
  await world.browser.pass(4_000)
  world.server = again
  await world.browser.pass(8_000)
  expect(world.outbox.sending(1)[0]?.waiting).toStartWith("No answer yet.")
  world.server = () => ({ kind: "again", why: "The disk is full." })
  await world.browser.pass(30_000)
  expect(world.outbox.sending(1)[0]).toMatchObject({
    state: "failed",
    reason: "The disk is full. It is kept here, and Parlour goes on trying.",
  })
})

test("a shelf that cannot be read for a while hides nothing, and what is on it goes out when it can be", async () => {
  const shelf = openShelf(undefined)
  let readable = true
  const failing: Shelf = { ...shelf, all: () => (readable ? shelf.all() : Promise.reject(new Error("aborted"))) }
  const world = await page({ shelf: failing })
  world.server = again
  await world.outbox.add(TALK, "hello")
  await world.browser.pass(0)
  readable = false
  for (let i = 0; i < 5; i++) await world.browser.pass(2_000)
  expect(world.texts()).toEqual(["hello"])
  world.server = (entry) => ({ kind: "said", message: asSaid(entry) })
  readable = true
  for (let i = 0; i < 5; i++) await world.browser.pass(60_000)
  expect([world.texts(), world.said.map(({ text }) => text)]).toEqual([[], ["hello"]])
})

test("a page whose first look at the shelf fails looks again", async () => {
  const shelf = openShelf(undefined)
  await shelf.put({ nonce: "1", owner: "7 Ann", room: TALK.id, slug: TALK.slug, text: "from before", at: 1 })
  let readable = false
  const failing: Shelf = { ...shelf, all: () => (readable ? shelf.all() : Promise.reject(new Error("aborted"))) }
  const world = await page({ shelf: failing })
  readable = true
  for (let i = 0; i < 3; i++) await world.browser.pass(2_000)
  expect(world.said.map(({ text }) => text)).toEqual(["from before"])
})

// Who is writing, by a clock that the test moves.
import { expect, test } from "bun:test"
import type { Message, Typing } from "../protocol/event.ts"
import { pretendBrowser } from "./pretend.ts"
import { openOthers, openOwn } from "./typing.ts"

const [ANN, BOB, EVE] = ["Ann", "Bob", "Eve"].map((name, index) => ({ id: index + 1, name })) as [
  Message["author"],
  Message["author"],
  Message["author"],
]
const ROOM = { id: 1, slug: "lunch plans" }

const typing = (person = BOB, after = 10, room = 1): Typing => ({ kind: "typing", room, person, after })
const said = (id: number, author = BOB, room = 1): Message => ({
  kind: "message",
  tick: id,
  id,
  room,
  author,
  text: "x",
  at: 0,
})

function others() {
  const browser = pretendBrowser()
  const drawn: string[] = []
  const all = openOthers(browser, { room: 1, me: ANN.id, changed: () => drawn.push(names()) })
  const names = () =>
    all
      .now()
      .map(({ name }) => name)
      .join(" ")
  return { browser, drawn, names, hear: all.hear }
}

test("someone is writing for six seconds after they last said so, and is drawn once meanwhile", async () => {
  const { browser, drawn, names, hear } = others()
  hear(typing())
  await browser.pass(3_000)
  hear(typing())
  await browser.pass(5_900)
  expect(names()).toBe("Bob")
  await browser.pass(100)
  expect(drawn).toEqual(["Bob", ""])
})

test("several are in the order in which they began; oneself and other rooms are not told of", async () => {
  const { browser, names, hear } = others()
  hear(typing(EVE))
  await browser.pass(1_000)
  for (const one of [typing(BOB), typing(ANN), typing(BOB, 10, 2), typing(EVE)]) hear(one)
  expect(names()).toBe("Eve Bob")
  await browser.pass(6_000)
  expect(names()).toBe("")
})

test("a message ends it, and a word from before that message, however late, does not begin it again", () => {
  const { names, hear } = others()
  hear(typing(BOB, 10))
  hear(said(9)) // an older one, edited
  hear(said(12, EVE))
  hear(said(12, BOB, 2))
  expect(names()).toBe("Bob")
  hear(said(11))
  expect(names()).toBe("")
  hear(typing(BOB, 10))
  expect(names()).toBe("")
  hear(typing(BOB, 11))
  expect(names()).toBe("Bob")
})

test("after a reset the ids of before end nothing", () => {
  const { names, hear } = others()
  hear(said(1_000))
  hear(typing(BOB, 10))
  expect(names()).toBe("")
  hear({ kind: "reset", cursor: "f.10" })
  hear(typing(BOB, 10))
  expect(names()).toBe("Bob")
})

test.each([
  ["over the line", true],
  ["beside a line that goes one way", false],
])("one says that one writes, %s, every three seconds at most, and not of an empty box", async (_, overLine) => {
  const browser = pretendBrowser()
  browser.answer = () => new Response(null, { status: 204 })
  const state = { live: true, said: 0 }
  const sayIt = () => {
    state.said++
    return true as const
  }
  const own = openOwn(browser, {
    room: ROOM,
    connection: { live: () => state.live, typing: () => (overLine ? sayIt() : undefined), stopped: () => true },
  })
  const told = () => (overLine ? state.said : browser.asked.length)
  own.wrote("")
  own.wrote("  \n")
  expect(told()).toBe(0)
  for (const text of ["H", "He", "Hel"]) own.wrote(text)
  expect(told()).toBe(1)
  await browser.pass(2_999)
  own.wrote("Hell")
  expect(told()).toBe(1)
  await browser.pass(1)
  own.wrote("Hello")
  expect(told()).toBe(2)
  own.sent()
  own.wrote("")
  expect(told()).toBe(2)
  own.wrote("A")
  expect(told()).toBe(3)
  browser.jump(-3_600_000)
  own.wrote("An")
  expect(told()).toBe(4)
  state.live = false
  await browser.pass(10_000)
  own.wrote("And")
  expect(told()).toBe(4)
  if (!overLine)
    expect(browser.asked[0]).toMatchObject({
      address: "/api/v1/rooms/lunch%20plans/typing",
      init: { method: "POST" },
    })
})

test("that it could not be said is nobody's trouble", async () => {
  const browser = pretendBrowser()
  browser.answer = () => {
    throw new TypeError("no network")
  }
  openOwn(browser, {
    room: ROOM,
    connection: { live: () => true, typing: () => undefined, stopped: () => undefined },
  }).wrote("H")
  await browser.pass(1)
  expect(browser.asked.length).toBe(1)
})

test.each([
  ["over the line", true],
  ["beside a line that goes one way", false],
])(
  "a box that is emptied again, or left, says so once, %s; one of which nothing was said, or that was sent, does not",
  async (_, overLine) => {
    const browser = pretendBrowser()
    browser.answer = () => new Response(null, { status: 204 })
    let stops = 0
    const stop = () => {
      stops++
      return true as const
    }
    const own = openOwn(browser, {
      room: ROOM,
      connection: { live: () => true, typing: () => true, stopped: () => (overLine ? stop() : undefined) },
    })
    const told = () => (overLine ? stops : browser.asked.length)
    own.wrote("")
    expect(told()).toBe(0)
    own.wrote("Hel")
    own.wrote(" ")
    own.wrote("")
    expect(told()).toBe(1)
    own.wrote("Hello")
    own.sent()
    own.wrote("")
    expect(told()).toBe(1)
    own.wrote("Hello")
    await browser.pass(6_000)
    own.wrote("")
    expect(told()).toBe(1) // it has ended by itself
    own.wrote("Hello")
    own.wrote("")
    own.wrote("")
    expect(told()).toBe(2)
    if (!overLine)
      expect(browser.asked[0]).toMatchObject({
        address: "/api/v1/rooms/lunch%20plans/typing",
        init: { method: "DELETE" },
      })
  },
)

test("who takes back what they wrote is no longer typing, at once", () => {
  const { names, hear } = others()
  hear(typing())
  expect(names()).toBe("Bob")
  hear({ kind: "stopped", room: ROOM.id + 1, person: BOB })
  expect(names()).toBe("Bob")
  hear({ kind: "stopped", room: ROOM.id, person: BOB })
  expect(names()).toBe("")
})

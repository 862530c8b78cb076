import { expect, test } from "bun:test"
import type { Message } from "../protocol/event.ts"
import { openPaging } from "./paging.ts"
import { pretendBrowser } from "./pretend.ts"
import { openStore } from "./store.ts"

const ROOM = { id: 1, name: "Talk", slug: "talk" }
const range = (from: number, to: number): Message[] =>
  Array.from({ length: to - from + 1 }, (_, index) => ({
    kind: "message",
    tick: from + index,
    id: from + index,
    room: 1,
    author: { id: 8, name: "Bob" },
    text: `${from + index}`,
    at: 0,
  }))

function reader() {
  const browser = pretendBrowser()
  const seen = { came: 0, missed: 0 }
  const me = { id: 7, name: "Ann", role: "member" as const }
  const about = { place: { name: "Here" }, me, rooms: [ROOM], room: ROOM, member: true, members: 2, nonce: "n" }
  const store = openStore({ ...about, cursor: "e.100", messages: range(51, 100), older: true, newer: false })
  const paging = openPaging({
    browser,
    room: ROOM.slug,
    store,
    came: () => void seen.came++,
    missed: () => void seen.missed++,
    changed: () => {},
  })
  return { browser, store, paging, seen }
}

const stretch = (messages: Message[], older: boolean) =>
  Response.json({ messages, older, newer: true, cursor: "e.100" })

test("the page before what is drawn is fetched once, and fits on to it", async () => {
  const { browser, store, paging, seen } = reader()
  browser.answer = () => stretch(range(1, 50), false)
  await Promise.all([paging.page("older"), paging.page("older"), paging.page("newer")])
  expect(browser.asked.map(({ address }) => address)).toEqual(["/api/v1/rooms/talk/messages?before=51"])
  expect(store.snapshot().messages).toHaveLength(100)
  expect(seen).toEqual({ came: 1, missed: 0 })
  await paging.page("older")
  expect(browser.asked).toHaveLength(1)
})

for (const [name, answer] of [
  ["does not come", () => Promise.reject(new TypeError("Failed to fetch"))],
  ["is no page at all", () => Response.json({ messages: "none" })],
  ["promises more and brings nothing", () => stretch([], true)],
] as [string, () => Response | Promise<Response>][])
  test(`a page that ${name} is asked for ever more rarely, however one scrolls, and on a clock that jumps`, async () => {
    const { browser, store, paging } = reader()
    browser.answer = answer
    for (let half = 0; half < 1_200; half++) {
      paging.page("older")
      if (half % 200 === 0) browser.jump(-4e11)
      await browser.pass(500)
    }
    expect(browser.asked.length).toBeGreaterThan(600 / 16)
    expect(browser.asked.length).toBeLessThan(600 / 2.9)
    browser.answer = () => stretch(range(1, 50), false)
    await browser.pass(15_000)
    await paging.page("older")
    expect(store.snapshot().messages).toHaveLength(100)
  })

import { expect, test } from "bun:test"
import type { Message } from "../protocol/event.ts"
import type { RoomSnapshot } from "../view/snapshot.ts"
import { fetchAfresh } from "./afresh.ts"
import { connect } from "./connection.ts"
import { isBeforeUs } from "./gate.ts"
import { pretendBrowser, transports } from "./pretend.ts"
import { openStore } from "./store.ts"

const ANN = { id: 7, name: "Ann" }
const ROOM = { id: 1, name: "Talk", slug: "talk" }
const said = (id: number): Message => ({ kind: "message", tick: id, id, room: 1, author: ANN, text: `${id}`, at: 0 })
const hello = { kind: "hello", cursor: "e.10", person: ANN }

const drawn: RoomSnapshot = {
  place: { name: "Here" },
  me: { ...ANN, role: "member" },
  rooms: [ROOM],
  room: ROOM,
  cursor: "e.10",
  nonce: "n",
  messages: [said(9), said(10)],
  older: false,
  newer: false,
  member: true,
  members: 1,
}

/** A page whose line comes to nothing three times, so that it is being drawn afresh; the test lets the fetching come through. */
async function drawingAfresh() {
  const browser = pretendBrowser()
  const store = openStore(drawn)
  const answers: (() => void)[] = []
  browser.answer = (address) => {
    if (address === "/api/v1/me") return Response.json({ person: ANN })
    const { place: _, rooms, ...stretch } = { ...drawn, messages: [said(10)] }
    const answer = () => Response.json(address === "/api/v1/rooms" ? { rooms } : stretch)
    return new Promise((resolve) => answers.push(() => resolve(answer())))
  }
  const connection = connect({
    browser,
    transports,
    cursor: drawn.cursor,
    room: ROOM.slug,
    me: ANN.id,
    hear: (heard) => void store.hear(heard),
    isGated: () => isBeforeUs(browser),
    newest: store.newest,
    show() {},
    afresh: async (isWanted) =>
      (await fetchAfresh({ browser, room: ROOM.slug, store }, { reading: undefined, isWanted })).cursor,
    someoneElse() {},
  })
  connection.start()
  const socket = () => browser.sockets.at(-1)!
  while (answers.length === 0) {
    socket().tell(hello)
    socket().drop(4008)
    await browser.pass(5_000)
  }
  const ids = () => store.snapshot().messages.map(({ id }) => id)
  const fetched = () => {
    for (const answer of answers.splice(0)) answer()
  }
  return { browser, connection, socket, ids, fetched }
}

test("drawn afresh, the page shows what was fetched and goes on from there", async () => {
  const { browser, socket, ids, fetched } = await drawingAfresh()
  fetched()
  const { length } = browser.sockets
  while (browser.sockets.length === length) await browser.pass(100)
  expect(ids()).toEqual([10])
  socket().tell(hello, said(11))
  expect(ids()).toEqual([10, 11])
})

test("what a line that was opened meanwhile tells stays: the page is not drawn afresh", async () => {
  const { browser, connection, socket, ids, fetched } = await drawingAfresh()
  connection.wake()
  socket().tell(hello, { kind: "live", cursor: "e.10" }, said(11), said(12))
  fetched()
  await browser.pass(10_000)
  expect(ids()).toEqual([9, 10, 11, 12])
  socket().tell(said(13))
  expect(ids()).toEqual([9, 10, 11, 12, 13])
})

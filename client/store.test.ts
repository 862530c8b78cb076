import { expect, test } from "bun:test"
import fc from "fast-check"
import type { Member, Message } from "../protocol/event.ts"
import type { RoomSnapshot } from "../view/snapshot.ts"
import { MOST_ROWS, openStore } from "./store.ts"

const ANN = { id: 7, name: "Ann" }
const BOB = { id: 8, name: "Bob" }
const ROOM = { id: 1, name: "Talk", slug: "talk" }

const said = (id: number, change: Partial<Message> = {}): Message => ({
  kind: "message",
  tick: id,
  id,
  room: 1,
  author: BOB,
  text: `${id}`,
  at: id,
  ...change,
})

const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => said(from + index))

const roomWith = (messages: Message[], change: Partial<RoomSnapshot> = {}): RoomSnapshot => ({
  place: { name: "Here" },
  me: { ...ANN, role: "member" },
  rooms: [ROOM],
  room: ROOM,
  member: true,
  members: 2,
  cursor: "e.100",
  nonce: "n",
  messages,
  older: false,
  newer: false,
  ...change,
})

const ids = (store: ReturnType<typeof openStore>) => store.snapshot().messages.map(({ id }) => id)

test("what is said joins the stretch that reaches the present, in the order of ids", () => {
  const store = openStore(roomWith(range(98, 100)))
  expect(store.hear(said(103, { author: ANN }))).toBe(true)
  expect(store.hear(said(101))).toBe(true)
  expect(ids(store)).toEqual([98, 99, 100, 101, 103])
})

test("in an empty room one's own answer may come before what was said just before it", () => {
  const store = openStore(roomWith([]))
  store.hear(said(102, { author: ANN }))
  store.hear(said(101))
  expect(ids(store)).toEqual([101, 102])
})

test("hearing something twice changes nothing", () => {
  const store = openStore(roomWith(range(98, 100)))
  store.hear(said(101))
  const before = store.snapshot()
  expect(store.hear(said(101))).toBe(false)
  expect(store.snapshot()).toBe(before)
  expect(store.fresh()).toBe(1)
})

test("messages that did not change stay the same objects, so that their rows are not drawn again", () => {
  const store = openStore(roomWith(range(98, 100)))
  const [first] = store.snapshot().messages
  store.hear(said(101))
  expect(store.snapshot().messages[0]).toBe(first as Message)
})

test("an edit replaces, wherever it stands; of a message not held it draws nothing", () => {
  const store = openStore(roomWith(range(50, 60), { older: true, newer: true }))
  expect(store.hear(said(55, { tick: 101, text: null }))).toBe(true)
  expect(store.snapshot().messages[5]?.text).toBeNull()
  expect(store.hear(said(20, { tick: 102, text: "edited" }))).toBe(false)
  expect(ids(store)).toEqual(range(50, 60).map(({ id }) => id))
})

test("in a stretch of the past new messages are counted, not shown; edits of old ones are not counted", () => {
  const store = openStore(roomWith(range(50, 60), { older: true, newer: true }))
  expect(store.hear(said(101))).toBe(true)
  store.hear(said(102, { author: ANN }))
  store.hear(said(70, { tick: 103, text: null }))
  expect(store.fresh()).toBe(1)
  expect(ids(store).at(-1)).toBe(60)
  store.seen()
  expect(store.fresh()).toBe(0)
})

test("the last page of the way back takes along what was said while it came", () => {
  const store = openStore(roomWith(range(50, 60), { older: true, newer: true }))
  store.hear(said(101))
  store.addNewer({ messages: range(61, 100), older: true, newer: false })
  expect(ids(store)).toEqual(range(50, 101).map(({ id }) => id))
  store.hear(said(102))
  expect(ids(store).at(-1)).toBe(102)
})

test("a page that was read before an edit, and comes after it, brings nothing old back", () => {
  const store = openStore(roomWith(range(50, 60), { older: true }))
  store.hear(said(45, { tick: 101, text: null }))
  store.addOlder({ messages: range(40, 49), older: true, newer: true })
  expect(store.snapshot().messages.find(({ id }) => id === 45)?.text).toBeNull()
})

test("other rooms' messages are not ours", () => {
  const store = openStore(roomWith(range(98, 100)))
  expect(store.hear(said(101, { room: 2 }))).toBe(false)
  expect(store.fresh()).toBe(0)
})

test("a long stretch lets go of the side away from the reader, and says that there is more there", () => {
  const store = openStore(roomWith(range(1, 400)))
  store.trim(undefined)
  expect(ids(store)).toHaveLength(MOST_ROWS)
  expect(ids(store).at(-1)).toBe(400)
  expect(store.snapshot()).toMatchObject({ older: true, newer: false })
  store.addOlder({ messages: range(41, 100), older: true, newer: true })
  store.trim(45)
  expect(ids(store)).toEqual(range(41, 340).map(({ id }) => id))
  expect(store.snapshot()).toMatchObject({ older: true, newer: true })
})

test("after a reset what was drawn stays until there is another history to show", () => {
  const store = openStore(roomWith(range(98, 100)))
  store.forget("f.40")
  store.hear(said(41))
  expect(ids(store)).toEqual([98, 99, 100])
  store.show({ messages: range(30, 40), older: true, newer: false, cursor: "f.40", member: true, members: 7 })
  expect(ids(store)).toEqual(range(30, 41).map(({ id }) => id))
  expect(store.snapshot()).toMatchObject({ older: true, member: true, members: 7 })
})

test("one's own messages are known by their nonce", () => {
  const store = openStore(roomWith([said(100, { author: ANN, nonce: "a" })]))
  store.hear(said(101, { author: ANN, nonce: "b" }))
  store.hear(said(102, { nonce: "c" }))
  expect(["a", "b", "c"].map(store.said)).toEqual([true, true, false])
})

const member = (tick: number, person: typeof ANN, present: boolean, room = 1): Member => ({
  kind: "member",
  tick,
  room,
  person,
  present,
})

test("people who come and go are counted, and being told so twice counts once", () => {
  const store = openStore(roomWith([]))
  const cleo = { id: 9, name: "Cleo" }
  store.hear(member(101, cleo, true))
  store.hear(member(101, cleo, true))
  expect(store.snapshot().members).toBe(3)
  store.hear(member(102, cleo, false))
  expect(store.snapshot().members).toBe(2)
})

test("rooms that one enters or leaves come and go at the side", () => {
  const store = openStore(roomWith([]))
  store.hear({ kind: "room", tick: 101, id: 2, name: "Garden", slug: "garden" })
  expect(store.snapshot().rooms).toEqual([ROOM])
  store.hear(member(102, ANN, true, 2))
  expect(store.snapshot().rooms.map(({ name }) => name)).toEqual(["Garden", "Talk"])
  store.hear(member(103, ANN, false))
  expect(store.snapshot().rooms.map(({ name }) => name)).toEqual(["Garden"])
  expect(store.snapshot().member).toBe(false)
})

test("in whatever order, how often and between what pages things are heard: the stretch is unbroken and true", () => {
  const step = fc.oneof(
    fc.record({ do: fc.constantFrom("say" as const, "hear" as const, "come" as const) }),
    fc.record({ do: fc.constantFrom("edit" as const, "again" as const), which: fc.nat(1_000) }),
    fc.record({ do: fc.constantFrom("ask" as const, "trim" as const), up: fc.boolean() }),
  )
  fc.assert(
    fc.property(fc.array(step, { maxLength: 100, size: "max" }), (steps) => {
      // The truth, as a server has it; `feed` is what it has yet to tell.
      const truth = new Map(range(1, 30).map((message) => [message.id, message]))
      let tick = 100
      const feed: Message[] = []
      const told: Message[] = []
      const all = () => [...truth.values()].sort((a, b) => a.id - b.id)
      const store = openStore(roomWith(all().slice(10, 20), { older: true, newer: true }))
      let page:
        | { side: "older" | "newer"; stretch: { messages: Message[]; older: boolean; newer: boolean } }
        | undefined
      const ask = (side: "older" | "newer") => {
        const held = ids(store)
        const messages =
          side === "older"
            ? all()
                .filter(({ id }) => id < held[0]!)
                .slice(-10)
            : all()
                .filter(({ id }) => id > held.at(-1)!)
                .slice(0, 10)
        const [first, last] = [messages[0]?.id ?? held[0]!, messages.at(-1)?.id ?? held.at(-1)!]
        const older = all().some(({ id }) => id < first)
        return { side, stretch: { messages, older, newer: all().some(({ id }) => id > last) } }
      }
      for (const one of steps)
        switch (one.do) {
          case "say":
          case "edit": {
            tick++
            // Mostly the same few, so that there are several states of one message about.
            const old = one.do === "edit" ? all()[8 + (one.which % 4)]! : undefined
            const message = old ? { ...old, tick, text: `edited at ${tick}` } : said(tick)
            truth.set(message.id, message)
            feed.push(message)
            break
          }
          case "hear": {
            const next = feed.shift()
            if (next) told.push(next)
            if (next) store.hear(next)
            break
          }
          case "again":
            if (told.length > 0) store.hear(told[one.which % told.length]!)
            break
          case "ask":
            page ??= ask(one.up ? "older" : "newer")
            break
          case "come":
            if (page?.side === "older") store.addOlder(page.stretch)
            else if (page) store.addNewer(page.stretch)
            page = undefined
            break
          case "trim":
            if (!page) store.trim(one.up ? ids(store)[0] : undefined)
        }
      if (page?.side === "older") store.addOlder(page.stretch)
      else if (page) store.addNewer(page.stretch)
      for (const rest of feed) store.hear(rest)

      const { messages, older, newer } = store.snapshot()
      const [first, last] = [messages[0]!.id, messages.at(-1)!.id]
      expect(messages).toEqual(all().filter(({ id }) => id >= first && id <= last))
      if (!newer) expect(last).toBe(all().at(-1)!.id)
      if (!older) expect(first).toBe(1)
    }),
    { numRuns: 1_000 },
  )
})

test("the newest that is known counts whoever brought it: the page, a page of history, the feed or an answer; forgotten, none", () => {
  const store = openStore(roomWith(range(90, 101)))
  expect(store.newest()?.tick).toBe(101)
  store.hear(said(105, { author: ANN, nonce: "n1" }))
  expect(store.newest()?.tick).toBe(105)
  store.hear(said(95, { tick: 107, text: "edited" }))
  expect(store.newest()?.tick).toBe(107)
  store.forget("f.50")
  expect(store.newest()).toBeUndefined()
  store.show({ messages: range(40, 50), older: true, newer: false, cursor: "f.50", member: true, members: 2 })
  expect(store.newest()?.tick).toBe(50)
})

test("who came and went after a stretch was read is counted with it, and what came before is in it", () => {
  const store = openStore(roomWith([]))
  store.forget("f.40")
  store.hear(member(40, { id: 9, name: "Cleo" }, true))
  store.hear(member(42, BOB, false))
  store.hear(member(43, ANN, false))
  store.show({ messages: [], older: false, newer: false, cursor: "f.41", member: true, members: 7 })
  expect(store.snapshot()).toMatchObject({ member: false, members: 5 })
})

test("rooms fetched before one left another do not bring it back, nor lose one that was joined", () => {
  const garden = { id: 2, name: "Garden", slug: "garden" }
  const store = openStore(roomWith([], { rooms: [ROOM, garden] }))
  store.hear(member(101, ANN, false, 2))
  store.setRooms([ROOM, garden])
  expect(store.snapshot().rooms).toEqual([ROOM])
  store.hear({ kind: "room", tick: 102, ...garden, open: true } as Parameters<typeof store.hear>[0])
  store.hear(member(103, ANN, true, 2))
  store.setRooms([ROOM])
  expect(store.snapshot().rooms).toEqual([garden, ROOM])
})

test("who is here is told whole; whoever looks is among them, if they are in the room and it is known who is", () => {
  const store = openStore(roomWith([]))
  const here = (people: (typeof BOB)[], count = people.length, room = 1) =>
    store.hear({ kind: "here", room, count, people })
  const shown = () => [
    store
      .snapshot()
      .here?.people.map(({ name }) => name)
      .join(" "),
    store.snapshot().here?.count,
  ]
  expect(here([BOB], 1, 2)).toBe(false)
  expect(here([BOB])).toBe(true)
  expect(shown()).toEqual(["Ann Bob", 2])
  here([ANN])
  expect(shown()).toEqual(["Ann", 1])
  here([BOB], 60)
  expect(shown()).toEqual(["Bob", 60])
  store.hear({ kind: "here", room: 1, count: 59 })
  expect(shown()).toEqual(["Bob", 59])
  store.hear({ kind: "member", tick: 200, room: 1, person: ANN, present: false })
  here([BOB])
  expect(shown()).toEqual(["Bob", 1])
})

test("who comes and goes while one looks is told of by their last move, and never one's own", () => {
  const early: Member = { kind: "member", tick: 90, room: 1, person: { id: 9, name: "Carl" }, present: true }
  const store = openStore(roomWith(range(98, 100), { comings: [early] }))
  const move = (tick: number, person: typeof ANN, present: boolean, room = 1) =>
    store.hear({ kind: "member", tick, room, person, present })
  move(101, BOB, true)
  move(102, ANN, false)
  move(103, early.person, false)
  move(104, BOB, false, 2)
  const told = () => store.snapshot().comings?.map(({ tick, person, present }) => [tick, person.name, present])
  expect(told()).toEqual([
    [101, "Bob", true],
    [103, "Carl", false],
  ])
  store.forget("f.1")
  expect(told()).toEqual([])
})

import { expect, test } from "bun:test"
import { renderToString } from "preact-render-to-string"
import type { Member } from "../protocol/event.ts"
import { Comings, comingsOf } from "./comings.tsx"
import { liveOpening, liveRows } from "./live.tsx"
import { message } from "./made-up.ts"
import type { RoomSnapshot } from "./snapshot.ts"
import { Timeline } from "./timeline.tsx"

const move = (tick: number, name: string, present = true): Member => ({
  kind: "member",
  tick,
  room: 1,
  person: { id: 100 + tick, name },
  present,
})
const snapshot = (more: Partial<RoomSnapshot>) =>
  ({
    me: { id: 1, name: "Ada" },
    messages: [message(10, "Ada", "one"), message(20, "Ada", "two")],
    older: false,
    newer: false,
    ...more,
  }) as RoomSnapshot
const words = (...moves: Member[]) =>
  renderToString(<Comings moves={moves} />)
    .replaceAll(/<\/?(?:span|bdi)[^>]*>/g, "")
    .replace(/<\/?p[^>]*>/g, "")

test("who came and left stands where it happened among what was said", () => {
  const comings = [move(25, "Esi"), move(5, "Björn"), move(15, "Carl", false), move(16, "Dora")]
  const places = (more: Partial<RoomSnapshot>) =>
    Object.fromEntries(
      [...comingsOf(snapshot({ comings, ...more }))].map(([id, moves]) => [id, moves.map(({ person }) => person.name)]),
    )
  expect(places({})).toEqual({ 10: ["Björn"], 20: ["Carl", "Dora"], 0: ["Esi"] })
  expect(places({ older: true, newer: true })).toEqual({ 20: ["Carl", "Dora"] })
  expect(places({ messages: [] })).toEqual({ 0: ["Björn", "Carl", "Dora", "Esi"] })
})

test("with scripts and without, they stand below the day of what was said after them", () => {
  const room = { id: 1, name: "talk", slug: "talk" }
  const shown = { ...snapshot({ comings: [move(5, "Björn")] }), room, member: true, members: 2 }
  const live = liveOpening({ snapshot: shown, assets: { script: "", styles: {} } as never, row: liveRows(room) })
  const timeline = renderToString(<Timeline snapshot={shown} />)
  for (const html of [live, timeline]) {
    const [day, coming, said] = ['class="date"', "Björn", ">one<"].map((words) => html.indexOf(words))
    expect(day).toBeGreaterThan(0)
    expect(coming).toBeGreaterThan(day!)
    expect(said).toBeGreaterThan(coming!)
  }
})

test("a zone and a language that a page is told of are tried there, too", () => {
  const room = { id: 1, name: "talk", slug: "talk" }
  const told = { ...snapshot({ zone: "Mars/Phobos", locale: "no_such" }), room, member: true, members: 2 }
  expect(renderToString(<Timeline snapshot={told} />)).toContain(">one<")
})

test("one is not told of one's own coming", () => {
  const own = { ...move(5, "Ada"), person: { id: 1, name: "Ada" } }
  expect(comingsOf(snapshot({ comings: [own] })).size).toBe(0)
})

test("one line says it, by name while they are few", () => {
  expect(words(move(1, "Björn"))).toBe("Björn joined")
  expect(words(move(1, "Björn"), move(2, "Carl"))).toBe("Björn and Carl joined")
  expect(words(...["Björn", "Carl", "Dora", "Esi"].map((name, at) => move(at, name)))).toBe("Björn and 3 others joined")
  expect(words(move(1, "Björn"), move(2, "Carl", false))).toBe("Björn joined, Carl left")
  expect(renderToString(<Comings moves={undefined} />)).toBe("")
})

import { expect, test } from "bun:test"
import fc from "fast-check"
import type { Change, Notice } from "./event.ts"
import { apply, emptyState } from "./state.ts"

const author = (id: number) => ({ id, name: `person ${id}` })
const id = fc.integer({ min: 1, max: 4 })

/** Changes of a few things, each change with a tick of its own. */
const history = fc
  .array(
    fc.oneof(
      id.map((id) => ({ kind: "message" as const, id, room: 1, author: author(1), text: "x", at: 0 })),
      id.map((id) => ({ kind: "room" as const, id, name: "x", slug: "x" })),
      fc.tuple(id, id, fc.boolean()).map(([room, person, present]) => ({
        kind: "member" as const,
        room,
        person: author(person),
        present,
      })),
      id.map((id) => ({ kind: "person" as const, id, name: "x", role: "member" as const })),
    ),
    { maxLength: 30 },
  )
  .map((things) => things.map((thing, i): Change => ({ ...thing, tick: i + 1 })))

const after = (changes: Change[]) => {
  const state = emptyState()
  for (const change of changes) apply(state, change)
  return state
}

test("in whatever order and however often changes come, the outcome is the same", () => {
  const shuffled = history.chain((changes) =>
    fc.tuple(
      fc.constant(changes),
      fc.shuffledSubarray([...changes, ...changes], { minLength: changes.length * 2, maxLength: changes.length * 2 }),
    ),
  )
  fc.assert(fc.property(shuffled, ([changes, disordered]) => expect(after(disordered)).toEqual(after(changes))))
})

test("skipping to a later state of a thing is as good as hearing each", () => {
  fc.assert(
    fc.property(history, (changes) => {
      const key = (change: Change) =>
        change.kind === "member" ? `member ${change.room} ${change.person.id}` : `${change.kind} ${change.id}`
      const newest = changes.filter((change, i) => !changes.slice(i + 1).some((later) => key(later) === key(change)))
      expect(after(newest)).toEqual(after(changes))
    }),
  )
})

test("apply tells whether anything became newer", () => {
  const state = emptyState()
  const room: Change = { kind: "room", tick: 5, id: 1, name: "Lunch", slug: "lunch" }
  expect(apply(state, room)).toBe(true)
  expect(apply(state, room)).toBe(false)
  expect(apply(state, { ...room, tick: 4, name: "Older" })).toBe(false)
  expect(apply(state, { ...room, tick: 6, name: "Newer" })).toBe(true)
  expect(state.rooms.get(1)!.name).toBe("Newer")
  expect(state.tick).toBe(6)
})

test("one person is a member of each room on their own", () => {
  const member = (room: number, person: number, tick: number): Change => {
    return { kind: "member", tick, room, person: author(person), present: true }
  }
  // 1/11 and 11/1 are not to be taken for one another.
  expect(after([member(1, 11, 1), member(11, 1, 2)]).members.size).toBe(2)
})

test("what is said of the feed changes nothing", () => {
  const state = emptyState()
  const said: Notice[] = [
    { kind: "hello", cursor: "a.9", person: author(1) },
    { kind: "live", cursor: "a.9" },
    { kind: "bye", reason: "restart" },
  ]
  for (const one of said) expect(apply(state, one)).toBe(false)
  expect(state).toEqual(emptyState())
})

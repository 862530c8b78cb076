// What a page carries is what it was drawn from.
import { expect, test } from "bun:test"
import fc from "fast-check"
import type { Message } from "../protocol/event.ts"
import { packed, unpacked } from "./packed.ts"
import type { RoomSnapshot } from "./snapshot.ts"

const ME = 1
const message = fc.record(
  {
    kind: fc.constant("message" as const),
    tick: fc.nat({ max: 9 }),
    id: fc.nat({ max: 9 }),
    room: fc.constant(7),
    author: fc.record({ id: fc.constantFrom(ME, 2), name: fc.string() }),
    text: fc.option(fc.string()),
    at: fc.nat(),
    nonce: fc.string({ minLength: 1 }),
  },
  { requiredKeys: ["kind", "tick", "id", "room", "author", "text", "at"] },
)
const snapshotWith = (messages: Message[]) =>
  ({ me: { id: ME }, room: { id: 7 }, older: true, messages }) as RoomSnapshot

/** As the page's script gets it. */
const carried = (snapshot: RoomSnapshot) => unpacked(JSON.parse(JSON.stringify(packed(snapshot))))

test("all of each message arrives, but for others' marks", () => {
  fc.assert(
    fc.property(fc.array(message), (messages) => {
      const meant = messages.map(({ nonce, ...rest }) => (nonce && rest.author.id === ME ? { ...rest, nonce } : rest))
      expect(carried(snapshotWith(messages as Message[]))).toEqual(snapshotWith(meant as Message[]))
    }),
  )
})

test("others' marks stay with the server", () => {
  const said: Message = {
    kind: "message",
    tick: 3,
    id: 2,
    room: 7,
    author: { id: 2, name: "Ben" },
    text: "tea?",
    at: 5,
  }
  const page = (nonce: string, id: number) =>
    JSON.stringify(packed(snapshotWith([{ ...said, nonce, author: { id, name: "Ben" } }])))
  expect(page("a-secret-mark", ME)).toContain("a-secret-mark")
  expect(page("a-secret-mark", 2)).not.toContain("a-secret-mark")
})

import { expect, test } from "bun:test"
import { openApp, settle } from "../../test/world.ts"
import { readClock } from "../live/clock.ts"
import { perform } from "../perform.ts"
import { isMember } from "../rooms/rows.ts"

test("a message has the tick of its birth for its id, and comes back as it was told", async () => {
  await using app = await openApp()
  const ann = await settle(app, "ann")
  const { tick } = await readClock(app.db.sql)
  const before = Date.now()
  const { answer, changes } = await perform(app, ann, { type: "post", room: "talk", text: "hello", nonce: "n1" })
  expect(answer).toEqual({
    kind: "message",
    tick: tick + 1,
    id: tick + 1,
    room: expect.any(Number),
    author: { id: ann.person.id, name: "ann" },
    text: "hello",
    at: expect.any(Number),
    nonce: "n1",
  })
  expect(answer.at).toBeGreaterThanOrEqual(before)
  expect(changes).toEqual([answer])
  expect((await readClock(app.db.sql)).tick).toBe(tick + 1)
})

test("the same nonce again is answered with the message it made, and the clock stands still", async () => {
  await using app = await openApp()
  const ann = await settle(app, "ann")
  const first = await perform(app, ann, { type: "post", room: "talk", text: "hello", nonce: "n1" })
  const clock = await readClock(app.db.sql)
  await perform(app, ann, { type: "open", name: "lunch" })
  for (const again of ["hello", "other words"])
    for (const room of ["talk", "lunch"]) {
      const outcome = await perform(app, ann, { type: "post", room, text: again, nonce: "n1" })
      expect(outcome).toEqual({ answer: first.answer, changes: [], again: true })
    }
  expect((await readClock(app.db.sql)).tick).toBe(clock.tick + 2) // the room, and being in it
})

test("without a nonce the same words are said as often as they are sent", async () => {
  await using app = await openApp()
  const ann = await settle(app, "ann")
  const say = () => perform(app, ann, { type: "post", room: "talk", text: "hello" })
  expect((await say()).answer.id).not.toBe((await say()).answer.id)
})

test("speaking in an open room joins it, and both are told in that order", async () => {
  await using app = await openApp()
  const [ann, bob] = [await settle(app, "ann"), await settle(app, "bob")]
  const room = (await perform(app, ann, { type: "open", name: "lunch" })).answer.id
  expect(await isMember(app.db.sql, room, bob.person.id)).toBe(false)
  const { changes } = await perform(app, bob, { type: "post", room, text: "hello" })
  expect(changes).toMatchObject([
    { kind: "member", room, present: true },
    { kind: "message", room },
  ])
  expect(changes[1]!.tick).toBe(changes[0]!.tick + 1)
  expect(await isMember(app.db.sql, room, bob.person.id)).toBe(true)
  expect((await perform(app, bob, { type: "post", room, text: "again" })).changes.length).toBe(1)
})

test("a room is named by its id, or by its name in any spelling", async () => {
  await using app = await openApp()
  const ann = await settle(app, "ann")
  const { id } = (await perform(app, ann, { type: "open", name: "Lunch plans" })).answer
  for (const room of [id, "Lunch plans", "lunch-plans", " LUNCH PLANS "])
    expect((await perform(app, ann, { type: "post", room, text: "hello" })).answer.room).toBe(id)
  for (const room of [id + 1_000, "dinner", `${id}`, ""])
    expect(perform(app, ann, { type: "post", room, text: "hello" })).rejects.toMatchObject({ code: "not_found" })
})

test("whoever has not signed in says nothing", async () => {
  await using app = await openApp()
  await settle(app, "ann")
  const nobody = { person: null, session: null, address: "local" }
  const { tick } = await readClock(app.db.sql)
  await expect(perform(app, nobody, { type: "post", room: "talk", text: "hello" })).rejects.toMatchObject({
    code: "unauthorized",
  })
  expect((await readClock(app.db.sql)).tick).toBe(tick)
})

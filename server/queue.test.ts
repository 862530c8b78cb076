import { expect, test } from "bun:test"
import type { Message } from "../protocol/event.ts"
import { openApp } from "../test/world.ts"
import { told } from "./live/hub.ts"
import { MANY_WAITING, PATIENCE_MS, Queue } from "./queue.ts"

const who = { person: 1, name: "ann", session: "s", after: null, room: null }
const messageOf = (text: string): Message => ({
  kind: "message",
  tick: 1,
  id: 1,
  room: 1,
  author: { id: 1, name: "ann" },
  text,
  at: 0,
})
const short = told(messageOf("x"))
const long = told(messageOf("x".repeat(8_000)))
const MANY = Math.ceil(MANY_WAITING / 8_000) + 1

test.each([3_998, 3_999, 4_000])(
  "who has %d events waiting when it becomes live, and takes none of them, is let go",
  async (waiting) => {
    await using app = await openApp()
    const queue = new Queue(app, who, null)
    for (let i = 0; i < waiting; i++) queue.hear(short)
    queue.note({ kind: "live", cursor: "a.1" })
    for (let i = 0; i < 10 && !queue.gone; i++) queue.hear(short)
    expect(queue.gone).toBe(true)
    expect(await queue.next()).toEqual([{ kind: "bye", reason: "behind" }])
  },
)

test("who takes none of many long events for a while is let go; who gets them all at once is not", async () => {
  await using app = await openApp()
  const queue = new Queue(app, who, null)
  await Bun.sleep(PATIENCE_MS + 50) // nothing was taken, as nothing waited
  for (let i = 0; i < 4 * MANY; i++) queue.hear(long)
  expect(queue.gone).toBe(false)
  await Bun.sleep(PATIENCE_MS + 50)
  queue.hear(long)
  expect(queue.gone).toBe(true)
  expect(await queue.next()).toEqual([{ kind: "bye", reason: "behind" }])
})

test("who takes some of many long events now and then is not let go", async () => {
  await using app = await openApp()
  const queue = new Queue(app, who, null)
  for (let i = 0; i < 4 * MANY; i++) queue.hear(long)
  await Bun.sleep(PATIENCE_MS + 50)
  await queue.next()
  queue.hear(long)
  expect(queue.gone).toBe(false)
})

test("what waits when another epoch begins does not go out under its name", async () => {
  await using app = await openApp()
  const queue = new Queue(app, who, null)
  queue.hear(short)
  app.hub.epoch = "another"
  queue.end("restart")
  expect(await queue.next()).toEqual([{ kind: "bye", reason: "restart" }])
  const other = new Queue(app, who, null)
  other.hear(short)
  other.end("restart")
  expect(await other.next()).toEqual([short, { kind: "bye", reason: "restart" }])
})

test("what is fleeting is taken only by who wants it and has nothing waiting", async () => {
  await using app = await openApp()
  const here = { kind: "here", room: 1, count: 0, people: [] } as const
  expect(new Queue(app, who, 1).hint).toBeUndefined()
  const queue = new Queue(app, who, 1, true)
  expect(queue.hint?.({ ...here, people: [] })).toBe(true)
  expect(queue.hint?.({ ...here, people: [] })).toBe(false)
  expect(await queue.next()).toEqual([{ ...here, people: [] }])
  queue.hear(short)
  expect(queue.hint?.({ ...here, people: [] })).toBe(false)
  expect(await queue.next()).toEqual([short])
  expect(queue.hint?.({ ...here, people: [] })).toBe(true)
  queue.close()
  expect(queue.hint?.({ ...here, people: [] })).toBe(false)
})

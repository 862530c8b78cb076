import { expect, test } from "bun:test"
import type { Message } from "../protocol/event.ts"
import { openApp, settle } from "../test/world.ts"
import { told } from "./live/hub.ts"
import { Queue } from "./queue.ts"

test.each([3_998, 3_999, 4_000])(
  "who has %d events waiting when it becomes live, and takes none of them, is let go",
  async (waiting) => {
    await using app = await openApp()
    const { person, session } = await settle(app, "ann")
    const queue = new Queue(app, { person: person.id, name: "ann", session, after: null, room: null }, null)
    const message: Message = { kind: "message", tick: 1, id: 1, room: 1, author: person, text: "x", at: 0 }
    for (let i = 0; i < waiting; i++) queue.hear(told(message))
    queue.note({ kind: "live", cursor: "a.1" })
    for (let i = 0; i < 10 && !queue.gone; i++) queue.hear(told(message))
    expect(queue.gone).toBe(true)
    expect(await queue.next()).toEqual([{ kind: "bye", reason: "behind" }])
  },
)

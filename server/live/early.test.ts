import { expect, test } from "bun:test"
import type { Message } from "../../protocol/event.ts"
import { Early } from "./early.ts"

const said = (tick: number): Message => ({
  kind: "message",
  tick,
  id: tick,
  room: 1,
  author: { id: 1, name: "ann" },
  text: "x",
  at: 0,
})

test("so much is kept and no more; for the rest one looks at once", async () => {
  let looked = 0
  const early = new Early(
    () => 0,
    async () => void looked++,
  )
  const kept: Promise<void>[] = []
  const keep = (tick: number) => kept.push(early.keep({ event: said(tick), json: "" }))
  for (let tick = 2; tick <= 2_001; tick++) keep(tick)
  expect(looked).toBe(0)
  keep(2_002)
  expect(looked).toBe(1)
  expect(early.take(2_001)?.event.tick).toBe(2_001)
  expect(early.take(2_001)).toBeUndefined()
  expect(early.take(2_002)).toBeUndefined()
  await Promise.all(kept)
  expect(looked).toBe(2)
  expect(early.take(2_000)).toBeUndefined() // what nobody found was nothing of ours
})

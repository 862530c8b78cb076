import { expect, test } from "bun:test"
import { type Counter, counted } from "./counted.ts"

test("however the work ends, the counter stands where it stood", async () => {
  const counter: Counter = { underway: 0 }
  const seen: number[] = []
  const works: (() => Promise<unknown>)[] = [
    async () => seen.push(counter.underway),
    async () => {
      throw new Error("later")
    },
    () => {
      throw new Error("at once")
    },
    () => Promise.reject(undefined),
    () => counted(counter, async () => seen.push(counter.underway)),
  ]
  for (const work of works) {
    await counted(counter, work).catch(() => {})
    expect(counter.underway).toBe(0)
  }
  expect(seen).toEqual([1, 2])
  await Promise.allSettled(works.map((work) => counted(counter, work)))
  expect(counter.underway).toBe(0)
})

import { expect, test } from "bun:test"
import { inSteps } from "./rounds.ts"

function work(ms: number): void {
  const end = performance.now() + ms
  while (performance.now() < end);
}

test("what takes long sleeps between its steps, so that timers ring and the loop has nothing to do for a while", async () => {
  let rang = 0
  const timer = setInterval(() => rang++, 1)
  const step = inSteps()
  const slept: number[] = []
  for (let steps = 0; steps < 20; steps++) {
    work(1.2)
    const began = performance.now()
    await step()
    slept.push(performance.now() - began)
  }
  clearInterval(timer)
  expect(rang).toBeGreaterThanOrEqual(19)
  expect(Math.min(...slept)).toBeGreaterThan(0.5)
})

test("what is short goes on at once, as if it were one step", async () => {
  let others = 0
  setImmediate(() => others++)
  const step = inSteps()
  for (let steps = 0; steps < 20; steps++) await step()
  expect(others).toBe(0)
})

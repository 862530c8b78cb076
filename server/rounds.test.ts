import { expect, test } from "bun:test"
import { inSteps } from "./rounds.ts"

function work(ms: number): void {
  const end = performance.now() + ms
  while (performance.now() < end);
}

test("what takes long sleeps between its steps: a timer that is due before it wakes has rung", async () => {
  const step = inSteps()
  for (let steps = 0; steps < 10; steps++) {
    let hasRung = false
    setTimeout(() => {
      hasRung = true
    }, 0)
    work(2.2)
    await step()
    expect(hasRung).toBe(true)
  }
})

test("what is short goes on at once, as if it were one step", async () => {
  let others = 0
  setImmediate(() => others++)
  const step = inSteps()
  for (let steps = 0; steps < 20; steps++) await step()
  expect(others).toBe(0)
})

import { expect, test } from "bun:test"
import { pretendBrowser } from "./pretend.ts"
import { openRepair } from "./repair.ts"

/** A page that is drawn afresh; the test lets each redrawing come through, or fail. */
function page() {
  const browser = pretendBrowser()
  const drawing: PromiseWithResolvers<void>[] = []
  const repair = openRepair(browser, () => {
    const one = Promise.withResolvers<void>()
    drawing.push(one)
    return one.promise
  })
  return { browser, drawing, repair }
}

test("a reset is answered at once; one that comes meanwhile, once more afterwards", async () => {
  const { browser, drawing, repair } = page()
  repair()
  await browser.pass(0)
  repair()
  repair()
  await browser.pass(10_000)
  expect(drawing).toHaveLength(1)
  drawing[0]!.resolve()
  await browser.pass(1_000)
  expect(drawing).toHaveLength(2)
  drawing[1]!.resolve()
  await browser.pass(100_000)
  expect(drawing).toHaveLength(2)
})

test("what does not come through is tried again, ever more rarely", async () => {
  const { browser, drawing, repair } = page()
  repair()
  for (let second = 0; second < 3_600; second++) {
    for (const one of drawing) one.reject(new Error("no answer"))
    await browser.pass(1_000)
  }
  expect(drawing.length).toBeGreaterThan(200)
  expect(drawing.length).toBeLessThan(3_600 / 7)
})

test("a server that resets without end is not asked without end; after a calm minute it is believed again", async () => {
  const { browser, drawing, repair } = page()
  for (let second = 0; second < 3_600; second++) {
    repair()
    for (const one of drawing) one.resolve()
    await browser.pass(1_000)
  }
  expect(drawing.length).toBeLessThan(3_600 / 7)
  for (let second = 0; second < 100; second++) {
    for (const one of drawing) one.resolve()
    await browser.pass(1_000)
  }
  const before = drawing.length
  repair()
  await browser.pass(0)
  expect(drawing).toHaveLength(before + 1)
})

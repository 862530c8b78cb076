// A short run of every fault, and of every broken build, by a seed (SEED=17 for another). bin/faults runs them for as long as
// one likes.
import { expect, test } from "bun:test"
import { testSuite } from "./in-tests.ts"
import { ofOneProcess } from "./of-one-process.ts"

testSuite(ofOneProcess, 4)

test("there are broken builds enough to trust the checker", () => {
  expect(ofOneProcess.sabotages.length).toBeGreaterThanOrEqual(30)
})

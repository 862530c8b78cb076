// A short run of every fault, and of every broken build, by a seed (SEED=17 for another). bin/faults runs them for as long as
// one likes.
import { beforeAll, describe, expect, test } from "bun:test"
import { controls } from "./controls.ts"
import { nemesis } from "./nemesis.ts"
import { inWords, type Report, runFault } from "./run.ts"
import { type Caught, tryToCatch } from "./sabotage.ts"
import { sabotages } from "./sabotages.ts"

const SEED = Number(process.env.SEED ?? 1)
/** How long each fault goes on, in seconds; and how many moments of one recording the power fails at. */
const SECONDS = 1.2
const CUTS = 100
/** Runs at once: they mostly wait. */
const ABREAST = 4
const PATIENCE_MS = 240_000

/** Each run is begun in its turn, whichever test asks for it. */
const begun = new Map<string, { promise: Promise<unknown>; begin(): Promise<void> }>()

function inTurn<Result>(name: string, run: () => Promise<Result>): () => Promise<Result> {
  const { promise, resolve, reject } = Promise.withResolvers<Result>()
  promise.catch(() => {}) // told where it is asked for
  begun.set(name, { promise, begin: () => run().then(resolve, reject) })
  return () => promise
}

beforeAll(() => {
  const waiting = [...begun.values()]
  const take = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) await next.begin()
  }
  for (let i = 0; i < ABREAST; i++) void take()
})

describe("nothing said is lost, repeated or out of order under", () => {
  for (const fault of nemesis) {
    const length = fault.whole ? { cycles: CUTS } : { seconds: SECONDS }
    const report = inTurn<Report>(fault.name, () => runFault(fault, SEED, length))
    test(
      fault.name,
      async () => {
        const { violations, answered, heard } = await report()
        expect(violations, inWords(await report())).toEqual([])
        expect(Math.min(answered, heard)).toBeGreaterThan(0)
      },
      PATIENCE_MS,
    )
  }
})

describe("it is noticed where a build", () => {
  for (const sabotage of sabotages) {
    const caught = inTurn<Caught>(`broken: ${sabotage.name}`, () => tryToCatch(sabotage, SEED))
    test(
      sabotage.name,
      async () => {
        expect((await caught()).report?.violations.length ?? 0, `${sabotage.by} is to catch it`).toBeGreaterThan(0)
      },
      PATIENCE_MS,
    )
  }
})

describe("a build that is not broken is not caught by", () => {
  for (const control of controls) {
    const caught = inTurn<Caught>(control.name, () => tryToCatch(control, SEED))
    test(
      control.by,
      async () => {
        const { report } = await caught()
        expect(report, report ? inWords(report) : "").toBeNull()
      },
      PATIENCE_MS,
    )
  }
})

test("there are broken builds enough to trust the checker", () => {
  expect(sabotages.length).toBeGreaterThanOrEqual(30)
  expect(new Set(sabotages.map(({ name }) => name)).size).toBe(sabotages.length)
})

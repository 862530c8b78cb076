// A suite as tests: a short run of every fault, and of every broken build, several at once and each begun in its turn,
// whichever test asks for it.
import { afterAll, beforeAll, describe, expect, test } from "bun:test"
import { inWords, type Report } from "./run.ts"
import { type Caught, tryToCatch } from "./sabotage.ts"
import type { Stage } from "./stage.ts"
import type { Suite } from "./suite.ts"

const SEED = Number(process.env.SEED ?? 1)
/** How long each fault goes on, in seconds; and how many moments of one recording the power fails at. */
const SECONDS = 1.2
const CUTS = 100
/** For all of them together: whoever asks for the last waits for all. */
const PATIENCE_MS = 240_000

/** `abreast`: runs at once, which mostly wait. */
export function testSuite<On extends Stage>(suite: Suite<On>, abreast: number): void {
  const { faults, sabotages, routine } = suite
  const begun: (() => Promise<void>)[] = []

  function inTurn<Result>(run: () => Promise<Result>): () => Promise<Result> {
    const { promise, resolve, reject } = Promise.withResolvers<Result>()
    promise.catch(() => {}) // told where it is asked for
    begun.push(() => run().then(resolve, reject))
    return () => promise
  }

  beforeAll(() => {
    const waiting = [...begun]
    const take = async () => {
      for (let next = waiting.shift(); next; next = waiting.shift()) await next()
    }
    for (let i = 0; i < abreast; i++) void take()
  })
  afterAll(suite.close, 60_000)

  describe("nothing said is lost, repeated or out of order under", () => {
    for (const fault of faults) {
      const length = fault.whole ? { cycles: CUTS } : { seconds: SECONDS, patience: suite.patience.long }
      const report = inTurn<Report>(() => suite.run(fault, SEED, length))
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
      const caught = inTurn<Caught>(() => tryToCatch(suite, sabotage, SEED))
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
    for (const control of routine) {
      const caught = inTurn<Caught>(() => tryToCatch(suite, control, SEED))
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

  test("no two broken builds have one name", () => {
    expect(new Set(sabotages.map(({ name }) => name)).size).toBe(sabotages.length)
  })
}

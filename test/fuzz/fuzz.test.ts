// A short run of the fuzzer, with a seed that is always the same: `bin/fuzz` goes on for as long as one likes, with others.
import { describe, expect, test } from "bun:test"
import { POSTGRES_VARIABLE } from "../postgres.ts"
import { fuzz } from "./run.ts"
import { brokenBounds } from "./sabotages.ts"

const SEED = 1
const CASES = 900
const PATIENCE_MS = 120_000
const postgres = process.env[POSTGRES_VARIABLE]

test(
  "nothing that is sent ends the place, breaks it, fills its log or holds it up",
  async () => {
    const { cases, findings, statuses } = await fuzz(SEED, { seconds: 90, cases: CASES }, {}, postgres)
    expect(findings).toEqual([])
    expect(cases).toBe(CASES)
    for (const status of ["200", "303", "400", "404", "422"]) expect(statuses[status]).toBeGreaterThan(5) // it gets everywhere
  },
  PATIENCE_MS,
)

// What a build is broken in is the same on both.
if (!postgres)
  describe("it is found that in a build", () => {
    for (const { name } of brokenBounds)
      test(
        name,
        async () => {
          const { findings } = await fuzz(SEED, { seconds: 60, findings: 1 }, { sabotage: name })
          expect(findings.length).toBeGreaterThan(0)
        },
        PATIENCE_MS,
      )
  })

// A list of faults, the broken builds that are put to them, and where they take place. There are two: of a place of one
// process, and of one of several.
import type { Rule } from "./checker.ts"
import type { Fault, Length } from "./fault.ts"
import type { Build } from "./process.ts"
import type { Report } from "./run.ts"
import type { Sabotage } from "./sabotage-of.ts"
import type { Stage } from "./stage.ts"

export type Suite<On extends Stage> = {
  /** What is said to mean it: `bin/faults` and this. */
  command: string
  /** What its tables are called in the documents. */
  tables: { faults: string; broken: string }
  faults: Fault<On>[]
  run(fault: Fault<On>, seed: number, length: Length, build?: Build): Promise<Report>
  sabotages: Sabotage[]
  /** The unbroken build under each of the faults that catch one. */
  controls: Sabotage[]
  /** Those of them that are run before every change, too. */
  routine: Sabotage[]
  breaks: Record<string, Rule[]>
  /** A broken build is given so many runs, each a second longer than the one before. */
  tries: number
  /** Milliseconds to converge: usually, where it is to be caught by what never comes, and where it is to be caught by nothing
   *  or by a page, which may rightly have no answer yet for as long as the client's own timers run. */
  patience: { short: number; forGood: number; long: number }
  close(): Promise<void>
}

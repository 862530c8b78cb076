// The checker, checked: each broken build is put to the fault that must catch it, and a build that is not caught is a defect
// of the suite.
import type { Fault } from "./fault.ts"
import type { Report } from "./run.ts"
import type { Sabotage } from "./sabotage-of.ts"
import type { Stage } from "./stage.ts"
import type { Suite } from "./suite.ts"

/** Each run of a broken build goes on so much longer than the one before; a control has one run, and must not be caught. */
const SECONDS = 1
const CUTS = 100
/** At once: they mostly wait. */
const ABREAST = 3

export type Caught = { sabotage: Sabotage; isControl: boolean; report: Report | null; seconds: number; tries: number }

/** Only what breaks a rule that it is to break has caught it. A control is caught by whatever is violated. */
export async function tryToCatch<On extends Stage>(
  suite: Suite<On>,
  sabotage: Sabotage,
  seed: number,
): Promise<Caught> {
  const began = performance.now()
  const fault = faultFor(suite, sabotage)
  const isControl = suite.controls.includes(sabotage)
  const rules = suite.breaks[sabotage.name] ?? []
  if (!isControl && rules.length === 0) throw new Error(`breaks.ts does not say what "${sabotage.name}" breaks`)
  const { short, forGood, long } = suite.patience
  const patience = isControl || sabotage.page ? long : rules.includes("O8") ? forGood : short
  const most = isControl ? 1 : suite.tries
  for (let tries = 1; ; tries++) {
    const length = { seconds: SECONDS * tries, patience, ...(fault.whole && { cycles: CUTS }) }
    const report = await suite.run(fault, seed + tries - 1, length, { sabotage: sabotage.name })
    const seconds = (performance.now() - began) / 1000
    const broken = report.violations.find(({ words }) => words.includes("did not open"))
    if (broken) throw new Error(`${sabotage.name}: ${broken.words}`)
    const violations = report.violations.filter(({ rule }) => isControl || rules.includes(rule))
    if (violations.length > 0) return { sabotage, isControl, report: { ...report, violations }, seconds, tries }
    if (tries === most) return { sabotage, isControl, report: null, seconds, tries }
  }
}

/** The fault that must catch it, with nobody there who does not help. */
function faultFor<On extends Stage>({ faults }: Suite<On>, { by, page, habits }: Sabotage): Fault<On> {
  const fault = faults.find(({ name }) => name === by)
  if (!fault) throw new Error(`There is no fault called ${by}`)
  const { page: _, ...withoutPage } = fault
  return { ...(page ? fault : withoutPage), habits: { ...fault.habits, ...habits } }
}

/** All of them, or those that the words name; tells of each as it is done. */
export async function catchAll<On extends Stage>(
  suite: Suite<On>,
  words: string[],
  seed: number,
  tell: (caught: Caught) => void,
): Promise<Caught[]> {
  const chosen = [...suite.sabotages, ...suite.controls].filter(
    ({ name }) => words.length === 0 || words.some((word) => name.includes(word)),
  )
  const waiting = [...chosen]
  const done: Caught[] = []
  const take = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const caught = await tryToCatch(suite, next, seed)
      done.push(caught)
      tell(caught)
    }
  }
  await Promise.all(Array.from({ length: ABREAST }, take))
  return done
}

export function line({ sabotage, isControl, report, seconds, tries }: Caught): string {
  const [first] = report?.violations ?? []
  const after = `${seconds.toFixed(1)} s${tries > 1 ? `, ${tries} runs` : ""}`
  const why = first ? `${first.rule.padEnd(4)}${first.words}` : isControl ? "not caught, rightly" : "NOT CAUGHT"
  return `${sabotage.name.padEnd(52)}${sabotage.by.padEnd(22)}${after.padEnd(15)}${why.slice(0, 90)}`
}

/** A broken build that was not caught, or a control that was. */
export const isWrong = ({ isControl, report }: Caught) => (report !== null) === isControl

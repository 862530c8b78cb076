// The checker, checked: each broken build is put to the fault that must catch it, and a build that is not caught is a defect
// of the suite.
import { breaks } from "./breaks.ts"
import { controls } from "./controls.ts"
import { nemesis } from "./nemesis.ts"
import { type Fault, type Report, runFault } from "./run.ts"
import { type Sabotage, sabotages } from "./sabotages.ts"

/** A broken build is given so many runs, of so many seconds each, to be caught; a control has one, and must not be. */
const TRIES = 8
const SECONDS = 1
const CUTS = 100
const PATIENCE_MS = 3_000
/** More than the client's own timers: within them a page may rightly have no answer yet. */
const LONG_PATIENCE_MS = 20_000
/** At once: they mostly wait. */
const ABREAST = 3

export type Caught = { sabotage: Sabotage; report: Report | null; seconds: number; tries: number }

/** Only what breaks a rule that it is to break has caught it. A control is caught by whatever is violated. */
export async function tryToCatch(sabotage: Sabotage, seed: number): Promise<Caught> {
  const began = performance.now()
  const fault = faultFor(sabotage)
  const isControl = controls.includes(sabotage)
  const rules = breaks[sabotage.name] ?? []
  if (!isControl && rules.length === 0) throw new Error(`breaks.ts does not say what "${sabotage.name}" breaks`)
  const patience = isControl || sabotage.page || rules.includes("O8") ? LONG_PATIENCE_MS : PATIENCE_MS
  const most = isControl ? 1 : TRIES
  for (let tries = 1; ; tries++) {
    const length = { seconds: SECONDS * tries, patience, ...(fault.whole && { cycles: CUTS }) }
    const report = await runFault(fault, seed + tries - 1, length, { sabotage: sabotage.name })
    const seconds = (performance.now() - began) / 1000
    const broken = report.violations.find(({ words }) => words.includes("did not open"))
    if (broken) throw new Error(`${sabotage.name}: ${broken.words}`)
    const violations = report.violations.filter(({ rule }) => isControl || rules.includes(rule))
    if (violations.length > 0) return { sabotage, report: { ...report, violations }, seconds, tries }
    if (tries === most) return { sabotage, report: null, seconds, tries }
  }
}

/** The fault that must catch it, with nobody there who does not help. */
function faultFor({ by, page, habits }: Sabotage): Fault {
  const fault = nemesis.find(({ name }) => name === by)
  if (!fault) throw new Error(`There is no fault called ${by}`)
  const { page: _, ...withoutPage } = fault
  return { ...(page ? fault : withoutPage), habits: { ...fault.habits, ...habits } }
}

/** All of them, or those that the words name; tells of each as it is done. */
export async function catchAll(words: string[], seed: number, tell: (caught: Caught) => void): Promise<Caught[]> {
  const chosen = [...sabotages, ...controls].filter(
    ({ name }) => words.length === 0 || words.some((word) => name.includes(word)),
  )
  const waiting = [...chosen]
  const done: Caught[] = []
  const take = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const caught = await tryToCatch(next, seed)
      done.push(caught)
      tell(caught)
    }
  }
  await Promise.all(Array.from({ length: ABREAST }, take))
  return done
}

export function line({ sabotage, report, seconds, tries }: Caught): string {
  const [first] = report?.violations ?? []
  const after = `${seconds.toFixed(1)} s${tries > 1 ? `, ${tries} runs` : ""}`
  const why = first
    ? `${first.rule.padEnd(4)}${first.words}`
    : controls.includes(sabotage)
      ? "not caught, rightly"
      : "NOT CAUGHT"
  return `${sabotage.name.padEnd(44)}${sabotage.by.padEnd(15)}${after.padEnd(15)}${why.slice(0, 90)}`
}

/** A broken build that was not caught, or a control that was. */
export const isWrong = ({ sabotage, report }: Caught) => (report !== null) === controls.includes(sabotage)

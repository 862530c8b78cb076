// The checker, checked: each broken build is put to the fault that must catch it, and a build that is not caught is a defect
// of the suite.
import { nemesis } from "./nemesis.ts"
import { type Fault, type Report, runFault } from "./run.ts"
import { type Sabotage, sabotages } from "./sabotages.ts"

/** A broken build is given so many runs, of so many seconds each, to be caught. */
const TRIES = 5
const SECONDS = 1
const PATIENCE_MS = 3_000
/** At once: they mostly wait. */
const ABREAST = 3

export type Caught = { sabotage: Sabotage; report: Report | null; seconds: number; tries: number }

export async function tryToCatch(sabotage: Sabotage, seed: number): Promise<Caught> {
  const began = performance.now()
  const fault = faultFor(sabotage)
  for (let tries = 1; ; tries++) {
    const length = { seconds: SECONDS * tries, patience: PATIENCE_MS }
    const report = await runFault(fault, seed + tries - 1, length, { sabotage: sabotage.name })
    const seconds = (performance.now() - began) / 1000
    const broken = report.violations.find(({ words }) => words.includes("did not open"))
    if (broken) throw new Error(`${sabotage.name}: ${broken.words}`)
    if (report.violations.length > 0) return { sabotage, report, seconds, tries }
    if (tries === TRIES) return { sabotage, report: null, seconds, tries }
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
  const chosen = sabotages.filter(({ name }) => words.length === 0 || words.some((word) => name.includes(word)))
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
  const why = first ? `${first.rule.padEnd(4)}${first.words}` : "NOT CAUGHT"
  return `${sabotage.name.padEnd(44)}${sabotage.by.padEnd(15)}${after.padEnd(15)}${why.slice(0, 90)}`
}

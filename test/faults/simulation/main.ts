// bin/simulate [--seeds N] [--seed S] [--jobs J]: runs so many seeds from one on, in so many processes, and prints a table;
// with a seed alone, that one, as it went, and at a violation the smallest story that shows it.
// bin/simulate broken [WORD...]: puts each broken build to as many seeds as it takes.
import { chosenBy, numberIn, refuse, wordsOf } from "../../../bin/options.ts"
import { broken } from "./broken.ts"
import { load } from "./scale.ts"

/** A broken build that passes so many seeds is not caught. */
const PATIENCE = 2_000
/** Seeds between two words about how far it is. */
const OFTEN = 500
/** Violating seeds of each job that are told. */
const TOLD = 3

const { values, positionals } = wordsOf(
  "bin/simulate [--seeds N] [--seed S] [--jobs J]\nbin/simulate broken [WORD...] [--jobs J]",
  {
    seeds: { type: "string" },
    seed: { type: "string" },
    jobs: { type: "string", default: "1" },
    sabotage: { type: "string" },
    job: { type: "boolean", default: false },
  },
)
const from = numberIn("seed", values.seed ?? "1", 0)
const count = numberIn("seeds", values.seeds ?? "10000")
const jobs = numberIn("jobs", values.jobs)
if (values.sabotage && !broken.some(({ name }) => name === values.sabotage))
  refuse(`No broken build is called "${values.sabotage}": bin/simulate broken names them.`)
if (positionals.length > 0 && positionals[0] !== "broken")
  refuse(`"${positionals[0]}" means nothing here: bin/simulate --help.`)

type Sum = Record<"seeds" | "posts" | "events" | "crashes" | "cuts" | "resets" | "restores" | "violations", number>
type News = { sum: Sum; wrong?: { seed: number; rule: string; words: string } }
const none = (): Sum => ({ seeds: 0, posts: 0, events: 0, crashes: 0, cuts: 0, resets: 0, restores: 0, violations: 0 })
const add = (sum: Sum, more: Partial<Sum>) => {
  for (const [name, value] of Object.entries(more)) sum[name as keyof Sum] += value
}

/** In this process: the build that is asked for, seed by seed. */
async function run(seeds: Iterable<number>, tell: (news: News) => void, stopAtFirst: boolean): Promise<void> {
  const { simulate, planOf, Store } = await simulation()
  let store = await Store.open()
  let sum = none()
  for (const seed of seeds) {
    const { count, violations } = simulate(store, planOf(seed))
    add(sum, { ...count, seeds: 1, violations: violations.length > 0 ? 1 : 0 })
    if (violations.length > 0) {
      await store.abandon()
      store = await Store.open()
    } else if (sum.seeds % OFTEN > 0) continue
    tell({ sum, ...(violations[0] && { wrong: { seed, ...violations[0] } }) })
    sum = none()
    if (violations.length > 0 && stopAtFirst) return store.abandon()
  }
  tell({ sum })
  await store.close()
}

async function simulation() {
  load(broken.find(({ name }) => name === values.sabotage))
  const [{ simulate }, { planOf, inWords }, { Store }] = await Promise.all([
    import("./world.ts"),
    import("./plan.ts"),
    import("./store.ts"),
  ])
  return { simulate, planOf, inWords, Store }
}

function* range(first: number, count: number, step = 1): Generator<number> {
  for (let i = 0; i < count; i += step) yield first + i
}

/** In a process of its own, since a build is loaded once. */
async function job(options: string[], tell: (news: News) => void): Promise<void> {
  const child = Bun.spawn([process.execPath, import.meta.path, "--job", ...options], { stdout: "pipe", stderr: "pipe" })
  const errors = new Response(child.stderr).text()
  let rest = ""
  for await (const bytes of child.stdout) {
    const lines = (rest + new TextDecoder().decode(bytes)).split("\n")
    rest = lines.pop()!
    for (const line of lines) tell(JSON.parse(line))
  }
  if ((await child.exited) !== 0) throw new Error(`A job broke off: ${(await errors).slice(0, 2_000)}`)
}

const cell = (value: string | number) => `${value}`.padStart(11)
const columns = ["seeds", "posts", "events", "crashes", "cuts", "resets", "restores"] as const
const heading = [...columns, "seconds", "violations"].map(cell).join("")
const row = (sum: Sum, began: number) =>
  [...columns.map((name) => sum[name]), ((performance.now() - began) / 1000).toFixed(1), sum.violations]
    .map(cell)
    .join("")

async function many(): Promise<number> {
  const began = performance.now()
  const sum = none()
  const each = Math.ceil(count / jobs)
  let told = 0
  console.log(`seeds ${from} to ${from + count - 1}\n${heading}`)
  const tell = ({ sum: more, wrong }: News) => {
    add(sum, more)
    if (wrong && told++ < TOLD)
      console.log(`seed ${wrong.seed}: ${wrong.rule} ${wrong.words}\n  bin/simulate --seed ${wrong.seed}`)
    if (process.stdout.isTTY) process.stdout.write(`\r\x1b[K${row(sum, began)}`)
  }
  await Promise.all(
    Array.from({ length: jobs }, (_, i) => {
      const length = Math.min(each, count - i * each)
      return length > 0 && job(["--seed", `${from + i * each}`, "--seeds", `${length}`], tell)
    }),
  )
  if (process.stdout.isTTY) process.stdout.write("\r\x1b[K")
  console.log(row(sum, began))
  return sum.violations
}

/** One seed, twice, since it must tell the same story twice; and the least of it that goes wrong. */
async function one(seed: number): Promise<number> {
  const { simulate, planOf, inWords, Store } = await simulation()
  const tell = async () => {
    const store = await Store.open()
    const report = simulate(store, planOf(seed), 0, true)
    await store.abandon()
    return report
  }
  const report = await tell()
  if ((await tell()).history.join("\n") !== report.history.join("\n"))
    refuse(`Seed ${seed} told another story the second time: something in it is not by the seed's dice.`)
  if (report.violations.length === 0) {
    console.log([...report.history, `seed ${seed}: all is well`].join("\n"))
    return 0
  }
  const least = await (await import("./shrink.ts")).shrink(report)
  const { plan, violations, history } = least
  const odds = Object.entries(plan.odds).flatMap(([name, odd]) => (odd > 0 ? [`${name} ${odd.toFixed(2)}`] : []))
  console.log(
    [
      `seed ${seed}: of ${report.plan.actions.length} actions these ${plan.actions.length} are enough`,
      ...plan.actions.map((action) => `  ${inWords(action)}`),
      `with ${plan.servers} server${plan.servers > 1 ? "s" : ""}, ${odds.join(", ") || "no odds"}, ${plan.slow ?? "nothing"} slow`,
      "",
      ...history,
      "",
      ...violations.map(({ rule, words }) => `${rule} ${words}`),
      `bin/simulate --seed ${seed}${values.sabotage ? ` --sabotage "${values.sabotage}"` : ""}`,
    ].join("\n"),
  )
  return report.violations.length
}

async function catchAll(words: string[]): Promise<number> {
  const chosen = chosenBy(words, broken)
  const waiting = [...chosen]
  let missed = 0
  console.log(`${"broken build".padEnd(44)}${"seeds".padStart(6)}${"seconds".padStart(9)}  caught by`)
  const take = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const began = performance.now()
      const sum = none()
      let caught: News["wrong"]
      const options = ["--seed", `${from}`, "--seeds", `${PATIENCE}`, "--sabotage", next.name]
      await job(options, ({ sum: more, wrong }) => {
        add(sum, more)
        caught ??= wrong
      }).catch((error: Error) => {
        caught = undefined
        console.log(error.message)
      })
      if (!caught) missed++
      const seconds = ((performance.now() - began) / 1000).toFixed(1)
      const why = caught ? `${caught.rule.padEnd(4)}${caught.words}`.slice(0, 90) : "NOT CAUGHT"
      console.log(`${next.name.padEnd(44)}${`${sum.seeds}`.padStart(6)}${seconds.padStart(9)}  ${why}`)
    }
  }
  await Promise.all(Array.from({ length: jobs }, take))
  console.log(`${chosen.length - missed} of ${chosen.length} broken builds caught`)
  return missed
}

if (values.job) {
  process.on("unhandledRejection", (error) => {
    console.error("Nobody took care of this:", error)
    process.exit(1)
  })
  await run(range(from, count), (news) => console.log(JSON.stringify(news)), Boolean(values.sabotage))
  process.exit(0) // what a run that went wrong left under way is of no interest
}
const wrong =
  positionals[0] === "broken"
    ? await catchAll(positionals.slice(1))
    : values.seed && !values.seeds
      ? await one(from)
      : await many()
process.exit(wrong > 0 ? 1 : 0)

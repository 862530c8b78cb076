// bin/model: prints what the model says, from constants that were measured, by the same dice each time. `--save` puts it
// where docs/scaling.md has it; `--measure` takes the constants anew first.
import { readFile, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { numberIn, refuse, wordsOf } from "../../bin/options.ts"
import { root } from "../server.ts"
import { databasesFor, setupFor } from "./bounds.ts"
import { PRICES, type Prices } from "./cost.ts"
import { measure } from "./measure/all.ts"
import { constantsOf, FILE, taken } from "./measured.ts"
import { oneTable } from "./one.ts"
import { sizesTable } from "./sizes.ts"
import { tables } from "./tables.ts"

const USAGE = `bin/model                     what docs/scaling.md has for tables, from what was measured
bin/model --save              puts it there, and the sizes into docs/self-hosting.md
bin/model --measure           takes the constants anew on this machine, in a minute; nothing else should be running
bin/model --measure --whole   and what the model is held against, in two minutes more
bin/model --connections N --messages N [--places N] [--processes N]
                              one set-up in full: of each place so many processes, as many as needed if it is not said

  --audience N    connections that hear each message (100)
  --distance N    microseconds there and back between two machines (200)
  --seed N        of the simulation (1)
  --small, --core, --gigabyte, --terabyte N
                  cents a month of a small machine (${PRICES.small}), of a processor with 4 GB of memory (${PRICES.core}), of a
                  gigabyte of disk (${PRICES.gigabyte}), of a terabyte that goes out (${PRICES.terabyte})`

const flag = { type: "boolean", default: false } as const
const text = { type: "string" } as const
const { values, positionals } = wordsOf(USAGE, {
  ...{ save: flag, measure: flag, whole: flag },
  ...{ connections: text, messages: text, places: text, processes: text },
  ...{ audience: text, distance: text, seed: text, small: text, core: text, gigabyte: text, terabyte: text },
})
if (positionals.length > 0) refuse(`"${positionals[0]}" means nothing here: bin/model --help.`)
if (values.whole && !values.measure) refuse("--whole says how much to measure: say --measure, too.")

type Numbers = "connections" | "messages" | "places" | "processes" | "audience" | "distance" | "seed" | keyof Prices
const number = (name: Numbers, otherwise: number, least = 1): number =>
  values[name] === undefined ? otherwise : numberIn(name, values[name], least)
const prices = Object.fromEntries(
  Object.entries(PRICES).map(([name, cents]) => [name, number(name as keyof Prices, cents, 0)]),
) as Prices
const wish = {
  audience: number("audience", 100),
  distance: number("distance", 200, 0),
  seed: number("seed", 1, 0),
  prices,
}

if (values.connections ?? values.messages ?? values.places ?? values.processes) {
  const { connections, messages } = values
  if (connections === undefined || messages === undefined) refuse("Say both --connections and --messages.")
  if (values.save || values.measure) refuse("One set-up is neither saved nor measured: leave --save and --measure out.")
  const ask = { ...wish, connections: number("connections", 0), messages: number("messages", 0) }
  const c = constantsOf(taken())
  const needed = setupFor(ask, c)
  const places = number("places", needed.places)
  const setup = { ...needed, places, processes: number("processes", needed.processes) }
  console.log(oneTable(ask, { ...setup, databases: databasesFor(places) }, c, wish.seed))
  process.exit(0)
}

if (values.measure) await writeFile(FILE, `${JSON.stringify(await measure(values.whole), null, 2)}\n`)
const words = tables(taken(), wish)
console.log(words)
if (values.save) {
  await writeDown("docs/scaling.md", words)
  await writeDown("docs/self-hosting.md", sizesTable(constantsOf(taken()), wish))
}
process.exit(0)

/** Between its marks in the document. */
async function writeDown(file: string, words: string): Promise<void> {
  const path = join(root, file)
  const document = await readFile(path, "utf8")
  const marked = /(?<=<!-- bin\/model -->\n).*?(?=<!-- end -->)/s
  if (!marked.test(document)) throw new Error(`${file} has lost its marks: <!-- bin/model --> and <!-- end -->.`)
  await writeFile(
    path,
    document.replace(marked, () => `\n${words}\n\n`),
  )
}

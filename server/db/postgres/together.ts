// Statements that are asked in one turn, and differ in nothing but their values, go to Postgres as one. What many commands
// ask side by side then costs little more than what one asks: the way there and back, and the beginning of each statement,
// take longer than what it does. The slices do not know, and each query stays written once.
//
// A turn is what follows from one answer of Postgres: all that asked the same are answered in it, in the order in which they
// asked, and so they also ask the next thing together, in that order.
import type { ReservedSQL } from "bun"
import { inBackground } from "../../log.ts"
import type { Sql, Value } from "../sql.ts"
import { notSure } from "./out-of-reach.ts"

type Asked = { values: Value[]; resolve(rows: Row[]): void; reject(error: unknown): void }
type Row = Record<string, unknown>

/** A plain insert: it writes new rows and nothing else, and says nothing. */
const INSERT = /^\s*(insert into \w+ \([^()]*\))\s+values \(([^()]*)\)\s*$/
const SELECT = /^\s*select\b/i
/** The column that says whose a row is; no query of ours has one of that name. */
const WHOSE = "#"
type Verb = "select" | "insert" | "other"
/** What the values at one place of a statement are. */
type Kind = "bigint" | "text" | "null" | "mixed"

// What is known of a statement is kept by its template literal, which is one array for ever.
/** What each does. */
const verbs = new WeakMap<TemplateStringsArray, Verb>()
/** Each as it is asked for many, by the kinds of its values; null where it cannot be. */
const texts = new WeakMap<TemplateStringsArray, Map<string, string | null>>()

/** Asks on that connection. Once `isOver`, everything is declined unasked. */
export function together(held: ReservedSQL, isOver: () => boolean = () => false): Sql {
  let asked = new Map<TemplateStringsArray, Asked[]>()
  const send = () => {
    const all = asked
    asked = new Map()
    for (const [strings, each] of all)
      if (isOver()) for (const { reject } of each) reject(notSure())
      else inBackground(answer(held, strings, each))
  }
  return <Result>(strings: TemplateStringsArray, ...values: Value[]) =>
    new Promise<Result[]>((resolve, reject) => {
      if (asked.size === 0) process.nextTick(send) // which is when nothing more can come in this turn
      const one = { values, resolve: resolve as (rows: Row[]) => void, reject }
      const others = asked.get(strings)
      if (others) others.push(one)
      else asked.set(strings, [one])
    })
}

/** What a statement does: only a plain insert is an "insert". */
export function verbOf(strings: TemplateStringsArray): Verb {
  const known = verbs.get(strings)
  if (known) return known
  const verb = SELECT.test(strings[0]!) ? "select" : INSERT.test(textOf(strings)) ? "insert" : "other"
  verbs.set(strings, verb)
  return verb
}

/** Whatever happens, each is answered: who is not would wait for ever. */
async function answer(held: ReservedSQL, strings: TemplateStringsArray, each: Asked[]): Promise<void> {
  try {
    const kinds = kindsOf(each)
    const text = each.length > 1 && kinds.length > 0 ? textForMany(strings, kinds) : null
    if (text === null) {
      for (const { values, resolve, reject } of each)
        held(strings, ...values).then((rows: Row[]) => resolve(rowsOf(rows)), reject)
      return
    }
    const columns = kinds.flatMap((kind, at) =>
      kind === "null"
        ? []
        : [
            held.array(
              each.map(({ values }) => values[at]!),
              kind === "text" ? "TEXT" : "BIGINT",
            ),
          ],
    )
    const answers = each.map((): Row[] => [])
    for (const { [WHOSE]: whose, ...row } of rowsOf(await held.unsafe(text, columns)))
      answers[(whose as number) - 1]!.push(row)
    for (const [i, { resolve }] of each.entries()) resolve(answers[i]!)
  } catch (error) {
    for (const { reject } of each) reject(error)
  }
}

/** The statement for all of them, or null when it is not one that can be asked for many. */
function textForMany(strings: TemplateStringsArray, kinds: Kind[]): string | null {
  if (kinds.includes("mixed")) return null
  const key = kinds.join()
  const known = texts.get(strings) ?? new Map<string, string | null>()
  texts.set(strings, known)
  const text = known.has(key)
    ? known.get(key)!
    : write(
        textOf(strings, (at) => (kinds[at] === "null" ? "null" : `q.v${at}`)),
        kinds,
      )
  known.set(key, text)
  return text
}

function write(statement: string, kinds: Kind[]): string | null {
  const given = kinds.flatMap((kind, at) => (kind === "null" ? [] : [{ kind, name: `v${at}` }]))
  const lists = given.map(({ kind }, i) => `$${i + 1}::${kind}[]`).join(", ")
  const from = `unnest(${lists}) with ordinality as q (${[...given.map(({ name }) => name), "whose"].join(", ")})`
  const [, insert, values] = statement.match(INSERT) ?? []
  if (insert) return `${insert} select ${values} from ${from}`
  return SELECT.test(statement) ? `select q.whose::int as "${WHOSE}", r.* from ${from}, lateral (${statement}) r` : null
}

const textOf = (strings: TemplateStringsArray, value = (at: number) => `v${at}`): string =>
  strings.reduce((text, part, at) => text + value(at - 1) + part)

function kindsOf(each: Asked[]): Kind[] {
  return each[0]!.values.map((_, at) => {
    let kind: Kind = "null"
    for (const { values } of each) {
      const one = kindOf(values[at]!)
      if (one === kind || one === "null") continue
      kind = kind === "null" ? one : "mixed"
    }
    return kind
  })
}

const kindOf = (value: Value): Kind =>
  value === null ? "null" : typeof value === "string" ? "text" : Number.isSafeInteger(value) ? "bigint" : "mixed"

/** Whole numbers of 64 bits come as BigInt, and leave as numbers, in the very rows given: none of ours is beyond 2^53. */
export function rowsOf(rows: Row[]): Row[] {
  for (const row of rows) for (const key in row) if (typeof row[key] === "bigint") row[key] = Number(row[key])
  return [...rows]
}

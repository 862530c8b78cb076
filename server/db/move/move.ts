// Carries all rows of one database into another, and compares them one by one. Rows go in the order of their keys, a page
// in a transaction: so whatever a kill leaves behind is the beginning of each table, and the same command goes on where
// it ends. Until all is there and equal, a note among the target's migrations keeps a place from opening on it.
import { cursorAt, parseCursor } from "../../../protocol/cursor.ts"
import { MOVING, migrationsAfter } from "../migrate.ts"
import { type Column, keyIn, quoted, type Row, type Side, type Statement, type Table } from "./side.ts"

/** Rows that are read at once, and written in one transaction. The longest messages make 30 MB of them. */
const PAGE = 2_000
/** Differences that are told one by one. */
const MOST_TOLD = 10

export type Step = "moved" | "compared"
export type Tell = {
  /** Of `all` rows so many have been moved, or compared. */
  progress(step: Step, rows: number, all: number): void
  /** Something is not the same on both sides, in words. */
  differs(what: string): void
}

/** Moves the place, or goes on with it, or only compares what was moved before. The source is only read. Throws one sentence
 *  when it cannot begin. */
export async function moveRows(source: Side, target: Side, tell: Tell): Promise<{ rows: number; differences: number }> {
  const tables = await tablesOf(source)
  const history = await historyOf(source)
  const note = `${MOVING}${history.cursor}`
  const parameter = target.words.parameter(1)
  const noting: Statement = [`insert into migrations (name) values (${parameter}) on conflict do nothing`, [note]]
  const found = await whatIsIn(target, tables, history)
  if (found === "another place")
    throw new Error(`${target.name} is not empty: a move needs a database in which there is no other place.`)

  // 1. Empty tables, and from here on the note.
  if (found === "nothing" || found === "an earlier beginning") {
    await mustFit(source, tables)
    if (found === "an earlier beginning") await clear(target)
    await target.migrate()
    await mustBeAlike(source, target, tables)
    await empty(target, tables, noting)
  }
  // 2. The rows.
  const all = await countOf(source, tables)
  if (found !== "the whole") {
    let rows = await countOf(target, tables)
    for (const table of tables)
      for await (const page of pagesOf(source, table, await lastKey(target, table))) {
        await target.add(table, page)
        rows += page.length
        tell.progress("moved", rows, all)
      }
  }
  // 3. The proof.
  const compared = { rows: 0, differences: 0 }
  for (const table of tables)
    for await (const [ours, theirs] of pairsOf(source, target, table)) {
      const what = differenceBetween(table, ours, theirs)
      if (what && ++compared.differences <= MOST_TOLD) tell.differs(what)
      if (ours && ++compared.rows % PAGE === 0) tell.progress("compared", compared.rows, all)
    }
  // 4. The place may open; or the next try begins anew.
  if (compared.differences > 0) await empty(target, tables, noting)
  else if (found !== "the whole") await target.finish(note, tables)
  return compared
}

/** All tables of a place at the present, but for that of the migrations. */
async function tablesOf(source: Side): Promise<Table[]> {
  const names = await source.tables()
  if (!names.includes("migrations")) throw new Error(`There is no place in ${source.name}.`)
  const ran = await migrationsIn(source)
  if ((await migrationsAfter(ran)).length > 0)
    throw new Error(
      `The place in ${source.name} is of an older Parlour: start this one on it once, stop it, and then move.`,
    )
  return Promise.all(movable(names).map((name) => source.table(name)))
}

/** What is moved of these tables: which migrations have run, each side knows for itself. */
const movable = (names: string[]): string[] => names.filter((name) => name !== "migrations").toSorted()
const migrationsIn = async (side: Side): Promise<string[]> =>
  (await side.ask("select name from migrations")).map(([name]) => name!)

/** How far a history has come, and its epochs. */
type History = { cursor: string; line: string[] }

async function historyOf(side: Side): Promise<History> {
  const line = (await side.ask("select name from epochs order by number")).map(([name]) => name!)
  return { cursor: cursorAt(line.at(-1) ?? "", await tickOf(side)), line }
}

async function tickOf(side: Side): Promise<number> {
  const [clock] = await side.ask("select cast(tick as text) from clock")
  return Number(clock?.[0] ?? 0)
}

type Found = "nothing" | "a beginning" | "an earlier beginning" | "the whole" | "another place"

/** What a move of this history finds in the target, whose rows it may change unless they are of another place. */
async function whatIsIn(target: Side, tables: Table[], { cursor, line }: History): Promise<Found> {
  const names = await target.tables()
  if (names.length === 0) return "nothing"
  const isKnown = (name: string) => name === "migrations" || tables.some((table) => table.name === name)
  if (!names.includes("migrations") || !names.every(isKnown)) return "another place"
  const ran = await migrationsIn(target)
  const begun = ran.find((name) => name.startsWith(MOVING))?.slice(MOVING.length)
  if (begun !== undefined) {
    const left = await migrationsAfter(ran.filter((name) => !name.startsWith(MOVING)))
    if (begun === cursor && left.length === 0) return "a beginning"
    return line.includes(parseCursor(begun).epoch ?? "") ? "an earlier beginning" : "another place"
  }
  if (names.includes("epochs") && (await historyOf(target)).cursor === cursor) return "the whole"
  const isUntouched = !names.includes("clock") || (await tickOf(target)) === 0 // nothing was ever said at 0
  return isUntouched ? "nothing" : "another place"
}

/** Only a text with a NUL character is known to fit in one and not in the other. */
async function mustFit(source: Side, tables: Table[]): Promise<void> {
  for (const table of tables) {
    const [column] = await source.unfit(table)
    if (column)
      throw new Error(
        `Some ${table.name}.${column} in ${source.name} has a NUL character, which Postgres cannot keep: docs/self-hosting.md says how to take it out.`,
      )
  }
}

/** A table that only one of them has would be forgotten. */
async function mustBeAlike(source: Side, target: Side, tables: Table[]): Promise<void> {
  const theirs = await Promise.all(movable(await target.tables()).map((name) => target.table(name)))
  const all = [...tables.map((table) => [source, table] as const), ...theirs.map((table) => [target, table] as const)]
  for (const [side, table] of all) {
    const other = (side === source ? theirs : tables).find(({ name }) => name === table.name)
    if (JSON.stringify(other) !== JSON.stringify(table))
      throw new Error(
        `The table ${table.name} of ${side.name} is not one of Parlour's, or not as Parlour made it: move it elsewhere.`,
      )
  }
}

/** Empties the tables, and does something more in the same transaction. */
async function empty({ words, change }: Side, tables: Table[], more: Statement): Promise<void> {
  await change([...tables.map(({ name }): Statement => [`${words.empty} ${quoted(name)}`]), more])
}

/** Takes an unfinished move out again, note and all. */
async function clear(target: Side): Promise<void> {
  const tables = await Promise.all(movable(await target.tables()).map((name) => target.table(name)))
  await empty(target, tables, [`delete from migrations where name like '${MOVING}%'`])
}

async function countOf(side: Side, tables: Table[]): Promise<number> {
  let sum = 0
  for (const { name } of tables)
    sum += Number((await side.ask(`select cast(count(*) as text) from ${quoted(name)}`))[0]![0])
  return sum
}

// Rows in the order of their keys.

/** The pages of a table, after the key if one is given. */
async function* pagesOf(side: Side, table: Table, after: string[]): AsyncGenerator<Row[]> {
  for (;;) {
    const page = await side.ask(pageQuery(side, table, after.length > 0), after)
    if (page.length > 0) yield page
    if (page.length < PAGE) return
    after = keyOf(table, page.at(-1)!)
  }
}

function pageQuery({ words }: Side, table: Table, goesOn: boolean): string {
  const order = orderOf(words, table)
  const passed = keyColumns(table).map(
    ({ type }, at) => `cast(${words.parameter(at + 1)} as ${type === "number" ? "bigint" : "text"})`,
  )
  const after = goesOn ? `where (${order}) > (${passed})` : ""
  return `select ${textsOf(table, table.columns)} from ${quoted(table.name)} ${after} order by ${order} limit ${PAGE}`
}

/** Nothing when the table is empty. */
async function lastKey(side: Side, table: Table): Promise<string[]> {
  const order = orderOf(side.words, table).map((column) => `${column} desc`)
  const [last] = await side.ask(
    `select ${textsOf(table, keyColumns(table))} from ${quoted(table.name)} order by ${order} limit 1`,
  )
  return (last ?? []) as string[]
}

// With their table's name before them: in an "order by", Postgres would take a bare name for the text in the result.
const full = (table: Table, column: Column): string => `${quoted(table.name)}.${quoted(column.name)}`
const textsOf = (table: Table, columns: Column[]): string[] =>
  columns.map((column) => `cast(${full(table, column)} as text)`)
const orderOf = (words: Side["words"], table: Table): string[] =>
  keyColumns(table).map((column) => full(table, column) + (column.type === "text" ? words.bytewise : ""))
const keyColumns = ({ columns, key }: Table): Column[] => key.map((at) => columns[at]!)
const keyOf = ({ key }: Table, row: Row): string[] => key.map((at) => row[at]!)

// Two sides, row by row.

/** Goes through both sides at once. What only one of them has comes alone. */
async function* pairsOf(source: Side, target: Side, table: Table): AsyncGenerator<[Row | undefined, Row | undefined]> {
  const [ours, theirs] = [rowsOf(source, table), rowsOf(target, table)]
  let [one, other] = [await ours.next(), await theirs.next()]
  while (!one.done || !other.done) {
    const order = one.done ? 1 : other.done ? -1 : compareKeys(table, one.value, other.value)
    yield [order <= 0 ? (one.value as Row) : undefined, order >= 0 ? (other.value as Row) : undefined]
    if (order <= 0) one = await ours.next()
    if (order >= 0) other = await theirs.next()
  }
}

async function* rowsOf(side: Side, table: Table): AsyncGenerator<Row, undefined> {
  for await (const page of pagesOf(side, table, [])) yield* page
}

/** As both databases order them: numbers by their size, text by its bytes. */
function compareKeys({ columns, key }: Table, one: Row, other: Row): number {
  for (const at of key) {
    const [a, b] = [one[at]!, other[at]!]
    if (a === b) continue
    if (columns[at]!.type === "number") return BigInt(a) < BigInt(b) ? -1 : 1
    return Buffer.compare(Buffer.from(a), Buffer.from(b))
  }
  return 0
}

/** In words, or null. */
function differenceBetween(table: Table, one: Row | undefined, other: Row | undefined): string | null {
  if (!one) return `${table.name} ${keyIn(table, other!)} should not be there`
  if (!other) return `${table.name} ${keyIn(table, one)} is missing`
  const at = one.findIndex((value, at) => value !== other[at])
  return at < 0 ? null : `${table.name} ${keyIn(table, one)} has another ${table.columns[at]!.name}`
}

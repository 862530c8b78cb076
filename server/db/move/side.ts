// A database as a move sees it: tables, and their rows in the order of their keys, whatever they mean. Every value
// travels as text: both databases write a whole number alike, and no digit is lost on the way.

export type Row = (string | null)[]
/** A number is a whole one. */
export type Column = { name: string; type: "text" | "number" }
/** `columns` in the order of their names; `key` is where in them the columns of the primary key are, in its order. */
export type Table = { name: string; columns: Column[]; key: number[] }

export type Statement = [text: string, values?: string[]]

export type Side = {
  /** As people know it, without a password. */
  name: string
  /** How its SQL differs: a parameter, text in the order of its bytes, and how a table is emptied. */
  words: { parameter(number: number): string; bytewise: string; empty: string }
  /** The names of all its tables, whoever made them. */
  tables(): Promise<string[]>
  table(name: string): Promise<Table>
  /** A query in the subset that both share, all of whose columns are text. */
  ask(query: string, values?: string[]): Promise<Row[]>
  /** Columns in which a text is that the other kind of database cannot keep. */
  unfit(table: Table): Promise<string[]>
  /** Brings the tables up to the present. */
  migrate(): Promise<void>
  /** Inserts all of the rows or none. */
  add(table: Table, rows: Row[]): Promise<void>
  /** Runs the statements in one transaction. */
  change(statements: Statement[]): Promise<void>
  /** Takes the note away, so that a place may open. */
  finish(note: string, tables: Table[]): Promise<void>
  close(): Promise<void>
}

/** Columns by their declared types. A type that is not here is one that a move does not know how to write as text. */
const types: Record<string, Column["type"]> = { text: "text", integer: "number", bigint: "number" }

/** A table by what its database says of it: for each column its name, its type, and where in the primary key it is. */
export function tableOf(name: string, described: { name: string; type: string; place: number | null }[]): Table {
  const sorted = described.toSorted((a, b) => (a.name < b.name ? -1 : 1))
  const columns = sorted.map(({ name: column, type }) => {
    const known = types[type.toLowerCase()]
    if (!known) throw new Error(`A move does not know how to carry ${name}.${column}, which is of the type ${type}.`)
    return { name: column, type: known }
  })
  const key = sorted.flatMap(({ place }, at) => (place === null ? [] : [{ place, at }]))
  if (key.length === 0) throw new Error(`The table ${name} has no primary key, by which a move could go through it.`)
  return { name, columns, key: key.toSorted((a, b) => a.place - b.place).map(({ at }) => at) }
}

/** A name as SQL has it, whatever words it keeps for itself. */
export const quoted = (name: string): string => `"${name}"`

/** For people to read. */
export const keyIn = (table: Table, row: Row): string => table.key.map((at) => row[at]).join(", ")

// SQLite as one side of a move. A file that is moved away is opened for reading only, so that nothing can change it.
import { Database, type Statement } from "bun:sqlite"
import { migrate } from "../sqlite/migrate.ts"
import { quoted, type Row, type Side, tableOf } from "./side.ts"

/** While a million rows come in, what is read of the indexes should stay in memory. */
const CACHE_KIB = 64_000

export function openSqliteSide(path: string, role: "source" | "target"): Side {
  const database = opened(path, role)
  const inserts = new Map<string, Statement>()

  function ask(query: string, values: string[] = []): Row[] {
    const statement = database.prepare(query)
    try {
      return statement.values(...values) as Row[]
    } finally {
      statement.finalize() // one that is left over would keep the file from being closed
    }
  }

  const change: Side["change"] = async (statements) => {
    database.transaction(() => {
      for (const [text, values = []] of statements) ask(text, values)
    })()
  }

  return {
    name: path,
    words: { parameter: (number) => `?${number}`, bytewise: "", empty: "delete from" },
    tables: async () =>
      ask("select name from pragma_table_list where schema = 'main' and type = 'table'")
        .map(([name]) => name!)
        .filter((name) => !name.startsWith("sqlite_")),
    async table(name) {
      // Hidden are columns that the database computes itself.
      const rows = ask("select name, type, cast(pk as text) from pragma_table_xinfo(?1) where hidden = 0", [name])
      return tableOf(
        name,
        rows.map(([column, type, pk]) => ({ name: column!, type: type!, place: pk === "0" ? null : Number(pk) })),
      )
    },
    ask: async (query, values) => ask(query, values),
    async unfit({ name, columns }) {
      const hasNul = (column: string) =>
        ask(`select '' from ${quoted(name)} where instr(${quoted(column)}, char(0)) > 0 limit 1`).length > 0
      return columns.filter((column) => column.type === "text" && hasNul(column.name)).map((column) => column.name)
    },
    async migrate() {
      database.run("pragma journal_mode = wal")
      await migrate(database)
    },
    async add({ name, columns }, rows) {
      let insert = inserts.get(name)
      if (!insert) {
        const names = columns.map((column) => quoted(column.name))
        insert = database.prepare(`insert into ${quoted(name)} (${names}) values (${names.map(() => "+?")})`)
        inserts.set(name, insert)
      }
      const adding = insert
      database.transaction(() => {
        for (const row of rows) adding.run(...row)
      })()
    },
    change,
    finish: (note) => change([["delete from migrations where name = ?1", [note]]]),
    async close() {
      for (const statement of inserts.values()) statement.finalize()
      database.close(true)
    },
  }
}

function opened(path: string, role: "source" | "target"): Database {
  try {
    const database = new Database(path, role === "source" ? { readonly: true } : { create: true, readwrite: true })
    const first = role === "source" ? ["begin"] : ["pragma synchronous = full", `pragma cache_size = -${CACHE_KIB}`]
    for (const text of ["pragma busy_timeout = 5000", ...first]) database.run(text)
    return database
  } catch (error) {
    throw new Error(`Parlour cannot use ${path} as its database: ${(error as Error).message}.`)
  }
}

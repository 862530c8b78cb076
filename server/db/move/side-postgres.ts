// Postgres as one side of a move. It is alone with the database throughout: no place opens on it meanwhile, none that is
// cut off comes back to it, and no second move goes on there.
import { type ReservedSQL, SQL } from "bun"
import { parseAddress } from "../../../protocol/address.ts"
import { beginChanging, enterAlone } from "../postgres/locks.ts"
import { migrate } from "../postgres/migrate.ts"
import { mustBeSound } from "../postgres/sound.ts"
import { MARK } from "../postgres/timeline.ts"
import { quoted, type Row, type Side, tableOf } from "./side.ts"

/** Milliseconds to wait for a server, and for a lock that one who was killed a moment ago may still hold. */
const PATIENCE_MS = 5_000

/** Begins an epoch when the line ends with one of this very database: the history was here before, left, and comes back. That
 *  epoch would go on, and with it what was said here after the history had left. */
const CAME_BACK = `
  insert into epochs (number, name, began)
  select e.number + 1, substr(md5(random()::text), 1, 12), c.tick from epochs e, clock c
  where e.number = (select max(number) from epochs) and e.mark = (${MARK})`

/** Milliseconds until the server has surely noticed that a place was closed. */
const LEAVING_MS = 1_000

export async function openPostgresSide(url: string, role: "source" | "target"): Promise<Side> {
  const name = withoutPassword(url)
  const connection = {
    application_name: "parlour move",
    statement_timeout: "0",
    lock_timeout: `${PATIENCE_MS}`,
    idle_in_transaction_session_timeout: "0",
  }
  const pool = new SQL(url, { max: 1, connectionTimeout: PATIENCE_MS / 1000, connection })
  const sql = await pool.reserve().catch((error: Error) => {
    throw new Error(`Parlour cannot reach ${name}: ${error.message}.`)
  })
  const close = async () => {
    if (role === "source") await sql`rollback`.catch(() => {}) // the connection may be gone
    await sql.release()
    await pool.close({ timeout: 0 })
  }
  try {
    await mustBeOurs(sql, name)
    if (role === "target") await mustKeepText(sql, name)
    else await sql`begin transaction isolation level repeatable read read only`
  } catch (error) {
    await close()
    throw error
  }

  const change: Side["change"] = async (statements) => {
    await sql`begin`
    try {
      for (const [text, values = []] of statements) await sql.unsafe(text, values)
      await sql`commit`
    } catch (error) {
      await sql`rollback`.catch(() => {}) // the connection may be gone
      throw error
    }
  }

  return {
    name,
    words: { parameter: (number) => `$${number}`, bytewise: ' collate "C"', empty: "truncate" },
    async tables() {
      const rows: Row[] = await sql`
        select relname from pg_class where relnamespace = current_schema()::regnamespace and relkind in ('r', 'p')`.values()
      return rows.map(([table]) => table!)
    },
    async table(name) {
      const rows = await sql`
        select a.attname as name, format_type(a.atttypid, a.atttypmod) as type,
          array_position(i.indkey::int2[], a.attnum) as place
        from pg_attribute a left join pg_index i on i.indrelid = a.attrelid and i.indisprimary
        where a.attrelid = ${quoted(name)}::regclass and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''`
      return tableOf(name, rows)
    },
    ask: async (query, values = []) => [...(await sql.unsafe(query, values).values())] as Row[],
    unfit: async () => [], // SQLite keeps any text that Postgres has
    async migrate() {
      await mustBeSound(sql)
      await migrate(sql)
    },
    async add({ name, columns }, rows) {
      const names = columns.map((column) => quoted(column.name))
      const writer = sql
        .unsafe(`copy ${quoted(name)} (${names}) from stdin`)
        .writable()
        .getWriter()
      await writer.write(copied(rows))
      await writer.close()
    },
    change,
    async finish(note, tables) {
      await change([[CAME_BACK], ["delete from migrations where name = $1", [note]]])
      await sql.unsafe(`analyze ${tables.map((table) => quoted(table.name))}`) // or the first queries are planned blindly
    },
    close,
  }
}

function withoutPassword(url: string): string {
  const parsed = parseAddress(url)
  return parsed ? `postgres://${parsed.host}${parsed.pathname}` : "that Postgres"
}

/** Takes both locks: nobody has the place open, and nobody opens it, comes back to it or changes it until the move is over. */
async function mustBeOurs(sql: ReservedSQL, name: string): Promise<void> {
  await beginChanging(sql)
  for (const end = Date.now() + LEAVING_MS; !(await enterAlone(sql)); )
    if (Date.now() > end)
      throw new Error(`A Parlour is running on ${name}: stop it first, or what is said meanwhile would be lost.`)
}

async function mustKeepText(sql: ReservedSQL, name: string): Promise<void> {
  const [{ encoding }] = await sql`select current_setting('server_encoding') as encoding`
  if (encoding !== "UTF8")
    throw new Error(
      `${name} keeps text as ${encoding}, which has not every letter: make a database with encoding UTF8.`,
    )
}

const escapes: Record<string, string> = { "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t" }

/** Rows in the format of COPY: https://www.postgresql.org/docs/current/sql-copy.html */
const copied = (rows: Row[]): string =>
  rows.map((row) => `${row.map((value) => (value === null ? "\\N" : escaped(value))).join("\t")}\n`).join("")

const escaped = (value: string): string => value.replace(/[\\\n\r\t]/g, (character) => escapes[character]!)

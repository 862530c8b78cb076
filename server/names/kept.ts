// Names as they are kept beside the names themselves: folded to be found, and their looks to be told apart. A place that is of
// before, or of before a new table of look-alikes, is brought up to date when it is opened.
import { plain } from "../../protocol/sought.ts"
import { allOf, type Db, type Sql } from "../db/sql.ts"
import { looksOf, looksOfRoom, RULE } from "./looks.ts"
import { accountOf } from "./spelling.ts"

export type Kind = "person" | "room"
type Named = { id: number; name: string }

/** Rows in one transaction: whoever talks meanwhile, by another process, waits some tens of milliseconds. */
const BATCH = 200

/** Milliseconds: some thirty thousand names. */
const PATIENCE_MS = 5_000
const TAKES_LONG =
  "All names here are folded anew, as this version has another rule for that: Parlour opens when it is done. It may be stopped, and goes on at the next start."

/** As the columns of the table have it. */
export const kept = (name: string): { folded: string; found: string; rule: number } => ({
  folded: accountOf(name),
  found: plain(name),
  rule: RULE,
})

const looks: Record<Kind, (name: string) => string[]> = { person: looksOf, room: looksOfRoom }

/** For a name that is new. Asked side by side with the row itself. */
export async function keepLooks(sql: Sql, kind: Kind, { id, name }: Named): Promise<void> {
  await allOf(
    looks[kind](name).map((look) => sql`insert into looks (kind, look, thing) values (${kind}, ${look}, ${id})`),
  )
}

/** Who or what has a name that looks like this one. */
export async function lookAlike(sql: Sql, kind: Kind, name: string): Promise<number | undefined> {
  const found = await allOf(
    looks[kind](name).map(
      (look) => sql<{ thing: number }>`select thing from looks where kind = ${kind} and look = ${look} limit 1`,
    ),
  )
  return found.flat()[0]?.thing
}

/** Sees to whatever rows are not of the present rule, some at a time: it may be broken off, and goes on at the next start. Says so
 *  where it takes longer than anyone waits without asking why. */
export async function keepNames(db: Db, patience = PATIENCE_MS): Promise<void> {
  const began = performance.now()
  let isSaid = false
  for (const kind of ["person", "room"] as const)
    while ((await left(db.sql, kind, 1)).length > 0) {
      // Not by a timer: SQLite may leave none the time to go off.
      if (!isSaid && performance.now() - began >= patience) {
        isSaid = true
        console.error(TAKES_LONG)
      }
      await db.tx(async (sql) => {
        await allOf((await left(sql, kind, BATCH)).map((one) => keepAnew(sql, kind, one)))
      })
    }
}

const left = (sql: Sql, kind: Kind, most: number): Promise<Named[]> =>
  kind === "person"
    ? sql<Named>`select id, name from people where rule is null or rule < ${RULE} order by id limit ${most}`
    : sql<Named>`select id, name from rooms where rule is null or rule < ${RULE} order by id limit ${most}`

async function keepAnew(sql: Sql, kind: Kind, one: Named): Promise<void> {
  const { folded, found, rule } = kept(one.name)
  await sql`delete from looks where kind = ${kind} and thing = ${one.id}`
  if (kind === "person")
    await sql`update people set folded = ${folded}, found = ${found}, rule = ${rule} where id = ${one.id}`
  else await sql`update rooms set found = ${found}, rule = ${rule} where id = ${one.id}`
  await keepLooks(sql, kind, one)
}

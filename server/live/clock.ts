// The clock: one row, which whoever writes holds until it has committed. So commit order is tick order, and no tick is ever
// missing. (A sequence gives neither: readers skip what commits late.) On SQLite there is one writer; on Postgres a group
// locks the row before anything else. On both a group counts its ticks itself, and writes the row once.
import type { Event } from "../../protocol/event.ts"
import type { Sql } from "../db/sql.ts"

/** What to look for when catching up: changes with after < tick <= upTo that this person may see, oldest first.
 *  `person: null` is the hub, which sees everything; `watching` is an open room looked at without being in it. */
export type Span = { person: number | null; watching: number | null; after: number; upTo: number; limit: number }

/** A kind of thing that changes says which of its rows did. */
export type Source = (sql: Sql, span: Span) => Promise<Event[]>

/** The next tick, or the last of `count` that are taken at once; only in a transaction. */
export async function nextTick(sql: Sql, count = 1): Promise<number> {
  if (!sql.takeTicks) throw new Error("A tick is taken outside a transaction.")
  return sql.takeTicks(count)
}

export async function readClock(sql: Sql): Promise<{ tick: number }> {
  const [row] = await sql<{ tick: number }>`select tick from clock where id = 1`
  return row!
}

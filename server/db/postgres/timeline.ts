// The line of epochs on Postgres (see ../epoch.ts for what it is good for). A start shows nothing here, for many processes
// share one database. But a failover or a recovery to a point in time begins a new timeline, a dump is restored into
// another database or puts other tables in place of ours, and another server is another server: each of these begins an epoch.
import { randomBytes } from "node:crypto"
import type { ReservedSQL } from "bun"
import type { Epoch } from "../epoch.ts"

/** What tells this history from that of another server, of another database, and of this one recovered. Null on a standby. */
export const MARK = `
  select s.system_identifier || ' ' || d.oid || ' ' || 'clock'::regclass::oid || ' '
    || case when not pg_is_in_recovery() then substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8) end as mark
  from pg_control_system() s, pg_database d where d.datname = current_database()`

/** The same with the last epoch: of two standbys that take over from one primary both may count the same timeline. */
export const LINEAGE = `select (${MARK}) || ' ' || (select name from epochs order by number desc limit 1) as lineage`

/** `epochs`: the line, oldest first. `tick`: what the clock showed when it was read. */
export type History = { lineage: string; epochs: readonly Epoch[]; tick: number }

/** Begins an epoch if the history is not the one that was here; the first process that comes does. Holds the clock's row
 *  until the transaction that it runs in ends: nothing is written in a history before its epoch. */
export async function settleTimeline(sql: ReservedSQL): Promise<History> {
  const [clock] = await sql`select tick from clock where id = 1 for update`
  const tick = Number(clock.tick)
  const [{ mark }] = await sql.unsafe(MARK)
  const [last] = await sql`select number, mark from epochs order by number desc limit 1`
  if (last?.mark !== mark)
    await sql`
      insert into epochs (number, name, began, mark)
      values (${(last?.number ?? 0) + 1}, ${randomBytes(6).toString("hex")}, ${tick}, ${mark})`
  const line = (await sql`select name, began from epochs order by number`) as { name: string; began: bigint }[]
  const [{ lineage }] = await sql.unsafe(LINEAGE)
  return { lineage, epochs: line.map(({ name, began }) => ({ name, began: Number(began) })), tick }
}

// Brings a Postgres up to the present: see ../migrate.ts. Processes that start at once do so one after the other.
import type { ReservedSQL } from "bun"
import { migrationsAfter } from "../migrate.ts"
import { beginChanging, endChanging } from "./locks.ts"
import { withTimeout } from "./out-of-reach.ts"

/** Milliseconds after which a server that says nothing is given up. */
const PATIENCE_MS = 6_000

/** The same for others that start, too: on a slow machine the first may take some seconds. */
const TURN_MS = 10_000

/** Each migration may take as long as it does, on large tables; all else is answered soon, or the server is out of reach. */
export async function migrate(held: ReservedSQL, missing = migrationsAfter): Promise<void> {
  const left = await missing(await withTimeout(begin(held), TURN_MS + PATIENCE_MS))
  if (left.length > 0) await held`set statement_timeout = 0`
  for (const { file, text } of left)
    await held.unsafe(`begin; ${text}; insert into migrations (name) values ('${file}'); commit`).simple()
  if (left.length > 0) await held`reset statement_timeout`
  await withTimeout(end(held), PATIENCE_MS)
}

/** Answers which have run. */
async function begin(held: ReservedSQL): Promise<string[]> {
  await held`select set_config('lock_timeout', ${`${TURN_MS}`}, false), set_config('statement_timeout', '0', false)`
  await beginChanging(held)
  await held`reset lock_timeout`
  await held`reset statement_timeout`
  await held`create table if not exists migrations (name text primary key)`
  return ((await held`select name from migrations`) as { name: string }[]).map(({ name }) => name)
}

async function end(held: ReservedSQL): Promise<void> {
  await held`insert into clock (id, tick) values (1, 0) on conflict do nothing`
  await endChanging(held)
}

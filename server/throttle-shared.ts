// One throttle for all processes. Every 0.4 s what was taken here is added, in the database, to what was taken everywhere,
// and what others added is read: whoever has used up in one process what they may is refused in the others within a second.
// Until then each lets them have as much once more; that is counted too, and waited for. Only buckets that are more than half
// used are told of, which is hardly any: a flood of strangers is a flood of new buckets.
import { Refusal } from "../protocol/refusal.ts"
import { Outage } from "./db/outage.ts"
import type { Db } from "./db/sql.ts"
import { inBackground } from "./log.ts"
import type { Throttle } from "./throttle.ts"

/** Twice of it, and the way to the database, are less than the second that is promised. */
const EVERY_MS = 400
/** Whole buckets that one may be behind: whoever was let through in many processes at once waits no longer than for these. */
const MOST_BEHIND = 2
/** Rows of buckets that are full again, deleted at once. */
const MOST_SWEPT = 1_000
/** What was added may be committed so much later than the time it notes. */
const LATE_MS = 2_000

type Row = { name: string; full_at: number; now: number }

/** Begins to share; the answer ends it. On Postgres only: on SQLite there are no others. */
export function shareThrottle(throttle: Throttle, db: Db): () => void {
  let sharing = false
  let since = 0
  const outage = new Outage(
    (why) => `What people did here cannot be told to the other processes (${why}): those may let them do it again.`,
    "What people did here can be told to the other processes again.",
  )
  /** The database says itself that it is out of reach, and is told later. What it refuses it would refuse for ever, and with it
   *  all that comes. */
  function failed(error: Error, later: () => void): void {
    if (error instanceof Refusal) later()
    else outage.met(error.message)
  }
  async function share(): Promise<void> {
    const spent = throttle.spent()
    if (spent.length > 0)
      await add(db, JSON.stringify(spent)).then(
        () => outage.passed(),
        (error) => failed(error, () => throttle.keep(spent)),
      )
    const rows = await addedSince(db, since).catch((error) => {
      failed(error, () => {})
      return []
    })
    for (const { name, full_at, now } of rows) {
      throttle.settle(name, full_at - now)
      since = now - LATE_MS
    }
  }
  const timer = setInterval(() => {
    if (sharing) return
    sharing = true
    inBackground(
      share().finally(() => {
        sharing = false
      }),
    )
  }, EVERY_MS)
  return () => clearInterval(timer)
}

/** Each row is added to as it stands when its turn comes, so that two processes may add at once; both in one order, or each could
 *  wait for the other. Nobody who speaks waits for it. */
const add = (db: Db, spent: string): Promise<void> =>
  db.aside(async (sql) => {
    await sql`
      delete from buckets where name in (
        select name from buckets cross join (select extract(epoch from clock_timestamp()) * 1000 as now) as present
        where full_at <= now or taken_at > now
        limit ${MOST_SWEPT} for update of buckets skip locked)`
    await sql`
      insert into buckets (name, full_at, taken_at, most)
      select name, now + least(spent, ${MOST_BEHIND}::int * most), now, most
      from jsonb_to_recordset(${spent}::text::jsonb) as taken(name text, spent float8, most float8)
        cross join (select extract(epoch from clock_timestamp()) * 1000 as now) as present
      order by name
      on conflict (name) do update set taken_at = excluded.taken_at, most = excluded.most,
        full_at = least(greatest(buckets.full_at, excluded.taken_at) + excluded.full_at - excluded.taken_at,
          excluded.taken_at + ${MOST_BEHIND}::int * excluded.most)`
  })

/** The database's clock may have gone back, with another server too: what was taken later than now is not looked at, or someone
 *  would wait until it is that late again. */
const addedSince = ({ sql }: Db, since: number): Promise<Row[]> => sql<Row>`
  select name, full_at, now
  from buckets cross join (select (extract(epoch from clock_timestamp()) * 1000)::bigint as now) as present
  where taken_at > least(${since}::bigint, now - ${LATE_MS}::int) and taken_at <= now`

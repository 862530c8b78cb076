// The tables of who is here, by way of the database: each process writes its own, whole, and reads those of the others. While
// a bus carries what changes, that is done every few seconds, for what the bus may have lost; without one it is how processes
// hear of each other at all, and is done at each tick. Then who is typing goes along with it.

import type { Author, Stopped, Typing } from "../../protocol/event.ts"
import type { Db } from "../db/sql.ts"
import { inBackground, logUnlessRefused } from "../log.ts"
import type { Word } from "./bus.ts"
import type { Presence, Table } from "./presence.ts"

/** What a process that is gone has left behind is swept away after so many lifetimes. */
const SWEPT = 3
/** So many processes' last words are remembered, or they would be read again; far more than there are at a time. */
const MOST_KNOWN = 1_000
/** Whoever was typing is told of it while their process was heard within so many beats: one may be late. */
const FRESH_BEATS = 2
/** How long a process that stops waits for a database that does not answer. */
const LAST_WORDS_MS = 1_000

type Row = Omit<Table, "people" | "leaving"> & { people: string | null; leaving: number; typing: string }

export type Sharing = {
  /** Something is said here that the others may not hear by the bus. */
  say(word: Word): void
  /** Says that this process stops. */
  leave(): Promise<void>
}

/** Begins to share, and has read the others once when it resolves. On Postgres only: on SQLite there are no others. */
export async function sharePresence(
  presence: Presence,
  db: Db,
  { isCarried, hear }: { isCarried: () => boolean; hear: (word: Typing | Stopped) => void },
): Promise<Sharing> {
  const { tick, beat, lifetime } = presence.spans
  const known = new Map<string, number>()
  const typing: (Typing | Stopped)[] = []
  let written = -1
  let writtenAt = Number.NEGATIVE_INFINITY
  /** Whether the database answered last. That it does not it says itself. */
  let answers = true
  let sharing: Promise<void> | null = null

  async function share(leaving = false): Promise<void> {
    if (leaving || isDue() || typing.length > 0 || presence.isNewer(written)) await writeOwn(leaving)
    if (leaving) return
    const read = [...known].map(([process, number]) => ({ process, number, version: presence.versionOf(process) }))
    const rows = await others(db, presence.process, JSON.stringify(read), lifetime).catch(() => [])
    for (const row of rows) take(row)
    forget()
  }

  const isDue = () => performance.now() - writtenAt >= beat - tick / 2

  async function writeOwn(leaving: boolean): Promise<void> {
    writtenAt = performance.now()
    const said = JSON.stringify(typing.splice(0))
    const table = { ...presence.table(written), leaving }
    await write(db, table, said, SWEPT * lifetime)
      .then((isWhole) => {
        written = isWhole ? table.version : -1
        if (!isWhole) writtenAt = Number.NEGATIVE_INFINITY // at the next tick
        answers = true
      })
      .catch(() => {
        answers = false
      })
  }

  function take({ typing, people, leaving, ...row }: Row): void {
    known.set(row.process, row.number)
    const all = people === null ? null : (JSON.parse(people) as Author[])
    presence.read([{ ...row, people: all, leaving: leaving === 1 }])
    if (row.age < FRESH_BEATS * beat) for (const word of JSON.parse(typing) as (Typing | Stopped)[]) hear(word)
  }

  /** There are few processes at a time, and many in a year. */
  function forget(): void {
    for (const [process] of known) if (known.size > MOST_KNOWN) known.delete(process)
  }

  const begin = (leaving = false) => {
    sharing = share(leaving)
      .catch(logUnlessRefused)
      .finally(() => {
        sharing = null
      })
    return sharing
  }
  await begin()
  const timer = setInterval(() => {
    if (!sharing && (isDue() || !isCarried())) inBackground(begin())
  }, tick)

  return {
    say(word) {
      if (word.kind !== "moves" && !isCarried()) typing.push(word)
    },
    async leave() {
      clearInterval(timer)
      const said = (async () => {
        await sharing
        if (answers) await begin(true)
      })()
      await Promise.race([said, new Promise((resolve) => setTimeout(resolve, LAST_WORDS_MS).unref())])
    },
  }
}

/** Answers whether all its people stand there now: others may have swept them away, if it was silent for long, or a standby
 *  that took over may have others of before. */
const write = (
  db: Db,
  { process, number, version, people, leaving }: Table,
  typing: string,
  old: number,
): Promise<boolean> =>
  db.tx(async (sql) => {
    await sql`
      delete from presence using (select (extract(epoch from clock_timestamp()) * 1000)::bigint as now) as present
      where at < now - ${old}::bigint or at > now`
    const [row] = await sql<{ whole: boolean }>`
      insert into presence (process, number, version, people, typing, leaving, at)
      values (${process}, ${number}, ${version}, ${people && JSON.stringify(people)}, ${typing}, ${leaving ? 1 : 0},
        (extract(epoch from clock_timestamp()) * 1000)::bigint)
      on conflict (process) do update set
        number = excluded.number, version = excluded.version,
        people = coalesce(excluded.people, case when presence.version = excluded.version then presence.people end),
        typing = excluded.typing, leaving = excluded.leaving, at = excluded.at
      returning people is not null as whole`
    return row!.whole
  })

/** What is new since we read it last: of people only where their version is. What was written later than now is of before the
 *  database's clock went back, and whoever still lives writes it anew. */
const others = ({ sql }: Db, me: string, known: string, lifetime: number): Promise<Row[]> => sql<Row>`
  select p.process, p.number, p.version, p.typing, p.leaving,
    case when p.version > coalesce(k.version, -1) then p.people end as people, now - p.at as age
  from presence p
    cross join (select (extract(epoch from clock_timestamp()) * 1000)::bigint as now) as present
    left join jsonb_to_recordset(${known}::text::jsonb) as k(process text, number bigint, version bigint) using (process)
  where p.process <> ${me} and p.number > coalesce(k.number, -1)
    and p.at > now - ${lifetime}::bigint and p.at <= now`

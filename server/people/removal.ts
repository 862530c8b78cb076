// Taking someone who was removed out of their rooms. What denies stands by then: they have no session and no password, and
// whoever reads or does something is asked for a session that stands. So this may take its time, and everybody else goes on: a
// few rooms at once, each time in a transaction of its own. Who is still to be taken out stands in the table of removals: after a
// restart, or when the process that began has died, any process goes on, and two that do so at once do no harm.
import { setTimeout as sleep } from "node:timers/promises"
import type { Author, Member } from "../../protocol/event.ts"
import { Refusal } from "../../protocol/refusal.ts"
import type { App } from "../app.ts"
import type { Sql } from "../db/sql.ts"
import { logUnlessRefused } from "../log.ts"
import { leaveSome } from "../rooms/membership.ts"

/** Rooms in one transaction: a bound on how long everybody waits. */
export const BATCH = 100
/** Milliseconds between two of them, in which whoever waited has their turn. */
const PAUSE_MS = 20
/** Milliseconds between two looks for what another process has left undone. */
const LOOK_MS = 5_000
/** And that somebody who is let in again waits for it. */
const PATIENCE_MS = 8_000

/** Of the rooms that they are in the first few; and a note if there are more. */
export async function takeOut(sql: Sql, person: Author): Promise<Member[]> {
  const left = await leaveSome(sql, person, BATCH)
  if (left.length < BATCH) await sql`delete from removals where person = ${person.id}`
  else
    await sql`
      insert into removals (person, at) values (${person.id}, ${Date.now()}) on conflict (person) do nothing`
  return left
}

/** Whether they are still in rooms of which their removal is to take them out. */
const isUnderWay = async (sql: Sql, person: number): Promise<boolean> =>
  (await sql`select 1 from removals where person = ${person}`).length > 0

/** Refuses to let someone in again who is in rooms still: they come back to none. */
export async function mustBeOut(sql: Sql, person: number): Promise<void> {
  if (await isUnderWay(sql, person))
    throw new Refusal("try_again", "They are still being taken out of their rooms. Try again in a few seconds.")
}

export type Removals = {
  /** There is something to do. */
  wake(): void
  /** Resolves when that person is out of all rooms, or after a while. */
  finish(person: number): Promise<void>
  close(): Promise<void>
}

/** Goes on with what was left undone, from the start on. */
export function carryOutRemovals(app: Pick<App, "db" | "bus">): Removals {
  let over = false
  let asked = false
  let working: Promise<void> | null = null

  /** Answers whether there may be more to do. */
  async function step(): Promise<boolean> {
    const { bus } = app // of this epoch: see perform
    const left = await app.db.tx(async (sql) => {
      const [next] = await sql<Author>`
        select p.id, p.name from removals r join people p on p.id = r.person order by r.at, r.person limit 1`
      return next ? takeOut(sql, next) : null
    })
    for (const member of left ?? []) bus.publish(member)
    return left !== null
  }

  async function work(): Promise<void> {
    while (asked && !over) {
      asked = false
      while (!over && (await step())) await sleep(PAUSE_MS)
    }
  }

  function wake(): void {
    asked = true
    working ??= work()
      .catch(logUnlessRefused) // the database says itself that it is away; the next look tries again
      .finally(() => {
        working = null
      })
  }

  async function look(): Promise<void> {
    if ((await app.db.sql`select 1 from removals limit 1`).length > 0) wake()
  }

  let looked = look().catch(logUnlessRefused)
  const looking = setInterval(() => {
    looked = look().catch(logUnlessRefused)
  }, LOOK_MS)
  return {
    wake,
    async finish(person) {
      const end = performance.now() + PATIENCE_MS
      while (!over && performance.now() < end && (await isUnderWay(app.db.sql, person))) {
        wake()
        await sleep(PAUSE_MS)
      }
    },
    async close() {
      over = true
      clearInterval(looking)
      await looked
      await working
    },
  }
}

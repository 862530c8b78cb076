// Where one is signed in, and ending that from afar: a phone that was lost, a computer of somebody else's.
import type { CommandOf } from "../../protocol/command.ts"
import type { App } from "../app.ts"
import { type Caller, mustBeSignedIn } from "../caller.ts"
import type { Sql } from "../db/sql.ts"
import type { Outcome } from "../outcome.ts"
import { bounds } from "../standing.ts"
import { endOldest, endOne, MOST_SESSIONS } from "./session.ts"

/** `at`: when it began; `seen`: when it was last known to be used. Milliseconds since 1970. */
export type Listed = { id: string; device: string; at: number; seen: number }

/** Those of a person that stand, the last used first. */
export async function listSessions(sql: Sql, person: number): Promise<Listed[]> {
  const { begun, used } = bounds()
  return sql<Listed>`
    select id, device, at, seen from sessions
    where person = ${person} and ended is null and at > ${begun} and seen > ${used}
    order by seen desc, at desc limit ${MOST_SESSIONS}`
}

/** One that is not theirs, or is over, is left as it is. */
export async function endSession(
  { db }: App,
  caller: Caller,
  { session }: CommandOf<"endSession">,
): Promise<Outcome<null>> {
  const { id } = mustBeSignedIn(caller)
  return db.tx(async (sql) => {
    const theirs = await sql`select 1 from sessions where id = ${session} and person = ${id}`
    return { answer: null, changes: theirs.length > 0 ? await endOne(sql, session) : [] }
  })
}

/** All but the one by which it is asked. Answers how many that were. */
export async function endOtherSessions(
  { db }: App,
  caller: Caller,
  _: CommandOf<"endOtherSessions">,
): Promise<Outcome<number>> {
  const { id } = mustBeSignedIn(caller)
  return db.tx(async (sql) => {
    const changes = await endOldest(sql, id, { keep: caller.session ?? "" })
    return { answer: changes.length, changes }
  })
}

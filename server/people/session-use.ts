// What becomes of a session while it is used: that it is, is noted once an hour, and once a day it gets another token, so that a
// copy of the cookie is soon worth nothing.
//
// An answer may be lost, and with it the token that it carried. So the new one is offered first. It takes the place of the old one
// when it is used: then its browser has it for certain. The old one is good for a minute longer, for what that browser had
// asked just before. Who goes on with the old one, as programs do that keep no cookies, is offered another in an hour.
import type { Db, Sql } from "../db/sql.ts"
import { hashOf, newToken, type Session } from "./session.ts"

const HOUR = 60 * 60 * 1000
const DAY = 24 * HOUR
/** Milliseconds that the token before is good for. */
export const GRACE_MS = 60_000

/** Notes that it is used by this token: nothing, if that is known. Answers the token that its browser is to have from now on, if
 *  that is another: never where no answer could carry it. */
export function useSession(
  db: Db,
  session: Session,
  token: string,
  canCarry: () => boolean,
): Promise<string | null> | null {
  const now = Date.now()
  if (session.by === "offered") return db.tx((sql) => takeOver(sql, session.id, hashOf(token), now))
  const isDue = session.by === "present" && session.turned < now - DAY && session.offeredAt < now - HOUR
  if (isDue && canCarry()) return db.tx((sql) => offer(sql, session.id, now))
  return session.seen < now - HOUR ? db.tx((sql) => touch(sql, session.id, now)) : null
}

/** Of those who ask at the same moment one does it; for the others it is done. */
async function takeOver(sql: Sql, id: string, offered: string, now: number): Promise<null> {
  await sql`
    update sessions set former = hash, former_until = ${now + GRACE_MS}, hash = offered, offered = null, offered_at = 0,
      turned = ${now}, seen = ${now}
    where id = ${id} and offered = ${offered} and ended is null`
  return null
}

/** Of those who ask at the same moment one gets it. */
async function offer(sql: Sql, id: string, now: number): Promise<string | null> {
  const token = newToken()
  const given = await sql`
    update sessions set offered = ${hashOf(token)}, offered_at = ${now}, seen = ${now}
    where id = ${id} and ended is null and offered_at < ${now - HOUR} and turned < ${now - DAY} returning id`
  return given.length > 0 ? token : null
}

/** Notes that it is used at that time, if that was not noted within the hour. `now`: milliseconds since 1970. */
export async function touch(sql: Sql, id: string, now: number): Promise<null> {
  await sql`update sessions set seen = ${now} where id = ${id} and seen < ${now - HOUR}`
  return null
}

// Whether a session stands. It is asked when something is done or read in someone's name, and not only when their request was
// let in: a body may be held back for a minute after that, and a session may end in another process.
import { Refusal } from "../protocol/refusal.ts"
import { type Caller, operator } from "./caller.ts"
import type { Sql } from "./db/sql.ts"

const DAY = 24 * 60 * 60 * 1000

/** Days after which a session is over that has not been used. */
export const SESSION_DAYS = 90
/** And days after which it is over however much it is used: a cookie that was stolen is worth nothing then. */
export const LONGEST_DAYS = 365

/** A session stands that began after the first of these, was last used after the second, and has not been ended. */
export const bounds = (now = Date.now()): { begun: number; used: number } => ({
  begun: now - LONGEST_DAYS * DAY,
  used: now - SESSION_DAYS * DAY,
})

/** Whoever is removed has none that stands, so that this also says that they may not. */
export async function sessionStands(sql: Sql, id: string): Promise<boolean> {
  const { begun, used } = bounds()
  const rows = await sql`
    select 1 from sessions where id = ${id} and ended is null and at > ${begun} and seen > ${used}`
  return rows.length > 0
}

/** Refuses whoever's session has ended since they were let in, and who has none. The command line's stands for ever. */
export async function mustStand(sql: Sql, { session }: Pick<Caller, "session">): Promise<void> {
  if (session === operator.session) return
  if (session === null || !(await sessionStands(sql, session))) throw new Refusal("unauthorized", "Sign in first.")
}

// Sessions. The browser holds a random token, the database its hash: reading the table lets nobody in.
import { createHash, randomBytes } from "node:crypto"
import type { Ended, Role } from "../../protocol/event.ts"
import { Refusal } from "../../protocol/refusal.ts"
import type { Caller } from "../caller.ts"
import type { Sql } from "../db/sql.ts"
import { nextTick, type Span } from "../live/clock.ts"

/** A session that has not been used for so long is over. */
export const SESSION_DAYS = 90
const DAY = 24 * 60 * 60 * 1000

export type Session = { id: string; person: { id: number; name: string; role: Role }; seen: number }

/** 256 bits, safe in an address and in a cookie. */
export const newToken = (): string => randomBytes(32).toString("base64url")
export const hashOf = (token: string): string => createHash("sha256").update(token).digest("hex")

/** Answers the token: it is in no other place, and is not shown again. */
export async function insertSession(sql: Sql, person: number): Promise<string> {
  const token = newToken()
  const now = Date.now()
  await sql`
    insert into sessions (id, hash, person, at, seen)
    values (${randomBytes(9).toString("base64url")}, ${hashOf(token)}, ${person}, ${now}, ${now})`
  return token
}

export async function findSession(sql: Sql, token: string): Promise<Session | undefined> {
  const [row] = await sql<{ id: string; person: number; name: string; role: Role; seen: number }>`
    select s.id, s.person, p.name, p.role, s.seen from sessions s join people p on p.id = s.person
    where s.hash = ${hashOf(token)} and s.ended is null and s.seen > ${Date.now() - SESSION_DAYS * DAY}`
  return row && { id: row.id, person: { id: row.person, name: row.name, role: row.role }, seen: row.seen }
}

export async function sessionStands(sql: Sql, id: string): Promise<boolean> {
  return (await sql`select 1 from sessions where id = ${id} and ended is null`).length > 0
}

/** Refuses whoever's session has ended since they were let in. */
export async function mustStand(sql: Sql, { session }: Caller): Promise<void> {
  if (session !== null && !(await sessionStands(sql, session))) throw new Refusal("unauthorized", "Sign in first.")
}

/** Once a day is often enough to know that a session is used. */
export const isStale = (session: Session): boolean => session.seen < Date.now() - DAY

export async function touchSession(sql: Sql, id: string): Promise<void> {
  await sql`update sessions set seen = ${Date.now()} where id = ${id}`
}

/** A browser holds one session: the one that it came with ends when it gets another. Answers what is to be told. */
export const endReplaced = (sql: Sql, { session }: Caller): Promise<Ended[]> =>
  session === null ? Promise.resolve([]) : endSession(sql, session)

export async function endSession(sql: Sql, id: string): Promise<Ended[]> {
  return end(sql, await sql<Standing>`select id, person from sessions where id = ${id} and ended is null`)
}

export async function endSessionsOf(sql: Sql, person: number): Promise<Ended[]> {
  return end(sql, await sql<Standing>`select id, person from sessions where person = ${person} and ended is null`)
}

type Standing = { id: string; person: number }

/** What ended longer ago every process has heard of. */
async function end(sql: Sql, sessions: Standing[]): Promise<Ended[]> {
  const now = Date.now()
  await sql`delete from sessions where tick > 0 and ended < ${now - DAY}`
  const ended: Ended[] = []
  for (const { id, person } of sessions) {
    const tick = await nextTick(sql)
    await sql`update sessions set ended = ${now}, tick = ${tick} where id = ${id}`
    ended.push({ kind: "ended", tick, person, session: id })
  }
  return ended
}

/** For the hubs alone: no client hears of it. */
export async function endedSessions(sql: Sql, { person, after, upTo, limit }: Span): Promise<Ended[]> {
  if (person !== null) return []
  const rows = await sql<{ tick: number; person: number; id: string }>`
    select tick, person, id from sessions where tick > 0 and tick > ${after} and tick <= ${upTo}
    order by tick limit ${limit}`
  return rows.map(({ tick, person, id }) => ({ kind: "ended", tick, person, session: id }))
}

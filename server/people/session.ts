// Sessions. The browser holds a random token, the database its hash: reading the table lets nobody in.
import { hash as digest, randomBytes } from "node:crypto"
import type { Ended, Role } from "../../protocol/event.ts"
import type { Caller } from "../caller.ts"
import type { Sql } from "../db/sql.ts"
import { nextTick, type Span } from "../live/clock.ts"
import { bounds } from "../standing.ts"
import { browserName } from "./browser-name.ts"

/** Sessions of one person: browsers, phones, programs. Whoever begins one more ends the one that was not used for longest. */
export const MOST_SESSIONS = 50
/** A session that ended is kept for so many milliseconds, for every process to hear of it. */
const KEPT_MS = 24 * 60 * 60 * 1000
/** Of those kept longer so many go at once, as everybody waits meanwhile. */
const MOST_FORGOTTEN = 200

/** By which of its tokens it was found: the one it has, the one it was offered, or the one before. */
export type Token = "present" | "offered" | "former"

export type Session = {
  id: string
  person: { id: number; name: string; role: Role }
  /** Milliseconds since 1970: when it was last known to be used, when its token last changed, and when another was offered. */
  seen: number
  turned: number
  offeredAt: number
  by: Token
}

/** 256 bits, as letters and digits: some stand in links, of which programs often take a sign at the end for the sentence's. Two
 *  letters stand for two signs each, which leaves 255. */
export const newToken = (): string =>
  randomBytes(32)
    .toString("base64url")
    .replace(/[-_]/g, (sign) => (sign === "-" ? "x" : "y"))
/** In one call: it is asked for with every request. */
export const hashOf = (token: string): string => digest("sha256", token, "hex")

/** A browser holds one session: the one that it came with ends when it gets another. Answers the token of the new one, and the
 *  ends that are to be told. */
export async function beginSession(
  sql: Sql,
  caller: Caller,
  person: number,
): Promise<{ token: string; ended: Ended[] }> {
  const replaced = caller.session === null ? [] : await endOne(sql, caller.session)
  const surplus = await endOldest(sql, person, { leave: MOST_SESSIONS - 1 })
  return { token: await insertSession(sql, person, browserName(caller.agent)), ended: [...replaced, ...surplus] }
}

/** Answers the token: it is in no other place, and is not shown again. */
export async function insertSession(sql: Sql, person: number, device = ""): Promise<string> {
  const token = newToken()
  const now = Date.now()
  await sql`
    insert into sessions (id, hash, person, at, seen, turned, device)
    values (${randomBytes(9).toString("base64url")}, ${hashOf(token)}, ${person}, ${now}, ${now}, ${now}, ${device})`
  return token
}

type Row = {
  id: string
  person: number
  name: string
  role: Role
  seen: number
  turned: number
  offered_at: number
}

const toSession = ({ id, person, name, role, seen, turned, offered_at }: Row, by: Token): Session => ({
  id,
  person: { id: person, name, role },
  seen,
  turned,
  offeredAt: offered_at,
  by,
})

/** The session that stands and has this token: the one of its cookie, the one it was offered, or for a minute the one before. */
export async function findSession(sql: Sql, token: string): Promise<Session | undefined> {
  const hash = hashOf(token)
  const { begun, used } = bounds()
  const [row] = await sql<Row>`
    select s.id, s.person, p.name, p.role, s.seen, s.turned, s.offered_at
    from sessions s join people p on p.id = s.person
    where s.hash = ${hash} and s.ended is null and s.at > ${begun} and s.seen > ${used}`
  return row ? toSession(row, "present") : findByAnother(sql, hash)
}

/** By the token that it was offered, or the one that it had. Between the two questions it may have changed: so this one asks for
 *  all of them. */
async function findByAnother(sql: Sql, hash: string): Promise<Session | undefined> {
  const { begun, used } = bounds()
  const [row] = await sql<Row & { hash: string; offered: string | null }>`
    select s.id, s.person, p.name, p.role, s.seen, s.turned, s.offered_at, s.hash, s.offered
    from sessions s join people p on p.id = s.person
    where (s.hash = ${hash} or s.offered = ${hash} or (s.former = ${hash} and s.former_until > ${Date.now()}))
      and s.ended is null and s.at > ${begun} and s.seen > ${used}`
  return row && toSession(row, row.hash === hash ? "present" : row.offered === hash ? "offered" : "former")
}

/** Answers its end, to be told; nothing if it was over. */
export async function endOne(sql: Sql, id: string): Promise<Ended[]> {
  const [row] = await sql<{ person: number }>`select person from sessions where id = ${id} and ended is null`
  if (!row) return []
  const { person } = row
  const tick = await nextTick(sql)
  await forgetSome(sql)
  await sql`update sessions set ended = ${Date.now()}, tick = ${tick} where id = ${id}`
  return [{ kind: "ended", tick, person, session: id }]
}

/** Those of a person but for `leave`, the newest, and but for `keep`: by as few statements as one. */
export async function endOldest(sql: Sql, person: number, { leave = 0, keep = "" } = {}): Promise<Ended[]> {
  const [row] = await sql<{ count: number }>`
    select count(*) as count from sessions where person = ${person} and ended is null and id <> ${keep}`
  const most = Math.max(0, row!.count - leave)
  if (most === 0) return []
  const before = (await nextTick(sql, most)) - most
  await forgetSome(sql)
  const rows = await sql<{ id: string; tick: number }>`
    update sessions set ended = ${Date.now()}, tick = ${before} + oldest.number
    from (
      select id, row_number() over (order by seen, id) as number from sessions
      where person = ${person} and ended is null and id <> ${keep} order by seen, id limit ${most}
    ) as oldest
    where sessions.id = oldest.id
    returning sessions.id as id, sessions.tick as tick`
  return rows.sort((a, b) => a.tick - b.tick).map(({ id, tick }) => ({ kind: "ended", tick, person, session: id }))
}

async function forgetSome(sql: Sql): Promise<void> {
  await sql`
    delete from sessions where id in (
      select id from sessions where ended < ${Date.now() - KEPT_MS} order by ended limit ${MOST_FORGOTTEN}
    )`
}

/** For the hubs alone: no client hears of it. */
export async function endedSessions(sql: Sql, { person, after, upTo, limit }: Span): Promise<Ended[]> {
  if (person !== null) return []
  const rows = await sql<{ tick: number; person: number; id: string }>`
    select tick, person, id from sessions where tick > 0 and tick > ${after} and tick <= ${upTo}
    order by tick limit ${limit}`
  return rows.map(({ tick, person, id }) => ({ kind: "ended", tick, person, session: id }))
}

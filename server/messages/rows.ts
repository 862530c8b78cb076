// Messages, as the database has them.
import type { Change, Message } from "../../protocol/event.ts"
import type { Stretch } from "../../view/snapshot.ts"
import type { Sql } from "../db/sql.ts"
import type { Span } from "../live/clock.ts"
import { weightOf } from "./weight.ts"

/** Bytes of text, as it is drawn, after which a stretch of messages ends, whatever its limit: an answer that nobody takes is
 *  held. */
export const LONG_ENOUGH = 256 * 1024
/** Rows that are read without a look at how long they are: of the longest messages, two megabytes and some milliseconds. Of more it
 *  is asked first, which reads none of the text. */
export const FEW = 64

type Row = {
  id: number
  room: number
  author: number
  name: string
  text: string | null
  at: number
  tick: number
  nonce: string | null
}

const toMessage = ({ author, name, nonce, ...rest }: Row): Message => ({
  kind: "message",
  ...rest,
  author: { id: author, name },
  ...(nonce !== null && { nonce }),
})

/** What was said, and what became of what was said before. A message that is as it was born is found by its id, which
 *  is its tick; the others by the index of edited rows. */
export async function changedMessages(sql: Sql, { person, watching, after, upTo, limit }: Span): Promise<Change[]> {
  const born = await sql<Row>`
    select * from said where id > ${after} and id <= ${upTo} and tick = id
      and (cast(${person} as bigint) is null or room = ${watching}
           or room in (select room from members where person = ${person} and present = 1))
    order by id limit ${limit}`
  const edited = await sql<Row>`
    select * from said where tick > id and tick > ${after} and tick <= ${upTo}
      and (cast(${person} as bigint) is null or room = ${watching}
           or room in (select room from members where person = ${person} and present = 1))
    order by tick limit ${limit}`
  return [...born, ...edited]
    .sort((a, b) => a.tick - b.tick)
    .slice(0, limit)
    .map(toMessage)
}

/** The same, only at which ticks, and how many bytes of text. */
export async function ticksOfMessages(
  sql: Sql,
  { person, watching, after, upTo, limit }: Span,
): Promise<{ tick: number; bytes: number | null }[]> {
  return sql<{ tick: number; bytes: number | null }>`
    select tick, octet_length(text) as bytes from messages
    where ((id > ${after} and id <= ${upTo} and tick = id) or (tick > id and tick > ${after} and tick <= ${upTo}))
      and (cast(${person} as bigint) is null or room = ${watching}
           or room in (select room from members where person = ${person} and present = 1))
    order by tick limit ${limit}`
}

/** The newest messages of a room with an id below `before`, oldest first: at most `limit`, or as many as are long enough. */
export async function messagesBefore(sql: Sql, room: number, before: number, limit: number): Promise<Message[]> {
  const { nearest } = await readBefore(sql, room, before, limit)
  return nearest
}

/** The oldest messages of a room with an id above `after`, oldest first: at most `limit`, or as many as are long enough. */
export async function messagesAfter(sql: Sql, room: number, after: number, limit: number): Promise<Message[]> {
  const { nearest } = await readAfter(sql, room, after, limit)
  return nearest
}

/** The messages nearest to a place in a room's history on one side of it, oldest first, and whether there are more. */
type Nearest = { nearest: Message[]; more: boolean }

async function readBefore(sql: Sql, room: number, before: number, limit: number, share = 1): Promise<Nearest> {
  const most = await affordable(
    limit,
    share,
    (most) => sql<Length>`
    select octet_length(text) as bytes from messages where room = ${room} and id < ${before}
    order by id desc limit ${most}`,
  )
  const rows = await sql<Row>`
    select * from said where room = ${room} and id < ${before}
    order by id desc limit ${most + 1}`
  const count = enough(rows, limit, share)
  return { nearest: rows.slice(0, count).map(toMessage).reverse(), more: rows.length > count }
}

async function readAfter(sql: Sql, room: number, after: number, limit: number, share = 1): Promise<Nearest> {
  const most = await affordable(
    limit,
    share,
    (most) => sql<Length>`
    select octet_length(text) as bytes from messages where room = ${room} and id > ${after}
    order by id limit ${most}`,
  )
  const rows = await sql<Row>`
    select * from said where room = ${room} and id > ${after}
    order by id limit ${most + 1}`
  const count = enough(rows, limit, share)
  return { nearest: rows.slice(0, count).map(toMessage), more: rows.length > count }
}

type Length = { bytes: number | null }

/** How many of them may be read: `limit`, or as many as are long enough. */
const affordable = async (limit: number, share: number, read: (most: number) => Promise<Length[]>): Promise<number> =>
  limit <= FEW ? limit : fitting(await read(limit), share)

/** How many, from the first on, are long enough together, and no longer; one at least, if there is one. */
export function fitting(lengths: { bytes?: number | null }[], share = 1): number {
  let count = 0
  for (let left = share * LONG_ENOUGH; count < lengths.length; count++) {
    left -= Number(lengths[count]!.bytes ?? 0)
    if (left < 0 && count > 0) break
  }
  return count
}

/** How many rows, from the first on, are at most `limit` and within that share of what is long enough; one at least. */
function enough(rows: Row[], limit: number, share = 1): number {
  let count = 0
  for (let left = share * LONG_ENOUGH; count < Math.min(limit, rows.length); count++) {
    left -= weightOf(rows[count]!.text ?? "")
    if (left < 0 && count > 0) break
  }
  return count
}

/** What was said in a room from one time to another, oldest first: the newest of it, at most `limit` or as many as are long
 *  enough. Sought by time, because imported messages have new ids and old times. */
export async function messagesBetween(
  sql: Sql,
  room: number,
  { from, to, limit }: { from: number; to: number; limit: number },
): Promise<Message[]> {
  const most = await affordable(
    limit,
    1,
    (most) => sql<Length>`
    select octet_length(text) as bytes from messages where room = ${room} and at >= ${from} and at <= ${to}
    order by at desc, id desc limit ${most}`,
  )
  const rows = await sql<Row>`
    select * from said where room = ${room} and at >= ${from} and at <= ${to}
    order by at desc, id desc limit ${most}`
  return rows.slice(0, enough(rows, limit)).map(toMessage).reverse()
}

export async function findMessage(sql: Sql, room: number, id: number): Promise<Message | undefined> {
  const [found] = await messagesAfter(sql, room, id - 1, 1)
  return found?.id === id ? found : undefined
}

/** Asked at every post, and almost always the answer is no: preparing the join with people would cost more than the
 *  post's other statements together. */
export async function findByNonce(sql: Sql, author: number, nonce: string): Promise<Message | undefined> {
  const [known] = await sql<{ id: number; room: number }>`
    select id, room from messages where author = ${author} and nonce = ${nonce}`
  return known && findMessage(sql, known.room, known.id)
}

/** Which part of a room's history: the newest, or the part before, after or around a message's id. */
export type Where = { before?: number; after?: number; around?: number; limit: number }

/** A stretch of a room's history, oldest first, and whether there is more on either side. */
export async function readStretch(sql: Sql, room: number, { before, after, around, limit }: Where): Promise<Stretch> {
  if (around !== undefined) {
    const half = Math.floor(limit / 2)
    const earlier = await readBefore(sql, room, around, half, 1 / 2)
    const later = await readAfter(sql, room, around - 1, limit - half, 1 / 2)
    return { messages: [...earlier.nearest, ...later.nearest], older: earlier.more, newer: later.more }
  }
  if (after !== undefined) {
    const later = await readAfter(sql, room, after, limit)
    const earlier = await readBefore(sql, room, after + 1, 0)
    return { messages: later.nearest, older: earlier.more, newer: later.more }
  }
  const earlier = await readBefore(sql, room, before ?? Number.MAX_SAFE_INTEGER, limit)
  const newer = before !== undefined && (await readAfter(sql, room, before - 1, 0)).more
  return { messages: earlier.nearest, older: earlier.more, newer }
}

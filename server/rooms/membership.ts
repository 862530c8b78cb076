// Joining and leaving. Membership is a thing with a tick like any other, so that coming and going has its place in
// the order of what was said: who leaves at one tick hears nothing of the next.
import type { CommandOf } from "../../protocol/command.ts"
import type { Author, Member } from "../../protocol/event.ts"
import { Refusal } from "../../protocol/refusal.ts"
import type { App } from "../app.ts"
import { type Caller, mustBeSignedIn, readerOf } from "../caller.ts"
import type { Sql } from "../db/sql.ts"
import { nextTick } from "../live/clock.ts"
import type { Outcome } from "../outcome.ts"
import { accessTo, isMember, mustBeReadable } from "./rows.ts"

/** Rooms that one person may be in: what follows from that, such as the list beside each page, has a bound. */
export const MOST_JOINED = 2_000

/** Joins or leaves; asking for what is already so changes nothing. Answers whether one is in now. Refuses a room that one may
 *  not read. */
export async function join(
  { db, throttle }: App,
  caller: Caller,
  command: CommandOf<"join" | "leave">,
): Promise<Outcome<boolean>> {
  const person = mustBeSignedIn(caller)
  const present = command.type === "join"
  if (throttle && !present) {
    const { room, member } = await accessTo(db.sql, command.room, readerOf(caller))
    if (member) throttle.takeLeaving(person.id, room.id) // everyone in it is told of it
  }
  return db.tx(async (sql) => {
    const room = await mustBeReadable(sql, command.room, readerOf(caller))
    const member = await setMembership(sql, room.id, person, present)
    return { answer: present, changes: member ? [member] : [] }
  })
}

/** Null when it was so already. Refuses to let someone into one room too many. */
export async function setMembership(
  sql: Sql,
  room: number,
  { id, name }: Author,
  present: boolean,
): Promise<Member | null> {
  if ((await isMember(sql, room, id)) === present) return null
  if (present) await mustHaveRoom(sql, id)
  const tick = await nextTick(sql)
  await sql`
    insert into members (room, person, present, tick) values (${room}, ${id}, ${present ? 1 : 0}, ${tick})
    on conflict (room, person) do update set present = excluded.present, tick = excluded.tick`
  return { kind: "member", tick, room, person: { id, name }, present }
}

async function mustHaveRoom(sql: Sql, person: number): Promise<void> {
  const last = await sql`
    select 1 from members where person = ${person} and present = 1 limit 1 offset ${MOST_JOINED - 1}`
  if (last.length > 0)
    throw new Refusal(
      "forbidden",
      `You are in ${MOST_JOINED.toLocaleString("en")} rooms, which is the most there can be. Leave one first.`,
    )
}

/** Out of the first `most` of the rooms that they are in, by as few statements as out of one. */
export async function leaveSome(sql: Sql, { id, name }: Author, most: number): Promise<Member[]> {
  const [{ count } = { count: 0 }] = await sql<{ count: number }>`
    select count(*) as count from (
      select room from members where person = ${id} and present = 1 limit ${most}
    ) as inside`
  if (count === 0) return []
  const before = (await nextTick(sql, count)) - count
  const rows = await sql<{ room: number; tick: number }>`
    update members set present = 0, tick = ${before} + inside.number
    from (
      select room, row_number() over (order by room) as number from members
      where person = ${id} and present = 1 order by room limit ${most}
    ) as inside
    where members.person = ${id} and members.room = inside.room
    returning members.room as room, members.tick as tick`
  return rows
    .sort((a, b) => a.tick - b.tick)
    .map(({ room, tick }) => ({ kind: "member", tick, room, person: { id, name }, present: false }))
}

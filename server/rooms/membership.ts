// Joining and leaving. Membership is a thing with a tick like any other, so that coming and going has its place in
// the order of what was said: who leaves at one tick hears nothing of the next.
import type { CommandOf } from "../../protocol/command.ts"
import type { Author, Member } from "../../protocol/event.ts"
import { Refusal } from "../../protocol/refusal.ts"
import type { App } from "../app.ts"
import { type Caller, mustBeSignedIn } from "../caller.ts"
import type { Sql } from "../db/sql.ts"
import { nextTick } from "../live/clock.ts"
import type { Outcome } from "../outcome.ts"
import { isMember, mustBeReadable, roomsOf } from "./rows.ts"

/** Joins or leaves; asking for what is already so changes nothing. Answers whether one is in now. Refuses a room that one may
 *  not read. */
export async function join(
  { db }: App,
  caller: Caller,
  command: CommandOf<"join" | "leave">,
): Promise<Outcome<boolean>> {
  const person = mustBeSignedIn(caller)
  const present = command.type === "join"
  return db.tx(async (sql) => {
    const room = await mustBeReadable(sql, command.room, person.id)
    const member = await setMembership(sql, room.id, person, present)
    return { answer: present, changes: member ? [member] : [] }
  })
}

/** Null when it was so already. Whoever was removed from the place comes into no room: their socket may still be open elsewhere
 *  for a moment, and what they asked for may have waited meanwhile. */
export async function setMembership(
  sql: Sql,
  room: number,
  { id, name }: Author,
  present: boolean,
): Promise<Member | null> {
  if ((await isMember(sql, room, id)) === present) return null
  if (present) await mustBeOfThePlace(sql, id)
  const tick = await nextTick(sql)
  await sql`
    insert into members (room, person, present, tick) values (${room}, ${id}, ${present ? 1 : 0}, ${tick})
    on conflict (room, person) do update set present = excluded.present, tick = excluded.tick`
  return { kind: "member", tick, room, person: { id, name }, present }
}

async function mustBeOfThePlace(sql: Sql, person: number): Promise<void> {
  const removed = await sql`select 1 from people where id = ${person} and expelled is not null`
  if (removed.length > 0)
    throw new Refusal("forbidden", "The owner has removed you from this place. Ask them if that was a mistake.")
}

/** Out of every room that they are in. */
export async function leaveAll(sql: Sql, person: Author): Promise<Member[]> {
  const left: Member[] = []
  for (const room of await roomsOf(sql, person.id)) {
    const member = await setMembership(sql, room, person, false)
    if (member) left.push(member)
  }
  return left
}

// Joining and leaving. Membership is a thing with a tick like any other, so that coming and going has its place in
// the order of what was said: who leaves at one tick hears nothing of the next.
import type { CommandOf } from "../../protocol/command.ts"
import type { Author, Member } from "../../protocol/event.ts"
import type { App } from "../app.ts"
import { type Caller, mustBeSignedIn } from "../caller.ts"
import type { Sql } from "../db/sql.ts"
import { nextTick } from "../live/clock.ts"
import type { Outcome } from "../outcome.ts"
import { isMember, mustBeReadable, roomsOf } from "./rows.ts"

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
    const { id } = await mustBeReadable(db.sql, command.room, person.id)
    if (await isMember(db.sql, id, person.id)) throttle.takeLeaving(person.id, id) // everyone in it is told of it
  }
  return db.tx(async (sql) => {
    const room = await mustBeReadable(sql, command.room, person.id)
    const member = await setMembership(sql, room.id, person, present)
    return { answer: present, changes: member ? [member] : [] }
  })
}

/** Null when it was so already. */
export async function setMembership(
  sql: Sql,
  room: number,
  { id, name }: Author,
  present: boolean,
): Promise<Member | null> {
  if ((await isMember(sql, room, id)) === present) return null
  const tick = await nextTick(sql)
  await sql`
    insert into members (room, person, present, tick) values (${room}, ${id}, ${present ? 1 : 0}, ${tick})
    on conflict (room, person) do update set present = excluded.present, tick = excluded.tick`
  return { kind: "member", tick, room, person: { id, name }, present }
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

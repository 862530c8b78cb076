// Opening a room. Whoever opens it is in it.
import type { CommandOf } from "../../protocol/command.ts"
import type { Room } from "../../protocol/event.ts"
import type { App } from "../app.ts"
import { type Caller, mustBeSignedIn } from "../caller.ts"
import type { Sql } from "../db/sql.ts"
import { nextTick } from "../live/clock.ts"
import type { Outcome } from "../outcome.ts"
import { setMembership } from "./membership.ts"
import { roomName, slugOf } from "./names.ts"
import { findRoom } from "./rows.ts"

/** Refuses a name that cannot stand in an address. A room of that name that is open already is the answer, not an
 *  error: two people who open "lunch" at once meet in it. */
export async function open({ db }: App, caller: Caller, { name: typed }: CommandOf<"open">): Promise<Outcome<Room>> {
  const person = mustBeSignedIn(caller)
  const name = roomName(typed)
  return db.tx(async (sql) => {
    const standing = await findRoom(sql, slugOf(name))
    const room = standing ?? (await insertRoom(sql, name))
    const member = await setMembership(sql, room.id, person, true)
    return { answer: room, changes: [...(standing ? [] : [room]), ...(member ? [member] : [])] }
  })
}

/** `taken`: the tick for it, when several were taken at once. */
export async function insertRoom(sql: Sql, name: string, taken?: number): Promise<Room> {
  const tick = taken ?? (await nextTick(sql))
  const slug = slugOf(name)
  await sql`insert into rooms (id, slug, name, at, tick) values (${tick}, ${slug}, ${name}, ${Date.now()}, ${tick})`
  return { kind: "room", tick, id: tick, name, slug }
}

// Opening a room. Whoever opens it is in it.
import type { CommandOf } from "../../protocol/command.ts"
import type { Room } from "../../protocol/event.ts"
import { Refusal } from "../../protocol/refusal.ts"
import type { App } from "../app.ts"
import { type Caller, mustBeSignedIn } from "../caller.ts"
import { allOf, type Sql } from "../db/sql.ts"
import { nextTick } from "../live/clock.ts"
import { keepLooks, kept, lookAlike } from "../names/kept.ts"
import { hidesItsScript } from "../names/looks.ts"
import type { Outcome } from "../outcome.ts"
import { setMembership } from "./membership.ts"
import { roomName, slugOf } from "./names.ts"
import { findRoom } from "./rows.ts"

/** Refuses a name that cannot stand in an address, and one that looks like another room's. A room of that name that is open already
 *  is the answer, not an error: two people who open "lunch" at once meet in it. */
export async function open({ db }: App, caller: Caller, { name: typed }: CommandOf<"open">): Promise<Outcome<Room>> {
  const person = mustBeSignedIn(caller)
  const name = roomName(typed)
  return db.tx(async (sql) => {
    const standing = await findRoom(sql, name)
    if (!standing) await mustLookNew(sql, name)
    const room = standing ?? (await insertRoom(sql, name))
    const member = await setMembership(sql, room.id, person, true)
    return { answer: room, changes: [...(standing ? [] : [room]), ...(member ? [member] : [])] }
  })
}

async function mustLookNew(sql: Sql, name: string): Promise<void> {
  if (hidesItsScript(name))
    throw new Refusal(
      "invalid",
      "A word of this name has letters of several alphabets that look like one. Write it in one.",
      "name",
    )
  const id = await lookAlike(sql, "room", name)
  const other = id === undefined ? undefined : await findRoom(sql, id)
  if (other)
    throw new Refusal(
      "taken",
      `There is a room called "${other.name}", which looks the same. Enter that one, or choose another name.`,
      "name",
    )
}

/** `taken`: the tick for it, when several were taken at once. */
export async function insertRoom(sql: Sql, name: string, taken?: number): Promise<Room> {
  const tick = taken ?? (await nextTick(sql))
  const slug = slugOf(name)
  const { found, rule } = kept(name)
  await allOf([
    sql`
      insert into rooms (id, slug, name, at, tick, found, rule)
      values (${tick}, ${slug}, ${name}, ${Date.now()}, ${tick}, ${found}, ${rule})`,
    keepLooks(sql, "room", { id: tick, name }),
  ])
  return { kind: "room", tick, id: tick, name, slug }
}

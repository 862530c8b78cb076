// Removing someone from the place. What they said stays, under their name, which nobody else can take. A password link lets
// them back in.
import type { CommandOf } from "../../protocol/command.ts"
import { Refusal } from "../../protocol/refusal.ts"
import type { App } from "../app.ts"
import { type Caller, mustBeOwner } from "../caller.ts"
import type { Outcome } from "../outcome.ts"
import { leaveAll } from "../rooms/membership.ts"
import { mustBeKnown } from "./rows.ts"
import { endSessionsOf } from "./session.ts"

/** Only the owner, who stays. Ends all their sessions and password links, and their membership of every room; answers their
 *  name. Someone who has been removed already stays so. */
export async function expel(
  { db }: App,
  caller: Caller,
  { username }: CommandOf<"expel">,
): Promise<Outcome<{ name: string }>> {
  mustBeOwner(caller)
  return db.tx(async (sql) => {
    const { id, name, role } = await mustBeKnown(sql, username)
    if (role === "owner") throw new Refusal("forbidden", "The owner cannot be removed from their own place.")
    await sql`delete from password_links where person = ${id}`
    await sql`update people set password = null, expelled = ${Date.now()} where id = ${id} and expelled is null`
    const ended = await endSessionsOf(sql, id)
    return { answer: { name }, changes: [...ended, ...(await leaveAll(sql, { id, name }))] }
  })
}

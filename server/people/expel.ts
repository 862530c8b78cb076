// Removing someone from the place. What they said stays, under their name, which nobody else can take. A password link lets
// them back in.
import type { CommandOf } from "../../protocol/command.ts"
import { Refusal } from "../../protocol/refusal.ts"
import type { App } from "../app.ts"
import { type Caller, mustBeOwner } from "../caller.ts"
import type { Outcome } from "../outcome.ts"
import { renewInvite } from "./place.ts"
import { takeOut } from "./removal.ts"
import { mustBeKnown } from "./rows.ts"
import { endOldest } from "./session.ts"

/** Only the owner, who stays. Ends all their sessions and password links, and with `newInvite` the invite link that they may
 *  know: by one commit, whatever they are in. Of their rooms it ends the first few, and the others follow (removal.ts).
 *  Answers their name, and whether the invite link is another now. Someone who has been removed already stays so. */
export async function expel(
  { db, removals }: App,
  caller: Caller,
  { username, newInvite = false }: CommandOf<"expel">,
): Promise<Outcome<{ name: string; newInvite: boolean }>> {
  mustBeOwner(caller)
  const outcome = await db.tx(async (sql) => {
    const { id, name, role } = await mustBeKnown(sql, username)
    if (role === "owner") throw new Refusal("forbidden", "The owner cannot be removed from their own place.")
    await sql`delete from password_links where person = ${id}`
    await sql`update people set password = null, expelled = ${Date.now()} where id = ${id} and expelled is null`
    if (newInvite) await renewInvite(sql)
    const ended = await endOldest(sql, id)
    return { answer: { name, newInvite }, changes: [...ended, ...(await takeOut(sql, { id, name }))] }
  })
  removals.wake()
  return outcome
}

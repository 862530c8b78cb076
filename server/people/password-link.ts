// A forgotten password: the owner makes a link that sets a new one, once, within an hour. By the same way someone who was
// removed comes back.
import type { CommandOf } from "../../protocol/command.ts"
import { Refusal } from "../../protocol/refusal.ts"
import type { App } from "../app.ts"
import { type Caller, mustBeOwner } from "../caller.ts"
import type { Sql } from "../db/sql.ts"
import type { Outcome } from "../outcome.ts"
import { hashPassword, mustBeStrong } from "./password.ts"
import { readPlace } from "./place.ts"
import { mustBeOut } from "./removal.ts"
import { findForSignIn, findPerson, isEmptyPlace, mustBeKnown } from "./rows.ts"
import { beginSession, endOldest, hashOf, newToken } from "./session.ts"

/** Hours that a link is good for: it is handed over by some other means, in the minutes after it was asked for, and whoever
 *  finds it later has nothing. */
export const LINK_HOURS = 1

/** `wasRemoved`: it lets back in someone who was removed. */
export type PasswordLink = { name: string; path: string; wasRemoved: boolean }

/** Only the owner. A new link makes the person's older ones worthless. */
export async function makePasswordLink(
  { db }: App,
  caller: Caller,
  { username }: CommandOf<"makePasswordLink">,
): Promise<Outcome<PasswordLink>> {
  mustBeOwner(caller)
  const token = newToken()
  const expires = Date.now() + LINK_HOURS * 60 * 60 * 1000
  return db.tx(async (sql) => {
    if (await isEmptyPlace(sql))
      throw new Refusal(
        "not_found",
        "Nobody has come here yet. Open Parlour in a browser on this computer first, or by the link that `parlour user owner` makes: who comes first owns it.",
      )
    const account = await mustBeKnown(sql, username)
    const namesake = await findForSignIn(sql, account.name)
    if (namesake && namesake.id !== account.id)
      throw new Refusal(
        "taken",
        `Two people cannot sign in by one name, and ${namesake.name} does already.`,
        "username",
      )
    await sql`delete from password_links where person = ${account.id} or expires < ${Date.now()}`
    await sql`insert into password_links (hash, person, expires) values (${hashOf(token)}, ${account.id}, ${expires})`
    const removed = await sql`select 1 from people where id = ${account.id} and expelled is not null`
    return {
      answer: { name: account.name, path: `/password/${token}`, wasRemoved: removed.length > 0 },
      changes: [],
    }
  })
}

/** Whose link it is, or a refusal when it was used, replaced, or is older than that. */
export async function mustBeGoodLink(sql: Sql, token: string): Promise<{ id: number; name: string }> {
  const [row] = await sql<{ person: number }>`
    select person from password_links where hash = ${hashOf(token)} and expires > ${Date.now()}`
  const person = row && (await findPerson(sql, row.person))
  if (!person)
    throw new Refusal(
      "not_found",
      "A password link works once, within an hour. Ask the owner of this place for a new one.",
    )
  return person
}

/** Uses the link up, ends every session of the person, and signs in anew; answers the session's token. Refuses a link that
 *  was used, replaced or is too old, and a password that is weak. */
export async function setPassword(
  { db, removals }: App,
  caller: Caller,
  { token, password }: CommandOf<"setPassword">,
): Promise<Outcome<string>> {
  const { id, name } = await mustBeGoodLink(db.sql, token)
  mustBeStrong(password, [name, (await readPlace(db.sql)).name])
  await removals.finish(id)
  const hash = await hashPassword(password, { address: caller.address })
  return db.tx(async (sql) => {
    const person = await mustBeGoodLink(sql, token)
    await mustBeOut(sql, person.id)
    await sql`delete from password_links where person = ${person.id}`
    await sql`update people set password = ${hash}, expelled = null where id = ${person.id}`
    const ended = await endOldest(sql, person.id)
    const begun = await beginSession(sql, caller, person.id)
    return { answer: begun.token, changes: [...ended, ...begun.ended] }
  })
}

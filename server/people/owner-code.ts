// Who may own a place that nobody owns. Whoever comes from the machine that it runs on, or has a code that only whoever runs it
// was shown: in the log of the start, or by `parlour user owner`. Else the first to find it would own it, and a new address is
// found within seconds: certificates are public.
import { randomInt } from "node:crypto"
import type { CommandOf } from "../../protocol/command.ts"
import { Refusal } from "../../protocol/refusal.ts"
import type { App } from "../app.ts"
import { type Caller, mustBeOwner } from "../caller.ts"
import type { Sql } from "../db/sql.ts"
import type { Outcome } from "../outcome.ts"
import { isEmptyPlace } from "./rows.ts"
import { hashOf } from "./session.ts"

/** Letters and digits that nobody mistakes for one another: 5 bits each, 130 in all. */
const SIGNS = "abcdefghijkmnpqrstuvwxyz23456789"
const LENGTH = 26
/** Each process of a place that is started shows one of its own; of more than these the oldest are over. */
const MOST = 100

/** The path at which a place that nobody owns becomes somebody's. Only whoever runs it. Made anew, it is the only one. */
export async function makeOwnerLink(
  { db }: App,
  caller: Caller,
  { anew }: CommandOf<"makeOwnerLink">,
): Promise<Outcome<{ path: string }>> {
  mustBeOwner(caller)
  const code = Array.from({ length: LENGTH }, () => SIGNS[randomInt(SIGNS.length)]).join("")
  return db.tx(async (sql) => {
    const [owner] = await sql<{ name: string }>`select name from people where role = 'owner' limit 1`
    if (owner)
      throw new Refusal(
        "taken",
        `${owner.name} owns this place. If they forgot their password: parlour user password NAME makes a link.`,
      )
    if (anew) await dropOwnerCodes(sql)
    await sql`
      delete from owner_codes where hash not in (select hash from owner_codes order by at desc, hash limit ${MOST - 1})`
    await sql`insert into owner_codes (hash, at) values (${hashOf(code)}, ${Date.now()})`
    return { answer: { path: `/welcome?code=${code}` }, changes: [] }
  })
}

/** Whether this caller may be the first. */
export async function mayOwn(sql: Sql, { elsewhere }: Caller, code: string | undefined): Promise<boolean> {
  if (!elsewhere) return true
  return code !== undefined && (await sql`select 1 from owner_codes where hash = ${hashOf(code)}`).length > 0
}

/** Refuses whoever comes to a place that nobody owns, and may not. */
export async function mustOwnOrFollow(sql: Sql, caller: Caller, code: string | undefined): Promise<void> {
  if ((await isEmptyPlace(sql)) && !(await mayOwn(sql, caller, code)))
    throw new Refusal(
      "forbidden",
      "Nobody owns this place yet, and only whoever runs it can say who does: by the link in Parlour's log, or a new one by `bin/parlour user owner`.",
    )
}

/** From then on none of them lets anybody own it. */
export const dropOwnerCodes = (sql: Sql) => sql`delete from owner_codes`

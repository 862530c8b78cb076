// Another password, chosen by whoever knows the current one.
import type { CommandOf } from "../../protocol/command.ts"
import { Refusal } from "../../protocol/refusal.ts"
import type { App } from "../app.ts"
import { type Caller, mustBeSignedIn } from "../caller.ts"
import type { Sql } from "../db/sql.ts"
import { accountOf } from "../names/spelling.ts"
import type { Outcome } from "../outcome.ts"
import { mustStand } from "../standing.ts"
import { hashPassword, isPassword, mustBeStrong } from "./password.ts"
import { readPlace } from "./place.ts"
import { beginSession, endOldest } from "./session.ts"

/** Ends every session of the person, and their password links. The one by which it is asked ends, too, as its cookie may have been
 *  copied: whoever asks gets a new one, and its token is the answer. Refuses a wrong current password, and a weak new one. */
export async function changePassword(
  { db }: App,
  caller: Caller,
  { old, password }: CommandOf<"changePassword">,
): Promise<Outcome<string>> {
  const { id, name } = mustBeSignedIn(caller)
  await mustStand(db.sql, caller) // before it is told whether that is the password
  const before = await passwordOf(db.sql, id)
  // Whoever is in is known, and waits for no flood of strangers.
  const from = { address: caller.address, known: { account: accountOf(name), device: caller.session ?? "" } }
  if (!(await isPassword(old, before, from))) throw wrong()
  if (password === old) throw new Refusal("invalid", "That is the password that you have. Choose another.", "password")
  mustBeStrong(password, [name, (await readPlace(db.sql)).name])
  const hash = await hashPassword(password, from)
  return db.tx(async (sql) => {
    if ((await passwordOf(sql, id)) !== before) throw wrong() // meanwhile it was changed elsewhere, or they were removed
    await sql`update people set password = ${hash} where id = ${id}`
    await sql`delete from password_links where person = ${id}`
    const ended = await endOldest(sql, id)
    const begun = await beginSession(sql, caller, id)
    return { answer: begun.token, changes: [...ended, ...begun.ended] }
  })
}

const wrong = () => new Refusal("invalid", "That is not your current password. Type it again.", "old")

async function passwordOf(sql: Sql, id: number): Promise<string | null> {
  const [row] = await sql<{ password: string | null }>`select password from people where id = ${id}`
  return row?.password ?? null
}

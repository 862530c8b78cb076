// Signing in and out.
import type { CommandOf } from "../../protocol/command.ts"
import { Refusal } from "../../protocol/refusal.ts"
import type { App } from "../app.ts"
import type { Caller } from "../caller.ts"
import { accountOf, nameTyped } from "../names/spelling.ts"
import type { Outcome } from "../outcome.ts"
import { isPassword } from "./password.ts"
import { findForSignIn } from "./rows.ts"
import { beginSession, endOne } from "./session.ts"

/** Answers the token of a new session. A wrong name and a wrong password are one refusal, after the same time. */
export async function signIn(
  { db, devices }: App,
  caller: Caller,
  { username, password }: CommandOf<"signIn">,
): Promise<Outcome<string>> {
  const name = nameTyped(username)
  const account = await findForSignIn(db.sql, name)
  const mine = accountOf(name)
  const device = devices.known(caller.device, mine)
  const known = device === null ? undefined : { account: mine, device }
  const right = await isPassword(password, account?.password ?? null, { address: caller.address, known })
  if (!account || !right) throw wrong()
  return db.tx(async (sql) => {
    // Checking takes its time: meanwhile they may have another password, or have been removed.
    if ((await findForSignIn(sql, name))?.password !== account.password) throw wrong()
    const { token, ended } = await beginSession(sql, caller, account.id)
    return { answer: token, changes: ended }
  })
}

const wrong = () =>
  new Refusal(
    "unauthorized",
    "The username or the password is wrong. If you forgot it, the owner can make you a new link.",
  )

/** Ends the session and every feed that hangs on it. */
export async function signOut({ db }: App, { session }: Caller, _: CommandOf<"signOut">): Promise<Outcome<null>> {
  if (session === null) return { answer: null, changes: [] }
  return db.tx(async (sql) => ({ answer: null, changes: await endOne(sql, session) }))
}

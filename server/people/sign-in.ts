// Signing in and out.
import type { CommandOf } from "../../protocol/command.ts"
import { Refusal } from "../../protocol/refusal.ts"
import type { App } from "../app.ts"
import type { Caller } from "../caller.ts"
import type { Outcome } from "../outcome.ts"
import { isPassword } from "./password.ts"
import { findForSignIn } from "./rows.ts"
import { endReplaced, endSession, insertSession } from "./session.ts"

/** Answers the token of a new session. A wrong name and a wrong password are one refusal, after the same time. */
export async function signIn(
  { db }: App,
  caller: Caller,
  { username, password }: CommandOf<"signIn">,
): Promise<Outcome<string>> {
  const account = await findForSignIn(db.sql, username.normalize("NFC").trim())
  const right = await isPassword(password, account?.password ?? null, caller.address)
  if (!account || !right)
    throw new Refusal(
      "unauthorized",
      "The username or the password is wrong. If you forgot it, the owner can make you a new link.",
    )
  return db.tx(async (sql) => {
    const changes = await endReplaced(sql, caller)
    return { answer: await insertSession(sql, account.id), changes }
  })
}

/** Ends the session and every feed that hangs on it. */
export async function signOut({ db }: App, { session }: Caller, _: CommandOf<"signOut">): Promise<Outcome<null>> {
  if (session === null) return { answer: null, changes: [] }
  return db.tx(async (sql) => ({ answer: null, changes: await endSession(sql, session) }))
}

// The way in. Whatever anyone asks to be changed passes here, whichever transport carried it: it is throttled, carried out
// in a transaction of its own, and told only when it is on disk. (That a session is in use is nobody's wish: the guard
// notes it by itself.)
import type { Command } from "../protocol/command.ts"
import { Refusal } from "../protocol/refusal.ts"
import type { App } from "./app.ts"
import { type Caller, operator } from "./caller.ts"
import type { Db } from "./db/sql.ts"
import { importLines } from "./messages/import.ts"
import { post } from "./messages/post.ts"
import type { Outcome } from "./outcome.ts"
import { changePassword } from "./people/change-password.ts"
import { expel } from "./people/expel.ts"
import { endOtherSessions, endSession } from "./people/own-sessions.ts"
import { makeOwnerLink } from "./people/owner-code.ts"
import { makePasswordLink, setPassword } from "./people/password-link.ts"
import { changeSettings } from "./people/place.ts"
import { register } from "./people/register.ts"
import { signIn, signOut } from "./people/sign-in.ts"
import { join } from "./rooms/membership.ts"
import { open } from "./rooms/open.ts"
import { typing } from "./rooms/typing.ts"
import { mustStand } from "./standing.ts"

const commands = {
  post,
  open,
  join,
  leave: join,
  typing,
  register,
  signIn,
  signOut,
  endSession,
  endOtherSessions,
  changePassword,
  makePasswordLink,
  makeOwnerLink,
  expel,
  setPassword,
  changeSettings,
  import: importLines,
} satisfies Record<Command["type"], unknown>

/** By the first four one gets a session, or has none. Who posts is looked at with what posting asks anyway: it is what everyone
 *  does most. */
const looksItself: ReadonlySet<Command["type"]> = new Set(["register", "signIn", "signOut", "setPassword", "post"])

type Commands = typeof commands
export type OutcomeOf<Type extends Command["type"]> = Awaited<ReturnType<Commands[Type]>>

/** Resolves when the command's changes are durable and told; throws a Refusal when it is declined. */
export async function perform<One extends Command>(
  app: App,
  caller: Caller,
  command: One,
): Promise<OutcomeOf<One["type"]>> {
  const done = (outcome: string) => app.metrics.performed(command.type, outcome)
  try {
    const outcome = await carryOut(app, caller, command)
    done(outcome.again ? "again" : "done")
    return outcome
  } catch (error) {
    done(error instanceof Refusal ? error.code : "broken")
    throw error
  }
}

async function carryOut<One extends Command>(app: App, caller: Caller, command: One): Promise<OutcomeOf<One["type"]>> {
  app.throttle?.take(caller, command)
  // TypeScript cannot follow that the function under `type` takes just the commands of that type; the table above does.
  const work = commands[command.type] as unknown as (
    app: App,
    caller: Caller,
    command: Command,
  ) => Promise<Outcome<unknown>>
  const { bus } = app // of this epoch: in the next, what was done in this one is not told as if it were of it
  const outcome = await inLane(app, caller, command.type, () =>
    looksItself.has(command.type)
      ? work(app, caller, command)
      : whileStanding(app, caller, (theirs) => work(theirs, caller, command)),
  )
  for (const event of outcome.changes) bus.publish(event)
  if (outcome.word) app.say(outcome.word)
  return outcome as OutcomeOf<One["type"]>
}

/** Signing in, signing out and changing the password have no lane: a hash takes its time, and nothing else that a person asks for
 *  should wait for it. Nor has the command line, which asks for one thing at a time. */
function inLane<Result>(
  { lanes }: App,
  { person, session }: Caller,
  type: Command["type"],
  work: () => Promise<Result>,
): Promise<Result> {
  if (person === null || session === operator.session) return work()
  if (type === "post") return lanes.behind(person.id, work)
  return looksItself.has(type) || type === "changePassword" ? work() : lanes.run(person.id, work)
}

/** What this caller does is done if their session stands when it is. A request may have been held back for long after its sender
 *  was let in, and a socket hears that its session ended elsewhere only in its place in the order. Work that changes nothing has
 *  no transaction to be looked at in: then it is before anything is told of it. */
async function whileStanding<Result>(
  app: App,
  caller: Caller,
  work: (theirs: App) => Promise<Result>,
): Promise<Result> {
  let looked = false
  const tx: Db["tx"] = (work, person) => {
    looked = true
    return app.db.tx(async (sql) => {
      await mustStand(sql, caller)
      return work(sql)
    }, person)
  }
  const result = await work({ ...app, db: { ...app.db, tx } })
  if (!looked) await mustStand(app.db.sql, caller)
  return result
}

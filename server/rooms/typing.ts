// That someone is writing, or no longer is. It changes nothing, and has no tick and no history: whoever looks at the room hears of
// it, or does not.
import type { CommandOf } from "../../protocol/command.ts"
import type { App } from "../app.ts"
import { type Caller, mustBeSignedIn, readerOf } from "../caller.ts"
import type { Outcome } from "../outcome.ts"
import { mustBeReadable } from "./rows.ts"

/** Refuses a room in which the person could not post. */
export async function typing(
  { db, hub }: App,
  caller: Caller,
  { room: where, done }: CommandOf<"typing">,
): Promise<Outcome<true>> {
  const { id, name } = mustBeSignedIn(caller)
  const after = hub.tick // before the room is read: a message that they send meanwhile ends it
  const { id: room } = await mustBeReadable(db.sql, where, readerOf(caller))
  const person = { id, name }
  return {
    answer: true,
    changes: [],
    word: done ? { kind: "stopped", room, person } : { kind: "typing", room, person, after },
  }
}

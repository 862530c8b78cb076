// Saying something.
import type { CommandOf } from "../../protocol/command.ts"
import type { Message } from "../../protocol/event.ts"
import type { App } from "../app.ts"
import { type Caller, mustBeSignedIn, readerOf } from "../caller.ts"
import { allOf } from "../db/sql.ts"
import { nextTick } from "../live/clock.ts"
import type { Outcome } from "../outcome.ts"
import { setMembership } from "../rooms/membership.ts"
import { accessTo } from "../rooms/rows.ts"
import { findByNonce } from "./rows.ts"

/** Posts once: a nonce that this author has used is answered with the message that it made, whatever it says now, and
 *  changes nothing. Speaking in an open room joins it. Refuses a room that the author may not read. */
export async function post(
  { db }: App,
  caller: Caller,
  { room: where, text, nonce }: CommandOf<"post">,
): Promise<Outcome<Message>> {
  const author = mustBeSignedIn(caller)
  return db.tx(async (sql) => {
    const [{ room, member }, saidBefore] = await allOf([
      accessTo(sql, where, readerOf(caller)),
      nonce === undefined ? undefined : findByNonce(sql, author.id, nonce),
    ])
    if (saidBefore) return { answer: saidBefore, changes: [], again: true }

    const joined = member ? null : await setMembership(sql, room.id, author, true)
    const tick = await nextTick(sql) // a message's id is the tick at which it was born
    const at = Date.now()
    await sql`
      insert into messages (id, room, author, text, at, tick, nonce)
      values (${tick}, ${room.id}, ${author.id}, ${text}, ${at}, ${tick}, ${nonce ?? null})`
    const message: Message = {
      kind: "message",
      tick,
      id: tick,
      room: room.id,
      author: { id: author.id, name: author.name },
      text,
      at,
      ...(nonce && { nonce }),
    }
    return { answer: message, changes: joined ? [joined, message] : [message] }
  }, author.id)
}

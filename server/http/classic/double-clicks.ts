// A client that marks nothing with a nonce sends a double click as two messages. So whoever sends the same words to the
// same room again within two seconds gets the nonce of the first time, and the post is the one already made. Two
// seconds are longer than a double click or an impatient second Enter, and shorter than it takes to mean "ok" twice.
//
// The two may come to two processes, so that nothing is remembered here. Time is cut into stretches of two seconds, and the
// nonce says which it was. Whether the first fell into the stretch before, the messages know.
import { createHash } from "node:crypto"
import type { Sql } from "../../db/sql.ts"

const WINDOW_MS = 2_000

/** `now` in milliseconds, by the clock that messages have their times from. */
export async function nonceOf(sql: Sql, person: number, room: number, text: string, now = Date.now()): Promise<string> {
  const key = createHash("sha256").update(`${person} ${room} ${text}`).digest("base64url")
  const stretch = Math.floor(now / WINDOW_MS)
  const before = `${key}.${stretch - 1}`
  // From the first, not the last: "ha" each second is more than one "ha".
  const first = await sql`
    select 1 from messages where author = ${person} and nonce = ${before} and at > ${now - WINDOW_MS}`
  return first.length > 0 ? before : `${key}.${stretch}`
}

// Long poll: the same feed, one batch to a request. It answers at once when something was missed, and otherwise when
// something happens or its patience ends, which begins when it has been told what was missed.
import { type Cursor, cursorAt } from "../../protocol/cursor.ts"
import type { Change, Farewell, Here } from "../../protocol/event.ts"
import type { App } from "../app.ts"
import { follow, type Listener } from "../follow.ts"

/** What happens within so many milliseconds of the first event goes along with it. */
const NEIGHBOURS_MS = 10
/** Bytes of events after which an answer is long enough. The next one goes on from its cursor. */
const LONG_ENOUGH = 1024 * 1024

/** `reset`: draw afresh, then go on from the cursor. `bye`: the feed was ended, and why. `here`: who is, in the room that is
 *  looked at, when this is answered; that somebody came or went is no reason to answer. `at`: the server's time then. */
export type Batch = { events: Change[]; cursor: Cursor; reset?: true; bye?: Farewell; here?: Here; at?: number }

export async function poll(
  app: App,
  who: Listener & { name: string },
  watching: number | null,
  patienceMs: number,
  signal: AbortSignal,
): Promise<Batch> {
  const enough = new AbortController()
  const batch: Batch = { events: [], cursor: "" }
  let bytes = 0
  let timer: ReturnType<typeof setTimeout> | undefined
  const within = (milliseconds: number) => {
    clearTimeout(timer)
    timer = setTimeout(() => enough.abort(), milliseconds)
  }
  for await (const one of follow(app, who, AbortSignal.any([signal, enough.signal]))) {
    if ("json" in one) {
      bytes += Buffer.byteLength(one.json)
      if (batch.events.push(one.change) === 1) within(NEIGHBOURS_MS)
      if (bytes > LONG_ENOUGH) enough.abort()
      batch.cursor = cursorAt(app.hub.epoch, one.change.tick)
    } else if (one.kind === "hello") batch.cursor = one.cursor
    else if (one.kind === "live") {
      batch.cursor = one.cursor
      if (!timer) within(patienceMs) // what was missed is told to the impatient, too, however long it takes to read
    } else if (one.kind === "reset") {
      Object.assign(batch, { events: [], cursor: one.cursor, reset: true })
      within(NEIGHBOURS_MS)
    } else batch.bye = one.reason
  }
  clearTimeout(timer)
  if (watching !== null && !batch.bye) batch.here = await app.onlookers.hereIn(watching)
  batch.at = Date.now()
  return batch
}

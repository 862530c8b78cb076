// GET /api/latest-chat/<seconds>/: what was said in the last so many seconds, oldest first, for a client that asks
// every so many seconds and appends.
//
// `value` and `screenname` are escaped for HTML. Pages written for this format append what they receive as HTML, and
// they are to work unchanged without one person's message becoming another's script; a program that wants the plain
// text undoes five entities, or asks /api/v1 instead.
//
// A window of time loses and repeats lines at its edges, whatever is done here. So the answer also says how far the
// feed was before it was read (X-Parlour-Tick): from that cursor on, /events tells everything once.
import { cursorAt } from "../../../protocol/cursor.ts"
import type { App } from "../../app.ts"
import { messagesBetween } from "../../messages/rows.ts"
import type { Ask } from "../env.ts"
import { escaped, roomAsked } from "./room.ts"

/** Nobody fetches the whole history by asking for all the seconds there ever were: a day, and so many lines of it. */
const MOST_SECONDS = 24 * 60 * 60
const MOST_LINES = 500

export const latestLines = (app: App) => async (context: Ask) => {
  const room = await roomAsked(app, context)
  const seconds = Math.min(Number(context.req.param("seconds")), MOST_SECONDS) // of a huge number, Infinity
  const cursor = cursorAt(app.hub.epoch, app.hub.tick) // before the lines: an event may then repeat, never go missing
  const now = Date.now()
  const window = { from: now - seconds * 1000, to: now, limit: MOST_LINES }
  const messages = await messagesBetween(app.db.sql, room.id, window)
  context.header("x-parlour-tick", cursor)
  return context.json(
    messages.flatMap(({ text, at, author }) =>
      text === null ? [] : [{ value: escaped(text), created: utc(at), screenname: escaped(author.name) }],
    ),
  )
}

/** "2026-11-21 14:05:09" */
const utc = (at: number): string => new Date(at).toISOString().slice(0, 19).replace("T", " ")

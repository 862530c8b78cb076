// GET /chat/messages: the newest ten of a room as [text, when] pairs, newest first, for a page that asks every few
// seconds and builds its list anew. Such pages put the text into themselves as HTML, so it is escaped here.
//
// Most of the time nothing has changed, so what was answered last is kept: until something happens in the room, or one of
// its ages reads differently, and as long as there is room. Who may have it is asked each time.
import { cursorAt } from "../../../protocol/cursor.ts"
import type { Message } from "../../../protocol/event.ts"
import type { App } from "../../app.ts"
import { messagesBefore } from "../../messages/rows.ts"
import type { Ask } from "../env.ts"
import { LastDrawn } from "../last-drawn.ts"
import { bytes } from "../stream.ts"
import { escaped, roomAsked } from "./room.ts"

const LISTED = 10
/** `until`: a time. */
type Answer = { json: Uint8Array<ArrayBuffer>; length: number; until: number }

export const polledList = (app: App) => {
  const kept = new LastDrawn<number, Answer>()
  return async (context: Ask) => {
    const room = await roomAsked(app, context)
    const newest = cursorAt(app.hub.epoch, app.hub.newestIn(room.id)) // before the rows: what is told while they are read makes them old
    const known = kept.get(room.id, newest)
    if (known && Date.now() < known.until) return answered(context, known)
    const answer = listed(await messagesBefore(app.db.sql, room.id, Number.MAX_SAFE_INTEGER, LISTED))
    kept.set(room.id, newest, answer)
    return answered(context, answer)
  }
}

const answered = (context: Ask, { json }: Answer): Response =>
  context.body(json, 200, { "content-type": "application/json" })

function listed(latest: Message[]): Answer {
  const now = Date.now()
  const lines = latest.reverse().flatMap(({ text, at }) => (text === null ? [] : [{ text, at, ...ago(now - at) }]))
  const json = bytes(JSON.stringify(lines.map(({ text, words }) => [escaped(text), words])))
  return {
    json,
    length: json.length,
    until: Math.min(...lines.map(({ at, until }) => at + until)),
  }
}

const MINUTE = 60
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/** From the largest down: what an age is counted in. */
const units: [seconds: number, one: string, many: string][] = [
  [365 * DAY, "a year", "years"],
  [30 * DAY, "a month", "months"],
  [DAY, "a day", "days"],
  [HOUR, "an hour", "hours"],
  [MINUTE, "a minute", "minutes"],
  [1, "a second", "seconds"],
]

/** An age in words: "now", "2 seconds ago", "an hour ago", "3 days ago"; and the age at which the words are others.
 *  What is not yet is "now". */
export function ago(milliseconds: number): { words: string; until: number } {
  const age = Math.floor(milliseconds / 1000)
  const which = units.findIndex(([seconds]) => age >= seconds)
  if (which < 0) return { words: "now", until: 1_000 }
  const [seconds, one, many] = units[which]!
  const [larger] = units[which - 1] ?? [Number.POSITIVE_INFINITY]
  const count = Math.floor(age / seconds)
  return {
    words: `${count === 1 ? one : `${count} ${many}`} ago`,
    until: Math.min((count + 1) * seconds, larger) * 1000,
  }
}

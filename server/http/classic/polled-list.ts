// GET /chat/messages: the newest ten of a room as [text, when] pairs, newest first, for a page that asks every few
// seconds and builds its list anew. Such pages put the text into themselves as HTML, so it is escaped here.
import type { App } from "../../app.ts"
import { messagesBefore } from "../../messages/rows.ts"
import type { Ask } from "../env.ts"
import { escaped, roomAsked } from "./room.ts"

const LISTED = 10

export const polledList = (app: App) => async (context: Ask) => {
  const room = await roomAsked(app, context)
  const latest = await messagesBefore(app.db.sql, room.id, Number.MAX_SAFE_INTEGER, LISTED)
  const now = Date.now()
  return context.json(
    latest.reverse().flatMap(({ text, at }) => (text === null ? [] : [[escaped(text), ago(now - at)]])),
  )
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

/** An age in words: "now", "2 seconds ago", "an hour ago", "3 days ago". What is not yet is "now". */
export function ago(milliseconds: number): string {
  const age = Math.floor(milliseconds / 1000)
  const unit = units.find(([seconds]) => age >= seconds)
  if (!unit) return "now"
  const [seconds, one, many] = unit
  const count = Math.floor(age / seconds)
  return `${count === 1 ? one : `${count} ${many}`} ago`
}

// Catching up: every row remembers the tick it last changed at, so "what did I miss" is a query, not a log.
// A new kind of thing joins by adding its source to the list.
import type { Change, Event } from "../protocol/event.ts"
import type { Sql } from "./db/sql.ts"
import type { Span } from "./live/clock.ts"
import { changedMessages, ticksOfMessages } from "./messages/rows.ts"
import { changedPeople } from "./people/rows.ts"
import { endedSessions } from "./people/session.ts"
import { changedMembers, changedRooms } from "./rooms/rows.ts"

/** Something of each change in a span, oldest first, at most `limit`. */
export type Reading<Row> = (sql: Sql, span: Span) => Promise<Row[]>

const others = [changedMembers, changedRooms, changedPeople]

/** The changes themselves. */
export const changes = merged<Change>([changedMessages, ...others])

/** And what only the hubs need to know. */
export const happenings = merged<Event>([changedMessages, ...others, endedSessions])

/** Only at which ticks they were, to know how many there are, and how many bytes were said: they may be long. */
export const ticksOfChanges = merged<{ tick: number; bytes?: number | null }>([ticksOfMessages, ...others])

function merged<Row extends { tick: number }>(sources: Reading<Row>[]): Reading<Row> {
  return async (sql, span) => {
    const pages = await Promise.all(sources.map((source) => source(sql, span)))
    return pages
      .flat()
      .sort((a, b) => a.tick - b.tick)
      .slice(0, span.limit)
  }
}

// Catching up: every row remembers the tick it last changed at, so "what did I miss" is a query, not a log.
// A new kind of thing joins by adding its source to the list.
import type { Change } from "../protocol/event.ts"
import type { Sql } from "./db/sql.ts"
import type { Source, Span } from "./live/clock.ts"
import { changedMessages } from "./messages/rows.ts"
import { changedPeople } from "./people/rows.ts"
import { changedMembers, changedRooms } from "./rooms/rows.ts"

const sources: Source[] = [changedMessages, changedMembers, changedRooms, changedPeople]

/** The changes in the span, oldest first, at most `limit`. */
export async function changes(sql: Sql, span: Span): Promise<Change[]> {
  const pages = await Promise.all(sources.map((source) => source(sql, span)))
  return pages
    .flat()
    .sort((a, b) => a.tick - b.tick)
    .slice(0, span.limit)
}

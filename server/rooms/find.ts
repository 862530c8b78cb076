// Finding a room by a part of its name, however it is written, and those whose names are nearly the one that is to be new.
import type { Room } from "../../protocol/event.ts"
import { DEFAULT_ROOM, lengthOf } from "../../protocol/limits.ts"
import { plain } from "../../protocol/sought.ts"
import { byName } from "../../protocol/text.ts"
import type { Sql } from "../db/sql.ts"
import { inSteps } from "../rounds.ts"

/** Rooms that are looked through at once: a millisecond. No index finds a part of a name, and others wait for the event loop. */
const LOOKED_THROUGH = 4_000
/** Letters that two names may differ in and still be taken for a slip: one, or two where there are many. */
const SLIP = { few: 1, many: 2, fromLength: 7 }
/** Names shorter than this differ by a letter as a matter of course. */
const SHORTEST = 4
/** Signs between words by which the lengths of two such names may differ. */
const BETWEEN = 4

type Found = Room & { found: string }

/** The rooms whose names hold these letters, those that begin with them first, at most `limit`. */
export async function roomsWith(sql: Sql, typed: string, limit: number): Promise<Room[]> {
  const letters = plain(typed.trim())
  if (letters === "") return []
  const pattern = `%${letters.replace(/[\\%_]/g, "\\$&")}%`
  const place = ({ found }: Found) => Number(!found.startsWith(letters))
  const found = await walk(
    sql,
    (after, last) => sql<Found>`
      select id, slug, name, tick, found from rooms r
      where id > ${after} and id <= ${last} and found like ${pattern} escape '\\' and (slug = ${DEFAULT_ROOM}
        or exists (select 1 from members m where m.room = r.id and m.present = 1)
        or exists (select 1 from messages s where s.room = r.id))`,
    (rooms) => rooms.sort((one, other) => place(one) - place(other) || byName(one, other)).slice(0, limit),
  )
  return found.map(toRoom)
}

/** The rooms that someone may have meant who is about to open one of this name, at most `limit`. */
export async function roomsLike(sql: Sql, name: string, limit: number): Promise<Room[]> {
  const whole = plain(name)
  const letters = spelled(whole)
  const length = lengthOf(letters) // as databases count: a letter beyond the first 65,536 is two units here
  if (length < SHORTEST) return []
  const slips = length < SLIP.fromLength ? SLIP.few : SLIP.many
  const [least, most] = [length - slips, lengthOf(whole) + slips + BETWEEN]
  const near = await walk(
    sql,
    (after, last) => sql<Found>`
      select id, slug, name, tick, found from rooms r
      where id > ${after} and id <= ${last} and length(found) between ${least} and ${most} and (slug = ${DEFAULT_ROOM}
        or exists (select 1 from members m where m.room = r.id and m.present = 1)
        or exists (select 1 from messages s where s.room = r.id))`,
    (rooms) =>
      rooms
        .filter(({ found }) => isWithin(spelled(found), letters, slips))
        .sort(byName)
        .slice(0, limit),
  )
  return near.map(toRoom)
}

/** Goes through all rooms, so many at a time, and keeps the best of those that were found so far. One that everyone has left, and in
 *  which nothing was said, is named to nobody: see `otherRooms`. */
async function walk(
  sql: Sql,
  read: (after: number, last: number) => Promise<Found[]>,
  best: (rooms: Found[]) => Found[],
): Promise<Found[]> {
  let found: Found[] = []
  const step = inSteps()
  for (let after = 0; ; ) {
    const [part] = await sql<{ last: number | null }>`
      select max(id) as last from (select id from rooms where id > ${after} order by id limit ${LOOKED_THROUGH}) as part`
    const last = part?.last ?? null
    if (last === null) return found
    found = best([...found, ...(await read(after, last))])
    after = last
    await step()
  }
}

const toRoom = ({ id, slug, name, tick }: Found): Room => ({ kind: "room", tick, id, name, slug })

/** "Book clubs" and "bookclub" are a letter apart: what stands between words does not count. */
const spelled = (letters: string): string => letters.replace(/[^\p{L}\p{N}]/gu, "")

/** Whether one becomes the other by so many letters put in, left out, changed or swapped. */
export function isWithin(before: string, after: string, slips: number): boolean {
  const [one, other] = [Array.from(before), Array.from(after)]
  if (Math.abs(one.length - other.length) > slips) return false
  let [earlier, last] = [[] as number[], Array.from({ length: other.length + 1 }, (_, at) => at)]
  for (let i = 1; i <= one.length; i++) {
    const row = [i]
    for (let j = 1; j <= other.length; j++) {
      const isSame = one[i - 1] === other[j - 1]
      let least = Math.min(last[j]! + 1, row[j - 1]! + 1, last[j - 1]! + (isSame ? 0 : 1))
      const isSwapped = i > 1 && j > 1 && one[i - 1] === other[j - 2] && one[i - 2] === other[j - 1]
      if (isSwapped) least = Math.min(least, earlier[j - 2]! + 1)
      row.push(least)
    }
    if (Math.min(...row) > slips) return false
    ;[earlier, last] = [last, row]
  }
  return last[other.length]! <= slips
}

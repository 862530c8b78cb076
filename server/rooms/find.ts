// Finding a room by a part of its name, however it is written, and those whose names are nearly the one that is to be new.
import type { Room } from "../../protocol/event.ts"
import { DEFAULT_ROOM, lengthOf } from "../../protocol/limits.ts"
import { plain } from "../../protocol/sought.ts"
import { byName } from "../../protocol/text.ts"
import type { Sql } from "../db/sql.ts"
import { inSteps } from "../rounds.ts"

/** Rooms that are looked through at once: a millisecond, if all of them are read and compared. No index finds a part of a name, and
 *  others wait for the event loop. */
const LOOKED_THROUGH = 500
/** Letters that two names may differ in and still be taken for a slip: one, or two where there are many. */
const SLIP = { few: 1, many: 2, fromLength: 7 }
/** Names shorter than this differ by a letter as a matter of course. */
const SHORTEST = 4
/** Signs between words by which the lengths of two such names may differ. */
const BETWEEN = 4

type Found = Room & { found: string }

/** The rooms whose names hold these letters, those that begin with them first, at most `limit`. By `like`, SQLite would begin anew at
 *  each letter, and for a name of one letter over and over go through all of it each time. */
export async function roomsWith(sql: Sql, typed: string, limit: number): Promise<Room[]> {
  const letters = plain(typed.trim())
  if (letters === "") return []
  const place = ({ found }: Found) => Number(!found.startsWith(letters))
  const found = await walk(
    sql,
    (after, last) => sql<Found>`
      select id, slug, name, tick, found from rooms r
      where id > ${after} and id <= ${last} and replace(found, ${letters}, '') <> found and (slug = ${DEFAULT_ROOM}
        or exists (select 1 from members m where m.room = r.id and m.present = 1)
        or exists (select 1 from messages s where s.room = r.id))`,
    (found, rooms) => {
      // What parts words is in most names: by itself it is looked for where there is nothing else.
      const meant = letters === " " ? rooms.filter((room) => room.found === letters) : rooms
      keep(found, meant, limit, (one, other) => place(one) - place(other) || byName(one, other))
    },
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
    (near, rooms) => {
      const alike = rooms.filter(({ found }) => isWithin(spelled(found), letters, slips))
      keep(near, alike, limit, byName)
    },
  )
  return near.map(toRoom)
}

/** Goes through all rooms, so many at a time; `add` keeps the best of those that were found so far. One that everyone has left, and in
 *  which nothing was said, is named to nobody: see `otherRooms`. */
async function walk(
  sql: Sql,
  read: (after: number, last: number) => Promise<Found[]>,
  add: (found: Found[], rooms: Found[]) => void,
): Promise<Found[]> {
  const found: Found[] = []
  const step = inSteps()
  for (let after = 0; ; ) {
    const [part] = await sql<{ last: number | null }>`
      select max(id) as last from (select id from rooms where id > ${after} order by id limit ${LOOKED_THROUGH}) as part`
    const last = part?.last ?? null
    if (last === null) return found
    add(found, await read(after, last))
    after = last
    await step()
  }
}

const toRoom = ({ id, slug, name, tick }: Found): Room => ({ kind: "room", tick, id, name, slug })

/** "Book clubs" and "bookclub" are a letter apart: what stands between words does not count. */
const spelled = (letters: string): string => letters.replace(/[^\p{L}\p{N}]/gu, "")

/** Puts them among the first so many of that order, which is all that is kept. Most are behind the last of these. */
function keep(first: Found[], rooms: Found[], limit: number, order: (one: Found, other: Found) => number): void {
  for (const room of rooms) {
    let [from, to] = [0, first.length]
    if (to === limit && order(room, first[to - 1]!) >= 0) continue
    while (from < to) {
      const middle = (from + to) >> 1
      if (order(room, first[middle]!) < 0) to = middle
      else from = middle + 1
    }
    first.splice(from, 0, room)
    if (first.length > limit) first.pop()
  }
}

/** The letters of the two that are compared: thousands are, one after the other, and so nothing is made for each. */
const [ours, theirs] = [
  { letters: new Uint32Array(512), length: 0 },
  { letters: new Uint32Array(512), length: 0 },
]

/** Whether one becomes the other by so many letters put in, left out, changed or swapped: a few, as it tries each at each slip. */
export function isWithin(before: string, after: string, slips: number): boolean {
  if (before.length > 2 * (after.length + slips) || after.length > 2 * (before.length + slips)) return false
  let at = 0
  while (at < before.length && before.charCodeAt(at) === after.charCodeAt(at)) at++
  const isHalf = (before.charCodeAt(at - 1) & 0xfc00) === 0xd800 // of a letter of two units
  take(ours, before, isHalf ? at - 1 : at)
  take(theirs, after, isHalf ? at - 1 : at)
  return isNear(0, 0, slips)
}

function take(into: typeof ours, text: string, from: number): void {
  if (into.letters.length < text.length) into.letters = new Uint32Array(2 * text.length)
  let [length, at] = [0, from]
  while (at < text.length) {
    const letter = text.codePointAt(at)!
    into.letters[length++] = letter
    at += letter > 0xffff ? 2 : 1
  }
  into.length = length
}

/** From there on in the one, and in the other. What they have in common is no slip, so that nothing is tried before its end. */
function isNear(i: number, j: number, slips: number): boolean {
  const [one, other] = [ours.letters, theirs.letters]
  while (i < ours.length && j < theirs.length && one[i] === other[j]) {
    i++
    j++
  }
  const [left, right] = [ours.length - i, theirs.length - j]
  if (left === 0 || right === 0) return left + right <= slips
  if (slips === 0 || Math.abs(left - right) > slips) return false
  const isSwapped = left > 1 && right > 1 && one[i] === other[j + 1] && one[i + 1] === other[j]
  return (
    isNear(i + 1, j + 1, slips - 1) ||
    isNear(i + 1, j, slips - 1) ||
    isNear(i, j + 1, slips - 1) ||
    (isSwapped && isNear(i + 2, j + 2, slips - 1))
  )
}

// Rooms and who is in them, as the database has them.
import { plainText } from "../../protocol/command.ts"
import type { Author, Change, Member, Room } from "../../protocol/event.ts"
import { DEFAULT_ROOM } from "../../protocol/limits.ts"
import { Refusal } from "../../protocol/refusal.ts"
import type { Attendance } from "../../view/snapshot.ts"
import type { Reader } from "../caller.ts"
import { allOf, type Sql } from "../db/sql.ts"
import type { Span } from "../live/clock.ts"
import { inSteps } from "../rounds.ts"
import { bounds, mustStand } from "../standing.ts"
import { slugsFor } from "./names.ts"

type RoomRow = { id: number; slug: string; name: string; tick: number }
type MemberRow = { room: number; person: number; name: string; present: number; tick: number }

const toRoom = (row: RoomRow): Room => ({ kind: "room", tick: row.tick, id: row.id, name: row.name, slug: row.slug })

/** Every room is open so far: everyone signed in may know of it. */
export async function changedRooms(sql: Sql, { after, upTo, limit }: Span): Promise<Change[]> {
  const rows = await sql<RoomRow>`
    select id, slug, name, tick from rooms where tick > ${after} and tick <= ${upTo} order by tick limit ${limit}`
  return rows.map(toRoom)
}

/** Who came and went, in the rooms that this person is in (or watches), and always what concerns the person. */
export async function changedMembers(sql: Sql, { person, watching, after, upTo, limit }: Span): Promise<Change[]> {
  const rows = await sql<MemberRow>`
    select m.room, m.person, p.name, m.present, m.tick from members m join people p on p.id = m.person
    where m.tick > ${after} and m.tick <= ${upTo}
      and (cast(${person} as bigint) is null or m.person = ${person} or m.room = ${watching}
           or m.room in (select room from members where person = ${person} and present = 1))
    order by m.tick limit ${limit}`
  return rows.map(toMember)
}

const toMember = (row: MemberRow): Member => ({
  kind: "member",
  tick: row.tick,
  room: row.room,
  person: { id: row.person, name: row.name },
  present: row.present === 1,
})

/** The ids of the rooms that this person is in. */
export async function roomsOf(sql: Sql, person: number): Promise<Set<number>> {
  const rows = await sql<{ room: number }>`select room from members where person = ${person} and present = 1`
  return new Set(rows.map((row) => row.room))
}

/** So many rooms, those whose slug comes after that, whatever stands in it: it comes out of an address. */
export type Part = { limit: number; after?: string | undefined }
/** `more`: the slug after which there are more. */
export type Rooms = { rooms: Room[]; more: string | null }

/** Members of a room: a millisecond. */
const READ_AT_ONCE = 4_000
/** And where they are only counted. */
const COUNTED_AT_ONCE = 30_000
/** Rooms that are looked through at once for those to list: a millisecond; and so many times for one list. */
const LOOKED_THROUGH = 2_000
const MOST_TIMES = 8

const partOf = (rows: RoomRow[], limit: number): Rooms => ({
  rooms: rows.slice(0, limit).map(toRoom),
  more: rows.length > limit ? rows[limit - 1]!.slug : null,
})

/** The rooms that this person is in, by name. */
export async function joinedRooms(sql: Sql, person: number, { limit, after = "" }: Part): Promise<Rooms> {
  const rows = await sql<RoomRow>`
    select r.id, r.slug, r.name, r.tick from members m join rooms r on r.id = m.room
    where m.person = ${person} and m.present = 1 and r.slug > ${plainText(after)} order by r.slug limit ${limit + 1}`
  return partOf(rows, limit)
}

/** The open rooms that this person is not in, by name. A room that everyone has left, and in which nothing was ever said, was a
 *  slip: it is not named to anyone any more. There may be any number of those, so that they are gone through in parts, and where
 *  one would look for too long there are more. */
export async function otherRooms(sql: Sql, person: number, { limit, after = "" }: Part): Promise<Rooms> {
  const found: RoomRow[] = []
  let seen = plainText(after)
  const step = inSteps()
  for (let times = 0; times < MOST_TIMES; times++) {
    const [part] = await sql<{ last: string | null }>`
      select max(slug) as last
      from (select slug from rooms where slug > ${seen} order by slug limit ${LOOKED_THROUGH}) as part`
    const last = part?.last ?? null
    if (last === null) return partOf(found, limit)
    const rows = await sql<RoomRow>`
      select id, slug, name, tick from rooms r
      where slug > ${seen} and slug <= ${last}
        and not exists (select 1 from members m where m.room = r.id and m.person = ${person} and m.present = 1)
        and (slug = ${DEFAULT_ROOM} or exists (select 1 from members m where m.room = r.id and m.present = 1)
          or exists (select 1 from messages s where s.room = r.id))
      order by slug limit ${limit - found.length + 1}`
    found.push(...rows)
    if (found.length > limit) return partOf(found, limit)
    seen = last
    await step()
  }
  return { rooms: found.map(toRoom), more: seen }
}

/** A room by its id, or by its name in any spelling. */
export async function findRoom(sql: Sql, room: number | string): Promise<Room | undefined> {
  const [row] =
    typeof room === "number"
      ? await sql<RoomRow>`select id, slug, name, tick from rooms where id = ${room}`
      : await roomsNamed(room, (slug) => sql<RoomRow>`select id, slug, name, tick from rooms where slug = ${slug}`)
  return row && toRoom(row)
}

/** The one at exactly that address first: so a permalink of long ago leads where it led. Almost always there is one to ask for. */
async function roomsNamed<Row extends { slug: string }>(
  name: string,
  at: (slug: string) => Promise<Row[]>,
): Promise<Row[]> {
  const [slug, ...others] = slugsFor(name)
  if (slug === undefined) return []
  if (others.length === 0) return at(slug)
  const rows = (await allOf([at(slug), ...others.map(at)])).flat()
  return rows.toSorted((one, other) => Number(other.slug === name) - Number(one.slug === name))
}

/** A room that someone may read, and whether they are in it. */
export type Access = { room: Room; member: boolean }
/** `stands` is null where their session does not. */
type AccessRow = RoomRow & { member: number | null; stands: number | null }

/** The one check before anything of a room is read or written, at both doors, and one question, as it comes before every post. A
 *  room that one may not see and a room that does not exist are the same refusal. Every room is open so far, so whoever is signed
 *  in may read it: now, and not only when their request was let in. */
export async function accessTo(sql: Sql, room: number | string, reader: Reader): Promise<Access> {
  const [row] = await accessRows(sql, room, reader)
  if (!row || row.stands === null) await mustStand(sql, reader) // the command line's stands, and is in no table
  if (!row) throw new Refusal("not_found", "There is no such room. Look for it among the rooms, or open it.")
  return { room: toRoom(row), member: row.member === 1 }
}

/** Sub-queries by primary keys alone, with a session's age compared in what they answer: joined, or with the age in the condition,
 *  Postgres may go by another index, through all of a person's rooms or all sessions. */
async function accessRows(sql: Sql, room: number | string, { person, session }: Reader): Promise<AccessRow[]> {
  const { begun, used } = bounds()
  const at = (slug: string) => sql<AccessRow>`
    select id, slug, name, tick,
      (select present from members where room = rooms.id and person = ${person}) as member,
      (select case when ended is null and at > ${begun} and seen > ${used} then 1 end
        from sessions where sessions.id = ${session}) as stands
    from rooms where slug = ${slug}`
  if (typeof room === "string") return roomsNamed(room, at)
  const found = await findRoom(sql, room)
  return found ? at(found.slug) : []
}

export const mustBeReadable = async (sql: Sql, room: number | string, reader: Reader): Promise<Room> =>
  (await accessTo(sql, room, reader)).room

/** The ids of everyone who is in the room. Some thousand are read at once: there may be a hundred thousand, and others wait. Who
 *  comes or goes meanwhile is in it or not. */
export async function membersOf(sql: Sql, room: number): Promise<Set<number>> {
  const members = new Set<number>()
  const step = inSteps()
  for (let last = 0; ; ) {
    const rows = await sql<{ person: number }>`
      select person from members where room = ${room} and present = 1 and person > ${last}
      order by person limit ${READ_AT_ONCE}`
    for (const { person } of rows) members.add(person)
    if (rows.length < READ_AT_ONCE) return members
    last = rows.at(-1)!.person
    await step()
  }
}

export async function isMember(sql: Sql, room: number, person: number): Promise<boolean> {
  const rows = await sql`select 1 from members where room = ${room} and person = ${person} and present = 1`
  return rows.length > 0
}

/** How many are in the room, and whether that person is. */
export async function attendance(sql: Sql, room: number, person: number): Promise<Attendance> {
  return { member: await isMember(sql, room, person), members: await countMembers(sql, room) }
}

/** In steps, as there may be a hundred thousand. Who comes or goes meanwhile is counted or not. */
async function countMembers(sql: Sql, room: number): Promise<number> {
  let members = 0
  const step = inSteps()
  for (let last = 0; ; ) {
    const [part] = await sql<{ count: number; last: number | null }>`
      select count(*) as count, max(person) as last from (
        select person from members where room = ${room} and present = 1 and person > ${last}
        order by person limit ${COUNTED_AT_ONCE}) as part`
    members += part!.count
    if (part!.last === null || part!.count < COUNTED_AT_ONCE) return members
    last = part!.last
    await step()
  }
}

/** So many of those who are in the room, in the order in which they came to the place. */
export const listMembers = (sql: Sql, room: number, limit: number): Promise<Author[]> => sql<Author>`
  select p.id, p.name from members m join people p on p.id = m.person
  where m.room = ${room} and m.present = 1 order by m.person limit ${limit}`

/** Whether nothing was ever said in it. */
export const isSilent = async (sql: Sql, room: number): Promise<boolean> =>
  (await sql`select 1 from messages where room = ${room} limit 1`).length === 0

/** The last moves of those who came into the room, or left it, after this tick: at most `limit`, the newest. */
export async function comingsSince(sql: Sql, room: number, after: number, limit: number): Promise<Member[]> {
  const rows = await sql<MemberRow>`
    select m.room, m.person, p.name, m.present, m.tick from members m join people p on p.id = m.person
    where m.room = ${room} and m.tick > ${after} order by m.tick desc limit ${limit}`
  return rows.map(toMember)
}

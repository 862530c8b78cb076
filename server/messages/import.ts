// Taking in what was said elsewhere. Each line carries a nonce made from itself, so that a line taken before is known
// again and a second run adds nothing. Authors who are not here become people nobody can sign in as, until the owner
// makes them a password link.
import { type CommandOf, plainText } from "../../protocol/command.ts"
import type { Change, Message, Person, Room } from "../../protocol/event.ts"
import { lengthOf, MAX_TEXT, MAX_USERNAME } from "../../protocol/limits.ts"
import { Refusal } from "../../protocol/refusal.ts"
import type { App } from "../app.ts"
import { type Caller, mustBeOwner } from "../caller.ts"
import type { Sql } from "../db/sql.ts"
import { nextTick } from "../live/clock.ts"
import type { Outcome } from "../outcome.ts"
import { skeletonOf } from "../people/names.ts"
import { insertPerson } from "../people/rows.ts"
import { roomName, slugOf } from "../rooms/names.ts"
import { insertRoom } from "../rooms/open.ts"
import { findRoom } from "../rooms/rows.ts"

type Line = CommandOf<"import">["lines"][number]

/** How many lines were new and how many known, and why others were not taken (`index` in the lines given). */
export type Imported = { added: number; known: number; refused: { index: number; reason: string }[] }

/** Takes the lines in their order, all in one transaction; a line that cannot be taken does not stop the others.
 *  Only the owner, or whoever has the data folder in hand. */
export async function importLines(
  { db }: App,
  caller: Caller,
  { lines }: CommandOf<"import">,
): Promise<Outcome<Imported>> {
  mustBeOwner(caller)
  return db.tx(async (sql) => {
    const answer: Imported = { added: 0, known: 0, refused: [] }
    const changes: Change[] = []
    const rooms = new Map<string, Room>()
    const authors = new Map<string, Person>()
    for (const [index, line] of lines.entries()) {
      try {
        const { room: where, author: who, ...said } = taken(line) // before anything is written
        const room = await oneOf(rooms, where, () => roomNamed(sql, where, changes))
        const author = await oneOf(authors, who, () => authorNamed(sql, who, changes))
        const message = await insertMessage(sql, room.id, author, said)
        if (message) changes.push(message)
        answer[message ? "added" : "known"]++
      } catch (error) {
        if (!(error instanceof Refusal)) throw error
        answer.refused.push({ index, reason: error.message })
      }
    }
    return { answer, changes }
  })
}

/** The line as it will be kept, or a refusal. Names from elsewhere stay as they are, within reason: `]Zero[` could not
 *  register here, but did speak there. */
function taken(line: Line): Line {
  const room = roomName(line.room)
  const author = line.author.toWellFormed().normalize("NFC").trim()
  if (author === "") throw new Refusal("invalid", "the author has no name")
  if (lengthOf(author) > MAX_USERNAME)
    throw new Refusal("too_large", `the author's name has more than ${MAX_USERNAME} characters`)
  // The sign after a heart that makes it red may stay: by it nobody looks like someone else.
  const visible = author.replace(/(?<=\p{Extended_Pictographic})\ufe0f/gu, "")
  if (/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{DI}]/u.test(visible))
    throw new Refusal("invalid", "the author's name holds invisible characters")
  const text = plainText(line.text)
  if (text.trim() === "") throw new Refusal("invalid", "the message has no text")
  if (lengthOf(text) > MAX_TEXT) throw new Refusal("too_large", `the message has more than ${MAX_TEXT} characters`)
  if (!Number.isInteger(line.at) || Number.isNaN(new Date(line.at).getTime()))
    throw new Refusal("invalid", "the time is not a time")
  return { ...line, room, author, text }
}

async function oneOf<Thing>(found: Map<string, Thing>, name: string, find: () => Promise<Thing>): Promise<Thing> {
  const thing = found.get(name) ?? (await find())
  found.set(name, thing)
  return thing
}

async function roomNamed(sql: Sql, name: string, changes: Change[]): Promise<Room> {
  const standing = await findRoom(sql, slugOf(name))
  if (standing) return standing
  const room = await insertRoom(sql, name)
  changes.push(room)
  return room
}

async function authorNamed(sql: Sql, name: string, changes: Change[]): Promise<Person> {
  const [standing] = await sql<{ id: number; name: string; role: Person["role"]; tick: number }>`
    select id, name, role, tick from people where name = ${name}`
  if (standing) return { kind: "person", ...standing }

  const skeleton = skeletonOf(name)
  const taken = (await sql`select 1 from people where skeleton = ${skeleton}`).length > 0
  const person = await insertPerson(sql, { name, skeleton: taken ? null : skeleton, password: null, role: "member" })
  changes.push(person)
  return person
}

/** Null when the line was taken before. */
async function insertMessage(
  sql: Sql,
  room: number,
  author: Person,
  { text, at, nonce }: Pick<Line, "text" | "at" | "nonce">,
): Promise<Message | null> {
  const known = await sql`select 1 from messages where author = ${author.id} and nonce = ${nonce}`
  if (known.length > 0) return null
  const tick = await nextTick(sql)
  await sql`
    insert into messages (id, room, author, text, at, tick, nonce)
    values (${tick}, ${room}, ${author.id}, ${text}, ${at}, ${tick}, ${nonce})`
  return { kind: "message", tick, id: tick, room, author: { id: author.id, name: author.name }, text, at, nonce }
}

// Taking in what was said elsewhere. Each line carries a nonce made from itself, so that a line taken before is known
// again and a second run adds nothing. Authors who are not here become people nobody can sign in as, until the owner
// makes them a password link.
//
// Everyone waits while a batch is written. So what is there is asked for all of its lines side by side, and what is not is
// written side by side: on Postgres that is a few statements, however many lines there are.
import { type CommandOf, plainText } from "../../protocol/command.ts"
import type { Change, Message } from "../../protocol/event.ts"
import { lengthOf, MAX_TEXT, MAX_TYPED, MAX_TYPED_TEXT, MAX_USERNAME } from "../../protocol/limits.ts"
import { Refusal } from "../../protocol/refusal.ts"
import { composed, isBlank, isLong } from "../../protocol/text.ts"
import type { App } from "../app.ts"
import { type Caller, mustBeOwner } from "../caller.ts"
import type { Sql } from "../db/sql.ts"
import { nextTick } from "../live/clock.ts"
import { strayIn } from "../names/joiners.ts"
import type { Outcome } from "../outcome.ts"
import { insertPerson } from "../people/rows.ts"
import { roomName, slugOf } from "../rooms/names.ts"
import { insertRoom } from "../rooms/open.ts"
import { findRoom } from "../rooms/rows.ts"

type Line = CommandOf<"import">["lines"][number]
type Fit = Line & { slug: string }

const DAY = 24 * 60 * 60 * 1000

/** By what a line is known again. No nonce holds a space. */
const keyOf = ({ author, nonce }: Fit): string => `${nonce} ${author}`

/** How many lines were new and how many known, and why others were not taken (`index` in the lines given). */
export type Imported = {
  added: number
  known: number
  refused: { index: number; reason: string }[]
  /** Days of a room that are older than what it held, if there are any: they stand below it, as ids order and not times. */
  late?: string[]
}

/** Takes the lines in their order, all in one transaction; a line that cannot be taken does not stop the others.
 *  Only the owner, or whoever has the data folder in hand. */
export async function importLines(
  { db }: App,
  caller: Caller,
  { lines }: CommandOf<"import">,
): Promise<Outcome<Imported>> {
  mustBeOwner(caller)
  const fit: Fit[] = []
  const refused: Imported["refused"] = []
  for (const [index, line] of lines.entries()) {
    try {
      fit.push(taken(line))
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      refused.push({ index, reason: error.message })
    }
  }
  return db.tx(async (sql) => {
    const there = await standing(sql, fit)
    const newest = await newestIn(sql, there.rooms)
    const changes = await bear(sql, missing(sql, fit, there))
    const messages = changes.filter((change) => change.kind === "message")
    const added = messages.length
    const late = daysBefore(newest, messages)
    return { answer: { added, known: fit.length - added, refused, ...(late.length > 0 && { late }) }, changes }
  })
}

/** The line as it will be kept, with its room's address, or a refusal. Names from elsewhere stay as they are, within reason:
 *  `]Zero[` could not register here, but did speak there. */
function taken(line: Line): Fit {
  mustBeShort(line)
  const room = roomName(line.room)
  const written = line.author.toWellFormed().trim()
  const author = composed(written)
  if (isBlank(author)) throw new Refusal("invalid", "the author has no name")
  if (isLong(written) || lengthOf(author) > MAX_USERNAME)
    throw new Refusal("too_large", `the author's name has more than ${MAX_USERNAME} characters`)
  const stray = strayIn(author)
  if (stray) throw new Refusal("invalid", `the author's name holds invisible characters (${stray} is one)`)
  const text = plainText(line.text)
  if (isBlank(text)) throw new Refusal("invalid", "the message has no text")
  if (lengthOf(text) > MAX_TEXT) throw new Refusal("too_large", `the message has more than ${MAX_TEXT} characters`)
  if (!Number.isInteger(line.at) || line.at < 0 || line.at > Date.now() + DAY)
    throw new Refusal("invalid", "the time is not one between 1970 and tomorrow")
  return { ...line, room, slug: slugOf(room), author, text }
}

/** Measured as they came, before anything works on them. */
function mustBeShort({ room, author, text }: Line): void {
  if (room.length > MAX_TYPED) throw new Refusal("too_large", "the room's name is longer than a name can be")
  if (author.length > MAX_TYPED)
    throw new Refusal("too_large", `the author's name has more than ${MAX_USERNAME} characters`)
  if (text.length > MAX_TYPED_TEXT) throw new Refusal("too_large", `the message has more than ${MAX_TEXT} characters`)
}

/** A row's id; that of a row which is to come is known when its tick is. */
type Id = { id: number }

/** What is here of that which the lines name: rooms by their addresses, people by their names, and what was said by its key. */
type Standing = Record<"rooms" | "people" | "said", Map<string, Id>>

async function standing(sql: Sql, lines: Fit[]): Promise<Standing> {
  const named = new Map(lines.map(({ slug, room }) => [slug, room]))
  const names = lines.map(({ author }) => author)
  const [rooms, people] = await Promise.all([
    found([...named.keys()], async (slug) => {
      const room = await findRoom(sql, named.get(slug)!)
      return room ? [room] : []
    }),
    found(names, (name) => sql<Id>`select id from people where name = ${name}`),
  ])
  const byKey = new Map(lines.map((line) => [keyOf(line), line]))
  const known = [...byKey].flatMap(([key, { author }]) => (people.has(author) ? [key] : []))
  const said = await found(known, (key) => {
    const { author, nonce } = byKey.get(key)!
    return sql<Id>`select id from messages where author = ${people.get(author)!.id} and nonce = ${nonce}`
  })
  return { rooms, people, said }
}

/** Asks for all of them in one turn. */
async function found(keys: string[], ask: (key: string) => Promise<Id[]>): Promise<Map<string, Id>> {
  const asked = [...new Set(keys)]
  const answers = await Promise.all(asked.map(ask))
  return new Map(answers.flatMap(([one], i) => (one ? [[asked[i]!, one] as const] : [])))
}

/** When the last was said in each of these rooms. */
async function newestIn(sql: Sql, rooms: Map<string, Id>): Promise<Map<number, number>> {
  const read = ({ id }: Id) => sql<{ at: number }>`
    select at from messages where room = ${id} order by at desc limit 1`
  const found = await Promise.all(
    [...rooms.values()].map(async (room) => [room.id, (await read(room))[0]?.at] as const),
  )
  return new Map(found.flatMap(([room, at]) => (at === undefined ? [] : [[room, at] as const])))
}

function daysBefore(newest: Map<number, number>, messages: Message[]): string[] {
  const days = messages
    .filter(({ room, at }) => at < (newest.get(room) ?? 0))
    .map(({ room, at }) => [room, Math.floor(at / DAY)] as const)
    .filter(([room, day]) => day < Math.floor(newest.get(room)! / DAY))
  return [...new Set(days.map(([room, day]) => `${room} ${day}`))]
}

/** Writes one thing that is missing, at its tick. */
type Birth = (tick: number) => Promise<Change>

/** What is missing, in the order of the lines: a room and an author before the first line that names them. */
function missing(sql: Sql, lines: Fit[], { rooms, people, said }: Standing): Birth[] {
  const births: Birth[] = []
  /** The one that is there, or is to come. */
  const oneOf = (there: Map<string, Id>, key: string, insert: Birth): Id => {
    const known = there.get(key)
    if (known) return known
    const one = { id: 0 }
    there.set(key, one)
    births.push((tick) => {
      one.id = tick
      return insert(tick)
    })
    return one
  }
  for (const line of lines) {
    const { author: name } = line
    const room = oneOf(rooms, line.slug, (tick) => insertRoom(sql, line.room, tick))
    const author = oneOf(people, name, (tick) => {
      return insertPerson(sql, { name, password: null, role: "member" }, tick)
    })
    oneOf(said, keyOf(line), (tick) => insertMessage(sql, tick, room.id, { id: author.id, name }, line))
  }
  return births
}

/** All in one turn: each begins before any is done. */
async function bear(sql: Sql, births: Birth[]): Promise<Change[]> {
  if (births.length === 0) return []
  const last = await nextTick(sql, births.length)
  return Promise.all(births.map((birth, i) => birth(last - births.length + 1 + i)))
}

async function insertMessage(
  sql: Sql,
  tick: number,
  room: number,
  author: Message["author"],
  { text, at, nonce }: Line,
): Promise<Message> {
  await sql`
    insert into messages (id, room, author, text, at, tick, nonce)
    values (${tick}, ${room}, ${author.id}, ${text}, ${at}, ${tick}, ${nonce})`
  return { kind: "message", tick, id: tick, room, author, text, at, nonce }
}

// A place with many rooms and people, among them some who are in many rooms: its rows are written straight into the tables.
import { Database } from "bun:sqlite"
import { join } from "node:path"
import { kept } from "../server/names/kept.ts"
import { COST } from "../server/people/password.ts"
import { hashOf, newToken } from "../server/people/session.ts"
import { LONG_ONES, LONGEST, SHORT_ONES } from "../test/asks.ts"

export type LargePlace = {
  /** Names for the browser's cookie: who reads, and who speaks. */
  readers: string[]
  speakers: string[]
  /** A room with many people and messages; and one of its messages. */
  room: string
  message: number
  /** A tick since when as much has happened as is ever looked through for who missed it. */
  far: number
  /** A room of short messages and then the longest there are, and the tick before these. */
  long: string
  since: number
}

export type Size = { rooms: number; imported: number; memberships: number; members: number; messages: number }

const SPEAKERS = 10
/** Of the readers, as it is kept: nobody knows it. */
const PASSWORD = Bun.password.hashSync(crypto.randomUUID(), COST)
const FAR = 49_000

/** The room in which the speakers speak. */
export const SPOKEN_IN = "talk"

/** Into the folder of a place that nobody serves, and that has an owner. Each reader is a person with so many memberships. */
export function fill(folder: string, size: Size, readers: number): LargePlace {
  const database = new Database(join(folder, "parlour.db"))
  database.run("pragma synchronous = off")
  let { tick } = database.query<{ tick: number }, []>("select tick from clock").get()!
  const now = Date.now()
  const statement = (text: string) => database.prepare(text)
  const addPerson = statement(
    "insert into people (id, name, password, role, at, tick, folded, found, rule) values (?1, ?2, ?3, 'member', 0, ?1, ?4, ?5, ?6)",
  )
  const addRoom = statement(
    "insert into rooms (id, slug, name, at, tick, found, rule) values (?1, ?2, ?2, 0, ?1, ?3, ?4)",
  )
  const addMember = statement("insert into members (room, person, present, tick) values (?1, ?2, 1, ?3)")
  const addSession = statement("insert into sessions (id, hash, person, at, seen) values (?1, ?2, ?3, ?4, ?4)")
  const addMessage = statement(
    "insert into messages (id, room, author, text, at, tick, nonce) values (?1, ?2, ?3, ?4, ?5, ?1, null)",
  )
  const person = (name: string, password: string | null) => {
    const { folded, found, rule } = kept(name)
    addPerson.run(++tick, name, password, folded, found, rule)
    return tick
  }
  const letIn = (name: string, id: number) => {
    const token = newToken()
    addSession.run(name, hashOf(token), id, now)
    return token
  }

  database.run("begin")
  const { id: talk } = database.query<{ id: number }, []>(`select id from rooms where slug = '${SPOKEN_IN}'`).get()!
  const rooms = Array.from({ length: size.rooms }, (_, i) => {
    const { found, rule } = kept(`room-${i}`)
    addRoom.run(++tick, `room-${i}`, found, rule)
    return tick
  })
  const full = rooms.at(-1)!
  const imported = Array.from({ length: size.imported }, (_, i) => person(`imported ${i}`, null))
  for (const id of imported.slice(0, size.members)) addMember.run(full, id, ++tick)
  for (let i = 0; i < size.messages; i++)
    addMessage.run(++tick, full, imported[i % imported.length]!, `A message of some words, the ${i}th.`, now - i)
  const message = tick - Math.floor(size.messages / 2)
  const tokens = Array.from({ length: readers }, (_, i) => {
    const id = person(`reader ${i}`, PASSWORD)
    for (const room of rooms.slice(0, size.memberships)) addMember.run(room, id, ++tick)
    return letIn(`reader${i}`, id)
  })
  const since = tick
  const long = rooms.at(-2)!
  for (let i = 0; i < SHORT_ONES + LONG_ONES; i++)
    addMessage.run(++tick, long, imported[0]!, i < SHORT_ONES ? "x" : LONGEST, now)
  const speaking = Array.from({ length: SPEAKERS }, (_, i) => {
    const id = person(`speaker ${i}`, "none")
    addMember.run(talk, id, ++tick)
    return letIn(`speaker${i}`, id)
  })
  database.run("update clock set tick = ?", [tick])
  database.run("commit")
  for (const one of [addPerson, addRoom, addMember, addSession, addMessage]) one.finalize()
  database.run("pragma wal_checkpoint(truncate)")
  database.close()
  return {
    readers: tokens,
    speakers: speaking,
    room: `room-${size.rooms - 1}`,
    message,
    far: tick - FAR,
    long: `room-${size.rooms - 2}`,
    since,
  }
}

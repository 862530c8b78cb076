// The most that the database can do: what a post asks and writes, in five plain statements, on the tables of a place, by one
// process that does nothing else, one post a commit and many. Prints commits a second and posts a second.
import { Database } from "bun:sqlite"
import { join } from "node:path"
import { openSqlite } from "../../server/db/sqlite/sqlite.ts"

const SECONDS = 2
const GROUP = 256
const PEOPLE = 20
const ROOMS = 100
const TEXT = "Shall we meet at the harbour at noon? I bring the map, and you the sandwiches."

const file = join(process.argv[2]!, "bare.db")
await (await openSqlite(file)).close() // makes the tables
const database = new Database(file)
database.run("pragma journal_mode = wal")
database.run("pragma synchronous = full")
for (let person = 1; person <= PEOPLE; person++)
  database.run("insert into people (id, name, role, at, tick) values (?, ?, 'member', 0, 0)", [person, `p${person}`])
for (let room = 0; room < ROOMS; room++) {
  database.run("insert into rooms (id, slug, name, at, tick) values (?, ?, ?, 0, 0)", [room, `r${room}`, `r${room}`])
  database.run("insert into members (room, person, present, tick) values (?, ?, 1, 0)", [room, 1 + (room % PEOPLE)])
}

// "+?": a parameter that the planner may look at makes SQLite prepare the statement anew each time.
const room = database.prepare("select id, slug, name, tick from rooms where slug = +?")
const known = database.prepare("select id from messages where author = +? and nonce = +?")
const member = database.prepare("select 1 from members where room = +? and person = +? and present = 1")
const tick = database.prepare("update clock set tick = tick + 1 where id = 1 returning tick")
const insert = database.prepare(
  "insert into messages (id, room, author, text, at, tick, nonce) values (+?, +?, +?, +?, +?, +?, +?)",
)
let said = 0

function post(): void {
  const nonce = `bench-${1e9 + said++}`
  const { id } = room.get(`r${said % ROOMS}`) as { id: number }
  const author = 1 + (id % PEOPLE)
  known.get(author, nonce)
  member.get(id, author)
  const row = tick.get() as { tick: number }
  insert.run(row.tick, id, author, TEXT, Date.now(), row.tick, nonce)
}

function commits(group: number): number {
  const end = performance.now() + SECONDS * 1000
  let count = 0
  while (performance.now() < end) {
    database.run("begin immediate")
    for (let i = 0; i < group; i++) post()
    database.run("commit")
    count++
  }
  return count / SECONDS
}

const alone = commits(1)
const together = commits(GROUP)
console.log(JSON.stringify({ alone, together, messages: together * GROUP }))
database.close()

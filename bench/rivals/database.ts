// The most that the database can do: a message's three statements on the tables of a place, by one process that does
// nothing else, one message a commit and many. Prints commits a second and messages a second.
import { Database } from "bun:sqlite"
import { join } from "node:path"
import { openSqlite } from "../../server/db/sqlite.ts"

const SECONDS = 2
const GROUP = 256

const file = join(process.argv[2]!, "bare.db")
await (await openSqlite(file)).close() // makes the tables
const database = new Database(file)
database.run("pragma journal_mode = wal")
database.run("pragma synchronous = full")
database.run("insert into people (id, name, role, at, tick) values (1, 'person-10', 'member', 0, 0)")

const tick = database.prepare("update clock set tick = tick + 1 where id = 1 returning tick")
const known = database.prepare("select id from messages where author = +? and nonce = +?")
const insert = database.prepare(
  "insert into messages (id, room, author, text, at, tick, nonce) values (+?, +?, +?, +?, +?, +?, +?)",
)
const text = "Shall we meet at the harbour at noon? I bring the map, and you the sandwiches."
let said = 0

function post(): void {
  const nonce = `bench-${1e9 + said++}`
  known.all(1, nonce)
  const row = tick.get() as { tick: number }
  insert.run(row.tick, 2 + (said % 100), 1, text, Date.now(), row.tick, nonce)
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

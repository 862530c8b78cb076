// Brings a database up to the present: runs each file of migrations/ that it has not run yet, in order, each in one
// transaction with the note that it ran. A database from a newer Parlour is refused rather than guessed at.
import type { Database } from "bun:sqlite"
import { readdir, readFile } from "node:fs/promises"
import { join } from "node:path"

const FOLDER = join(import.meta.dirname, "../../migrations")

/** Before the cursor of a place that is being moved here and has not come as a whole: see move.ts. */
export const MOVING = "moving "

/** The migrations still to be run on a database that has run these. */
export async function migrationsAfter(ran: string[]): Promise<{ file: string; text: string }[]> {
  const files = (await readdir(FOLDER)).filter((file) => file.endsWith(".sql")).sort()
  if (ran.some((name) => name.startsWith(MOVING)))
    throw new Error(
      'Only a part of a place has been moved here: say the same "parlour move" again, and it goes on from there.',
    )
  const unknown = ran.find((name) => !files.includes(name))
  if (unknown)
    throw new Error(
      `This data was written by a newer Parlour (it has ${unknown}). Update Parlour, or restore a backup.`,
    )
  const left = files.filter((file) => !ran.includes(file))
  return Promise.all(left.map(async (file) => ({ file, text: await readFile(join(FOLDER, file), "utf8") })))
}

export async function migrate(database: Database): Promise<void> {
  database.run("create table if not exists migrations (name text primary key)")
  const ran = database.query<{ name: string }, []>("select name from migrations").all()
  for (const { file, text } of await migrationsAfter(ran.map(({ name }) => name)))
    database.transaction(() => {
      database.run(forSqlite(text))
      database.run("insert into migrations (name) values (?)", [file])
    })()
  database.run("insert into clock (id, tick) values (1, 0) on conflict do nothing")
}

/** On SQLite only `integer primary key` is the row's own number; as `bigint` it would be a second index. */
const forSqlite = (text: string) => text.replaceAll("bigint primary key", "integer primary key")

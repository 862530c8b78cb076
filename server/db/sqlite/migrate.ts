// Brings a file up to the present: see ../migrate.ts.
import type { Database } from "bun:sqlite"
import { migrationsAfter } from "../migrate.ts"

export async function migrate(database: Database): Promise<void> {
  database.run("create table if not exists migrations (name text primary key)")
  const ran = database.query<{ name: string }, []>("select name from migrations").all()
  for (const { file, text } of await migrationsAfter(ran.map(({ name }) => name)))
    database.transaction(() => {
      const statements = forSqlite(text)
      if (/^(?!--)\S/m.test(statements)) database.run(statements)
      database.run("insert into migrations (name) values (?)", [file])
    })()
  database.run("insert into clock (id, tick) values (1, 0) on conflict do nothing")
}

/** On SQLite only `integer primary key` is the row's own number; as `bigint` it would be a second index. And it orders text by
 *  its bytes anyway: what a migration does about that is nothing here. */
const forSqlite = (text: string) =>
  text
    .replaceAll("bigint primary key", "integer primary key")
    .replaceAll(/alter table \w+ alter column \w+ type text collate "C";/g, "")
    .replaceAll(' collate "C"', "")

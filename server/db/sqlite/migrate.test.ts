import { Database } from "bun:sqlite"
import { expect, test } from "bun:test"
import { join } from "node:path"
import { migrate } from "./migrate.ts"

const fresh = async () => {
  const database = new Database(":memory:")
  await migrate(database)
  return database
}
const clockOf = (database: Database) => database.query("select * from clock").all() as { tick: number }[]

test("an empty database is brought up to the present, at tick 0", async () => {
  expect(clockOf(await fresh())).toEqual([{ id: 1, tick: 0 }] as never)
})

test("a place of the first version keeps its history: its epoch is the first of the line", async () => {
  const database = new Database(":memory:")
  database.run(await Bun.file(join(import.meta.dirname, "../../../migrations/0001-start.sql")).text())
  database.run("create table migrations (name text primary key)")
  database.run("insert into migrations (name) values ('0001-start.sql')")
  database.run("insert into clock (id, tick, epoch) values (1, 70, 'abc')")
  await migrate(database)
  expect(clockOf(database)).toEqual([{ id: 1, tick: 70 }] as never)
  expect(database.query("select * from epochs").all()).toEqual([{ number: 1, name: "abc", began: 0, mark: null }])
})

test("of the sessions that there were the newest fifty of each person stay, and none has to change its token at once", async () => {
  const database = new Database(":memory:")
  const folder = join(import.meta.dirname, "../../../migrations")
  const older = [
    "0001-start",
    "0002-epochs",
    "0003-sessions-end",
    "0004-buckets",
    "0005-presence",
    "0006-expelled",
    "0007-owner",
  ]
  database.run("create table migrations (name text primary key)")
  for (const name of older) {
    database.run(await Bun.file(join(folder, `${name}.sql`)).text())
    database.run(`insert into migrations (name) values ('${name}.sql')`)
  }
  database.run("insert into clock (id, tick) values (1, 0)")
  for (const person of [1, 2])
    for (let i = 0; i < 60 * person; i++)
      database.run(
        `insert into sessions (id, hash, person, at, seen) values ('${person} ${i}', 'h${person} ${i}', ${person}, ${i}, ${i})`,
      )
  database.run("update sessions set ended = 5, tick = 5 where id = '1 59'")
  await migrate(database)
  const left = (query: string) => database.query(query).values().flat()
  expect(left("select count(*) from sessions where ended is null group by person")).toEqual([50, 50])
  expect(left("select min(seen) from sessions where ended is null group by person order by person")).toEqual([9, 70])
  expect(left("select distinct turned from sessions")).toEqual([119])
})

test("a second run changes nothing", async () => {
  const database = await fresh()
  database.run("update clock set tick = 17")
  const before = [clockOf(database), database.query("select * from migrations").all()]
  await migrate(database)
  expect([clockOf(database), database.query("select * from migrations").all()]).toEqual(before)
})

test("a database from a newer Parlour is refused and left alone", async () => {
  const database = await fresh()
  database.run("insert into migrations (name) values ('9999-of-tomorrow.sql')")
  expect(migrate(database)).rejects.toThrow(/newer Parlour .*9999-of-tomorrow\.sql.*\.$/)
  expect(clockOf(database)[0]!.tick).toBe(0)
})

test("a migration that fails is undone as a whole, so that it can be tried again", async () => {
  const database = new Database(":memory:")
  database.run("create table messages (id integer)") // in the way of the first
  expect(migrate(database)).rejects.toThrow()
  const tables = () => database.query("select name from sqlite_master where type = 'table' order by name").all()
  expect(tables()).toEqual([{ name: "messages" }, { name: "migrations" }])
  database.run("drop table messages")
  await migrate(database)
  expect(tables().length).toBeGreaterThan(5)
})

test("what is asked all the time is found by an index", async () => {
  const database = await fresh()
  const plan = (query: string) =>
    (database.query(`explain query plan ${query}`).all() as { detail: string }[]).map(({ detail }) => detail).join("; ")
  for (const query of [
    "select * from said where room = 1 and id < 5 order by id desc limit 50",
    "select * from said where room = 1 and id > 5 order by id limit 50",
    "select * from said where id > 5 and id <= 9 and tick = id order by id limit 500",
    "select * from said where tick > id and tick > 5 and tick <= 9 order by tick limit 500",
    "select * from said where author = 1 and nonce = 'x'",
    "select room from members where person = 1 and present = 1",
    "select 1 from people where folded = 'x' or name = 'x'",
    "select thing from looks where kind = 'person' and look = 'x' limit 1",
    "select 1 from sessions where hash = 'x'",
    "select tick from sessions where tick > 0 and tick > +? and tick <= +? order by tick limit 500",
    "select 1 from sessions s where (s.hash = +? or s.offered = +? or (s.former = +? and s.former_until > +?)) and s.ended is null",
    "select count(*) as count from sessions where person = +? and ended is null and id <> +?",
    "select id from sessions where ended < +? order by ended limit 200",
    "select id, person from sessions where ended is null and at <= +? and at > +?",
    "select 1 from members where person = +? and present = 1 limit 1 offset 1999",
  ])
    expect([query, plan(query)]).toEqual([query, expect.not.stringMatching(/\bSCAN\b|TEMP B-TREE/)])
})

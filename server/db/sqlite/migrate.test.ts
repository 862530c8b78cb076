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
    "delete from sessions where tick > 0 and ended < +?",
  ])
    expect([query, plan(query)]).toEqual([query, expect.not.stringMatching(/\bSCAN\b|TEMP B-TREE/)])
})

import { afterEach, beforeEach, describe, expect, test } from "bun:test"
import { type ReservedSQL, SQL } from "bun"
import { standingPostgres } from "../../../test/standing.ts"
import { type OpenApp, openApp, type SignedIn, settle } from "../../../test/world.ts"
import { changes } from "../../changes.ts"
import { nextTick, readClock } from "../../live/clock.ts"
import { perform } from "../../perform.ts"
import type { Sql } from "../sql.ts"
import { together } from "./together.ts"

const server = standingPostgres()
let databases = 0

async function freshUrl(): Promise<string> {
  const admin = new SQL(`${server.url}/postgres`, { max: 1 })
  await admin.unsafe(`create database together_${++databases}`)
  await admin.close()
  return `${server.url}/together_${databases}`
}

describe("statements that are asked in one turn", () => {
  let connection: SQL
  let held: ReservedSQL
  let sql: Sql
  /** What went to Postgres. */
  let sent: string[]

  beforeEach(async () => {
    connection = new SQL(await freshUrl(), { max: 1, bigint: true })
    held = await connection.reserve()
    await held.unsafe("create table things (id bigint primary key, few integer, name text unique)")
    sent = []
    const ear = new Proxy(held, {
      apply(target, self, args) {
        sent.push("one")
        return Reflect.apply(target, self, args)
      },
      get(target, key) {
        if (key === "unsafe") sent.push("many")
        return Reflect.get(target, key)
      },
    })
    sql = together(ear)
  })

  afterEach(async () => {
    held.release()
    await connection.close()
  })

  const insert = (id: number, few: number | null, name: string | null) =>
    sql`insert into things (id, few, name) values (${id}, ${few}, ${name})`
  const named = (name: string | null) =>
    sql<{ id: number; name: string }>`select id, name from things where name = ${name}`
  const upTo = (id: number) => sql<{ id: number }>`select id from things where id <= ${id} order by id desc`
  const all = () => sql`select id, few, name from things order by id`

  test("are one, if they differ in their values alone; each is answered with its own rows, in their order", async () => {
    await Promise.all([insert(1, 10, "one"), insert(2, null, "two"), insert(3, 30, null)])
    expect(sent).toEqual(["many"])
    expect(await all()).toEqual([
      { id: 1, few: 10, name: "one" },
      { id: 2, few: null, name: "two" },
      { id: 3, few: 30, name: null },
    ])
    sent.length = 0
    const found = await Promise.all([named("two"), named("none"), named("one"), named("two"), named(null)])
    expect(found.map((rows) => rows.map(({ id }) => id))).toEqual([[2], [], [1], [2], []])
    expect(found[0]).toEqual([{ id: 2, name: "two" }])
    expect(await Promise.all([upTo(3), upTo(0), upTo(2)])).toEqual([
      [{ id: 3 }, { id: 2 }, { id: 1 }],
      [],
      [{ id: 2 }, { id: 1 }],
    ])
    expect(sent).toEqual(["many", "many"])
  })

  test("carry every value as it is", async () => {
    const names = ['"', "\\", "{a,b}", "NULL", "null", "", " ", "ä\n\t", "😀", "'; drop table things; --", "$1"]
    await Promise.all(names.map((name, i) => insert(2 ** 53 - 1 - i, -i, name)))
    expect(sent).toEqual(["many"])
    const found = await Promise.all(names.map(named))
    expect(found).toEqual(names.map((name, i) => [{ id: 2 ** 53 - 1 - i, name }]))
  })

  test("stay alone when they are of one kind and not alike, or write otherwise than by adding rows", async () => {
    await Promise.all([insert(1, 1, "one"), named("one")])
    expect(sent).toEqual(["one", "one"])
    sent.length = 0
    const rename = (id: number, name: string) => sql`update things set name = ${name} where id = ${id}`
    const upsert = (id: number) =>
      sql`insert into things (id, few) values (${id}, ${0}) on conflict (id) do update set few = excluded.few`
    await Promise.all([insert(2, 2, "two"), rename(1, "uno"), rename(2, "dos"), upsert(1), upsert(1)])
    expect(sent).toEqual(["one", "one", "one", "one", "one"])
    expect(await all()).toEqual([
      { id: 1, few: 0, name: "uno" },
      { id: 2, few: 2, name: "dos" },
    ])
  })

  test("stay alone when what stands at one place is of two kinds", async () => {
    const echo = (value: number | string) => sql<{ value: string }>`select cast(${value} as text) as value`
    const found = await Promise.all([echo("one"), echo("2"), echo(3)])
    expect(found.flat()).toEqual([{ value: "one" }, { value: "2" }, { value: "3" }])
  })

  test("fail together", async () => {
    const outcomes = await Promise.allSettled([insert(1, 1, "same"), insert(2, 2, "same")])
    expect(outcomes.map(({ status }) => status)).toEqual(["rejected", "rejected"])
    expect(await all()).toEqual([])
  })
})

describe("commands in one commit", () => {
  let app: OpenApp
  let people: SignedIn[]
  let ticksBefore: number

  beforeEach(async () => {
    app = await openApp(undefined, { DATABASE_URL: await freshUrl() })
    people = []
    for (const name of ["ann", "bob", "cid"]) people.push(await settle(app, name))
    await perform(app, people[0]!, { type: "open", name: "lunch" })
    ticksBefore = (await readClock(app.db.sql)).tick
  })

  afterEach(() => app[Symbol.asyncDispose]())

  const say = (who: SignedIn, text: string, { room = "talk", nonce = text } = {}) =>
    perform(app, who, { type: "post", room, text, nonce })
  const ticksOf = async () => {
    const { tick } = await readClock(app.db.sql)
    const span = { person: null, watching: null, after: ticksBefore, upTo: tick, limit: 1_000 }
    return { tick, told: await changes(app.db.sql, span) }
  }

  test("of many who say much keep what each said in its order, and take ticks without holes", async () => {
    const said = Array.from({ length: 300 }, (_, i) => ({ who: people[i % 3]!, text: `${i}` }))
    const answers = await Promise.all(said.map(({ who, text }) => say(who, text)))
    for (const [i] of people.entries()) {
      const mine = answers.filter((_, at) => at % 3 === i).map(({ answer }) => answer.id)
      expect(mine).toEqual(mine.toSorted((a, b) => a - b))
    }
    const { tick, told } = await ticksOf()
    expect(told.map((one) => one.tick)).toEqual(Array.from({ length: 300 }, (_, i) => ticksBefore + 1 + i))
    expect(tick).toBe(ticksBefore + 300)
  })

  test.each([
    ["there alone", ["lunch", "lunch"]],
    ["and elsewhere", ["lunch", "talk", "lunch", "talk"]],
  ])("of one who comes into a room by speaking %s keep their order, and bring them in once", async (_, rooms) => {
    const [, bob, cid] = people as [SignedIn, SignedIn, SignedIn]
    const answers = await Promise.all([
      ...rooms.map((room, i) => say(bob, `bob ${i}`, { room })),
      say(cid, "cid"),
      ...rooms.map((room, i) => say(bob, `bob ${rooms.length + i}`, { room })),
    ])
    const bobs = answers.filter((_, i) => i !== rooms.length)
    expect(bobs.map(({ answer }) => answer.text)).toEqual(bobs.map((_, i) => `bob ${i}`))
    const ids = bobs.map(({ answer }) => answer.id)
    expect(ids).toEqual(ids.toSorted((a, b) => a - b))
    const { tick, told } = await ticksOf()
    expect(told.filter(({ kind }) => kind === "member")).toHaveLength(1)
    expect(told.map((one) => one.tick)).toEqual(answers.map((_, i) => ticksBefore + 1 + i).concat(tick))
  })

  test("of one who does something long and then something short keep their order", async () => {
    const { id } = people[0]!.person
    const note = (name: string, questions: number) =>
      app.db.tx(async (sql) => {
        for (let i = 0; i < questions; i++) await sql`select tick from people where id = ${id}`
        const tick = await nextTick(sql)
        await sql`insert into buckets (name, full_at, taken_at) values (${name}, ${tick}, ${0})`
        return tick
      }, id)
    const [long, short] = await Promise.all([note("long", 3), note("short", 1)])
    expect([long, short]).toEqual([ticksBefore + 1, ticksBefore + 2])
    const rows = await app.db.sql`select name, full_at from buckets order by full_at`
    expect(rows).toEqual([
      { name: "long", full_at: long },
      { name: "short", full_at: short },
    ])
  })

  test("of one who changes what is there see what the one before made of it", async () => {
    const { id } = people[0]!.person
    const grow = (by: string) =>
      app.db.tx(async (sql) => {
        const [row] = await sql<{ name: string }>`select name from people where id = ${id}`
        const tick = await nextTick(sql)
        await sql`update people set name = ${row!.name + by}, tick = ${tick} where id = ${id}`
      }, id)
    await Promise.all([grow("a"), grow("b"), grow("c")])
    expect(await app.db.sql<{ name: string }>`select name from people where id = ${id}`).toEqual([{ name: "annabc" }])
  })

  test("of one nonce make one message, however many there are, and their neighbours stand", async () => {
    const [ann, bob] = people as [SignedIn, SignedIn]
    const answers = await Promise.all([
      say(ann, "first", { nonce: "n" }),
      say(bob, "beside"),
      say(ann, "second", { nonce: "n" }),
      say(ann, "third", { nonce: "n" }),
      say(ann, "after"),
    ])
    expect(answers.map(({ answer }) => answer.text)).toEqual(["first", "beside", "first", "first", "after"])
    expect((await ticksOf()).tick).toBe(ticksBefore + 3)
  })

  test("are not answered as done when nothing was kept, as one went on after a failure that undoes all", async () => {
    const careless = () => app.db.tx((sql) => sql`select nonsense from people`.catch(() => []))
    await expect(careless()).rejects.toThrow("after one of its statements had failed")
    const outcomes = await Promise.allSettled([careless(), say(people[0]!, "beside")])
    expect(outcomes.map(({ status }) => status)).toEqual(["rejected", "rejected"])
    expect((await ticksOf()).tick).toBe(ticksBefore)
    await say(people[0]!, "after")
  })

  test("that are declined leave nothing behind, no tick either, and the others stand", async () => {
    const [ann, bob, cid] = people as [SignedIn, SignedIn, SignedIn]
    const half = app.db.tx(async (sql) => {
      await nextTick(sql)
      await sql`update place set name = ${"gone"}`
      throw new Error("thrown after it wrote")
    }, cid.person.id)
    const outcomes = await Promise.allSettled([
      say(ann, "one"),
      say(bob, "nowhere", { room: "nowhere" }),
      half,
      say(bob, "two"),
    ])
    expect(outcomes.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "rejected", "fulfilled"])
    const { tick, told } = await ticksOf()
    expect(told.map((one) => "text" in one && one.text)).toEqual(["one", "two"])
    expect(tick).toBe(ticksBefore + 2)
  })
})

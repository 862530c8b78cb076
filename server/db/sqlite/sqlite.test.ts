import { Database } from "bun:sqlite"
import { describe, expect, test } from "bun:test"
import { rm } from "node:fs/promises"
import { join } from "node:path"
import { temporaryFolder } from "../../../test/world.ts"
import { nextTick } from "../../live/clock.ts"
import type { Db, Sql } from "../sql.ts"
import { openSqlite } from "./sqlite.ts"

async function withDb(work: (db: Db, path: string) => Promise<void>): Promise<void> {
  const folder = await temporaryFolder()
  const path = join(folder, "test.db")
  const db = await openSqlite(path)
  try {
    await db.tx((sql) => sql`create table things (id integer primary key, name text)`)
    await work(db, path)
  } finally {
    await db.close()
    await rm(folder, { recursive: true, force: true })
  }
}

const add = (db: Db, name: string) => db.tx((sql) => sql`insert into things (name) values (${name})`)
const names = async (db: Db) =>
  (await db.sql<{ name: string }>`select name from things order by id`).map((row) => row.name)

describe("a transaction", () => {
  test("is there for readers when it is answered, and not before", () =>
    withDb(async (db, path) => {
      const outside = new Database(path, { readonly: true })
      const seen: unknown[] = []
      await db.tx(async (sql) => {
        await sql`insert into things (name) values ('one')`
        await Bun.sleep(5)
        seen.push(await names(db), outside.query("select name from things").all())
        seen.push(await sql`select name from things`)
      })
      expect(seen).toEqual([[], [], [{ name: "one" }]])
      expect(await names(db)).toEqual(["one"])
      expect(outside.query("select name from things").all()).toEqual([{ name: "one" }])
      outside.close()
    }))

  test("that fails is undone and its neighbours in the same commit stand", () =>
    withDb(async (db) => {
      const fails = (name: string) =>
        db.tx(async (sql) => {
          await sql`insert into things (name) values (${name})`
          throw new Error(`not ${name}`)
        })
      const all = await Promise.allSettled([
        add(db, "one"),
        fails("two"),
        add(db, "three"),
        fails("four"),
        add(db, "five"),
      ])
      expect(all.map((one) => (one.status === "rejected" ? one.reason.message : one.status))).toEqual([
        "fulfilled",
        "not two",
        "fulfilled",
        "not four",
        "fulfilled",
      ])
      expect(await names(db)).toEqual(["one", "three", "five"])
    }))

  test("sees what its neighbours before it wrote", () =>
    withDb(async (db) => {
      const counts = await Promise.all(
        Array.from({ length: 5 }, () =>
          db.tx(async (sql) => {
            await sql`insert into things (name) values ('x')`
            return (await sql<{ n: number }>`select count(*) as n from things`)[0]!.n
          }),
        ),
      )
      expect(counts).toEqual([1, 2, 3, 4, 5])
    }))

  test("waits its turn, however many come, and each is answered with its own", () =>
    withDb(async (db) => {
      const answers = await Promise.all(
        Array.from({ length: 1_000 }, (_, i) =>
          db.tx(async (sql) => {
            await sql`insert into things (name) values (${`${i}`})`
            return i
          }),
        ),
      )
      expect(answers).toEqual(Array.from({ length: 1_000 }, (_, i) => i))
      expect(await names(db)).toEqual(answers.map(String))
    }))

  test("takes ticks without a gap, whoever beside it fails, and leaves the clock where the last stands", () =>
    withDb(async (db) => {
      const clock = async () => (await db.sql<{ tick: number }>`select tick from clock`)[0]!.tick
      const take = (count: number) => db.tx((sql) => nextTick(sql, count))
      const takesAndFails = async (sql: Sql) => {
        await nextTick(sql, 7)
        throw new Error("no")
      }
      const first = await Promise.allSettled([db.tx(takesAndFails), take(1), db.tx(takesAndFails), take(3), take(1)])
      expect(first.map((one) => one.status === "fulfilled" && one.value)).toEqual([false, 1, false, 4, 5])
      expect(await clock()).toBe(5)
      await Promise.allSettled([db.tx(takesAndFails), db.tx((sql) => sql`rollback`)])
      expect(await Promise.all([take(1), take(1)])).toEqual([6, 7])
      expect(await clock()).toBe(7)
      expect(nextTick(db.sql)).rejects.toThrow("outside a transaction")
    }))

  test("that breaks the whole commit takes nobody's word for done, and the next goes well", () =>
    withDb(async (db) => {
      const all = await Promise.allSettled([add(db, "one"), db.tx((sql) => sql`rollback`), add(db, "two")])
      expect(all.map(({ status }) => status)).toEqual(["rejected", "rejected", "rejected"])
      expect(await names(db)).toEqual([])
      await add(db, "three")
      expect(await names(db)).toEqual(["three"])
    }))
})

test("a transaction that SQLite itself undoes is told by what went wrong, to all who shared it, and the next goes well", () =>
  withDb(async (db) => {
    const say = (name: string) => db.tx((sql) => sql`insert into things (name) values (${name})`)
    const undone = db.tx((sql) => sql`insert or rollback into things (id, name) values (7, 'one'), (7, 'two')`)
    const outcomes = await Promise.allSettled([say("before"), undone, say("after")])
    const codes = outcomes.map((outcome) => outcome.status === "rejected" && outcome.reason.code)
    expect(codes).toEqual(Array.from({ length: 3 }, () => expect.stringMatching(/^SQLITE_CONSTRAINT/)))
    await say("later")
    expect(await names(db)).toEqual(["later"])
  }))

describe("what is read in one turn of the event loop", () => {
  const turn = () => new Promise<void>((resolve) => setImmediate(resolve))

  test("is of one moment, and in the next turn all of the present is there", () =>
    withDb(async (db, path) => {
      const outside = new Database(path)
      await turn()
      const before = await names(db)
      outside.run("insert into things (name) values ('one')")
      expect([before, await names(db)]).toEqual([[], []])
      await turn()
      await turn()
      expect(await names(db)).toEqual(["one"])
      outside.close()
    }))

  test("ends with a commit: whoever is answered reads what they did, whoever read before them in that turn", () =>
    withDb(async (db) => {
      let reading = true
      const reader = (async () => {
        for (; reading; await turn()) await names(db)
      })()
      for (let i = 0; i < 200; i++) {
        const own = `${i}`
        const answered = [add(db, own), add(db, `${own} too`)].map((one) => one.then(() => names(db)))
        for (const seen of await Promise.all(answered)) expect(seen).toContain(own)
      }
      reading = false
      await reader
    }))

  test("keeps no log from being carried over when nobody reads any more", () =>
    withDb(async (db, path) => {
      const outside = new Database(path)
      await add(db, "one")
      await names(db)
      await turn()
      await turn()
      expect(outside.query("pragma wal_checkpoint(truncate)").get()).toMatchObject({ busy: 0 })
      outside.close()
    }))
})

test("another process that writes is waited for, and the event loop does not stand still meanwhile", () =>
  withDb(async (db, path) => {
    const outside = new Database(path)
    outside.run("begin immediate")
    let answered = false
    const added = add(db, "one").then(() => {
      answered = true
    })
    let turns = 0
    for (const end = performance.now() + 200; performance.now() < end; turns++) await Bun.sleep(1)
    expect([answered, turns > 20, await names(db)]).toEqual([false, true, []])
    outside.run("rollback")
    await added
    expect(await names(db)).toEqual(["one"])
    outside.close()
  }))

test("what is asked beside a statement for which SQLite undid the whole does not stand for itself", () =>
  withDb(async (db) => {
    const beside = db.tx((sql) => Promise.all([sql`rollback`, sql`insert into things (name) values ('beside')`]))
    await expect(beside).rejects.toThrow("for itself")
    await add(db, "after")
    expect(await names(db)).toEqual(["after"])
  }))

test("readers cannot write", () =>
  withDb(async (db) => {
    for (const write of [
      () => db.sql`insert into things (name) values ('x')`,
      () => db.sql`update clock set tick = 0`,
      () => db.sql`drop table things`,
    ])
      expect(write()).rejects.toThrow(/readonly/)
    expect(await names(db)).toEqual([])
  }))

test("values are bound, never spliced, and come back as they were", () =>
  withDb(async (db) => {
    const texts = ["'; drop table things; --", "\u{1f600} é 語", "", "a\nb", "%_\\", "x".repeat(100_000)]
    for (const text of texts) await add(db, text)
    expect(await names(db)).toEqual(texts)
    const [row] = await db.sql`select ${Number.MAX_SAFE_INTEGER} as large, ${-1} as small, ${null} as none`
    expect(row).toEqual({ large: Number.MAX_SAFE_INTEGER, small: -1, none: null })
  }))

test("closing lets finish what has begun", async () => {
  const folder = await temporaryFolder()
  const path = join(folder, "test.db")
  const db = await openSqlite(path)
  await db.tx((sql) => sql`create table things (id integer primary key, name text)`)
  const adding = Promise.all(Array.from({ length: 600 }, (_, i) => add(db, `${i}`)))
  await db.close()
  expect(await adding).toHaveLength(600)
  const again = await openSqlite(path)
  expect(await names(again)).toHaveLength(600)
  await again.close()
  await rm(folder, { recursive: true, force: true })
})

test("a file that is no database is refused in one sentence", async () => {
  const folder = await temporaryFolder()
  const path = join(folder, "diary")
  await Bun.write(path, "Dear diary. ".repeat(1_000))
  expect(openSqlite(path)).rejects.toThrow(/^Parlour cannot use .*diary as its database: .*\.$/)
  expect(openSqlite(join(folder, "none", "test.db"))).rejects.toThrow(/^Parlour cannot use .*\.$/)
  await rm(folder, { recursive: true, force: true })
})

test("a SQLite that can lose data is refused", async () => {
  const folder = await temporaryFolder()
  // As it would be with a SQLite from before the fault was mended: the version that is asked for is made a later one.
  const program = `
    Bun.plugin({ name: "older", setup: (build) => build.onLoad({ filter: /sqlite.ts$/ }, async ({ path }) => (
      { contents: (await Bun.file(path).text()).replace("[3, 51, 3]", process.argv[2]), loader: "ts" })) })
    const { openSqlite } = await import(process.argv[1])
    await openSqlite(process.argv[3]).then(() => console.log("opened"), (error) => console.log(error.message))`
  const saidFor = (version: string) =>
    Bun.spawnSync([
      process.execPath,
      "-e",
      program,
      join(import.meta.dirname, "sqlite.ts"),
      version,
      join(folder, "a.db"),
    ]).stdout.toString()
  for (const version of ["[99, 0, 0]", "[3, 9999, 0]"]) expect(saidFor(version)).toContain("is too old")
  for (const version of ["[2, 99, 99]", "[3, 5, 99]"]) expect(saidFor(version)).toBe("opened\n")
  await rm(folder, { recursive: true, force: true })
})

// A place that moves to Postgres and back is the same place: each row, each cursor, each session. And whatever stops a move
// in between, the same command goes on, and nobody opens half a place.
import { Database } from "bun:sqlite"
import { beforeEach, expect, setDefaultTimeout, test } from "bun:test"
import { copyFileSync, existsSync, mkdirSync, readFileSync } from "node:fs"
import { rm } from "node:fs/promises"
import { dirname, join } from "node:path"
import { SQL } from "bun"
import { type Cursor, cursorAt } from "../../protocol/cursor.ts"
import { type App, createApp } from "../../server/app.ts"
import { readConfig } from "../../server/config.ts"
import { lockPlace } from "../../server/db/lock.ts"
import { beginChanging, endChanging, enterAlone } from "../../server/db/postgres/locks.ts"
import { isPostgres } from "../../server/db/sql.ts"
import { migrate } from "../../server/db/sqlite/migrate.ts"
import { follow } from "../../server/follow.ts"
import { serve } from "../../server/http/serve.ts"
import { movePlace } from "../../server/move.ts"
import { perform } from "../../server/perform.ts"
import { freshDatabase, OF_A_LANGUAGE } from "../postgres.ts"
import { standingPostgres } from "../standing.ts"
import { register, type SignedIn, settle, until, visitor } from "../world.ts"

const ROOT = join(import.meta.dirname, "../..")

const server = standingPostgres()
let number = 0
/** The SQLite place of each test, and where else it may go. */
let folder: string
let sqlite: Place
let elsewhere: Place

type Place = { dataDir: string; database: string }

setDefaultTimeout(60_000) // there are processes to start, and to kill

beforeEach(() => {
  folder = join(server.folder, `${++number}`)
  mkdirSync(folder)
  sqlite = { dataDir: folder, database: join(folder, "parlour.db") }
  elsewhere = { dataDir: join(folder, "back"), database: join(folder, "back", "parlour.db") }
})

const onPostgres = async (): Promise<Place> => ({
  dataDir: join(folder, "beside"),
  database: (await freshDatabase(server.url)).url,
})

// What is in a database, read by other means than the move's own.

type Dump = Record<string, string[]>

const written = (row: Record<string, unknown>): string =>
  Object.keys(row)
    .toSorted()
    .map((name) => `${name}: ${typeof row[name] === "string" ? JSON.stringify(row[name]) : row[name]}`)
    .join(", ")

async function dumpOf({ database }: Place): Promise<Dump> {
  const dump: Dump = {}
  const read = async (names: string[], rows: (name: string) => Promise<object[]> | object[]) => {
    for (const name of names) dump[name] = (await rows(name)).map((row) => written(row as never)).toSorted()
  }
  if (isPostgres(database)) {
    await using sql = new SQL(database, { max: 1, bigint: true })
    const tables = await sql`select table_name as name from information_schema.tables
      where table_schema = 'public' and table_type = 'BASE TABLE'`
    await read(
      tables.map(({ name }: { name: string }) => name),
      (name) => sql`select * from ${sql(name)}`,
    )
  } else {
    using file = new Database(database, { readonly: true, safeIntegers: true })
    await read(tablesOf(file), (name) => file.query(`select * from ${name}`).all() as object[])
  }
  return dump
}

const tablesOf = (file: Database): string[] =>
  file
    .query<{ name: string }, []>("select name from sqlite_schema where type = 'table' and name not like 'sqlite%'")
    .all()
    .map(({ name }) => name)

// Places to move.

const silent = { progress() {}, differs() {} }

/** Text that one or the other might take for something else. */
const ODD = [
  "\\N",
  "\\.",
  "a\tb\nc\rd\\",
  "'; drop table people; --",
  "𝒳 é ß Ω",
  "\u2028\ufeff",
  "{NULL}",
  " ",
  "Zz",
  "aA",
  "\x01",
]

/** A place with rows in every table that the migrations make, whatever they will be: each column has something, by its type. */
async function fill({ database }: Place): Promise<void> {
  mkdirSync(dirname(database), { recursive: true })
  using file = new Database(database, { create: true })
  file.run("pragma journal_mode = wal")
  await migrate(file)
  for (const table of tablesOf(file).filter((name) => name !== "migrations")) {
    const columns = file
      .query<{ name: string; type: string; notnull: number; pk: number }, []>(`pragma table_info(${table})`)
      .all()
    const names = columns.map(({ name }) => `"${name}"`)
    const insert = file.prepare(`insert or ignore into ${table} (${names}) values (${names.map(() => "?")})`)
    file.transaction(() => {
      for (let row = 1; row <= 4_500; row++)
        insert.run(
          ...columns.map(({ type, notnull, pk }) => {
            if (!notnull && !pk && row % 3 === 0) return null
            if (type === "TEXT") return row === 5 ? "" : `${ODD[row % ODD.length]} ${row}`
            if (pk) return row
            return type === "INTEGER" ? row - 2_000 : 9_007_199_254_740_993n + BigInt(row)
          }),
        )
    })()
    insert.finalize()
  }
  file.run("update clock set tick = 70000")
  file.close(true)
}

/** The files as they are while someone is at work: the last of it in the log. */
function killedAt(from: Place, to: Place): void {
  using file = new Database(from.database)
  file.run("pragma wal_autocheckpoint = 0")
  file.run("update clock set tick = 70001")
  for (const log of ["", "-wal"]) copyFileSync(from.database + log, to.database + log)
}

/** Many messages, written straight into the tables. */
async function talkOf(count: number): Promise<void> {
  await withApp(sqlite, (app) => settle(app, "ann"))
  using file = new Database(sqlite.database)
  const { tick } = file.query<{ tick: number }, []>("select tick from clock").get()!
  const insert = file.prepare("insert into messages (id, room, author, text, at, tick) values (?1, 1, 1, ?2, 0, ?1)")
  file.transaction(() => {
    for (let id = tick + 1; id <= tick + count; id++) insert.run(id, `${id} was said`)
    file.run("update clock set tick = ?", [tick + count])
  })()
  insert.finalize()
  file.close(true)
}

async function withApp<Result>(place: Place, work: (app: App) => Promise<Result>): Promise<Result> {
  const app = await createApp({ ...readConfig({ DATA_DIR: place.dataDir, PORT: "0", LIMITS: "off" }), ...place })
  try {
    return await work(app)
  } finally {
    await app.close()
  }
}

const post = async (app: App, who: SignedIn, text: string) =>
  (await perform(app, who, { type: "post", room: "talk", text })).answer

/** What someone hears who comes back with this cursor, until they are live. */
async function heardSince(app: App, { person, session }: SignedIn, after: Cursor): Promise<string[]> {
  const heard: string[] = []
  for await (const one of follow(
    app,
    { person: person.id, name: person.name, session, after, room: null },
    AbortSignal.timeout(5_000),
  )) {
    if ("json" in one)
      heard.push(one.change.kind === "message" ? `${one.change.id} ${one.change.text}` : one.change.kind)
    else heard.push(one.kind)
    if (heard.at(-1) === "live") break
  }
  return heard
}

test("each row of each table that the migrations make comes to Postgres and back, to the last digit", async () => {
  await fill(elsewhere)
  killedAt(elsewhere, sqlite)
  const before = await dumpOf(sqlite)
  const files = [sqlite.database, `${sqlite.database}-wal`]
  const bytes = files.map((file) => readFileSync(file))
  expect(bytes[1]!.length).toBeGreaterThan(1_000)
  // A Postgres that orders text as people do, and not by its bytes.
  const name = `ordered_${process.pid}`
  await using admin = new SQL(`${server.url}/postgres`, { max: 1 })
  await admin.unsafe(`create database ${name} template ${OF_A_LANGUAGE}`)
  const there = { dataDir: folder, database: `${server.url}/${name}` }

  const tables = Object.keys(before).filter((table) => table !== "migrations")
  expect(tables.length).toBeGreaterThan(8)
  expect(tables.filter((table) => before[table]!.length === 0)).toEqual([])
  expect(before.messages!.length).toBeGreaterThan(4_000)
  expect(before.sessions!.length).toBeGreaterThan(4_000)
  const rows = tables.reduce((sum, table) => sum + before[table]!.length, 0)

  expect(await movePlace(sqlite, there, silent)).toMatchObject({ rows, differences: 0 })
  expect(await dumpOf(there)).toEqual(before)
  expect(files.map((file, i) => readFileSync(file).equals(bytes[i]!))).toEqual([true, true])
  await rm(elsewhere.database)

  expect(await movePlace(there, elsewhere, silent)).toMatchObject({ rows, differences: 0 })
  expect(await dumpOf(elsewhere)).toEqual(before)
  expect(await dumpOf(there)).toEqual(before)
})

test("whoever was there goes on where they were, in both directions: nobody is reset, and nobody misses or hears a thing twice", async () => {
  const there = await onPostgres()
  const { ann, cursor, said } = await withApp(sqlite, async (app) => {
    const ann = await settle(app, "ann")
    const first = await post(app, ann, "before the cursor")
    const cursor = cursorAt(app.hub.epoch, first.tick)
    return { ann, cursor, said: [await post(app, ann, "one"), await post(app, ann, "two")] }
  })
  const missed = said.map(({ id, text }) => `${id} ${text}`)

  await movePlace(sqlite, there, silent)
  const later = await withApp(there, async (app) => {
    expect(await heardSince(app, ann, cursor)).toEqual(["hello", ...missed, "live"])
    const last = said.at(-1)!
    const three = await post(app, ann, "three")
    expect(three.id).toBe(last.id + 1)
    missed.push(`${three.id} three`)
    expect(await heardSince(app, ann, cursor)).toEqual(["hello", ...missed, "live"])
    const now = cursorAt(app.hub.epoch, three.tick)
    const four = await post(app, ann, "four")
    missed.push(`${four.id} four`)
    return now
  })

  await movePlace(there, elsewhere, silent)
  await withApp(elsewhere, async (app) => {
    expect(await heardSince(app, ann, cursor)).toEqual(["hello", ...missed, "live"])
    expect(await heardSince(app, ann, later)).toEqual(["hello", missed.at(-1)!, "live"])
    await post(app, ann, "five")
    expect((await heardSince(app, ann, later)).length).toBe(4)
  })

  // Where it left from, history may go on, too, and is then another: nobody from here is taken for one from there.
  await withApp(sqlite, async (app) => {
    for (const text of ["something", "else", "altogether"]) await post(app, ann, text)
    expect(await heardSince(app, ann, later)).toEqual(["hello", "reset", "live"])
  })
})

test("people stay signed in, and what was said is found at the address where it was", async () => {
  const there = await onPostgres()
  const inside = async (app: App, work: (url: string) => Promise<void>) => {
    const serving = await serve(app)
    await work(serving.url)
    await serving.stop()
  }
  let cookie = ""
  const seen: string[] = []
  const look = async (url: string) => {
    const ann = visitor(url, cookie)
    const me = await ann.fetch("/api/v1/me")
    const messages = await ann.fetch("/api/v1/rooms/talk/messages")
    expect([me.status, messages.status]).toEqual([200, 200])
    seen.push(JSON.stringify([await me.json(), ((await messages.json()) as { messages: unknown }).messages]))
  }
  await withApp(sqlite, (app) =>
    inside(app, async (url) => {
      const ann = await register(url, "ann")
      cookie = ann.cookie
      const body = JSON.stringify({ text: "a thing said", nonce: "n1" })
      const headers = { "content-type": "application/json" }
      expect((await ann.fetch("/api/v1/rooms/talk/messages", { method: "POST", body, headers })).status).toBe(201)
      await look(url)
    }),
  )
  for (const [from, to] of [
    [sqlite, there],
    [there, elsewhere],
  ] as const) {
    await movePlace(from, to, silent)
    await withApp(to, (app) => inside(app, look))
  }
  expect(seen[0]).toContain("a thing said")
  expect(seen).toEqual([seen[0]!, seen[0]!, seen[0]!])
})

test("a history that comes back to the very database that it left is not taken for what went on there", async () => {
  const there = await onPostgres()
  const ann = await withApp(there, (app) => settle(app, "ann"))
  await movePlace(there, sqlite, silent)
  const astray = await withApp(there, async (app) => {
    const { tick } = await post(app, ann, "said where nobody is any more")
    return cursorAt(app.hub.epoch, tick)
  })
  await using sql = new SQL(there.database, { max: 1 })
  await sql.unsafe("drop schema public cascade; create schema public").simple()
  await movePlace(sqlite, there, silent)
  await withApp(there, async (app) => {
    for (const text of ["one", "two", "three"]) await post(app, ann, text)
    expect(await heardSince(app, ann, astray)).toEqual(["hello", "reset", "live"])
  })
})

// Stopped in between.

/** The command itself, in a process of its own. */
const moving = (from: Place, to: Place) =>
  Bun.spawn([process.execPath, "server/main.ts", "move", "--to", named(to)], {
    cwd: ROOT,
    env: { ...process.env, DATA_DIR: folder, DATABASE_URL: named(from) },
    stdout: "pipe",
    stderr: "pipe",
  })
const named = ({ database }: Place) => (isPostgres(database) ? database : `sqlite:${database}`)

/** How many messages have come; null before there is a table. */
async function arrived({ database }: Place, sql: SQL): Promise<number | null> {
  const text = "select count(*) as count from messages"
  try {
    if (isPostgres(database)) return Number((await sql.unsafe(text))[0].count)
    if (!existsSync(database)) return null
    using file = new Database(database, { readonly: true })
    return file.query<{ count: number }, []>(text).get()!.count
  } catch {
    return null
  }
}

/** How many connections of a move Postgres takes to be there. */
async function movers(sql: SQL): Promise<number> {
  const [row] = await sql`select count(*)::int as count from pg_stat_activity
    where datname = current_database() and application_name = 'parlour move'`
  return row.count
}

test.each(["to Postgres", "back"])(
  "killed at whatever moment on its way %s, a move goes on from there, and nobody opens half a place",
  async (way) => {
    const COUNT = 40_000
    await talkOf(COUNT)
    const there = await onPostgres()
    if (way === "back") await movePlace(sqlite, there, silent)
    const [from, to] = way === "back" ? [there, elsewhere] : [sqlite, there]
    await using sql = new SQL(there.database, { max: 1 })
    const before = await dumpOf(from)

    let came = 0
    for (const moment of [0, 1, 2_000, 9_000, 25_000, COUNT]) {
      const child = moving(from, to)
      let fewest = COUNT
      const isThen = async () => {
        const now = await arrived(to, sql)
        if (now !== null) fewest = Math.min(fewest, now)
        return now !== null && now >= moment
      }
      await until(`${moment} messages are there`, async () => child.exitCode !== null || (await isThen()), 20_000)
      const asked = moment === 9_000
      child.kill(asked ? "SIGINT" : "SIGKILL")
      await child.exited
      const words = await new Response(child.stderr).text()
      expect([moment, words, child.signalCode ?? child.exitCode]).toEqual(
        asked ? [moment, "Stopped. Say the same again, and it goes on from here.\n", 130] : [moment, "", "SIGKILL"],
      )
      // Who was killed holds its locks until Postgres has noticed; whom they turn away is tried further down.
      await until("Postgres has noticed that it is gone", async () => (await movers(sql)) === 0, 20_000)
      if (moment > 0)
        await expect(withApp(to, async () => {})).rejects.toThrow(/^Only a part of a place .* goes on from there\.$/)
      expect(fewest).toBeGreaterThanOrEqual(came) // it did not begin anew
      came = (await arrived(to, sql))!
    }
    expect(came).toBe(COUNT)

    const last = moving(from, to)
    const words = await new Response(last.stdout).text()
    expect(await last.exited).toBe(0)
    expect(words).toMatch(/^40,0\d\d rows are in \S+ after \S+ s, compared one by one: 0 differences\. .*\n$/)
    expect(await dumpOf(to)).toEqual(before)
    expect(await dumpOf(from)).toEqual(before)
  },
)

/** Breaks off when so many rows have been moved. */
const breakingOff = (after: number) => ({
  ...silent,
  progress(step: string, rows: number) {
    if (step === "moved" && rows >= after) throw new Error("the power is gone")
  },
})

test("when the place was open again before a move went on, the move begins anew, with what was said since", async () => {
  await talkOf(9_000)
  const there = await onPostgres()
  await expect(movePlace(sqlite, there, breakingOff(5_000))).rejects.toThrow("the power is gone")
  using file = new Database(sqlite.database)
  file.run("update messages set text = 'said otherwise' where id = 50")
  file.close(true)
  await withApp(sqlite, (app) => settle(app, "bob"))
  expect(await movePlace(sqlite, there, silent)).toMatchObject({ differences: 0 })
  expect(await dumpOf(there)).toEqual(await dumpOf(sqlite))
})

test("a connection that is lost is said in one sentence, and the same command goes on", async () => {
  await talkOf(9_000)
  const there = await onPostgres()
  await using admin = new SQL(`${server.url}/postgres`, { max: 1 })
  const cuts: Promise<unknown>[] = []
  const cut = {
    ...silent,
    progress: () =>
      void cuts.push(
        admin`select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'parlour move'`.execute(),
      ),
  }
  await expect(movePlace(sqlite, there, cut)).rejects.toThrow(/^The move broke off \(.+\): .* goes on from there\.$/)
  await Promise.all(cuts) // none is left for the next
  expect(await movePlace(sqlite, there, silent)).toMatchObject({ differences: 0 })
  expect(await dumpOf(there)).toEqual(await dumpOf(sqlite))
})

test("each difference is found, and the next move begins anew", async () => {
  await talkOf(9_000)
  const there = await onPostgres()
  await expect(movePlace(sqlite, there, breakingOff(5_000))).rejects.toThrow("the power is gone")
  await using sql = new SQL(there.database, { max: 1 })
  await sql`update messages set text = text || ' ' where id = 50`
  await sql`delete from messages where id = 51`
  await sql`insert into messages (id, room, author, at, tick) values (-9, 1, 1, 0, 0)`
  await sql`update epochs set began = began + 1`
  const told: string[] = []
  const tell = { ...silent, differs: (what: string) => void told.push(what) }
  expect(await movePlace(sqlite, there, tell)).toMatchObject({ differences: 4 })
  expect(told).toEqual([
    "epochs 1 has another began",
    "messages -9 should not be there",
    "messages 50 has another text",
    "messages 51 is missing",
  ])
  await expect(withApp(there, async () => {})).rejects.toThrow(/^Only a part/)
  expect(await movePlace(sqlite, there, silent)).toMatchObject({ differences: 0 })
  expect(await dumpOf(there)).toEqual(await dumpOf(sqlite))
})

test("said again after all is done, it compares and changes nothing; once the place is open there, it is refused", async () => {
  await talkOf(100)
  const there = await onPostgres()
  const first = await movePlace(sqlite, there, silent)
  const before = await dumpOf(there)
  expect(await movePlace(sqlite, there, silent)).toEqual(first)
  expect(await dumpOf(there)).toEqual(before)
  await withApp(there, async () => {})
  await expect(movePlace(sqlite, there, silent)).rejects.toThrow(/is not empty/)
})

// What is not begun.

test("between two databases of one kind, and from where there is nothing, nothing is moved", async () => {
  const [there, other] = [await onPostgres(), await onPostgres()]
  await expect(movePlace(sqlite, elsewhere, silent)).rejects.toThrow(/both of these are the same/)
  await expect(movePlace(there, other, silent)).rejects.toThrow(/both of these are the same/)
  await expect(movePlace(sqlite, there, silent)).rejects.toThrow(`There is no place in ${sqlite.database}.`)
  await expect(movePlace(there, elsewhere, silent)).rejects.toThrow(/^There is no place in postgres:\/\/127.*\.$/)
  expect(await dumpOf(there)).toEqual({})
  expect(existsSync(sqlite.database)).toBe(false)
})

test("while somebody is in one of the two, nothing is moved", async () => {
  await talkOf(10)
  const there = await onPostgres()
  const running = /^A Parlour is running on \S+: stop it first, or what is said meanwhile would be lost\.$/
  const held = lockPlace(sqlite)!
  await expect(movePlace(sqlite, there, silent)).rejects.toThrow(running)
  held.release()
  await withApp(there, async () => expect(movePlace(sqlite, there, silent)).rejects.toThrow(running))
  await movePlace(sqlite, there, silent)
  await withApp(there, async () => expect(movePlace(there, elsewhere, silent)).rejects.toThrow(running))
  const target = lockPlace(elsewhere)!
  await expect(movePlace(there, elsewhere, silent)).rejects.toThrow(running)
  target.release()
  expect(await movePlace(there, elsewhere, silent)).toMatchObject({ differences: 0 })
})

test.each([
  ["changing", beginChanging],
  ["being alone", enterAlone],
])("while a move is at work on a Postgres, no place opens there and no other move begins: %s", async (how, take) => {
  await talkOf(10)
  const there = await onPostgres()
  await using sql = new SQL(there.database, { max: 1 })
  await using held = await sql.reserve()
  await take(held)
  const busy =
    how === "changing"
      ? /^Another Parlour is starting on this Postgres, or a place is moved there: .*\.$/
      : /^(Another Parlour is starting on this Postgres, or a place is moved there: |A Parlour is running on ).*\.$/
  const refused = await Promise.allSettled([movePlace(sqlite, there, silent), withApp(there, async () => {})])
  for (const one of refused) expect((one as PromiseRejectedResult).reason?.message).toMatch(busy)
})

test("who starts while another does waits some seconds for its turn", async () => {
  const there = await onPostgres()
  await using sql = new SQL(there.database, { max: 1 })
  await using held = await sql.reserve()
  await beginChanging(held)
  const opened = withApp(there, async () => "open")
  await Bun.sleep(3_500)
  await endChanging(held)
  expect(await opened).toBe("open")
})

test("what stands in the target already, and is not of this move, is left as it is", async () => {
  await talkOf(10)
  const strangers: [Place, (place: Place) => Promise<unknown>][] = [
    [await onPostgres(), (place) => withApp(place, (app) => settle(app, "somebody else"))],
    [
      await onPostgres(),
      async ({ database }) => {
        await using sql = new SQL(database, { max: 1 })
        await sql.unsafe("create table invoices (id int primary key); insert into invoices values (1)").simple()
      },
    ],
    [
      await onPostgres(), // half of another place
      async (place) => {
        mkdirSync(elsewhere.dataDir)
        await withApp(elsewhere, (app) => settle(app, "somebody else"))
        await expect(movePlace(elsewhere, place, breakingOff(1))).rejects.toThrow("the power is gone")
      },
    ],
  ]
  for (const [place, settleThere] of strangers) {
    await settleThere(place)
    const before = await dumpOf(place)
    expect(Object.keys(before).length).toBeGreaterThan(0)
    await expect(movePlace(sqlite, place, silent)).rejects.toThrow(/^postgres:\/\/\S+ is not empty: .*\.$/)
    expect(await dumpOf(place)).toEqual(before)
  }
  const there = await onPostgres()
  await movePlace(sqlite, there, silent)
  const before = await dumpOf(elsewhere)
  await expect(movePlace(there, elsewhere, silent)).rejects.toThrow(/^\/\S+ is not empty: .*\.$/)
  expect(await dumpOf(elsewhere)).toEqual(before)
})

test("a place in which nothing was ever said is no place that stands in the way", async () => {
  await talkOf(10)
  const there = await onPostgres()
  await withApp(there, async () => {})
  expect(await movePlace(sqlite, there, silent)).toMatchObject({ differences: 0 })
  expect(await dumpOf(there)).toEqual(await dumpOf(sqlite))
})

test("a place of an older Parlour, or half a place, is not moved on", async () => {
  const there = await onPostgres()
  using file = new Database(sqlite.database, { create: true })
  file.run(readFileSync(join(ROOT, "migrations/0001-start.sql"), "utf8"))
  file.run("create table migrations (name text primary key)")
  file.run("insert into migrations (name) values ('0001-start.sql')")
  file.close(true)
  await expect(movePlace(sqlite, there, silent)).rejects.toThrow(/^The place in .* is of an older Parlour: .*\.$/)
  await withApp(sqlite, (app) => settle(app, "ann"))
  await expect(movePlace(sqlite, there, breakingOff(1))).rejects.toThrow("the power is gone")
  await expect(movePlace(there, elsewhere, silent)).rejects.toThrow(/^Only a part of a place/)
})

test("a NUL character, which Postgres cannot keep, is said before anything is done", async () => {
  await talkOf(10)
  const there = await onPostgres()
  using file = new Database(sqlite.database)
  file.run("update messages set text = text || char(0) || 'and more' where id = 8")
  file.close(true)
  await expect(movePlace(sqlite, there, silent)).rejects.toThrow(/^Some messages\.text in .* NUL character, .*\.$/)
  expect(await dumpOf(there)).toEqual({})
  using again = new Database(sqlite.database)
  const [remedy] = readFileSync(join(ROOT, "docs/self-hosting.md"), "utf8").match(/(?<=```sql\n)update messages[^`]*/)!
  again.run(remedy)
  again.close(true)
  expect(await movePlace(sqlite, there, silent)).toMatchObject({ differences: 0 })
})

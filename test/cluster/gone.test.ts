// Postgres is gone for a while, or can do less than it should: what people are told, and what the log says of it. Once, in
// words, and once when it is over.
import { beforeAll, expect, setDefaultTimeout, test } from "bun:test"
import { join } from "node:path"
import { SQL } from "bun"
import { Refusal } from "../../protocol/refusal.ts"
import { enterAlone } from "../../server/db/postgres/locks.ts"
import { migrate } from "../../server/db/postgres/migrate.ts"
import { openPostgres } from "../../server/db/postgres/postgres.ts"
import type { Sql } from "../../server/db/sql.ts"
import { Checkup, type Health } from "../../server/health.ts"
import { perform } from "../../server/perform.ts"
import { PostgresProxy } from "../faults/cluster/postgres-proxy.ts"
import { ask, freshDatabase } from "../postgres.ts"
import { standingPostgres } from "../standing.ts"
import { json } from "../ways.ts"
import { logged, type SignedIn, settle, until, type World, world } from "../world.ts"

setDefaultTimeout(30_000) // a server is stopped and started

const server = standingPostgres()

beforeAll(async () => {
  await Bun.write(
    join(server.folder, "postgres/pg_hba.conf"),
    "host all parlour all trust\nhost all all all scram-sha-256\n",
  )
  await ask(`${server.url}/postgres`, "select pg_reload_conf()")
})

const html = { headers: { accept: "text/html" } }

async function anyPlace(): Promise<World> {
  const { url } = await freshDatabase(server.url)
  return world({ DATABASE_URL: url })
}

test("while it is gone a page says so, and how to go on; when it is back, all is as it was", () =>
  logged(async (log) => {
    await using place = await anyPlace()
    const ann = await place.person("ann")
    expect((await ann.fetch("/chat/talk/", html)).status).toBe(200)
    server.stop()
    const load = await ann.fetch("/chat/talk/", html)
    const said = await ann.fetch("/chat/talk/", {
      method: "POST",
      body: new URLSearchParams({ message: "hello" }),
      ...html,
    })
    const asked = await ann.fetch("/api/v1/rooms/talk/messages")
    const [page, answer, json] = [await load.text(), await said.text(), await asked.json()]
    await Bun.sleep(700) // the hub asks the clock meanwhile
    await server.start()
    expect([load.status, said.status, asked.status]).toEqual([503, 503, 503])
    expect(load.headers.get("retry-after")).toBe("5")
    expect(page).toContain("Parlour cannot reach its database just now.")
    expect(page).toMatch(/<a [^>]*href(="")?>Try again</)
    expect(answer).toContain("Try again in a moment.")
    expect(answer).not.toContain("<a ")
    expect(page + answer).not.toContain("Something broke")
    expect((json as { error: { code: string } }).error.code).toBe("try_again")
    await until("it is back", async () => (await ann.fetch("/chat/talk/", html)).status === 200)
    await until("the log says so", () => log.includes("The database can be read again."), 10_000)
    expect(log.filter((line) => line.includes("read"))).toEqual([
      expect.stringMatching(/^The database cannot be read \(.*\)\.$/),
      "The database can be read again.",
    ])
    expect(log.join()).not.toContain("try_again") // no stack of what was asked by the way
  }))

const PASSWORD = "secret-of-theirs"
/** How a server may decline us, and how it takes us again: with what it says. `them` are their name and their database. */
const DECLINED: [string, (them: string) => string, (them: string) => string, RegExp][] = [
  [
    "a role that may not log in",
    (them) => `alter role ${them} nologin`,
    (them) => `alter role ${them} login`,
    /log in/,
  ],
  [
    "a database that takes no connections",
    (them) => `alter database ${them} allow_connections false`,
    (them) => `alter database ${them} allow_connections true`,
    /not currently accepting connections/,
  ],
  [
    "a database of another name",
    (them) => `alter database ${them} rename to ${them}_away`,
    (them) => `alter database ${them}_away rename to ${them}`,
    /does not exist/,
  ],
  [
    "another password",
    (them) => `alter role ${them} password 'another'`,
    (them) => `alter role ${them} password '${PASSWORD}'`,
    /password authentication failed/,
  ],
]

test.each(DECLINED)(
  "%s is as one that is gone: people are asked to try again, and the log says why, once",
  (_, decline, take, why) =>
    logged(async (log) => {
      const { url } = await freshDatabase(server.url)
      const them = new URL(url).pathname.slice(1)
      const operator = (text: string) => ask(`${server.url}/postgres`, text)
      const cut = `select pg_terminate_backend(pid) from pg_stat_activity where usename = '${them}'`
      await operator(`create role ${them} login password '${PASSWORD}'; alter database ${them} owner to ${them}`)
      await using place = await world({ DATABASE_URL: url.replace("parlour@", `${them}:${PASSWORD}@`) })
      const ann = await place.person("ann")
      const bob = await settle(place.app, "bob")
      const load = async () => (await ann.fetch("/chat/talk/", html)).status
      const say = () =>
        perform(place.app, bob, { type: "post", room: "talk", text: "hello" }).then(
          () => "sent",
          (error) => error.code,
        )
      expect([await load(), await say()]).toEqual([200, "sent"])
      await operator(`${cut}; ${decline(them)}`)
      await operator(cut) // who came again meanwhile
      await until("it is seen", () => log.length > 0)
      const told = [await load(), await say(), await load(), await say()]
      await Bun.sleep(700) // the hub asks the clock meanwhile
      await operator(take(them))
      expect(told).toEqual([503, "try_again", 503, "try_again"])
      await until("it is back", async () => (await load()) === 200 && (await say()) === "sent")
      await until("the log says so", async () => (await say()) === "sent" && log.length > 3, 10_000)
      expect(log.toSorted()).toEqual([
        "The database can be read again.",
        "The database can be written again.",
        expect.stringMatching(/^The database cannot be read \(.*\)\.$/),
        expect.stringMatching(/^The database cannot be written \(.*\)\. What is said/),
      ])
      expect(log.filter((line) => why.test(line))).not.toEqual([])
      expect(log.join()).not.toContain(PASSWORD)
    }),
)

test("while it is gone, its health is failing within seconds, and then fine again", () =>
  logged(async () => {
    await using place = await anyPlace()
    place.app.checkup = new Checkup({ lately: 1_500, patience: 300 })
    const health = async () => {
      const answer = await fetch(`${place.url}/health`)
      const { status, database } = (await answer.json()) as Health
      return `${answer.status} ${status} ${database}`
    }
    await until("it is well", async () => (await health()) === "200 fine fine")
    server.stop()
    await until("it is known", async () => (await health()) === "503 failing unreadable")
    await server.start()
    await until("it is well again", async () => (await health()) === "200 fine fine", 8_000)
  }))

test.each(["text/event-stream", "text/html"])(
  "a stream (%s) that can read no further ends with a word, and not in the midst of one",
  (accept) =>
    logged(async () => {
      await using place = await anyPlace()
      const ann = await place.person("ann")
      const { db } = place.app
      const { sql } = db
      let streaming = false
      db.sql = ((...query: Parameters<typeof sql>) =>
        streaming && query[0].join().includes("select room from members") // as is asked when the feed is about to be live
          ? Promise.reject(new Refusal("try_again", "Not just now."))
          : sql(...query)) as typeof sql
      const { cursor } = (await (await ann.fetch("/events?wait=0")).json()) as { cursor: string }
      streaming = true
      const answer = await ann.fetch(`/events?room=talk&after=${cursor}`, { headers: { accept } })
      expect(await answer.text()).toMatch(
        accept === "text/html" ? /The connection ended\./ : /"kind":"bye","reason":"restart"/,
      )
    }),
)

test.each([
  ["without room", "53100"],
  ["that cannot be written", "58030"],
])("a disk %s declines what needs it, with a reason, and not what is said beside it", (_, code) =>
  logged(async (log) => {
    await using place = await anyPlace()
    const { app } = place
    const [ann, bob] = [await settle(app, "ann"), await settle(app, "bob")]
    const room = (does: "raise" | "pass") =>
      app.db.tx(async (sql) => {
        await sql`drop trigger if exists full_disk on messages`
        await sql`
          create or replace function full_disk() returns trigger language plpgsql as
          $$ begin raise exception 'could not extend file' using errcode = left(new.text, 5); end $$`
        if (does === "raise")
          await sql`
            create trigger full_disk before insert on messages for each row when (length(new.text) > 100)
            execute function full_disk()`
      })
    const long = `${code}, `.repeat(100)
    const say = (who: SignedIn, text: string) =>
      perform(app, who, { type: "post", room: "talk", text }).then(
        () => "sent",
        (error) => error.code,
      )
    await room("raise")
    for (let i = 0; i < 3; i++)
      expect(await Promise.all([say(ann, "short"), say(bob, long), say(ann, "and")])).toEqual([
        "sent",
        "try_again",
        "sent",
      ])
    await room("pass")
    expect(await say(bob, long)).toBe("sent")
    await until("it is over", async () => (await say(ann, "again")) === "sent" && log.length > 1, 15_000)
    expect(log).toEqual([
      "The database cannot be written (could not extend file). What is said is not answered until it can.",
      "The database can be written again.",
    ])
  }),
)

test("a server that hangs up on a transaction, as this process did nothing for long, is asked again", () =>
  logged(async () => {
    await using place = await anyPlace()
    const { app } = place
    const ann = await settle(app, "ann")
    const slow = app.db.tx(async (sql) => {
      await sql`set local idle_in_transaction_session_timeout = 100`
      await Bun.sleep(500)
      await sql`select 1 as one`
    })
    await expect(slow).rejects.toMatchObject({ code: "try_again" })
    await perform(app, ann, { type: "post", room: "talk", text: "hello" })
  }))

test("while someone else holds a lock, whoever speaks or reads is told so in seconds, however many they are", () =>
  logged(async () => {
    const { url } = await freshDatabase(server.url)
    await using place = await world({ DATABASE_URL: url })
    const { app } = place
    const people = await Promise.all(["ann", "bob", "cyd", "dan"].map((name) => settle(app, name)))
    const other = new SQL(url, { max: 1 })
    const say = (who: SignedIn) => perform(app, who, { type: "post", room: "talk", text: "hello" })
    const read = () => app.db.sql`select count(*) from messages`
    const began = performance.now()
    const told: string[] = []
    const ends = (work: Promise<unknown>) =>
      work.then(
        () => told.push("done"),
        (error) => told.push(error.code),
      )
    await other.begin(async (sql) => {
      await sql`lock table messages in access exclusive mode`
      const asked = [...people, ...people].map((who) => ends(say(who)))
      await Bun.sleep(100)
      asked.push(...people.map((who) => ends(say(who))), ...people.map(() => ends(read())))
      await Promise.all(asked)
    })
    expect(performance.now() - began).toBeLessThan(9_000) // twice the three seconds for which a statement waits, and some
    expect(told).toEqual(told.map(() => "try_again"))
    for (const who of people) await say(who)
    await other.close()
  }))

test("each connection that reads has its turn, so that a network forgets none; and none compiles what it asks", async () => {
  await using place = await anyPlace()
  const { sql, tx, aside } = place.app.db
  const connections = async (since = "") =>
    (await ask(
      place.app.config.database,
      `select pid from pg_stat_activity where application_name = 'parlour' ${since}`,
    )) as { pid: number }[]
  const who = (inside: Sql) => inside<{ pid: number }>`select pg_backend_pid() as pid`
  const writing = [...(await tx(who)), ...(await aside(who))].map(({ pid }) => pid)
  for (let open = 0; open < 6; open = (await connections()).length)
    await Promise.all(Array.from({ length: 20 }, () => sql`select pg_sleep(0.02)`))
  const [{ now }] = (await ask(place.app.config.database, "select clock_timestamp()::text as now")) as [{ now: string }]
  for (let i = 0; i < 20; i++) await sql`select 1`
  const idle = (await connections(`and state_change < '${now}'`)).map(({ pid }) => pid)
  expect(idle.filter((pid) => !writing.includes(pid))).toEqual([]) // of those two each sees to it itself: see primary.test.ts
  expect([await sql`show jit`, await tx((inside) => inside`show jit`)]).toEqual([[{ jit: "off" }], [{ jit: "off" }]])
})

test("a migration takes as long as it takes, and what is asked after it does not", async () => {
  const { url, drop } = await freshDatabase(server.url)
  const pool = new SQL(url, { max: 1, connection: { statement_timeout: "200" } })
  const held = await pool.reserve()
  await migrate(held)
  await migrate(held, async () => [{ file: "slow", text: "select pg_sleep(0.5)" }])
  expect(await held`show statement_timeout`).toEqual([{ statement_timeout: "200ms" }])
  expect(await held`select name from migrations where name = 'slow'`).toHaveLength(1)
  held.release()
  await pool.close()
  await drop()
})

test.each([1, 3])(
  "a server that falls silent at statement %d of a start is given up, in one sentence",
  async (last) => {
    const { url, drop } = await freshDatabase(server.url)
    const proxy = await PostgresProxy.open(() => 0)
    proxy.upstream = Number(new URL(url).port)
    let asked = 0
    proxy.late = () => (++asked > last ? null : 0)
    const between = new URL(url)
    between.port = `${proxy.port}`
    await expect(openPostgres(between.href)).rejects.toThrow(
      /^Parlour cannot reach the database that DATABASE_URL names: no answer for \d+ seconds\.$/,
    )
    await proxy.close()
    await drop()
  },
)

test("whoever is cut off while the place is moved does not come back to it before that is over", () =>
  logged(async (log) => {
    await using place = await anyPlace()
    const ann = await place.person("ann")
    const say = async () => (await ann.fetch("/api/v1/rooms/talk/messages", json("POST", { text: "hello" }))).status
    const { database } = place.app.config
    const pool = new SQL(database, { max: 1 })
    const mover = await pool.reserve()
    expect(await enterAlone(mover)).toBe(false)
    const cut = "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'parlour'"
    await until("the mover is alone", async () => {
      await mover.unsafe(cut)
      return enterAlone(mover)
    })
    await mover.unsafe(cut)
    expect([await say(), await say()]).toEqual([503, 503])
    expect(log).toContainEqual(expect.stringContaining("(the place is being moved)"))
    mover.release()
    await pool.close()
    await until("it is back", async () => (await say()) === 201, 10_000)
  }))

test("what a command asked that waits in vain fails with it, and not with the next", async () => {
  await using place = await anyPlace()
  const { app } = place
  const ann = await settle(app, "ann")
  const pool = new SQL(app.config.database, { max: 1 })
  const holder = await pool.reserve()
  await holder`begin`
  await holder`lock table messages`
  const both = await Promise.allSettled([
    perform(app, ann, { type: "post", room: "nowhere", text: "hello", nonce: "n" }),
    perform(app, ann, { type: "join", room: "talk" }),
  ])
  expect(both.map((one) => (one as PromiseRejectedResult).reason.code)).toEqual(["try_again", "try_again"])
  await holder`rollback`
  holder.release()
  await pool.close()
})

// What is said to whoever watches over the place: whether a process can do its work, to anyone; how much goes on, to few.
import { Database } from "bun:sqlite"
import { afterAll, beforeAll, describe, expect, test } from "bun:test"
import { connect } from "node:net"
import { SQL } from "bun"
import { isPostgres } from "../server/db/sql.ts"
import { Checkup, type Health } from "../server/health.ts"
import { serve } from "../server/http/serve.ts"
import { openSocket, speakers } from "./ways.ts"
import { openApp, until, type Visitor, visitor, type World, world } from "./world.ts"

const TOKEN = "a-token-of-the-tests"

let place: World
let ann: Visitor
let bob: Visitor
let nobody: Visitor

beforeAll(async () => {
  place = await world({ METRICS_TOKEN: TOKEN })
  ann = await place.person("ann")
  bob = await place.person("bob")
  nobody = visitor(place.url)
})
afterAll(() => place[Symbol.asyncDispose]())

const fine = () => ({
  status: "fine",
  process: process.pid,
  database: "fine",
  events: "fine",
  bus: isPostgres(place.app.config.database) ? "alive" : "none",
  reasons: [],
})

const LATELY = 1_500
/** One that does not take so long to see what is wrong. */
const quick = () => new Checkup({ lately: LATELY, patience: 300 })

async function lockSqlite(path: string) {
  const other = new Database(path)
  other.run("begin immediate")
  return async () => other.close()
}

async function lockPostgres(url: string) {
  const other = new SQL(url, { max: 1 })
  const held = await other.reserve()
  await held`begin`
  await held`select tick from clock for update`
  return async () => {
    await held`rollback`
    held.release()
    await other.close()
  }
}

describe("GET /health", () => {
  test("tells anyone that all is well, and nothing else", async () => {
    const answer = await nobody.fetch("/health")
    expect([answer.status, await answer.json()]).toEqual([200, fine()])
    expect(answer.headers.get("cache-control")).toBe("private, no-store")
    expect((await nobody.fetch("/health", { method: "HEAD" })).status).toBe(200)
    expect((await nobody.fetch("/health", { method: "POST" })).status).toBe(405)
  })

  test("is a page for people", async () => {
    const answer = await nobody.fetch("/health", { headers: { accept: "text/html" } })
    const html = await answer.text()
    expect([answer.status, html.includes("All is well"), html.includes("Database")]).toEqual([200, true, true])
  })

  test("costs the database nothing more if many ask, with a cookie or without", async () => {
    const { app } = place
    const { checkup } = app
    const { sql, tx } = app.db
    let [asked, written] = [0, 0]
    app.db.sql = <Row>(...query: Parameters<typeof sql>) => {
      asked++
      return sql<Row>(...query)
    }
    app.db.tx = (...work) => {
      written++
      return tx(...work) as never
    }
    app.checkup = quick()
    await Bun.sleep(LATELY + 100)
    asked = written = 0
    const answers = await Promise.all(Array.from({ length: 200 }, () => ann.fetch("/health")))
    const counted = { asked, written }
    Object.assign(app.db, { sql, tx })
    app.checkup = checkup
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]))
    expect(counted.written).toBe(1)
    expect(counted.asked).toBeLessThan(5) // the hub looks at the clock
  })

  test("says that the database cannot be written while it cannot, and is well again by itself", async () => {
    const { app } = place
    const { checkup } = app
    app.checkup = quick()
    const unlock = await (isPostgres(app.config.database) ? lockPostgres : lockSqlite)(app.config.database)
    const statuses = [200, 503].map(async (status) => {
      await until(`it says ${status}`, async () => (await nobody.fetch("/health")).status === status)
    })
    await Promise.all(statuses)
    const { status, database, reasons } = (await (await nobody.fetch("/health")).json()) as Health
    expect([status, database]).toEqual(["failing", "unwritable"])
    expect(reasons).toEqual(["The database cannot be written. What is said waits until it can."])
    await unlock()
    await until("it is well again", async () => (await nobody.fetch("/health")).status === 200)
    app.checkup = checkup
  }, 20_000)
})

describe("GET /metrics", () => {
  const numbers = async (who = bearer(TOKEN)) => {
    const text = await (await who).text()
    return Object.fromEntries(
      text
        .split("\n")
        .filter((line) => line && !line.startsWith("#"))
        .map((line) => [line.slice(0, line.lastIndexOf(" ")), Number(line.slice(line.lastIndexOf(" ") + 1))]),
    )
  }
  const bearer = (token: string) => nobody.fetch("/metrics", { headers: { authorization: `Bearer ${token}` } })

  test("is for the owner and for who has the token, and for nobody else, wherever they come from", async () => {
    expect((await ann.fetch("/metrics")).status).toBe(200)
    expect((await bearer(TOKEN)).status).toBe(200)
    expect((await bob.fetch("/metrics")).status).toBe(403)
    expect((await nobody.fetch("/metrics")).status).toBe(401)
    for (const wrong of [`${TOKEN}x`, TOKEN.slice(1), "null", "undefined", ""])
      expect((await bearer(wrong)).status).toBe(401)
    await using closed = await world()
    const answers = [undefined, TOKEN, "null"].map((token) =>
      fetch(`${closed.url}/metrics`, token ? { headers: { authorization: `Bearer ${token}` } } : {}),
    )
    for (const answer of await Promise.all(answers)) expect(answer.status).toBe(401)
  })

  test("is in the format that Prometheus reads", async () => {
    const answer = await bearer(TOKEN)
    expect(answer.headers.get("content-type")).toBe("text/plain; version=0.0.4; charset=utf-8")
    const text = await answer.text()
    expect(text.endsWith("\n")).toBe(true)
    let family = ""
    const seen = new Set<string>()
    for (const line of text.trimEnd().split("\n")) {
      const [, name, type] = line.match(/^# TYPE (\w+) (counter|gauge|histogram)$/) ?? []
      if (type) {
        expect(seen.has(name!)).toBe(false)
        seen.add(name!)
        family = name!
      } else if (line.startsWith("#")) expect(line).toMatch(/^# HELP \w+ [A-Z][^\n]+\.$/)
      else {
        expect(line).toMatch(/^[a-z_]+(\{([a-z]+="[^"\\]*",?)+\})? (\d[\d.e+-]*|\+Inf)$/)
        expect(line.startsWith(family)).toBe(true)
      }
    }
    for (const name of ["process_resident_memory_bytes", "parlour_commands_total", "parlour_commit_seconds"])
      expect([...seen]).toContain(name)
  })

  test("counts what is done, what it came to, who listens, and what they are told", async () => {
    const before = await numbers()
    const socket = await openSocket(bob, "/events")
    await socket.frame(({ kind }) => kind === "live")
    await speakers.json!(ann, "talk", "hello", "the-one")
    await speakers.json!(ann, "talk", "hello", "the-one")
    await speakers.json!(ann, "nowhere", "hello")
    await socket.frame(({ text }) => text === "hello")
    const after = await numbers()
    const more = (name: string) => (after[name] ?? 0) - (before[name] ?? 0)
    expect(after.parlour_feeds_open).toBe(1)
    expect(more('parlour_commands_total{command="post",outcome="done"}')).toBe(1)
    expect(more('parlour_commands_total{command="post",outcome="again"}')).toBe(1)
    expect(more('parlour_commands_total{command="post",outcome="not_found"}')).toBe(1)
    expect(more('parlour_http_answers_total{class="2xx"}')).toBeGreaterThanOrEqual(3) // the two, and the metrics before
    expect(more('parlour_http_answers_total{class="4xx"}')).toBe(1)
    expect(more("parlour_events_told_total")).toBe(1)
    expect(more("parlour_tick")).toBe(1)
    const commits = more("parlour_commit_seconds_count")
    expect(commits).toBeGreaterThanOrEqual(2)
    expect(more('parlour_commit_seconds_bucket{le="+Inf"}')).toBe(commits)
    expect(more("parlour_commit_commands_sum")).toBeGreaterThanOrEqual(commits)
    socket.close()
    await until("nobody listens", async () => (await numbers()).parlour_feeds_open === 0)
  })
})

// Last: stepping aside closes every port of this process to who is new.
test("GET /health says that it is stopping to who is still connected, while a process leaves the port to others", async () => {
  await using app = await openApp()
  const serving = await serve(app, undefined, true)
  const line = connect(Number(new URL(serving.url).port), "127.0.0.1")
  let heard = ""
  line.on("data", (bytes) => {
    heard += bytes
  })
  const ask = () => line.write("GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n")
  ask()
  await until("it is well", () => heard.includes('"fine"'))
  const stopped = serving.stop()
  ask()
  await until("it says so", () => heard.includes('"stopping"'))
  expect(heard).toContain("HTTP/1.1 503")
  await stopped
  line.destroy()
})

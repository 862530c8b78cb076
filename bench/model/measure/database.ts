// Posts at the door, without sockets: how long a group holds the clock's row, what it costs on both sides, how often it goes
// there and back, and what a message leaves on the disk.
import { SQL } from "bun"
import { type App, createApp } from "../../../server/app.ts"
import type { Caller } from "../../../server/caller.ts"
import { readConfig } from "../../../server/config.ts"
import { follow } from "../../../server/follow.ts"
import { perform } from "../../../server/perform.ts"
import { TcpProxy } from "../../../test/faults/proxy.ts"
import { freshDatabase } from "../../../test/postgres.ts"
import { settle } from "../../../test/world.ts"
import type { Databases } from "../../cluster.ts"
import { percentile } from "../../row.ts"
import { withFolder } from "../../server.ts"
import { line } from "../formulas.ts"
import type { Measured } from "../measured.ts"
import { leastOf, ownTime, UNDISTURBED } from "./least.ts"

const SIZES = [1, 16, 64, 256]
const SECONDS = 0.3
const CHUNKS = 5
const WARM_UP = 10
/** People who come in together. */
const TOGETHER = 16
/** Milliseconds each way that are added between process and database, and the posts that are sent so. */
const DISTANCE = 8
const FAR_POSTS = 20
/** Standard deviations that a normal distribution has between that percentile and the tenth. */
const BETWEEN = 0.7722
const TENTH = 10
const RETURNS = 100
const COMMITS = 500
const TEXT = "Shall we meet at the harbour at noon? I bring the map, and you the sandwiches."

export async function measureDatabase({ postgres, used }: Databases): Promise<Partial<Measured>> {
  const { url, drop } = await freshDatabase(postgres)
  try {
    const disk = await commits(url)
    return { ...disk, ...(await withFolder((folder) => posts(folder, url, used.postgres))) }
  } finally {
    await drop()
  }
}

async function commits(url: string): Promise<Partial<Measured>> {
  const sql = await new SQL(url, { max: 1 }).reserve()
  await sql`create table scratch (n int)`
  await sql`insert into scratch values (0)`
  const durable = await undisturbed(COMMITS, () => sql`update scratch set n = n + 1`)
  await sql`set synchronous_commit = off`
  const lazy = await undisturbed(COMMITS, () => sql`update scratch set n = n + 1`)
  await sql`drop table scratch`
  sql.release()
  return {
    flush: { value: durable - lazy, unit: "µs", from: "commits of one row, synchronous_commit on less off" },
  }
}

async function posts(folder: string, url: string, used: () => number): Promise<Partial<Measured>> {
  const app = await createApp(readConfig({ DATA_DIR: folder, PORT: "0", LIMITS: "off", DATABASE_URL: url }))
  const people: Caller[] = []
  for (let i = 0; i < SIZES.at(-1)!; i += i === 0 ? 1 : TOGETHER) {
    const some = Array.from(
      { length: i === 0 ? 1 : Math.min(TOGETHER, SIZES.at(-1)! - i) },
      (_, n) => `person-${i + n}`,
    )
    people.push(...(await Promise.all(some.map((name) => settle(app, name))))) // the first to come owns the place
  }
  let spread = 0
  const points: { size: number; took: number; own: number; theirs: number }[] = []
  const before = await onDisk(app)
  let said = 0
  for (const size of SIZES) {
    const times: number[] = []
    for (let i = 0; i < WARM_UP; i++) await together(app, people, size)
    const costs = await leastOf(CHUNKS, async () => {
      const [own, theirs, first, began] = [ownTime(), used(), times.length, performance.now()]
      while (performance.now() - began < SECONDS * 1000) times.push(await together(app, people, size))
      const count = (times.length - first) * size
      return { own: (ownTime() - own) / count, theirs: ((used() - theirs) * 1e6) / count }
    })
    if (size === 16) spread = Math.log(percentile(times, TENTH) / percentile(times, UNDISTURBED)) / BETWEEN
    said += (times.length + WARM_UP) * size
    points.push({ size, took: percentile(times, UNDISTURBED) * 1000, ...costs })
  }
  const after = await onDisk(app)
  const alone = points[0]!
  const rounds = await timesThereAndBack(folder, url, people)
  const { slope } = line(points.map(({ size, took }) => [size, took]))
  const own = line(points.map(({ size, own }) => [size, own * size]))
  const theirs = line(points.map(({ size, theirs }) => [size, theirs * size]))
  const back = await returns(app, people as { person: { id: number; name: string }; session: string }[], used)
  await app.close()
  return {
    group: { value: alone.took, unit: "µs", from: "one post at a time at the door: the second percentile" },
    hold: { value: slope, unit: "µs", from: `groups of ${SIZES.join(", ")} by as many people, slope of the same` },
    spread: { value: spread, unit: "", from: "groups of 16, from the second percentile to the tenth" },
    rounds: { value: rounds, unit: "", from: `one post at a time, ${DISTANCE} ms farther each way` },
    write: { value: own.slope, unit: "µs", from: `the same groups: slope of the processor time, least of ${CHUNKS}` },
    writeGroup: { value: Math.max(0, alone.own - own.slope), unit: "µs", from: "groups of one, less that" },
    writeDatabase: { value: theirs.slope, unit: "µs", from: "the same, processor time of Postgres" },
    writeGroupDatabase: { value: Math.max(0, alone.theirs - theirs.slope), unit: "µs", from: "the same" },
    largestGroup: { value: SIZES.at(-1)!, unit: "", from: "server/db/postgres/postgres.ts" },
    row: {
      value: (after.bytes - before.bytes) / said,
      unit: "bytes",
      from: `${said} messages of ${TEXT.length} characters, table and indexes`,
    },
    log: { value: (after.log - before.log) / said, unit: "bytes", from: "the same, pg_current_wal_lsn" },
    ...back,
  }
}

async function together(app: App, people: Caller[], size: number): Promise<number> {
  const began = performance.now()
  await Promise.all(
    people
      .slice(0, size)
      .map((person) =>
        perform(app, person, { type: "post", room: "talk", text: TEXT, nonce: crypto.randomUUID().slice(0, 16) }),
      ),
  )
  return performance.now() - began
}

/** How often one post goes there and back: how much longer it takes with the database farther away, beside one statement. */
async function timesThereAndBack(folder: string, url: string, people: Caller[]): Promise<number> {
  const proxy = await TcpProxy.open()
  const far = new URL(url)
  proxy.upstream = `http://${far.host}`
  far.host = new URL(proxy.url).host
  const at = async (latency: number) => {
    proxy.climate = () => ({ up: { latency }, down: { latency } })
    const sql = await new SQL(far.href, { max: 1 }).reserve()
    const app = await createApp(readConfig({ DATA_DIR: folder, PORT: "0", LIMITS: "off", DATABASE_URL: far.href }))
    const post = await undisturbed(FAR_POSTS, () => together(app, people, 1))
    const statement = await undisturbed(FAR_POSTS, () => sql`select 1`)
    await app.close()
    sql.release()
    return { post, statement }
  }
  const [near, away] = [await at(0), await at(DISTANCE)]
  await proxy.close()
  return (away.post - near.post) / (away.statement - near.statement)
}

/** Microseconds that something takes when others leave the machine to it. */
async function undisturbed(count: number, work: () => Promise<unknown>): Promise<number> {
  for (let i = 0; i < WARM_UP; i++) await work()
  const times: number[] = []
  for (let i = 0; i < count; i++) {
    const began = performance.now()
    await work()
    times.push(performance.now() - began)
  }
  return percentile(times, UNDISTURBED) * 1000
}

async function returns(
  app: App,
  people: { person: { id: number; name: string }; session: string }[],
  used: () => number,
) {
  const one = async (i: number) => {
    const { person, session } = people[i % people.length]!
    const leaving = new AbortController()
    const who = { person: person.id, name: person.name, session, after: null, room: null }
    for await (const told of follow(app, who, leaving.signal)) if ("kind" in told && told.kind === "live") break
    leaving.abort()
  }
  for (let i = 0; i < WARM_UP; i++) await one(i)
  const { own, theirs } = await leastOf(CHUNKS, async () => {
    const [own, theirs] = [ownTime(), used()]
    for (let i = 0; i < RETURNS; i++) await one(i)
    return { own: (ownTime() - own) / RETURNS, theirs: ((used() - theirs) * 1e6) / RETURNS }
  })
  const from = `${RETURNS} at the door, one after the other, least of ${CHUNKS}`
  return {
    welcome: { value: own, unit: "µs", from },
    welcomeDatabase: { value: theirs, unit: "µs", from },
  }
}

async function onDisk({ db }: App): Promise<{ bytes: number; log: number }> {
  const [row] = await db.sql<{ bytes: number; log: number }>`
    select pg_total_relation_size('messages') as bytes, (pg_current_wal_lsn() - '0/0'::pg_lsn)::bigint as log`
  return row!
}

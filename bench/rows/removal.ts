// Somebody who is in very many rooms is removed, over a database that is a network away: how soon they are denied, when they are
// out of all rooms, and how long others wait for their posts meanwhile. Limits on.

import { kept } from "../../server/names/kept.ts"
import { TcpProxy } from "../../test/faults/proxy.ts"
import { ask, freshDatabase } from "../../test/postgres.ts"
import { type Databases, withDatabases } from "../cluster.ts"
import { peopleOf } from "../dialects.ts"
import { expel } from "../places.ts"
import { median, type Row, short } from "../row.ts"
import { startParlour, withFolder, withServer } from "../server.ts"
import { speak } from "../speaking.ts"

/** Milliseconds that the database is away, each way. */
const AWAY_MS = 1
const ROOMS = 2_000
/** People who are removed, one after the other. The first of all owns the place, the next ten speak. */
const TIMES = 5
/** As the people of a bench are numbered. */
const FIRST = 10
const SPEAKERS = 10
const QUIET_MS = 3_000
const PATIENCE_MS = 20_000
const REACH = { denied: 1_000, longest: 100 }

type Removed = { denied: number; out: number; quiet: number; longest: number }

export const removal: Row = {
  name: "removal",
  what: `somebody in ${ROOMS.toLocaleString("en")} rooms is removed, the database ${AWAY_MS} ms away each way: denied; the longest that another's post waits`,
  reach: `within ${REACH.denied / 1000} s; ${REACH.longest} ms`,
  async measure() {
    const found = await withDatabases((databases) => withFolder((folder) => all(databases, folder)))
    const most = (key: keyof Removed) => Math.max(...found.map((one) => one[key]))
    const middle = (key: keyof Removed) => median(found.map((one) => one[key]))
    return {
      measured: `${short(most("denied"))} ms; ${short(most("longest"))} ms`,
      met: most("denied") <= REACH.denied && most("longest") <= REACH.longest,
      notes: [
        `${TIMES} removals: the longest wait of a post was ${short(middle("longest"))} ms in the middle one, ${short(middle("quiet"))} ms while it was quiet; out of all rooms after ${short(most("out"))} ms`,
      ],
      numbers: { denied: most("denied"), longest: most("longest"), quiet: most("quiet"), out: most("out") },
    }
  },
}

async function all(databases: Databases, folder: string): Promise<Removed[]> {
  const { url, drop } = await freshDatabase(databases.postgres)
  const proxy = await TcpProxy.open()
  try {
    const env = { DATABASE_URL: url, REDIS_URL: databases.redis }
    const people = await withServer(startParlour(folder, { env }), peopleOf)
    const tokens = people.map((cookie) => cookie.split("=")[1]!)
    const leaving = await fillRooms(url)
    const { host, port } = new URL(url)
    proxy.upstream = `http://${host}`
    proxy.climate = () => ({ up: { latency: AWAY_MS }, down: { latency: AWAY_MS } })
    const through = url.replace(`:${port}/`, `:${new URL(proxy.url).port}/`)
    const here = { LIMITS: "on", DATABASE_URL: through, REDIS_URL: databases.redis }
    return await withServer(startParlour(folder, { env: here }), async (server) => {
      const cookieOf = (token: string) => `parlour-${server.port}=${token}`
      const [owner, ...others] = tokens
      const speaking = await speak(server, { speakers: others.slice(0, SPEAKERS) })
      const found: Removed[] = []
      for (const { name, person } of leaving) {
        const theirs = cookieOf(tokens[Number(name.split("-")[1]) - FIRST]!)
        speaking.since()
        await Bun.sleep(QUIET_MS)
        const quiet = Math.max(...speaking.since())
        const began = performance.now()
        await expel(server.origin, cookieOf(owner!), name)
        const denied = await until(began, async () => (await me(server.origin, theirs)) === 401)
        const out = await until(began, async () => (await roomsOf(url, person)) === 0)
        await Bun.sleep(QUIET_MS / 3)
        found.push({ denied, out, quiet, longest: Math.max(...speaking.since()) })
      }
      speaking.stop()
      return found
    })
  } finally {
    await proxy.close()
    await drop()
  }
}

/** Puts the last of the people into very many rooms. */
async function fillRooms(url: string): Promise<{ name: string; person: number }[]> {
  const people = await ask(url, `select id, name from people order by name desc limit ${TIMES}`)
  const [clock] = await ask(url, "select tick from clock")
  const tick = Number(clock!.tick)
  await ask(
    url,
    `insert into rooms (id, slug, name, at, tick, found, rule)
     select ${tick} + i, 'room-' || i, 'room-' || i, 0, ${tick} + i, 'room-' || i, ${kept("room-1").rule} from generate_series(1, ${ROOMS}) i`,
  )
  for (const [at, { id }] of people.entries())
    await ask(
      url,
      `insert into members (room, person, present, tick)
       select ${tick} + i, ${id}, 1, ${tick + (at + 1) * ROOMS} + i from generate_series(1, ${ROOMS}) i`,
    )
  await ask(url, `update clock set tick = ${tick + (people.length + 1) * ROOMS}`)
  return people.map(({ id, name }) => ({ name: String(name), person: Number(id) }))
}

async function roomsOf(url: string, person: number): Promise<number> {
  const [row] = await ask(url, `select count(*) as count from members where person = ${person} and present = 1`)
  return Number(row!.count)
}

async function me(origin: string, cookie: string): Promise<number> {
  return (await fetch(`${origin}/api/v1/me`, { headers: { cookie } })).status
}

/** Milliseconds since it began, when it is so. */
async function until(began: number, isSo: () => Promise<boolean>): Promise<number> {
  while (!(await isSo())) {
    if (performance.now() - began > PATIENCE_MS) throw new Error("a removal does not come to its end")
    await Bun.sleep(5)
  }
  return performance.now() - began
}

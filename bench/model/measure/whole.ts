// Whole processes at work on this machine, for the model to be held against: as many posts as go, at an even pace, and a
// room where many listen. Everybody who speaks is another person, as people are.
import { readFileSync } from "node:fs"
import { cpus } from "node:os"
import { createApp } from "../../../server/app.ts"
import { readConfig } from "../../../server/config.ts"
import { insertSession } from "../../../server/people/session.ts"
import { perform } from "../../../server/perform.ts"
import { freshDatabase } from "../../../test/postgres.ts"
import { settle } from "../../../test/world.ts"
import { type Databases, withDatabases } from "../../cluster.ts"
import { pace, saturate, speakEvenly } from "../../crowd.ts"
import { type Dialect, parlour } from "../../dialects.ts"
import { type Server, startParlour, withFolder } from "../../server.ts"
import type { Validated } from "../measured.ts"

const PROCESSES = [1, 2, 4]
const PEOPLE = 320
/** Of those who come in together. */
const TOGETHER = 16
const ROOMS = Array.from({ length: PEOPLE }, (_, i) => [`room ${i}`])
const SECONDS = 3
const PER_SECOND = 1_000
const TALK = { perSecond: 50, receivers: 500 }
/** What comes out best counts: whatever else the machine does only makes it worse. */
const ROUNDS = 1

export async function validate(): Promise<Validated[]> {
  const rounds: Validated[][] = []
  await withDatabases(async (databases) => {
    for (let round = 0; round < ROUNDS; round++) {
      const found: Validated[] = []
      for (const processes of PROCESSES) found.push(...(await withPeople(processes, databases, measureAll)))
      rounds.push(found)
    }
  })
  return rounds[0]!.map((_, i) => rounds.map((round) => round[i]!).reduce(better))
}

const better = (a: Validated, b: Validated): Validated =>
  (b.inFlight === null ? b.p99 < a.p99 : b.posts > a.posts) ? b : a

async function measureAll(place: Place): Promise<Validated[]> {
  await atOnce(place) // what is compiled while it runs has been
  return [await atOnce(place), await evenly(place), await talk(place)]
}

type Place = { together: Server; dialect: Dialect; processes: number; used: Databases["used"] }

/** Does the work on a new place with people, served by so many processes. */
async function withPeople(
  processes: number,
  { postgres, redis, used }: Databases,
  work: (place: Place) => Promise<Validated[]>,
): Promise<Validated[]> {
  const { url, drop } = await freshDatabase(postgres)
  const servers: Server[] = []
  try {
    return await withFolder(async (folder) => {
      const cookies = await registered(folder, url)
      const env = { DATABASE_URL: url, REDIS_URL: redis }
      for (let i = 0; i < processes; i++) servers.push(await startParlour(folder, { env }))
      const sum = (of: (server: Server) => number) => servers.reduce((all, one) => all + of(one), 0)
      const together = { ...servers[0]!, processorTime: () => sum((one) => one.processorTime()) }
      let said = 0
      const dialect: Dialect = {
        ...parlour,
        seats: async (_, count) =>
          Array.from({ length: count }, (_, i) => {
            const { port } = servers[i % processes]!
            return { path: "/events", cookie: cookies[i % PEOPLE]!, port }
          }),
        post: (_, room) => parlour.post(said++, room), // or a second crowd would say what the first one said
      }
      return work({ together, dialect, processes, used }).finally(() =>
        Promise.all(servers.map((server) => server.stop())),
      )
    })
  } finally {
    await drop()
  }
}

/** Each with a room of their own, so that what is said there costs nothing but the saying; and by the rows that registering
 *  writes, without the costly hash. */
async function registered(folder: string, database: string): Promise<string[]> {
  const app = await createApp(readConfig({ DATA_DIR: folder, PORT: "0", LIMITS: "off", DATABASE_URL: database }))
  const enter = async (i: number) => {
    const caller = await settle(app, `person-${i}`)
    await perform(app, caller, { type: "open", name: `room ${i}` })
    const { person } = caller
    return `parlour=${await app.db.tx((sql) => insertSession(sql, person.id))}`
  }
  const cookies = [await enter(0)] // the first to come owns the place
  while (cookies.length < PEOPLE) {
    const some = Array.from({ length: Math.min(TOGETHER, PEOPLE - cookies.length) }, (_, i) => cookies.length + i)
    cookies.push(...(await Promise.all(some.map(enter))))
  }
  await app.close()
  return cookies
}

async function atOnce(place: Place): Promise<Validated> {
  const { together, dialect, processes } = place
  const crowd = { receivers: 0, senders: PEOPLE, inFlight: 1, seconds: SECONDS, rooms: ROOMS }
  const { found, free } = await beside(place, () => saturate(together, dialect, crowd))
  return {
    ...of(processes, PEOPLE),
    ...costs(found, found.posts),
    inFlight: 1,
    posts: found.posts,
    ...times(found),
    free,
  }
}

async function evenly(place: Place): Promise<Validated> {
  const { together, dialect, processes } = place
  const even = { senders: PEOPLE, rooms: ROOMS, perSecond: PER_SECOND, seconds: SECONDS }
  const { found, free } = await beside(place, () => speakEvenly(together, dialect, even))
  const rest = { perSecond: PER_SECOND, posts: found.posts, free }
  return { ...of(processes, PEOPLE), ...costs({ ...found, crowd: 0 }, found.posts), ...times(found), ...rest }
}

async function talk(place: Place): Promise<Validated> {
  const { together, dialect, processes } = place
  const { perSecond } = TALK
  const receivers = TALK.receivers * Math.min(2, processes)
  const { found, free } = await beside(place, () => pace(together, dialect, { ...TALK, receivers, seconds: SECONDS }))
  return {
    ...of(processes, 1),
    ...costs(found, perSecond),
    ...times(found),
    perSecond,
    posts: perSecond,
    receivers,
    free,
  }
}

const of = (processes: number, senders: number) => ({
  ...{ processes, senders, seconds: SECONDS },
  ...{ inFlight: null, perSecond: null, receivers: 0 },
})
const times = ({ p50, p99 }: { p50: number; p99: number }) => ({ p50, p99 })
const costs = ({ server, crowd }: { server: number; crowd: number }, posts: number) => ({
  cost: (server * 1e6) / posts,
  crowd: (crowd * 1e6) / posts,
})

/** How many processors were left by whatever else ran meanwhile. */
async function beside<Measured>(
  { together, used }: Place,
  work: () => Promise<Measured>,
): Promise<{ found: Measured; free: number }> {
  const ours = () => {
    const { user, system } = process.cpuUsage()
    return together.processorTime() + used.postgres() + used.redis() + (user + system) / 1e6
  }
  const others = () => busyTime() - ours()
  const [before, began] = [others(), performance.now()]
  const found = await work()
  return { found, free: cpus().length - ((others() - before) * 1000) / (performance.now() - began) }
}

/** Seconds of processor time that the machine has spent on anything. */
function busyTime(): number {
  const [, words] = readFileSync("/proc/stat", "utf8").match(/^cpu +(.*)/) ?? []
  const [user, nice, system, , , irq, softirq, steal] = words!.split(" ").map(Number)
  return (user! + nice! + system! + irq! + softirq! + steal!) / 100
}

// What ends at one process ends at all: how long after the answer somebody's other process knows that a session has ended,
// by signing out or by being removed from the place, or that they have left a room, while somebody goes on speaking; and
// whether anything that was said after the answer still reached them. With Redis, and when that is gone.
import { type Cluster, withDatabases, withProcesses } from "../cluster.ts"
import { peopleOf } from "../dialects.ts"
import { expel } from "../places.ts"
import { percentile, type Row, short } from "../row.ts"

const PROCESSES = 3
/** People whose sessions end, with Redis and without; the first of all is the one who speaks. */
const TIMES = 9
const REACH = { redis: 1_000, clock: 2_000 }
/** How often somebody speaks, and how long it is listened on after the end. */
const EVERY_MS = 5
const LISTEN_MS = 300
const PATIENCE_MS = 10_000

type End = "session" | "membership" | "place"
/** Milliseconds, and what was overheard. */
type Known = { took: number; overheard: number }

export const ends: Row = {
  name: "ends",
  what: `a session ends, somebody is removed, or leaves a room, at one of ${PROCESSES} processes: until another knows; with Redis; without`,
  reach: `within ${REACH.redis / 1000} s; ${REACH.clock / 1000} s; nothing that was said later is heard`,
  async measure() {
    const found = await withDatabases((databases) =>
      withProcesses(PROCESSES, databases, async (cluster) => {
        const [, ...people] = await peopleOf(cluster.together)
        const redis = await all(cluster, people.slice(0, TIMES))
        await databases.bus.kill()
        return { redis, clock: await all(cluster, people.slice(TIMES, 2 * TIMES)) }
      }),
    )
    const slowest = (known: Known[]) => Math.max(...known.map(({ took }) => took))
    const heard = [...found.redis, ...found.clock].reduce((sum, { overheard }) => sum + overheard, 0)
    const half = (known: Known[]) =>
      short(
        percentile(
          known.map(({ took }) => took),
          50,
        ),
      )
    return {
      measured: `within ${short(slowest(found.redis))} ms; ${short(slowest(found.clock))} ms; ${heard} heard`,
      met: slowest(found.redis) <= REACH.redis && slowest(found.clock) <= REACH.clock && heard === 0,
      notes: [
        `half of ${found.redis.length} ends with Redis within ${half(found.redis)} ms of the answer, half of ${found.clock.length} without within ${half(found.clock)} ms, while somebody said something every ${EVERY_MS} ms`,
      ],
      numbers: { redis: slowest(found.redis), clock: slowest(found.clock), heard },
    }
  },
}

async function all(cluster: Cluster, people: string[]): Promise<Known[]> {
  const known: Known[] = []
  for (const [i, cookie] of people.entries())
    for (const end of ["membership", i % 2 ? "session" : "place"] as const)
      known.push(await once(cluster, cookie, end, i))
  return known
}

/** What is said are numbers, each greater than the one before. */
let said = 0

/** Ends it at one process, and listens at another. */
async function once({ servers, together }: Cluster, cookie: string, end: End, turn: number): Promise<Known> {
  const [at, other] = [servers[turn % PROCESSES]!, servers[(turn + 1) % PROCESSES]!]
  const [speaker] = await peopleOf(together)
  let knownAt: number | null = null
  let later: number | null = null
  let overheard = 0
  let isLive = false
  const ear = new WebSocket(`${other.origin.replace("http", "ws")}/events`, { headers: { cookie } } as never)
  ear.onmessage = ({ data }) => {
    const one = JSON.parse(`${data}`)
    if (one.kind === "live") isLive = true
    else if (one.kind === "bye" || (one.kind === "member" && !one.present)) knownAt ??= performance.now()
    else if (one.kind === "message" && later !== null && Number(one.text) >= later) overheard++
  }
  await until(() => isLive)
  const speak = () => {
    const body = JSON.stringify({ text: `${said++}` })
    const headers = { cookie: speaker!, "content-type": "application/json" }
    fetch(`${at.origin}/api/v1/rooms/talk/messages`, { method: "POST", headers, body }).catch(() => {})
  }
  const speaking = setInterval(speak, EVERY_MS)
  await Bun.sleep(LISTEN_MS)
  if (end === "place") await remove(at.origin, speaker!, cookie)
  else await ask(at.origin, end, cookie)
  later = said // what is said from now on
  const answered = performance.now()
  await until(() => knownAt !== null)
  await Bun.sleep(LISTEN_MS)
  clearInterval(speaking)
  ear.close()
  if (end === "membership") await ask(at.origin, "again", cookie)
  return { took: Math.max(0, knownAt! - answered), overheard }
}

/** The first of all, who owns the place, removes somebody. */
async function remove(origin: string, owner: string, cookie: string): Promise<void> {
  const me = await fetch(`${origin}/api/v1/me`, { headers: { cookie } })
  const { person } = (await me.json()) as { person: { name: string } }
  await expel(origin, owner, person.name)
}

async function ask(origin: string, what: "session" | "membership" | "again", cookie: string): Promise<void> {
  const [method, path] =
    what === "session" ? ["POST", "/logout"] : [what === "again" ? "PUT" : "DELETE", "/api/v1/rooms/talk/membership"]
  const { status } = await fetch(origin + path, { method, headers: { cookie }, redirect: "manual" })
  if (status >= 400) throw new Error(`${method} ${path} is answered with ${status}`)
}

async function until(isSo: () => boolean): Promise<void> {
  const end = performance.now() + PATIENCE_MS
  while (!isSo()) {
    if (performance.now() > end) throw new Error("an end is not known")
    await Bun.sleep(1)
  }
}

// Postgres at its worst, on a server that stays alone: it dies, loses connections, most of all at a COMMIT, is locked, full,
// read only, or has no connection to spare. People notice that an answer takes longer, or are asked to try again.
import { SQL } from "bun"
import { ask } from "../../postgres.ts"
import { until } from "../../world.ts"
import * as says from "./log.ts"
import { alone, behindProxy, breaking } from "./own-postgres.ts"
import type { Fate, PostgresProxy } from "./postgres-proxy.ts"
import { full, talk } from "./processes.ts"
import { aWhile, type ClusterFault, type ClusterRun } from "./run.ts"

/** What is answered has to be on disk: not by chance, but because the server is set so. */
async function mustKeep(run: ClusterRun): Promise<void> {
  for (const setting of ["fsync", "synchronous_commit", "full_page_writes"]) {
    const [row] = await run.place.ask<Record<string, string>>(`show ${setting}`)
    if (row?.[setting] !== "on") run.blame("O9", `${setting} is ${row?.[setting]}`)
  }
}

const isThere = (run: ClusterRun) =>
  ask(run.place.database, "select 1").then(
    () => true,
    () => false,
  )

const ends = ["kill -9", "kill -9", "kill -9", "immediate shutdown", "kill -9 of one backend"] as const

const killed = breaking(alone(), {
  name: "postgres-kill",
  habits: full,
  workers: 8,
  log: says.ofDatabase,
  memory: 250,
  async strike(run, { server }) {
    await talk(run)
    await mustKeep(run)
    const end = run.dice.among(ends)
    run.did(`Postgres: ${end}`)
    if (end === "kill -9 of one backend") server.killOne()
    else {
      if (end === "kill -9") server.kill()
      else server.stop()
      await aWhile(run, 0, 200)
      await server.start()
    }
    await until("it is there again", () => isThere(run), 30_000)
    run.did("Postgres is there again")
  },
})

const OURS = "datname = current_database() and application_name = 'parlour'"

const terminated: ClusterFault = {
  name: "postgres-cut-off",
  page: true,
  log: says.ofDatabase,
  async strike(run) {
    await aWhile(run, 30, 250)
    await endConnections(run, run.dice.among([0.1, 0.5, 1]))
  },
  /** All of them once for certain: in a short run on a slow machine the dice may have met only those that read. */
  heal: (run) => endConnections(run, 1),
}

async function endConnections(run: ClusterRun, share: number): Promise<void> {
  const cut = await run.place.ask(
    `select pg_terminate_backend(pid) from pg_stat_activity where ${OURS} and random() < ${share}`,
  )
  run.did(`${cut.length} connections are ended by the server`)
}

const fates: Fate[] = ["cut before", "cut under way", "cut under way", "cut after"]

const cut = breaking(behindProxy, {
  name: "postgres-commit",
  habits: { bursts: 0.6, pause: 5, roams: 0.1 },
  log: says.ofDatabase,
  async strike(run, { way }) {
    const often = run.dice.among([0.02, 0.1, 0.4])
    // Two for certain, one that is done and one that is not: on a slow machine there are few COMMITs to choose from.
    const certain: Fate[] = ["cut after", "cut before"]
    way.atCommit = () => certain.pop() ?? (run.dice() < often ? run.dice.among(fates) : "pass")
    await aWhile(run, 300, 700)
  },
  async heal(run, { way }) {
    way.heal()
    run.measured = await ofThoseCut(run, way)
  },
})

/** Of what was said once and declined, how much was there all the same when it was said again. */
async function ofThoseCut(run: ClusterRun, { commits, cuts }: PostgresProxy): Promise<string> {
  const rows = await run.place.ask<{ text: string; at: number }>("select text, at from messages")
  const at = new Map(rows.map((row) => [row.text, row.at]))
  const now = Date.now() - run.history.now()
  const unsure = run.history.posts.filter(({ attempts: [first] }) => first?.said === "try_again")
  const there = unsure.filter(
    ({ text, attempts: [first] }) => (at.get(text) ?? Number.POSITIVE_INFINITY) <= now + first!.until,
  )
  const all = Object.values(cuts).reduce((sum, one) => sum + one, 0)
  return (
    `of ${commits} commits ${all} were cut (before ${cuts["cut before"]}, under way ${cuts["cut under way"]}, ` +
    `after ${cuts["cut after"]}); of ${unsure.length} sends that were declined for it ${there.length} had been done, ` +
    "and were not done again"
  )
}

/** Late statements, held answers; in the long form connections, too, on which nothing comes any more. */
const slow = breaking(behindProxy, {
  name: "postgres-slow",
  log: says.ofDatabase,
  async strike(run, { way }) {
    const most = run.dice.among([5, 50, 300])
    way.late = () => (run.dice() < 0.1 ? run.dice() * most : 0)
    way.atCommit = () => (run.dice() < 0.1 ? run.dice() * 800 : "pass")
    await aWhile(run, 300, 700)
    if (!run.long || run.dice() < 0.7) return
    run.did("nothing passes any more")
    way.swallowAll()
    way.late = () => null
    await aWhile(run, 1_000, 12_000)
    way.heal()
  },
  async heal(_, { way }) {
    way.heal()
  },
})

const locks = [
  "select tick from clock where id = 1 for update",
  "lock table clock in access exclusive mode",
  "lock table messages in access exclusive mode",
  "lock table members in share mode",
  "lock table sessions, rooms in access exclusive mode",
]

/** Longer than a statement of ours waits, which may be for two locks, one after the other; and longer than all that anyone
 *  waits for. */
const LONG_MS = 6_000
const VERY_LONG_MS = 16_000

/** Someone else holds a lock. Nothing waits for it for long, and whoever asks is answered. */
const locked: ClusterFault = {
  name: "postgres-locked",
  log: says.ofDatabase,
  async strike(run) {
    await aWhile(run, 100, 300)
    const lock = run.dice.among(locks)
    const ms = run.long ? run.dice.among([200, 1_000, LONG_MS, VERY_LONG_MS]) : LONG_MS
    const other = new SQL(run.place.database, { max: 1 })
    try {
      run.did(`for ${ms} ms: ${lock}`)
      await other.begin(async (sql) => {
        await sql.unsafe(lock)
        await Promise.all([Bun.sleep(ms), ms === VERY_LONG_MS && mustAnswer(run)])
        await mustNotWait(run)
      })
    } finally {
      await other.close()
    }
  },
}

async function mustNotWait(run: ClusterRun): Promise<void> {
  const waits = await run.place.ask<{ query: string; seconds: number }>(
    `select query, extract(epoch from clock_timestamp() - query_start)::float8 as seconds from pg_stat_activity
     where ${OURS} and wait_event_type = 'Lock' order by 2 desc limit 1`,
  )
  for (const { query, seconds } of waits)
    if (seconds * 1_000 > LONG_MS - 500) run.blame("O8", `for ${seconds.toFixed(1)} s it waits for a lock: ${query}`)
}

async function mustAnswer(run: ClusterRun): Promise<void> {
  const { cookie } = run.prepared.people.at(-2)!
  const asked = run.place.urls.flatMap((url) => [
    fetch(`${url}/api/v1/rooms/talk/messages`, { headers: { cookie }, signal: AbortSignal.timeout(VERY_LONG_MS) }),
    fetch(`${url}/api/v1/rooms/talk/membership`, {
      method: "PUT",
      headers: { cookie },
      signal: AbortSignal.timeout(VERY_LONG_MS),
    }),
  ])
  for (const answer of await Promise.allSettled(asked))
    if (answer.status === "rejected")
      run.blame("O8", `nothing was answered for ${VERY_LONG_MS} ms while a lock was held`)
    else if (![200, 503].includes(answer.value.status))
      run.blame("O8", `while a lock was held it was answered ${answer.value.status}`)
}

/** Of so many connections that the server takes, others hold what they can get. */
const CONNECTIONS = 60

const exhausted = breaking(alone({ settings: [`max_connections=${CONNECTIONS}`] }), {
  name: "postgres-full-house",
  page: true,
  log: says.ofDatabase,
  async strike(run) {
    await aWhile(run, 100, 300)
    const others: SQL[] = []
    const take = async () => {
      for (;;) {
        const other = new SQL(run.place.database, { max: 1 })
        others.push(other)
        if (
          !(await other.connect().then(
            () => true,
            () => false,
          ))
        )
          return
      }
    }
    try {
      await take()
      run.did(`others hold ${others.length} connections; ours are ended`)
      await others[0]!.unsafe(`select pg_terminate_backend(pid) from pg_stat_activity where ${OURS}`)
      await take()
      await aWhile(run, 200, run.long ? 6_000 : 1_000)
    } finally {
      for (const other of others) await other.close({ timeout: 0 }).catch(() => {})
    }
    run.did("they leave")
  },
})

const NO_ROOM = `
  create or replace function no_room() returns trigger language plpgsql as
  $$ begin raise exception 'could not extend file: No space left on device' using errcode = 'disk_full'; end $$;
  create trigger no_room before insert on messages for each row when (random() < 0.25) execute function no_room()`

/** As on a disk that is full: some rows find room, and some do not. What is said beside one that does not, stands. */
const noRoom: ClusterFault = {
  name: "postgres-no-room",
  habits: { bursts: 0.8, roams: 0.02 },
  log: says.ofDatabase,
  async strike(run) {
    await aWhile(run, 50, 200)
    run.did("there is little room")
    await ask(run.place.database, NO_ROOM)
    await aWhile(run, 300, 800)
    await thereIsRoom(run)
  },
  heal: thereIsRoom,
}

async function thereIsRoom(run: ClusterRun): Promise<void> {
  await ask(run.place.database, "drop trigger if exists no_room on messages")
}

/** As an operator does it who wants nothing to be written for a while. */
const readOnly: ClusterFault = {
  name: "postgres-read-only",
  page: true,
  log: says.ofDatabase,
  async strike(run) {
    await aWhile(run, 100, 300)
    await set(run, "on")
    await aWhile(run, 200, run.long ? 4_000 : 800)
    await set(run, "off")
  },
}

async function set(run: ClusterRun, value: "on" | "off"): Promise<void> {
  const name = new URL(run.place.database).pathname.slice(1)
  const server = new URL("/postgres", run.place.database).href
  await ask(server, `alter database ${name} set default_transaction_read_only = ${value}`)
  await ask(server, `select pg_terminate_backend(pid) from pg_stat_activity where datname = '${name}'`)
  run.did(`read only: ${value}`)
}

export const ofPostgres: ClusterFault[] = [killed, terminated, cut, slow, locked, exhausted, noRoom, readOnly]

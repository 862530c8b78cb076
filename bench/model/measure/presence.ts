// What it takes to know who is here in other processes: with the class that does it, and the rows by which it is shared.
import { openPostgres } from "../../../server/db/postgres/postgres.ts"
import type { Db } from "../../../server/db/sql.ts"
import { Presence, type Table } from "../../../server/live/presence.ts"
import { sharePresence } from "../../../server/live/presence-shared.ts"
import { freshDatabase } from "../../../test/postgres.ts"
import type { Databases } from "../../cluster.ts"
import { MOST_SOCKETS } from "../bounds.ts"
import type { Measured } from "../measured.ts"
import { leastOf, ownTime } from "./least.ts"

const PROCESSES = 20
const CHUNKS = 3
const WRITES = 10
const MOVES = 1_000
const ALL = PROCESSES * MOST_SOCKETS

const idOf = (process: number, person: number) => process * 100_000 + person
const peopleOf = (process: number) =>
  Array.from({ length: MOST_SOCKETS }, (_, i) => ({ id: idOf(process, i), name: `person-${process}-${i}` }))

/** To be called first: it is by how much the process grows. */
export async function measurePresence({ postgres }: Databases): Promise<Partial<Measured>> {
  const texts = Array.from({ length: PROCESSES }, (_, k) => JSON.stringify(peopleOf(k)))
  const presence = new Presence()
  const tableOf = (k: number, version: number): Table => ({
    process: `process ${k}`,
    ...{ number: version, version, people: JSON.parse(texts[k]!), leaving: false, age: 0 },
  })
  Bun.gc(true)
  const [empty, began] = [process.memoryUsage.rss(), ownTime()]
  for (let k = 0; k < PROCESSES; k++) presence.read([tableOf(k, 1)])
  const first = (ownTime() - began) / ALL
  presence.tick()
  Bun.gc(true)
  await Bun.sleep(500)
  Bun.gc(true)
  const memory = (process.memoryUsage.rss() - empty) / ALL
  let version = 1
  const { again } = await leastOf(CHUNKS, () => {
    const before = ownTime()
    version++
    for (let k = 0; k < PROCESSES; k++) presence.read([tableOf(k, version)])
    return { again: (ownTime() - before) / ALL }
  })
  const { moved } = await leastOf(CHUNKS, () => ({ moved: moving(presence, ++version) }))
  const from = `${PROCESSES} tables of ${MOST_SOCKETS} people`
  return {
    here: { value: memory, unit: "bytes", from: `${from}: growth of the process` },
    hereBytes: { value: texts[0]!.length / MOST_SOCKETS, unit: "bytes", from: `${from}, as they stand in Postgres` },
    hereFirst: { value: first, unit: "µs", from: `${from}: processor time` },
    hereAgain: { value: again, unit: "µs", from: `the same, least of ${CHUNKS}` },
    hereMoved: { value: moved, unit: "µs", from: `${MOVES} come and go by the bus, least of ${CHUNKS}` },
    hereHold: {
      value: await holding(postgres),
      unit: "µs",
      from: `a row of ${MOST_SOCKETS} people, less one of none, least of ${WRITES} each`,
    },
  }
}

function moving(presence: Presence, since: number): number {
  const before = ownTime()
  let version = since * 10 * MOVES
  presence.read([{ process: "mover", number: version, version, people: [], leaving: false, age: 0 }])
  for (let i = 0; i < MOVES; i++) {
    const word = { kind: "moves" as const, process: "mover" }
    const one = { id: idOf(PROCESSES, i), name: `person-${i}` }
    version++
    presence.hear({ ...word, number: version, version, came: [one], left: [] })
    version++
    presence.hear({ ...word, number: version, version, came: [], left: [one.id] })
  }
  return (ownTime() - before) / (2 * MOVES)
}

/** Microseconds for each person whose row is written, of the transaction that holds the clock. */
async function holding(postgres: string): Promise<number> {
  const { url, drop } = await freshDatabase(postgres)
  const db = await openPostgres(url)
  try {
    const { full, none } = await leastOf(WRITES, async () => ({
      full: await written(db, peopleOf(0)),
      none: await written(db, []),
    }))
    return Math.max(0, (full - none) / MOST_SOCKETS)
  } finally {
    await db.close()
    await drop()
  }
}

async function written(db: Db, people: { id: number; name: string }[]): Promise<number> {
  const presence = new Presence()
  for (const { id, name } of people) presence.came(id, name)
  let took = 0
  const timed: Db = Object.create(db, {
    tx: {
      async value(work: Parameters<Db["tx"]>[0]) {
        const began = performance.now()
        const done = await db.tx(work)
        took ||= (performance.now() - began) * 1000
        return done
      },
    },
  })
  const sharing = await sharePresence(presence, timed, { isCarried: () => true, hear: () => {} })
  await sharing.leave()
  return took
}

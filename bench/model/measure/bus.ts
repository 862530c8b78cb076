// What an event costs in Redis and in the process that hears of it.
import { RedisClient } from "bun"
import type { Event } from "../../../protocol/event.ts"
import { happenings } from "../../../server/changes.ts"
import type { Db } from "../../../server/db/sql.ts"
import { Hub } from "../../../server/live/hub.ts"
import type { Databases } from "../../cluster.ts"
import { line } from "../formulas.ts"
import type { Measured } from "../measured.ts"
import { leastOf, ownTime } from "./least.ts"

const HEARERS = [0, 1, 4, 8]
const PUBLISHED = 500
const CHUNKS = 4
const LARGE = 16_384
const HEARD = 100_000

const event = (tick: number): Event => ({
  kind: "message",
  tick,
  id: tick,
  room: 2,
  author: { id: 1, name: "person-10" },
  text: "Shall we meet at the harbour at noon? I bring the map, and you the sandwiches.",
  at: 1_800_000_000_000,
  nonce: "bench-1000000000",
})

export async function measureBus({ redis, used }: Databases): Promise<Partial<Measured>> {
  const small = JSON.stringify(event(1e6))
  const points: [number, number][] = []
  const own: [number, number][] = []
  for (const hearers of HEARERS) {
    const one = await published(redis, hearers, small, used.redis)
    points.push([hearers, one.theirs])
    own.push([hearers, one.own])
  }
  const large = await published(redis, HEARERS.at(-1)!, "x".repeat(LARGE), used.redis)
  const { slope, at0 } = line(points)
  const from = `${PUBLISHED} of ${small.length} bytes one after the other, ${HEARERS.join(", ")} hear: processor time of Redis, least of ${CHUNKS}`
  return {
    publish: { value: at0, unit: "µs", from },
    publishEach: { value: slope, unit: "µs", from },
    publishByte: {
      value: Math.max(0, (large.theirs - points.at(-1)![1]) / (HEARERS.at(-1)! * (LARGE - small.length))),
      unit: "µs",
      from: `the same of ${LARGE} bytes`,
    },
    bundle: { value: line(own).slope, unit: "µs", from: "the same: processor time of those who hear, each" },
    hear: hearing(),
  }
}

/** Microseconds for each message published, which is heard by so many before the next is. */
async function published(url: string, hearers: number, message: string, used: () => number) {
  const clients: RedisClient[] = []
  let left = 0
  let all = () => {}
  for (let i = 0; i < hearers; i++) {
    const client = new RedisClient(url, { autoReconnect: false })
    await client.connect()
    await client.subscribe("talk", () => {
      if (--left === 0) all()
    })
    clients.push(client)
  }
  const speaker = new RedisClient(url, { autoReconnect: false })
  await speaker.connect()
  const say = async () => {
    left = hearers
    const heard = hearers > 0 && new Promise<void>((resolve) => (all = resolve))
    await Promise.all([speaker.publish("talk", message), heard])
  }
  for (let i = 0; i < 200; i++) await say()
  const found = await leastOf(CHUNKS, async () => {
    const [theirs, own] = [used(), ownTime()]
    for (let i = 0; i < PUBLISHED; i++) await say()
    return { theirs: ((used() - theirs) * 1e6) / PUBLISHED, own: (ownTime() - own) / PUBLISHED }
  })
  for (const client of [...clients, speaker]) client.close()
  return found
}

function hearing() {
  const db = { epochs: [{ name: "bench", began: 0 }] } as unknown as Db
  const hub = new Hub(db, happenings, { tick: 0 })
  const lines = Array.from({ length: HEARD }, (_, i) => JSON.stringify(event(i + 1)))
  const before = ownTime()
  for (const line of lines) void hub.deliver(JSON.parse(line) as Event, line)
  if (hub.tick !== HEARD) throw new Error("The hub did not hear everything.")
  return {
    value: (ownTime() - before) / HEARD,
    unit: "µs",
    from: `${HEARD} events parsed and told to a hub without listeners`,
  }
}

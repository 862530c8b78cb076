// Wiring: what exists and what it is made of. No decisions are taken here.
import type { Event } from "../protocol/event.ts"
import { changes } from "./changes.ts"
import type { Config } from "./config.ts"
import { openPostgres } from "./db/postgres.ts"
import type { Db } from "./db/sql.ts"
import { openSqlite } from "./db/sqlite.ts"
import { readClock } from "./live/clock.ts"
import { Hub } from "./live/hub.ts"
import { skeletonOf } from "./people/names.ts"
import { Throttle } from "./throttle.ts"

/** Carries events to every process. May lose, repeat and reorder them. */
export type Bus = { publish(event: Event): void; close(): void }

export type App = {
  config: Config
  db: Db
  bus: Bus
  hub: Hub
  /** Null when limits are off, for measuring. */
  throttle: Throttle | null
  close(): Promise<void>
}

/** How often the hub asks the clock, in case the last event was the one lost. */
const PULSE_MS = 1_000

const alone = (hub: Hub): Bus => ({ publish: (event) => void hub.deliver(event).catch(console.error), close() {} })

export async function createApp(config: Config, busFor: (hub: Hub) => Bus | Promise<Bus> = alone): Promise<App> {
  const { database } = config
  const db = await (database.startsWith("postgres:") ? openPostgres(database) : openSqlite(database))
  const hub = new Hub(db, changes, await readClock(db.sql))
  const bus = await busFor(hub)
  const pulse = setInterval(() => {
    hub.heal().catch(console.error)
  }, PULSE_MS)
  const throttle = config.limits ? new Throttle(skeletonOf) : null
  const close = async () => {
    clearInterval(pulse)
    bus.close()
    await db.close()
  }
  return { config, db, bus, hub, throttle, close }
}

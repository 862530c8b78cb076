// Wiring: what exists and what it is made of. No decisions are taken here.
import { happenings } from "./changes.ts"
import type { Config } from "./config.ts"
import { openPostgres } from "./db/postgres.ts"
import { type Db, isPostgres } from "./db/sql.ts"
import { openSqlite } from "./db/sqlite.ts"
import { alone, type Bus } from "./live/bus.ts"
import { openRedisBus } from "./live/bus-redis.ts"
import { readClock } from "./live/clock.ts"
import { Hub } from "./live/hub.ts"
import { skeletonOf } from "./people/names.ts"
import { Throttle } from "./throttle.ts"

export type App = {
  config: Config
  db: Db
  bus: Bus
  hub: Hub
  /** Null when limits are off, for measuring. */
  throttle: Throttle | null
  close(): Promise<void>
}

/** How often the hub asks the clock while nothing else would tell it what others do. */
const PULSE_MS = 250
/** Otherwise at each so many of these, in case the last event was the one lost. */
const CALM = 4

/** The bus that the settings name. A place is known on it by its epoch, which no other place has, and no other history. */
const busOf =
  ({ redis }: Config, { epochs }: Db) =>
  (hub: Hub): Bus | Promise<Bus> =>
    redis === null ? alone(hub) : openRedisBus({ url: redis, place: epochs.at(-1)!.name, hub })

export async function createApp(config: Config, busFor?: (hub: Hub) => Bus | Promise<Bus>): Promise<App> {
  const { database } = config
  const db = await (isPostgres(database) ? openPostgres(database) : openSqlite(database))
  const hub = new Hub(db, happenings, await readClock(db.sql))
  const bus = await (busFor ?? busOf(config, db))(hub)
  let pulses = 0
  const pulse = setInterval(() => {
    if (bus.alive && ++pulses % CALM !== 0) return
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

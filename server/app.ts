// Wiring: what exists and what it is made of. No decisions are taken here.
import { attend } from "./attend.ts"
import { happenings } from "./changes.ts"
import type { Config } from "./config.ts"
import { openPostgres } from "./db/postgres/postgres.ts"
import { type Db, isPostgres } from "./db/sql.ts"
import { openSqlite } from "./db/sqlite/sqlite.ts"
import { Checkup } from "./health.ts"
import { Lanes } from "./lanes.ts"
import { alone, type Bus, type Word } from "./live/bus.ts"
import { openRedisBus } from "./live/bus-redis.ts"
import { readClock } from "./live/clock.ts"
import { Hub } from "./live/hub.ts"
import { SPANS } from "./live/presence.ts"
import { inBackground, logAccident, logUnlessRefused } from "./log.ts"
import { Metrics } from "./metrics.ts"
import { keepNames } from "./names/kept.ts"
import { accountMeant } from "./names/spelling.ts"
import { type Devices, openDevices } from "./people/devices.ts"
import { carryOutRemovals, type Removals } from "./people/removal.ts"
import { watchSessions } from "./people/session-watch.ts"
import type { Onlookers } from "./rooms/onlookers.ts"
import { Throttle } from "./throttle.ts"
import { shareThrottle } from "./throttle-shared.ts"
import { Turns } from "./turns.ts"

export type App = {
  config: Config
  db: Db
  bus: Bus
  hub: Hub
  devices: Devices
  lanes: Lanes
  /** Null when limits are off, for measuring. */
  throttle: Throttle | null
  turns: Turns | null
  checkup: Checkup
  metrics: Metrics
  onlookers: Onlookers
  removals: Removals
  /** Tells all processes what has no tick and no history. */
  say(word: Word): void
  close(): Promise<void>
}

/** How often the hub asks the clock while a Redis that is set is not heard; otherwise at each `CALM` of these. */
const PULSE_MS = 250
/** For others on the same Postgres, where there is no Redis; and where there is, in case the last event was the one lost. */
const CALM = 4

/** The bus that the settings name. A place is known on it by its epoch, which no other place has, and no other history. */
const busOf =
  ({ redis }: Config, db: Db) =>
  (hub: Hub): Bus | Promise<Bus> =>
    redis === null ? alone(hub) : openRedisBus({ url: redis, place: db.epochs.at(-1)!.name, hub })

export async function createApp(
  config: Config,
  busFor?: (hub: Hub) => Bus | Promise<Bus>,
  spans = SPANS,
): Promise<App> {
  logAccident.forget()
  const { database } = config
  const db = await (isPostgres(database) ? openPostgres(database) : openSqlite(database))
  await keepNames(db)
  const devices = await openDevices(db)
  const hub = new Hub(db, happenings, await readClock(db.sql))
  const openBus = busFor ?? busOf(config, db)
  let pulses = 0
  const pulse = setInterval(() => {
    if (app.bus.alive && ++pulses % CALM !== 0) return
    hub.heal().catch(logUnlessRefused)
  }, PULSE_MS)
  const known = devices.known.bind(devices)
  const turns = config.limits ? new Turns() : null
  const throttle = config.limits ? new Throttle(accountMeant, undefined, known) : null
  const unshare = throttle && isPostgres(database) ? shareThrottle(throttle, db) : () => {}
  const watch = watchSessions(db, hub)
  const { onlookers, say, ...attending } = attend({ db, hub, bus: () => app.bus, spans })
  const close = async () => {
    clearInterval(pulse)
    unshare()
    await watch.close()
    await app.removals.close()
    await attending.leave()
    await app.bus.flush()
    app.bus.close()
    await app.hub.close()
    await db.close()
  }
  const [checkup, metrics] = [new Checkup(), new Metrics()]
  const wired = {
    config,
    db,
    hub,
    bus: alone(hub),
    devices,
    lanes: new Lanes(),
    throttle,
    turns,
    checkup,
    metrics,
    onlookers,
    say,
    close,
  }
  const app: App = Object.assign(wired, { removals: carryOutRemovals(wired) })
  db.onCommit = (commands, milliseconds) => {
    app.checkup.wrote()
    app.metrics.committed(commands, milliseconds)
  }
  db.onEpoch = (tick) => {
    hub.beginAnew(tick)
    onlookers.forget()
    inBackground(changeBus(app, openBus))
  }
  await changeBus(app, openBus)
  if (isPostgres(database)) await attending.share()
  return app
}

/** To one of the present epoch. Until it is open, the clock tells of the others. */
async function changeBus(app: App, openBus: (hub: Hub) => Bus | Promise<Bus>): Promise<void> {
  const { hub } = app
  const { epoch } = hub
  app.bus.close()
  app.bus = { ...alone(hub), alive: false }
  const bus = await openBus(hub)
  if (hub.epoch !== epoch) return bus.close()
  app.bus.close()
  app.bus = bus
}

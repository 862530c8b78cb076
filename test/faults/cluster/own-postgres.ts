// Grounds for what breaks a Postgres: a server of the run's own, alone or with a standby, from data that are made once and
// copied; or the one that all share, behind a proxy of the run's own.
import { join } from "node:path"
import { postgres, provide } from "../../../bin/needs.ts"
import { ask, type Manner, type Postgres, startPostgres } from "../../postgres.ts"
import { type Pair, startPair } from "../../standby.ts"
import { removeData, temporaryFolder } from "../../world.ts"
import type { Dice } from "../chance.ts"
import type { Prepared } from "../place.ts"
import { furnished } from "../run.ts"
import { commonGround, type Ground } from "./ground.ts"
import { PostgresProxy } from "./postgres-proxy.ts"
import type { ClusterFault, ClusterRun } from "./run.ts"

const DATABASE = "place"

export type Alone = Ground & { server: Postgres }
type WithStandby = Ground & { pair: Pair }
type BehindProxy = Ground & { way: PostgresProxy }

/** A fault that breaks its ground: what that is, it is told. */
export function breaking<On extends Ground>(
  open: (dice: Dice) => Promise<On>,
  fault: Omit<ClusterFault, "strike" | "heal" | "atLast"> & {
    strike(run: ClusterRun, on: On): Promise<void>
    heal?(run: ClusterRun, on: On): Promise<void>
  },
): ClusterFault {
  const on = (run: ClusterRun) => run.place.ground as On // it was opened by `open`, see run.ts
  return {
    ...fault,
    ground: open,
    strike: (run) => fault.strike(run, on(run)),
    heal: async (run) => fault.heal?.(run, on(run)),
  }
}

type Data = { folder: string; prepared: Prepared }

let data: Promise<Data> | null = null

/** People and rooms, in the database of a server that stands still. */
const furnishedData = (): Promise<Data> =>
  (data ??= (async () => {
    const folder = await temporaryFolder()
    const server = await startPostgres(provide(postgres), folder)
    try {
      await ask(`${server.url}/postgres`, `create database ${DATABASE}`)
      const prepared = await furnished({ DATABASE_URL: `${server.url}/${DATABASE}` })
      await ask(`${server.url}/postgres`, "checkpoint")
      return { folder, prepared }
    } finally {
      server.stop()
    }
  })())

export async function leaveFurnishedData(): Promise<void> {
  if (data) await removeData((await data).folder)
  data = null
}

/** Opens it in a folder that goes with it, also when the run is interrupted. */
async function ground<More extends object>(
  open: (from: string, folder: string) => Promise<{ url: string; stop(): Promise<void> | void; more: More }>,
): Promise<Ground & More> {
  const { folder: made, prepared } = await furnishedData()
  const folder = await temporaryFolder()
  const { url, stop, more } = await open(join(made, "postgres"), folder)
  const atExit = () => void stop()
  process.once("exit", atExit)
  return {
    ...more,
    prepared,
    fresh: async () => ({ url, drop: async () => {} }),
    async stop() {
      process.off("exit", atExit)
      await stop()
      await removeData(folder)
    },
  }
}

export const alone =
  (manner: Manner = {}) =>
  (): Promise<Alone> =>
    ground(async (from, folder) => {
      const server = await startPostgres(provide(postgres), folder, { ...manner, from })
      return { url: `${server.url}/${DATABASE}`, stop: () => server.stop(), more: { server } }
    })

/** `lag`: milliseconds by which the standby is behind with what it shows. */
export const withStandby =
  ({ synchronous = false, lag = 0 } = {}) =>
  (): Promise<WithStandby> =>
    ground(async (from, folder) => {
      const pair = await startPair(provide(postgres), folder, { synchronous, from })
      if (lag) await pair.set("standby", `recovery_min_apply_delay = ${lag}`)
      const stop = async () => pair[Symbol.asyncDispose]()
      return { url: pair.url, stop, more: { pair, env: { PARLOUR_REPLICA: pair.addressOf("standby") } } }
    })

export async function behindProxy(dice: Dice): Promise<BehindProxy> {
  const shared = await commonGround()
  const way = await PostgresProxy.open(dice)
  return {
    ...shared,
    way,
    async fresh() {
      const { url, drop } = await shared.fresh()
      const address = new URL(url)
      way.upstream = Number(address.port)
      address.port = `${way.port}`
      return { url: address.href, drop }
    },
    stop: () => way.close(),
  }
}

// The network between the processes and what they need, in pieces: one sees the database and not Redis, another the reverse;
// both ways or one way only; and all of it comes back.

import type { Direction } from "../proxy.ts"
import * as says from "./log.ts"
import { aWhile, type ClusterFault, type ClusterRun } from "./run.ts"

const NETWORKS = { between: "networks" } as const

const WAYS: Direction[][] = [["up", "down"], ["up"], ["down"]]

async function heals(run: ClusterRun): Promise<void> {
  for (const way of run.place.ways) way.heal()
}

/** Longer than all that waits for an answer, in the long form. */
const longEnough = (run: ClusterRun) => aWhile(run, 300, run.long ? 14_000 : 1_500)

/** One process is cut off from what it needs, in one direction or in both. */
const cutFrom = (what: "redis" | "database", name: string) => async (run: ClusterRun) => {
  await aWhile(run, 100, 300)
  const way = run.dice.among(run.place.ways)
  const directions = run.dice.among(WAYS)
  run.did(`process ${run.place.ways.indexOf(way) + 1} is cut off from ${name}, ${directions.join(" and ")}`)
  way.cut(what, directions)
  await longEnough(run)
  await heals(run)
  run.did("the network heals")
}

const withoutRedis: ClusterFault = {
  name: "sees-no-redis",
  layout: NETWORKS,
  measures: true,
  log: says.ofAll,
  strike: cutFrom("redis", "Redis"),
}

const withoutDatabase: ClusterFault = {
  name: "sees-no-database",
  layout: NETWORKS,
  log: says.ofAll,
  strike: cutFrom("database", "the database"),
}

/** One has only the database, one only Redis, and one all. */
const split: ClusterFault = {
  name: "split",
  layout: NETWORKS,
  page: true,
  log: says.ofAll,
  async strike(run) {
    await aWhile(run, 100, 300)
    const first = run.dice.upTo(run.place.ways.length)
    const one = run.place.ways[first]!
    const other = run.place.ways[(first + 1) % run.place.ways.length]!
    run.did("one sees the database and not Redis, another the reverse")
    one.cut("redis")
    other.cut("database")
    await longEnough(run)
    await heals(run)
    run.did("the network heals")
  },
}

export const ofNetworks = [withoutRedis, withoutDatabase, split]

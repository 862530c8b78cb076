// The network between the processes and what they need, in pieces: one sees the database and not Redis, another the reverse;
// both ways or one way only; and all of it comes back.

import type { Direction } from "../proxy.ts"
import * as says from "./log.ts"
import { some } from "./redis.ts"
import type { ClusterFault, ClusterRun } from "./run.ts"

const NETWORKS = { between: "networks" } as const

const WAYS: Direction[][] = [["up", "down"], ["up"], ["down"]]

async function heals(run: ClusterRun): Promise<void> {
  for (const way of run.place.ways) way.heal()
}

/** Longer than all that waits for an answer, in the long form. */
const aWhile = (run: ClusterRun) => some(run, 300, run.long ? 14_000 : 1_500)

const withoutRedis: ClusterFault = {
  name: "sees-no-redis",
  layout: NETWORKS,
  measures: true,
  log: says.ofAll,
  async strike(run) {
    await some(run, 100, 300)
    const way = run.dice.among(run.place.ways)
    const directions = run.dice.among(WAYS)
    run.did(`process ${run.place.ways.indexOf(way) + 1} is cut off from Redis, ${directions.join(" and ")}`)
    way.cut("redis", directions)
    await aWhile(run)
    await heals(run)
    run.did("the network heals")
  },
}

const withoutDatabase: ClusterFault = {
  name: "sees-no-database",
  layout: NETWORKS,
  log: says.ofAll,
  async strike(run) {
    await some(run, 100, 300)
    const way = run.dice.among(run.place.ways)
    const directions = run.dice.among(WAYS)
    run.did(`process ${run.place.ways.indexOf(way) + 1} is cut off from the database, ${directions.join(" and ")}`)
    way.cut("database", directions)
    await aWhile(run)
    await heals(run)
    run.did("the network heals")
  },
}

/** One has only the database, one only Redis, and one all. */
const split: ClusterFault = {
  name: "split",
  layout: NETWORKS,
  page: true,
  log: says.ofAll,
  async strike(run) {
    await some(run, 100, 300)
    const first = run.dice.upTo(run.place.ways.length)
    const one = run.place.ways[first]!
    const other = run.place.ways[(first + 1) % run.place.ways.length]!
    run.did("one sees the database and not Redis, another the reverse")
    one.cut("redis")
    other.cut("database")
    await aWhile(run)
    await heals(run)
    run.did("the network heals")
  },
}

export const ofNetworks = [withoutRedis, withoutDatabase, split]

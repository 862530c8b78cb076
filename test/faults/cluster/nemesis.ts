// Every way to break a place of several processes, by name. What lies between a place and its people breaks here as it does
// before one process: whoever was with one comes back to another.
import { flapping, ofLines } from "../between.ts"
import { corrupt } from "../corrupt.ts"
import { forged, garbage } from "../guests.ts"
import { ofEnds } from "./ended.ts"
import { ofFailover } from "./failover.ts"
import { ofGhosts } from "./ghosts.ts"
import { mixedOf } from "./mixed.ts"
import { ofNetworks } from "./partitions.ts"
import { ofPostgres } from "./postgres.ts"
import { ofProcesses } from "./processes.ts"
import { ofRedis } from "./redis.ts"
import type { ClusterFault } from "./run.ts"

const all: ClusterFault[] = [...ofLines, ...ofProcesses, ...ofRedis, ...ofNetworks, ...ofEnds]

/** A Postgres of one's own is not mixed with anything. */
const mixed = mixedOf([...all, ...ofPostgres.filter(({ ground }) => !ground)])

// Ghosts and failovers take their time, so that they come first where many runs go on at once.
export const nemesis: ClusterFault[] = [
  ...ofGhosts,
  ...ofFailover,
  ...[flapping, forged, garbage, corrupt],
  ...all,
  ...ofPostgres,
  mixed,
]

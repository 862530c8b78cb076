// Every way to break a place of several processes, by name. What lies between a place and its people breaks here as it does before
// one process: whoever was with one comes back to another.
import { flapping, ofLines } from "../between.ts"
import { corrupt } from "../corrupt.ts"
import { forged, garbage } from "../guests.ts"
import { ofEnds } from "./ended.ts"
import { ofGhosts } from "./ghosts.ts"
import { mixedOf } from "./mixed.ts"
import { ofNetworks } from "./partitions.ts"
import { ofProcesses } from "./processes.ts"
import { ofRedis } from "./redis.ts"
import type { ClusterFault } from "./run.ts"

// Ghosts take their time, so that they come first where many runs go on at once.
const all: ClusterFault[] = [...ofLines, ...ofProcesses, ...ofRedis, ...ofNetworks, ...ofEnds]

export const nemesis: ClusterFault[] = [...ofGhosts, flapping, forged, garbage, corrupt, ...all, mixedOf(all)]

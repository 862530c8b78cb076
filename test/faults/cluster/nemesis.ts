// Every way to break a place of several processes, by name.
import { ofEnds } from "./ended.ts"
import { mixedOf } from "./mixed.ts"
import { ofNetworks } from "./partitions.ts"
import { ofProcesses } from "./processes.ts"
import { ofRedis } from "./redis.ts"
import type { ClusterFault } from "./run.ts"

const all = [...ofProcesses, ...ofRedis, ...ofNetworks, ...ofEnds]

export const nemesis: ClusterFault[] = [...all, mixedOf(all)]

// A run of several processes, each judged as one process is (../run.ts).

import type { Fault, Length } from "../fault.ts"
import type { Build } from "../process.ts"
import { type Report, type Run, runOn } from "../run.ts"
import { commonGround, type Ground } from "./ground.ts"
import * as says from "./log.ts"
import { Cluster, type Layout, usualLayout } from "./place.ts"

export type ClusterFault = Fault<Cluster> & {
  layout?: Partial<Layout>
  /** A Postgres of its own, for one that breaks it. */
  ground?(): Promise<Ground>
}

export type ClusterRun = Run<Cluster>

export async function runOnCluster(
  fault: ClusterFault,
  seed: number,
  length: Length,
  build: Build = {},
): Promise<Report> {
  if (fault.whole) return fault.whole(seed, length, build)
  const ground = await (fault.ground?.() ?? commonGround())
  try {
    const cluster = await Cluster.on(ground, { ...usualLayout, ...fault.layout }, build)
    // Even where nobody touches it a Redis may be thought silent, on a machine that is busy with other runs.
    return await runOn(cluster, ground.prepared, { log: says.ofRedis, ...fault }, seed, length)
  } finally {
    if (fault.ground) await ground.stop()
  }
}

// The suite of a place of several processes, on Postgres and Redis: `bin/faults cluster`.
import type { Suite } from "../suite.ts"
import { breaks } from "./breaks.ts"
import { leaveCommonGround } from "./ground.ts"
import { nemesis } from "./nemesis.ts"
import { leaveFurnishedData } from "./own-postgres.ts"
import type { Cluster } from "./place.ts"
import { runOnCluster } from "./run.ts"
import { brokenClusters, clusterControls } from "./sabotages.ts"

export const ofSeveralProcesses: Suite<Cluster> = {
  command: "bin/faults cluster",
  tables: { faults: "faults of several processes", broken: "broken builds of several processes" },
  faults: nemesis,
  run: runOnCluster,
  sabotages: brokenClusters,
  controls: clusterControls,
  // Where people are as they always are under a fault, its own short run shows as much.
  routine: clusterControls.filter(({ habits }) => habits),
  breaks,
  tries: 6,
  patience: { short: 3_000, forGood: 5_000, long: 40_000 },
  async close() {
    await leaveCommonGround()
    await leaveFurnishedData()
  },
}

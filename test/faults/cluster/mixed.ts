// All of it, by the seed: what is broken is not always put right before the next is.
import * as says from "./log.ts"
import type { ClusterFault } from "./run.ts"

/** Each with the ways that partitions need; what is renewed by a watcher, or has no Redis, is another place. */
export function mixedOf(faults: ClusterFault[]): ClusterFault {
  const all = faults.filter(({ layout }) => !layout?.watched && layout?.redis !== false)
  return {
    name: "mixed",
    page: true,
    measures: true,
    layout: { between: "networks" },
    log: says.ofAll,
    async strike(run) {
      const fault = run.dice.among(all)
      run.did(`now ${fault.name}`)
      await fault.strike(run)
      if (run.dice() < 0.4) await this.heal?.(run)
    },
    async heal(run) {
      for (const { heal } of all) await heal?.(run)
      for (const way of run.place.ways) way.heal()
    },
  }
}

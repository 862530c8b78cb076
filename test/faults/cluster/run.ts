// A run of several processes, each judged as one process is (../run.ts).

import { type Dice, diceOf } from "../chance.ts"
import type { Fault, Length } from "../fault.ts"
import type { Build } from "../process.ts"
import { type Report, type Run, runOn } from "../run.ts"
import type { Habits } from "../worker.ts"
import { commonGround, type Ground } from "./ground.ts"
import { Cluster, type Layout, usualLayout } from "./place.ts"

export type ClusterFault = Fault<Cluster> & {
  layout?: Partial<Layout>
  /** What the environment says in short runs. */
  inShort?: Record<string, string>
  /** A Postgres of its own, for one that breaks it, or what lies before it and has dice of its own. */
  ground?(dice: Dice): Promise<Ground>
}

/** An answer may have to wait for the groups of other processes; who asks again at once makes it wait longer. */
const PATIENT: Partial<Habits> = { patience: 4_000 }

export type ClusterRun = Run<Cluster>

/** For so many milliseconds, as the dice say. */
export const aWhile = (run: ClusterRun, least: number, most: number) => Bun.sleep(least + run.dice() * (most - least))

export async function runOnCluster(
  fault: ClusterFault,
  seed: number,
  length: Length,
  build: Build = {},
): Promise<Report> {
  if (fault.whole) return fault.whole(seed, length, build)
  const ground = await (fault.ground?.(diceOf(seed).for("the ground")) ?? commonGround())
  const env = { ...build.env, ...(!length.long && fault.inShort) }
  try {
    const cluster = await Cluster.on(ground, { ...usualLayout, ...fault.layout }, { ...build, env })
    const habits = { ...PATIENT, ...fault.habits }
    return await runOn(cluster, ground.prepared, { ...fault, habits }, seed, length)
  } finally {
    if (fault.ground) await ground.stop()
  }
}

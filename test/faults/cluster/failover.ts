// A standby takes over, again and again: the one that died comes back as the standby of the other. With one that has everything
// nobody notices more than a moment of silence. With one that lags, what it had not got is gone; whoever heard of it is told
// to draw afresh, and nobody else is.
import type { Pair } from "../../standby.ts"
import { until } from "../../world.ts"
import { ofDatabase } from "./log.ts"
import { breaking, withStandby } from "./own-postgres.ts"
import { aWhile, type ClusterFault, type ClusterRun } from "./run.ts"

const LOG = new RegExp(`${ofDatabase.source}|^Another server has taken over`)

/** Between two steps, in milliseconds. */
const STEP_MS = 200

/** Until what is said is answered again. */
async function goesOn(run: ClusterRun): Promise<void> {
  const now = run.history.now()
  const isAnswered = () =>
    run.history.posts.slice(-500).some(({ attempts }) => attempts.some((one) => one.outcome === "ok" && one.at > now))
  await until("something is answered after a failover", isAnswered, 20_000)
}

const synchronous = breaking(withStandby({ synchronous: true }), {
  name: "failover-sync",
  page: true,
  log: LOG,
  cycles: 10,
  async strike(run, { pair }) {
    await aWhile(run, 200, 600)
    run.did("the primary dies")
    pair.die()
    await Bun.sleep(run.dice() * STEP_MS)
    await pair.takeOver()
    run.did("its standby has taken over")
    await goesOn(run)
    await aWhile(run, 100, 400)
    await pair.rejoin()
    run.did("the one that died is its standby, and has everything")
  },
})

/** The clients' way to the old primary is cut, but every other time it is there again, and is not to be believed. */
async function fromThePast(run: ClusterRun, pair: Pair): Promise<void> {
  await pair.revive()
  run.did("the one that died answers again, as it was")
  pair.lead("primary")
  await aWhile(run, 400, 800)
  pair.lead("standby")
  run.did("it is gone again")
}

const asynchronous = breaking(withStandby(), {
  name: "failover-async",
  log: LOG,
  cycles: 10,
  habits: { again: 0 }, // what is lost is not to be said again by chance
  async strike(run, { pair }) {
    await aWhile(run, 200, 600)
    const from = run.history.now()
    await pair.reached()
    await pair.cutOff()
    run.did("the standby gets nothing more")
    await aWhile(run, 100, 600)
    pair.die()
    run.did("the primary dies")
    await Bun.sleep(run.dice() * STEP_MS)
    run.lost.push({ from, to: run.history.now() })
    await pair.takeOver()
    run.did("its standby has taken over, without what it had not got")
    await goesOn(run)
    await aWhile(run, 100, 400)
    if (run.lost.length % 2 === 1) await fromThePast(run, pair)
    await pair.rejoin()
    run.did("the one that died is its standby, and has everything")
  },
})

/** The standby is there, and shows what was a moment ago. Nobody is to ask it, not even when it answers for the primary. */
const behind = breaking(withStandby({ lag: 600 }), {
  name: "standby-behind",
  log: LOG,
  async strike(run, { pair }) {
    await aWhile(run, 200, 400)
    run.did("the standby answers for the primary")
    pair.lead("standby")
    await aWhile(run, 400, 800)
    pair.lead("primary")
    run.did("the primary answers again")
    await aWhile(run, 100, 300)
  },
})

export const ofFailover: ClusterFault[] = [synchronous, asynchronous, behind]

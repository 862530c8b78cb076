// The nemesis: each way to break things, by name. What it does is drawn from the run's dice, so that a seed plans the same.
import { flapping, ofLines } from "./between.ts"
import { corrupt } from "./corrupt.ts"
import { checkpoint, diskFull, failingRead, failingSync, slowDisk } from "./disk.ts"
import type { Fault } from "./fault.ts"
import { restore, twice } from "./forks.ts"
import { expelled, forged, garbage, signedOut } from "./guests.ts"
import { nginx } from "./nginx.ts"
import { power } from "./power.ts"
import { failPoints } from "./process.ts"
import type { Run } from "./run.ts"
import { killMillion, stormOfThousands } from "./scale.ts"
import { slowReader } from "./slow-reader.ts"
import type { Habits } from "./worker.ts"

const some = (run: Run, least: number, most: number) => Bun.sleep(least + run.dice() * (most - least))

const nothing: Fault = {
  name: "nothing",
  page: true,
  strike: (run) => some(run, 300, 600),
}

/** As much at once as a socket may have under way, without a pause. */
const full: Partial<Habits> = { pause: 0, burst: 60, bursts: 0.9, roams: 0.02, stays: 6_000, mouths: ["websocket"] }

const kill: Fault = {
  name: "kill",
  page: true,
  habits: { ...full, doors: ["websocket", "websocket", "websocket", "sse", "poll"] },
  async strike(run) {
    await some(run, 400, 1_000)
    run.did("kill -9")
    await run.restart()
  },
}

/** Dies at a point of its own code, where it does the most harm. */
const failpoints: Fault = {
  name: "failpoints",
  async strike(run) {
    await some(run, 50, 250)
    const point = run.dice.among(failPoints)
    run.place.order(`failpoint ${point}`)
    for (const worker of run.workers.slice(1)) if (point === "in mid-replay") worker.disconnect()
    if (await run.place.exited(1_500)) run.did(`died ${point}`)
    await run.restart()
  },
}

const stop: Fault = {
  name: "restart",
  page: true,
  async strike(run) {
    await some(run, 100, 500)
    run.did("SIGTERM")
    if (!(await run.place.stop())) run.blame("O9", "the place did not stop when asked to")
    await run.start()
  },
}

const pause: Fault = {
  name: "pause",
  page: true,
  async strike(run) {
    await some(run, 200, 600)
    run.did("SIGSTOP")
    run.place.signal("SIGSTOP")
    await (run.long && run.dice() < 0.3 ? some(run, 5_000, 20_000) : some(run, 200, 2_500))
    run.place.signal("SIGCONT")
    run.did("SIGCONT")
  },
}

const stall: Fault = {
  name: "stall",
  async strike(run) {
    await some(run, 200, 600)
    const ms = Math.round(200 + run.dice() * 1_800)
    run.did(`the event loop stalls for ${ms} ms`)
    run.place.order(`stall ${ms}`)
    await Bun.sleep(ms)
  },
}

const HOUR = 3_600_000

const clock: Fault = {
  name: "clock",
  async strike(run) {
    await some(run, 100, 500)
    // Up to ten years back, or a day ahead; further than sessions live, everyone would rightly be signed out.
    const off = Math.round(run.dice() < 0.5 ? -run.dice() * 87_600 * HOUR : run.dice() * 24 * HOUR)
    run.did(`the clock is ${(off / HOUR).toFixed(1)} hours off`)
    run.place.order(`clock ${off}`)
  },
  async heal(run) {
    run.place.order("clock 0")
  },
}

// Inside.

/** Between processes a bus may lose, repeat and reorder; here it does so within one. */
const lossyBus: Fault = {
  name: "lossy-bus",
  async strike(run) {
    run.place.order("lossy")
    await some(run, 300, 600)
  },
}

const slowDatabase: Fault = {
  name: "slow-database",
  habits: { stays: 400, away: 20, pause: 2, roams: 0.6 },
  async strike(run) {
    run.place.order("slow")
    await some(run, 300, 600)
  },
}

/** Both at once: the hub repairs all the time, in the midst of transactions. */
const lossyAndSlow: Fault = {
  name: "lossy-and-slow",
  async strike(run) {
    run.place.order("lossy")
    await slowDatabase.strike(run)
  },
}

// All of it.

const all: Fault[] = [kill, failpoints, pause, stall, ...ofLines, clock]

const mixed: Fault = {
  name: "mixed",
  page: true,
  async strike(run) {
    await run.dice.among(all).strike(run)
    if (run.dice() < 0.3) run.proxy.heal()
  },
  async heal(run) {
    run.place.order("clock 0")
  },
}

export const nemesis: Fault[] = [
  nothing,
  stop,
  flapping,
  lossyBus,
  slowDatabase,
  lossyAndSlow,
  ...all,
  nginx,
  diskFull,
  failingSync,
  failingRead,
  slowDisk,
  checkpoint,
  power,
  expelled,
  signedOut,
  forged,
  slowReader,
  stormOfThousands,
  killMillion,
  garbage,
  corrupt,
  twice,
  restore,
  mixed,
]

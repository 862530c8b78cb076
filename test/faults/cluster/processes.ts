// What happens to one process while the others go on: it dies, stops, sleeps, is renewed, or its clock is wrong. Whoever was
// with it comes back to another.

import { comes, until } from "../../world.ts"
import { failPoints } from "../process.ts"
import type { Habits } from "../worker.ts"
import * as says from "./log.ts"
import { aWhile, type ClusterFault, type ClusterRun } from "./run.ts"

/** As much at once as a socket may have under way, without a pause. */
export const full: Partial<Habits> = {
  pause: 0,
  burst: 60,
  bursts: 0.9,
  roams: 0.02,
  stays: 6_000,
  mouths: ["websocket"],
}

/** Answers between two kills, in the long form: in 500 cycles a million. And milliseconds in which they must have come. */
const ENOUGH = 2_100
const LONGEST_MS = 15_000

/** For a while, and in the long form until there is enough of it. */
export async function talk(run: ClusterRun): Promise<void> {
  const enough = run.history.answers + ENOUGH
  await aWhile(run, 300, 900)
  if (run.long) await comes(() => run.history.answers > enough, LONGEST_MS)
}

const one = (run: ClusterRun) => run.dice.among(run.place.processes)
const nameOf = (run: ClusterRun, process: ReturnType<typeof one>) =>
  `process ${run.place.processes.indexOf(process) + 1}`

const nothing: ClusterFault = {
  name: "nothing",
  page: true,
  measures: true,
  strike: (run) => aWhile(run, 300, 600),
}

const kill: ClusterFault = {
  name: "kill",
  page: true,
  habits: { ...full, doors: ["websocket", "websocket", "websocket", "sse", "poll"] },
  async strike(run) {
    await talk(run)
    const process = one(run)
    run.did(`kill -9 of ${nameOf(run, process)}`)
    await process.kill()
    await aWhile(run, 0, 300)
    await process.start()
  },
}

/** Dies at a point of its own code, where it does the most harm. */
const failpoints: ClusterFault = {
  name: "failpoints",
  async strike(run) {
    await aWhile(run, 50, 200)
    const process = one(run)
    const point = run.dice.among(failPoints)
    process.order(`failpoint ${point}`)
    for (const worker of run.workers.slice(1)) if (point === "in mid-replay") worker.disconnect()
    if (await process.exited(1_000)) run.did(`${nameOf(run, process)} died ${point}`)
    await process.kill()
    await process.start()
  },
}

/** What it held of the database meanwhile, others wait for. */
const pause: ClusterFault = {
  name: "pause",
  page: true,
  log: says.ofAll,
  async strike(run) {
    await aWhile(run, 200, 500)
    const process = one(run)
    const seconds = run.long ? 30 : 3
    run.did(`${nameOf(run, process)} is paused for ${seconds} s`)
    process.signal("SIGSTOP")
    await Bun.sleep(seconds * 1_000)
    process.signal("SIGCONT")
    run.did("it wakes")
  },
}

const oneByOne: ClusterFault = {
  name: "one-by-one",
  page: true,
  gentle: { feeds: true },
  async strike(run) {
    await aWhile(run, 50, 200)
    for (const process of run.place.processes) {
      run.did(`SIGTERM to ${nameOf(run, process)}`)
      if (!(await process.stop())) run.blame("O9", "a process did not stop when asked to")
      await process.start()
    }
  },
}

/** `parlour start --processes 3`, and SIGHUP: nobody is cut off, neither who listens nor who speaks. */
const rolling: ClusterFault = {
  name: "rolling",
  page: true,
  gentle: { feeds: true, requests: true },
  habits: { patience: 10_000 }, // an answer may be late where three processes start, and it comes
  layout: { watched: true },
  async strike(run) {
    await aWhile(run, 100, 300)
    const [watcher] = run.place.processes
    const renewed = () => watcher!.printed.filter((line) => line.startsWith("Renewed")).length
    const before = renewed()
    run.did("SIGHUP")
    watcher!.signal("SIGHUP")
    await until("all are renewed", () => renewed() > before, 60_000)
  },
}

const HOUR = 3_600_000

/** No order and no right hangs on what time it is. Further ahead than sessions live everyone would rightly be signed out. */
const clocks: ClusterFault = {
  name: "clocks",
  async strike(run) {
    await aWhile(run, 100, 400)
    for (const process of run.place.processes) {
      const off = Math.round(run.dice() < 0.5 ? -run.dice() * 87_600 * HOUR : run.dice() * 24 * HOUR)
      run.did(`the clock of ${nameOf(run, process)} is ${(off / HOUR).toFixed(1)} hours off`)
      process.order(`clock ${off}`)
    }
  },
  async heal(run) {
    for (const process of run.place.processes) process.order("clock 0")
  },
}

export const ofProcesses = [nothing, kill, failpoints, pause, oneByOne, rolling, clocks]

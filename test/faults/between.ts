// Faults that lie between a place and those who are there, or in them: the same wherever they are done, before one process on
// a file or before several on Postgres.
import type { Fault } from "./fault.ts"
import type { Run } from "./run.ts"
import type { Stage } from "./stage.ts"

const some = (run: Run<Stage>, least: number, most: number) => Bun.sleep(least + run.dice() * (most - least))

/** The request passed, the answer did not. */
const answerCut: Fault<Stage> = {
  name: "answer-cut",
  page: true,
  habits: { mouths: ["json", "form", "websocket"], pause: 0, burst: 60, bursts: 0.6, roams: 0.02 },
  async strike(run) {
    run.proxy.climate = () =>
      run.dice() < 0.5 ? { down: { resetAfter: run.dice.upTo(run.dice() < 0.5 ? 400 : 40_000) } } : {}
    await some(run, 300, 600)
  },
}

const reset: Fault<Stage> = {
  name: "reset",
  page: true,
  async strike(run) {
    run.proxy.climate = () => ({
      ...(run.dice() < 0.4 && { up: { resetAfter: run.dice.upTo(4_000) } }),
      ...(run.dice() < 0.4 && { down: { resetAfter: run.dice.upTo(20_000) } }),
    })
    await some(run, 100, 400)
    run.did("resets every connection")
    run.proxy.resetAll()
  },
}

const halfOpen: Fault<Stage> = {
  name: "half-open",
  page: true,
  async strike(run) {
    run.proxy.climate = () => ({
      ...(run.dice() < 0.25 && { up: { swallowAfter: run.dice.upTo(3_000) } }),
      ...(run.dice() < 0.25 && { down: { swallowAfter: run.dice.upTo(10_000) } }),
    })
    await some(run, 500, 1_000)
  },
}

const slowLink: Fault<Stage> = {
  name: "slow-link",
  page: true,
  async strike(run) {
    run.proxy.climate = () => {
      const weather = { latency: run.dice() * 120, rate: 20_000 + run.dice() * 200_000 }
      return { up: weather, down: weather }
    }
    await some(run, 500, 1_000)
  },
}

const buffering: Fault<Stage> = {
  name: "buffering",
  page: true,
  async strike(run) {
    run.proxy.climate = () => ({ down: { hold: 4_096, holdMs: 50 + run.dice() * 300 } })
    await some(run, 500, 1_000)
  },
}

const storm: Fault<Stage> = {
  name: "storm",
  page: true,
  workers: 8,
  habits: { away: 1, stays: 5_000 },
  async strike(run) {
    await some(run, 100, 400)
    run.did("everyone is cut off at once")
    run.proxy.resetAll()
  },
}

/** Another door at every turn. */
export const flapping: Fault<Stage> = {
  name: "flapping",
  page: true,
  habits: { stays: 120, away: 5, doors: ["websocket", "sse", "poll"] },
  strike: (run) => some(run, 300, 600),
}

export const ofLines = [answerCut, reset, halfOpen, slowLink, buffering, storm]

// What came of a simulation: how much went through, how long it took, and how busy each part was.
import type { Place, World } from "./simulate.ts"

export type Report = {
  offered: number
  /** Answered a second, in all places. */
  posts: number
  /** Milliseconds. */
  answer: { p50: number; p99: number }
  delivery: { p50: number; p99: number }
  /** Parts of what there is. */
  busy: { clock: number; process: number; redis: number; disk: number; postgres: number; machine: number }
  group: number
  said: number
  answered: number
  /** Taken and not yet answered at the end. */
  underWay: number
}

/** Milliseconds or microseconds that something took, and of how many that is true. */
export type Sample = { took: number; weight: number }

export function reportOf(places: Place[], { one, time, machine, disk, begin }: World): Report {
  const sum = (of: (place: Place) => number) => places.reduce((all, place) => all + of(place), 0)
  const most = (values: number[]) => values.reduce((a, b) => Math.max(a, b), 0)
  const whole = time.now
  const spread = (samples: Sample[]) => ({
    p50: percentileOf(samples, 50) / 1000,
    p99: percentileOf(samples, 99) / 1000,
  })
  const said = sum(({ said }) => said)
  const answered = sum(({ answered }) => answered)
  return {
    offered: said / (whole / 1e6),
    posts: sum(({ counted }) => counted) / ((whole - begin) / 1e6),
    answer: spread(places.flatMap(({ answers }) => answers)),
    delivery: spread(places.flatMap(({ deliveries }) => deliveries)),
    busy: {
      clock: most(places.map(({ held }) => held / whole)),
      process: most(places.flatMap(({ loops }) => loops.map(({ busy }) => busy / whole))),
      redis: most(places.map(({ redis }) => redis.busy / whole)),
      disk: disk.busy / whole,
      postgres: sum(({ working }) => working) / whole,
      machine: machine.busy / whole / (one.shared?.processors ?? 1),
    },
    group:
      sum(({ counted }) => counted) /
      Math.max(
        1,
        sum(({ groups }) => groups),
      ),
    said,
    answered,
    underWay: said - answered,
  }
}

export function percentileOf(samples: Sample[], percent: number): number {
  const sorted = samples.toSorted((a, b) => a.took - b.took)
  let left = (sorted.reduce((sum, { weight }) => sum + weight, 0) * percent) / 100
  for (const { took, weight } of sorted) {
    left -= weight
    if (left < 0) return took
  }
  return sorted.at(-1)?.took ?? Number.NaN
}

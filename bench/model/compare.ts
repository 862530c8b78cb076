// The model beside what was measured: the same people on the same machine, with what other work had left of it.
import type { Constants, Taken, Validated } from "./measured.ts"
import type { Report } from "./report.ts"
import { simulate } from "./simulate.ts"

export type Compared = {
  measured: Validated
  predicted: Report
  /** Milliseconds: of deliveries where many listened, of answers otherwise. */
  p50: number
  p99: number
  /** Parts of the measured by which the predicted is off. */
  off: { posts: number; p50: number; p99: number }
}

export const compareAll = ({ validation, processors }: Taken, c: Constants, seed: number): Compared[] =>
  validation.map((measured) => compare(measured, processors, c, seed))

function compare(measured: Validated, processors: number, c: Constants, seed: number): Compared {
  const { processes, senders, inFlight, perSecond, receivers, seconds } = measured
  const predicted = simulate(
    {
      places: 1,
      processes,
      connections: Math.max(1, receivers),
      audience: Math.max(1, receivers),
      load: perSecond === null ? { senders, inFlight: inFlight! } : { perSecond },
      distance: 0,
      shared: { processors, crowd: measured.crowd, others: processors - measured.free },
    },
    c,
    { seed, seconds },
  )
  const { p50, p99 } = receivers > 0 ? predicted.delivery : predicted.answer
  const off = (one: number, other: number) => one / other - 1
  return {
    measured,
    predicted,
    p50,
    p99,
    off: { posts: off(predicted.posts, measured.posts), p50: off(p50, measured.p50), p99: off(p99, measured.p99) },
  }
}

// Queues that have an answer on paper. Times and rates may be in any unit, if it is one.

/** Mean time in a queue with chance arrivals and services of chance length (M/M/1), serving included. */
export const timeInMM1 = (rate: number, service: number): number => service / (1 - rate * service)

/** The same with services that all take as long (M/D/1): by Pollaczek and Khinchine. */
export const timeInMD1 = (rate: number, service: number): number =>
  service + (rate * service * service) / (2 * (1 - rate * service))

/** A server that takes all who wait at once, up to a most, in a fixed time and so much more for each. */
export type Grouped = { fixed: number; each: number; most: number }

/** How many go through it at most. */
export const mostThrough = ({ fixed, each, most }: Grouped): number => most / (fixed + most * each)

/** Members of a group when the arrivals of one service fill the next: n = rate * (fixed + n * each). One at least; Infinity
 *  when it cannot keep up. */
export function groupAt(rate: number, { fixed, each, most }: Grouped): number {
  const size = (rate * fixed) / (1 - rate * each)
  return rate * each >= 1 || size > most ? Number.POSITIVE_INFINITY : Math.max(1, size)
}

/** The straight line through points, by least squares. */
export function line(points: [x: number, y: number][]): { slope: number; at0: number } {
  const mean = (of: (point: [number, number]) => number) =>
    points.reduce((sum, one) => sum + of(one), 0) / points.length
  const [x0, y0] = [mean(([x]) => x), mean(([, y]) => y)]
  const slope = mean(([x, y]) => (x - x0) * (y - y0)) / mean(([x]) => (x - x0) ** 2)
  return { slope, at0: y0 - slope * x0 }
}

// Time that passes only in the model: what is to happen waits in a heap, by its moment and then by the order in which it was
// planned. So the same seed tells the same story.
import { diceOf } from "../../test/faults/simulation/dice.ts"

type Planned = { at: number; number: number; happen: () => void }

/** Times are in microseconds. */
export class Time {
  now = 0
  readonly #heap: Planned[] = []
  readonly #dice: () => number
  #count = 0

  constructor(seed: number) {
    this.#dice = diceOf(seed, "model")
  }

  chance(): number {
    return this.#dice()
  }

  /** How long until something that happens by chance, so long after the last on average. */
  exponential(mean: number): number {
    return -mean * Math.log(1 - this.#dice())
  }

  /** A factor around 1 (on average), whose logarithm is normal with this standard deviation. */
  lognormal(deviation: number): number {
    const normal = Math.sqrt(-2 * Math.log(1 - this.#dice())) * Math.cos(2 * Math.PI * this.#dice())
    return Math.exp(deviation * normal - deviation ** 2 / 2)
  }

  after(delay: number, happen: () => void): void {
    const planned = { at: this.now + delay, number: this.#count++, happen }
    const heap = this.#heap
    let i = heap.push(planned) - 1
    for (let up = (i - 1) >> 1; i > 0 && sooner(planned, heap[up]!); i = up, up = (i - 1) >> 1) heap[i] = heap[up]!
    heap[i] = planned
  }

  run(until: number): void {
    for (let next = this.#heap[0]; next && next.at <= until; next = this.#heap[0]) {
      this.#drop()
      this.now = next.at
      next.happen()
    }
    this.now = until
  }

  #drop(): void {
    const heap = this.#heap
    const last = heap.pop()!
    const size = heap.length
    if (size === 0) return
    let i = 0
    for (let down = 1; down < size; down = 2 * i + 1) {
      if (down + 1 < size && sooner(heap[down + 1]!, heap[down]!)) down++
      if (!sooner(heap[down]!, last)) break
      heap[i] = heap[down]!
      i = down
    }
    heap[i] = last
  }
}

const sooner = (a: Planned, b: Planned): boolean => a.at < b.at || (a.at === b.at && a.number < b.number)

// What is under way, counted. A number that goes up here and down there stays up for ever when something in between throws,
// and then keeps out whoever it was to protect. So it goes up and down in one place, around the work, however that ends.

/** Whatever has such a number. */
export type Counter = { underway: number }

/** Does the work; while it lasts, the counter shows one more. */
export async function counted<Result>(counter: Counter, work: () => Promise<Result>): Promise<Result> {
  counter.underway++
  try {
    return await work()
  } finally {
    counter.underway--
  }
}

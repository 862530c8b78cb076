// How long work lets others have the event loop, and the processor, in between.

/** Milliseconds. Steps that together took less go on at once. */
const SHORT_MS = 2

/** The next round of the event loop: what came in meanwhile is seen to first. */
export const nextRound = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** For long work that is done in steps: returns a function to be awaited after each step. It sleeps for a millisecond when the
 *  steps since the last sleep took long enough. Meanwhile other people's messages come in and go out, and the threads that sync
 *  them get a processor: a loop that never sleeps can keep them waiting for the next tick of the system's clock, 4 ms or 8. */
export function inSteps(): () => Promise<void> {
  let began = performance.now()
  return async () => {
    if (performance.now() - began < SHORT_MS) return
    await new Promise((resolve) => setTimeout(resolve, 1))
    began = performance.now()
  }
}

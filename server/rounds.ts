// How to leave the event loop to others in between.

/** A step that took less goes on at once. Milliseconds. */
const SHORT_MS = 1

/** The next round of the event loop: what came in meanwhile is seen to first. */
export const nextRound = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** For what takes long and is done in steps: answers what is awaited between two of them. When they have taken long enough it
 *  sleeps for a millisecond. Others' words come in and go out then; and the threads that bring them to the disk come to a
 *  processor, too. A loop that only goes round and round may keep them from it until the system's clock ticks, for 4 ms or 8. */
export function inSteps(): () => Promise<void> {
  let began = performance.now()
  return async () => {
    if (performance.now() - began < SHORT_MS) return
    await new Promise((resolve) => setTimeout(resolve, 1))
    began = performance.now()
  }
}

// A bound on waiting for the browser's own services: its disk, its locks, its clipboard. Any of them may refuse, and any of
// them may never answer at all; then whoever asked goes on as after a refusal.
import type { Browser } from "./browser.ts"

/** The service did not answer in time. What was asked of it may still be done later. */
export class TooLate extends Error {}

/** The answer, or `TooLate` after so many milliseconds. */
export function within<Result>({ after }: Pick<Browser, "after">, ms: number, answer: Promise<Result>) {
  return new Promise<Result>((resolve, reject) => {
    const cancel = after(ms, () => reject(new TooLate(`No answer within ${ms} ms`)))
    answer.then(resolve, reject).finally(cancel)
  })
}

/** What a property of the browser holds. Some browsers throw where others have nothing: private windows, blocked cookies. */
export function ifThere<Thing>(look: () => Thing): Thing | undefined {
  try {
    return look()
  } catch {
    return undefined
  }
}

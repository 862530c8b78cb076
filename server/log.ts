// What goes into the log, and what does not.
import { Refusal } from "../protocol/refusal.ts"

/** For what nobody waits for: that the database is out of reach, say, is said where that is found out. */
export function logUnlessRefused(error: unknown): void {
  if (!(error instanceof Refusal)) console.error(error)
}

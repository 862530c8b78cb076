// What a command came to: the answer for whoever asked, and the changes for everyone who may hear of them.
import type { Change, Event } from "../protocol/event.ts"

export type Outcome<Answer> = {
  answer: Answer
  /** In tick order. Empty when the command had been carried out before. */
  changes: Change[]
  /** Told to the feeds, and forgotten. */
  fleeting?: Event[]
}

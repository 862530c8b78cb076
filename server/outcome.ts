// What a command came to: the answer for whoever asked, and the changes for everyone who may hear of them.
import type { Change, Event } from "../protocol/event.ts"

export type Outcome<Answer> = {
  answer: Answer
  /** In tick order. */
  changes: Change[]
  /** It had been carried out before: the answer is what came of it then, whatever was asked now. */
  again?: true
  /** Told to the feeds, and forgotten. */
  fleeting?: Event[]
}

// What a command came to: the answer for whoever asked, and the changes for everyone who may hear of them.
import type { Change, Event, Role } from "../protocol/event.ts"

/** Who asks. `person: null` has not signed in; `address` is where the request came from, for throttling. */
export type Caller = {
  person: { id: number; name: string; role: Role } | null
  session: string | null
  address: string
}

export type Outcome<Answer> = {
  answer: Answer
  /** In tick order. Empty when the command had been carried out before. */
  changes: Change[]
  /** Told to the feeds, and forgotten. */
  fleeting?: Event[]
}

// What a command came to: the answer for whoever asked, and the changes for everyone who may hear of them.
import type { Event } from "../protocol/event.ts"
import type { Word } from "./live/bus.ts"

export type Outcome<Answer> = {
  answer: Answer
  /** In tick order. */
  changes: Event[]
  /** What is told to whoever listens just now: it has no tick and no history. */
  word?: Word
  /** It had been carried out before: the answer is what came of it then, whatever was asked now. */
  again?: true
}

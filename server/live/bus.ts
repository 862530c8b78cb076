// Carries events to every process. May lose, repeat and reorder them: each hub puts right what reaches it.

import type { Author, Event, Stopped, Typing } from "../../protocol/event.ts"
import { logUnlessRefused } from "../log.ts"
import type { Hub } from "./hub.ts"

/** What processes tell each other that has no tick and no history. */
export type Word = Typing | Stopped | Moves

/** Who came to a process and who left it; or, with neither, that it is there. See presence.ts. */
export type Moves = { kind: "moves"; process: string; number: number; version: number; came: Author[]; left: number[] }

export type Bus = {
  publish(event: Event): void
  /** Tells the others, while there is a way to them. */
  say(word: Word): void
  /** Whether there is one now: what is said here reaches them. */
  readonly carries: boolean
  /** False while what should bring the others' events is not heard: then the clock is asked more often. */
  readonly alive: boolean
  /** When it was last heard, by `performance.now()`. */
  readonly heardAt: number
  /** Until what was published is out of our hands, for who is about to end. */
  flush(): Promise<void>
  /** From then on it neither takes nor brings anything: what it carried is of an epoch that is over. */
  close(): void
}

/** Of a process that is alone, or has only the clock to tell it of the others. */
export function alone(hub: Hub): Bus {
  let closed = false
  return {
    publish(event) {
      if (!closed) hub.deliver(event).catch(logUnlessRefused)
    },
    say() {},
    carries: false,
    alive: true, // nothing is missed that should come
    heardAt: Number.NEGATIVE_INFINITY,
    async flush() {},
    close() {
      closed = true
    },
  }
}

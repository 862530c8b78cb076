// Carries events to every process. May lose, repeat and reorder them: each hub puts right what reaches it.
import type { Event } from "../../protocol/event.ts"
import type { Hub } from "./hub.ts"

export type Bus = {
  publish(event: Event): void
  /** Whether what is published in other processes comes here. */
  readonly alive: boolean
  /** When it was last seen that it does, by `performance.now()`. */
  readonly heardAt?: number
  /** From then on it neither takes nor brings anything: what it carried is of an epoch that is over. */
  close(): void
}

/** Of a process that is alone, or has only the clock to tell it of the others. */
export function alone(hub: Hub): Bus {
  let closed = false
  return {
    publish(event) {
      if (!closed) hub.deliver(event).catch(console.error)
    },
    alive: true,
    close() {
      closed = true
    },
  }
}

// Carries events to every process. May lose, repeat and reorder them: each hub puts right what reaches it.
import type { Event } from "../../protocol/event.ts"
import type { Hub } from "./hub.ts"

export type Bus = {
  publish(event: Event): void
  /** Whether what is published in other processes comes here. */
  readonly alive: boolean
  close(): void
}

/** Of a process that is alone, or has only the clock to tell it of the others. */
export const alone = (hub: Hub): Bus => ({
  publish: (event) => void hub.deliver(event).catch(console.error),
  alive: true,
  close() {},
})

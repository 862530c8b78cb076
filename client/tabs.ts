// Words to the other tabs of this browser, where it carries them. What they say is a hint: each tab looks for itself.
import { ifThere } from "./patience.ts"

/** `outbox`: what waits to be sent has changed. `here`: the server lets this browser in. */
export type Word = "outbox" | "here"

export type Tabs = {
  tell(word: Word): void
  hear(call: (word: Word) => void): void
}

export function openTabs(): Tabs {
  const channel = ifThere(() => new BroadcastChannel("parlour"))
  return {
    tell: (word) => ifThere(() => channel?.postMessage(word)),
    hear: (call) => channel?.addEventListener("message", ({ data }) => call(data)),
  }
}

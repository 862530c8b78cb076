// The three ways to follow the feed, and which of them worked last.
import type { Browser } from "./browser.ts"
import type { Transport } from "./transport.ts"

export type TransportName = "socket" | "stream" | "poll"
export type Transports = Record<TransportName, Transport>
/** Best first. */
export const order: TransportName[] = ["socket", "stream", "poll"]

/** For this long another page of this browser begins with the transport that worked here. */
const REMEMBERED = 600_000
const MEMORY = "parlour.transport"

export function recallWay({ memory, now }: Browser): TransportName {
  const [name, until] = memory.recall(MEMORY)?.split(" ") ?? []
  return order.find((known) => known === name && Number(until) > now()) ?? "socket"
}

export function rememberWay({ memory, now }: Browser, name: TransportName): void {
  memory.remember(MEMORY, name === "socket" ? null : `${name} ${now() + REMEMBERED}`)
}

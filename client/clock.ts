// The server's time, as told with the page and by each feed that begins. Messages bear it, so ages are told by it: the
// reader's own clock may be minutes off.
import type { Browser } from "./browser.ts"

export type ServerClock = {
  now(): number
  /** A moment of this browser's clock, by the server's. */
  of(at: number): number
  hear(at: number): void
}

export function openClock({ now }: Pick<Browser, "now">, at: number | undefined): ServerClock {
  let ahead = 0
  const hear = (at: number): void => {
    if (Number.isFinite(at)) ahead = at - now()
  }
  if (at !== undefined) hear(at)
  return { now: () => now() + ahead, of: (at) => at + ahead, hear }
}

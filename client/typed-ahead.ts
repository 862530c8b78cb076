// Words typed between a press on another room and its page: from the one page to the other they go by this tab's memory. What
// is typed there before this script runs is kept by early.ts.
import type { Browser } from "./browser.ts"

const MEMORY = "parlour.ahead"
/** Milliseconds. Older than this they were typed for another visit. */
const KEPT = 60_000

type Ahead = { text: string; at: number }

export function keepAhead({ session, now }: Browser, text: string): void {
  session.remember(MEMORY, text === "" ? null : JSON.stringify({ text, at: now() } satisfies Ahead))
}

/** What was typed for this page before it was there. */
export const takeAhead = (browser: Browser): string => takeKept(browser) + (document.typedEarly?.() ?? "")

function takeKept({ session, now }: Browser): string {
  const kept = session.recall(MEMORY)
  if (kept === null) return ""
  session.remember(MEMORY, null)
  try {
    const { text, at } = JSON.parse(kept) as Ahead
    return typeof text === "string" && Math.abs(now() - at) < KEPT ? text : ""
  } catch {
    return "" // none of ours
  }
}

// Words typed between a press on another room and its page: from the one page to the other they go by this tab's memory. What
// is typed there before this script runs is kept by early.ts.
import type { Browser } from "./browser.ts"

const MEMORY = "parlour.ahead"
/** Milliseconds. Older than this they were typed for another visit. */
const KEPT = 60_000

/** `path` is that of the room it was typed for. */
type Ahead = { path: string; text: string; at: number }

export function keepAhead({ session, now }: Browser, path: string, text: string): void {
  session.remember(MEMORY, text === "" ? null : JSON.stringify({ path, text, at: now() } satisfies Ahead))
}

/** What was typed for this room before its page was there. */
export const takeAhead = (browser: Browser, path: string): string =>
  takeKept(browser, path) + (document.typedEarly?.() ?? "")

function takeKept({ session, now }: Browser, path: string): string {
  const kept = session.recall(MEMORY)
  if (kept === null) return ""
  session.remember(MEMORY, null)
  try {
    const ahead = JSON.parse(kept) as Ahead
    const isOurs = ahead.path === path && typeof ahead.text === "string" && Math.abs(now() - ahead.at) < KEPT
    return isOurs ? ahead.text : ""
  } catch {
    return "" // none of ours
  }
}

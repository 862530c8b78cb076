// A room that is no more, or no longer for us: its page says so better than a redrawing can. It is loaded anew, but not
// again and again: where something between lets the page through and nothing else, that would go on for ever.
import type { Browser } from "./browser.ts"
import { Declined } from "./history.ts"

const AGAIN_AFTER = 60_000
const MEMORY = "parlour.reloaded"

export function reloadIfGone({ memory, now }: Browser, error: unknown, reload: () => void): void {
  if (!(error instanceof Declined) || (error.status !== 404 && error.status !== 403)) return
  if (Math.abs(now() - Number(memory.recall(MEMORY))) < AGAIN_AFTER) return
  memory.remember(MEMORY, String(now()))
  // Without a memory it could not be told whether this is the first time.
  if (memory.recall(MEMORY) !== null) reload()
}

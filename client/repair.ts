// Drawing afresh after a reset. One at a time: what was fetched before another reset is of a history that is gone. And
// rarer each time while there is no end to it: whatever is wrong with the server, asking it more makes it no better.
import { backoff } from "./backoff.ts"
import type { Browser, Cancel } from "./browser.ts"

/** So long without a reset, and the next one is answered at once again. */
const CALM = 60_000

/** Returns what to call at a reset. `redraw` is called until it has come through once since then. */
export function openRepair(browser: Browser, redraw: () => Promise<unknown>): () => void {
  let state: "idle" | "waiting" | "drawing" = "idle"
  let wanted = false
  let lately = 0
  let calm: Cancel = () => {}

  async function draw(): Promise<void> {
    state = "drawing"
    wanted = false
    await redraw().catch(() => {
      wanted = true
    })
    state = "idle"
    if (wanted) repair()
  }

  function repair(): void {
    wanted = true
    if (state !== "idle") return
    calm()
    calm = browser.after(CALM, () => {
      lately = 0
    })
    state = "waiting"
    browser.after(lately === 0 ? 0 : backoff(lately, browser.chance()), draw)
    lately++
  }

  return repair
}

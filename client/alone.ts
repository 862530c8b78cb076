// One tab at a time, where the browser can see to that. It only saves work: the nonce keeps two tabs from saying
// something twice anyway. So neither a tab that was put to sleep with the lock in its hand is waited for, nor a browser
// that never says who has it.
import type { Browser } from "./browser.ts"
import { ifThere, within } from "./patience.ts"

/** Longer than a message waits for its answer: who merely waits for the server is waited for. */
const PATIENCE = 20_000
/** A lock that is free is given at once. After so many milliseconds it is asked whether anybody has it. */
const SILENCE = 1_000

type Locks = Pick<LockManager, "request" | "query">

/** Missing on plain-http origins. */
export const ownLocks = (): Locks | undefined => ifThere(() => navigator.locks) ?? undefined

export const aloneAmongTabs =
  (browser: Browser, name: string, locks = ownLocks()) =>
  (call: () => Promise<void>): Promise<void> =>
    locks ? inTurn(browser, locks, name, call) : call()

function inTurn(browser: Browser, locks: Locks, name: string, call: () => Promise<void>): Promise<void> {
  return new Promise<void>((resolve, reject) => {
    const giveUp = new AbortController()
    let begun = false
    const begin = (): Promise<void> => {
      begun = true
      patience()
      const work = call()
      work.then(resolve, reject)
      return work.catch(() => {})
    }
    const beginAnyway = (): void => {
      if (begun) return
      void begin()
      giveUp.abort()
    }
    let patience = browser.after(SILENCE, async () => {
      const isHeld = await within(browser, SILENCE, isHeldBySomeone(locks, name)).catch(() => false)
      if (begun) return
      if (isHeld) patience = browser.after(PATIENCE, beginAnyway)
      else beginAnyway()
    })
    const ask = async () => locks.request(name, { signal: giveUp.signal }, () => (begun ? undefined : begin()))
    ask().catch(beginAnyway) // refused, or given up
  })
}

async function isHeldBySomeone(locks: Locks, name: string): Promise<boolean> {
  const { held = [] } = await locks.query()
  return held.some((lock) => lock.name === name)
}

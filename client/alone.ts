// One tab at a time, where the browser can see to that. It only saves work: the nonce keeps two tabs from saying
// something twice anyway. So a tab that was put to sleep with the lock in its hand is not waited for.

/** Longer than a message waits for its answer: who merely waits for the server is waited for. */
const PATIENCE = 20_000

/** Whether this browser can see to that. Locks are missing on plain-http origins. */
export const canBeAlone = (): boolean => navigator.locks !== undefined

export const aloneAmongTabs =
  (name: string) =>
  async (call: () => Promise<void>): Promise<void> => {
    if (!canBeAlone()) return call()
    const giveUp = new AbortController()
    const timer = setTimeout(() => giveUp.abort(), PATIENCE)
    let begun = false
    const begin = () => {
      begun = true
      clearTimeout(timer)
      return call()
    }
    await navigator.locks.request(name, { signal: giveUp.signal }, begin).catch((error) => {
      if (begun) throw error
      return begin()
    })
  }

// One tab at a time, where the browser can see to that. It only saves work: the nonce keeps two tabs from saying
// something twice anyway. So a tab that was put to sleep with the lock in its hand is not waited for.

const PATIENCE = 5_000

export const aloneAmongTabs =
  (name: string) =>
  async (call: () => Promise<void>): Promise<void> => {
    // Missing on plain-http origins.
    if (!navigator.locks) return call()
    const giveUp = new AbortController()
    const timer = setTimeout(() => giveUp.abort(), PATIENCE)
    let begun = false
    const begin = () => {
      begun = true
      clearTimeout(timer)
      return call()
    }
    await navigator.locks.request(name, { signal: giveUp.signal }, begin).catch(() => (begun ? undefined : begin()))
  }

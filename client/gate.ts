// A login that a proxy, or a network, has put before the place. When its session has ended it answers in our stead, mostly by
// sending one on to a page, and a feed only sees that it does not come through. Loading the page anew leads to that login.
import type { Browser } from "./browser.ts"
import { problemIn } from "./transport.ts"

const WITHIN = 5_000

/** Whether something else answers where the server should. False when nothing does. */
export async function isBeforeUs(browser: Browser): Promise<boolean> {
  const giveUp = new AbortController()
  const cancel = browser.after(WITHIN, () => giveUp.abort())
  try {
    const response = await browser.fetch("/api/v1/me", {
      headers: { accept: "application/json" },
      cache: "no-store",
      signal: giveUp.signal,
    })
    return await isAnothers(response)
  } catch {
    return false
  } finally {
    cancel()
  }
}

async function isAnothers(response: Response): Promise<boolean> {
  const { status, type, ok } = response
  if (type === "opaqueredirect" || (status >= 300 && status < 400)) return true
  // A proxy that finds nobody behind it has no login either.
  if (status >= 500 && status !== 511) return false
  if (ok) return !response.headers.get("content-type")?.includes("json")
  return (await problemIn(response)) === undefined
}

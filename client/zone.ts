// The reader's time zone and language, told to the server by a cookie: so it draws their own times from the first paint on.
import { clockHere } from "../view/times.ts"
import { ifThere } from "./patience.ts"

const COOKIE = "parlour_clock"
/** Seconds that it is kept: a year. */
const KEPT = 365 * 24 * 3600

export function tellZone(): void {
  const { zone, locale } = clockHere()
  const words = `${COOKIE}=${zone}${locale ? `|${locale}` : ""}`
  ifThere(() => {
    if (document.cookie.split("; ").includes(words)) return
    // biome-ignore lint/suspicious/noDocumentCookie: not every browser that we support has the other way
    document.cookie = `${words}; path=/; max-age=${KEPT}; samesite=lax`
  })
}

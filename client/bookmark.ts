// Where the reader was, kept with the page's place in the browser's history: going back to it, or loading it anew, leads there.
// A new visit has another place in the history, and begins in the present.
import type { Browser } from "./browser.ts"
import { fetchStretch } from "./history.ts"
import { ifThere } from "./patience.ts"
import type { Store } from "./store.ts"
import type { TimelinePlace } from "./timeline.ts"

/** A row, and how far below the upper edge of the timeline it stands, in pixels. */
export type Mark = { id: number; top: number }

/** Reloaded, the page is to show the present again, not where one came from. Browsers refuse when it is done too often. */
export function leavePast(path: string): void {
  if (location.pathname + location.search !== path) ifThere(() => history.replaceState(history.state, "", path))
}

/** The reader is being led to the kept mark, and is not there yet. */
let onTheWay = false

/** Where one is now; until one has come back to where one was, that stays kept. */
export function keepMark(mark: Mark | undefined): void {
  if (onTheWay || (!mark && !keptMark())) return
  ifThere(() => history.replaceState({ ...(history.state as object | null), mark }, ""))
}

/** Not by a new visit: Chromium takes going to the address one is at for no new place in the history. */
export const comesBack = (): boolean =>
  ifThere(() => (performance.getEntriesByType("navigation")[0] as PerformanceNavigationTiming).type) !== "navigate"

export function keptMark(): Mark | undefined {
  const mark = ifThere(() => (history.state as { mark?: Mark } | null)?.mark)
  return Number.isSafeInteger(mark?.id) && Number.isFinite(mark?.top) ? mark : undefined
}

type Page = { browser: Browser; slug: string; store: Store; timeline: TimelinePlace; show(): void }

/** Goes to where the reader was when they left this page, which may be further back than the server drew it. */
export async function comeBackTo(mark: Mark, { browser, slug, store, timeline, show }: Page): Promise<void> {
  if (timeline.toMark(mark)) return
  const era = store.era()
  const began = timeline.firstInView()
  onTheWay = true
  const stretch = await fetchStretch(browser, slug, { around: mark.id }).catch(() => undefined)
  onTheWay = false
  // They may have gone on in the meantime.
  const stayed = timeline.following() || timeline.firstInView() === began
  if (!stretch || era !== store.era() || !stayed) return
  store.show(stretch)
  show()
  timeline.toMark(mark)
}

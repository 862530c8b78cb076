// The room's past, a page at a time, as the reader comes near the end of what is drawn.
import { backoff } from "./backoff.ts"
import type { Browser } from "./browser.ts"
import { fetchStretch } from "./history.ts"
import type { Store } from "./store.ts"

/** After a page that did not come, scrolling does not ask for it again before this; and ever more rarely. */
const REST = 3_000

export type Fetching = { older: boolean; newer: boolean }

export type Paging = {
  fetching(): Fetching
  page(side: keyof Fetching): Promise<void>
}

type Options = {
  browser: Browser
  /** The slug of the room. */
  room: string
  store: Store
  /** A page has come. */
  came(): void
  /** It did not. */
  missed(): void
  /** What is being fetched has changed. */
  changed(): void
}

export function openPaging({ browser, room, store, came, missed, changed }: Options): Paging {
  let fetching: Fetching = { older: false, newer: false }
  let resting = false
  let misses = 0

  function rest(): void {
    resting = true
    browser.after(Math.max(REST, backoff(++misses, browser.chance())), () => {
      resting = false
    })
  }

  return {
    fetching: () => fetching,
    async page(side) {
      const { messages, [side]: more } = store.snapshot()
      const edge = (side === "older" ? messages[0] : messages.at(-1))?.id
      // One at a time: letting go of rows on one side must not meet a page that fits on to them.
      if (!more || edge === undefined || resting || fetching.older || fetching.newer) return
      fetching = { ...fetching, [side]: true }
      changed()
      const era = store.era()
      try {
        const stretch = await fetchStretch(browser, room, side === "older" ? { before: edge } : { after: edge })
        misses = 0
        if (era !== store.era()) return
        if (side === "older") store.addOlder(stretch)
        else store.addNewer(stretch)
        // More is promised, and does not come: asked at once again, it would be asked for ever.
        if (stretch.messages.length === 0) rest()
        came()
      } catch {
        rest()
        missed()
      } finally {
        fetching = { ...fetching, [side]: false }
        changed()
      }
    },
  }
}

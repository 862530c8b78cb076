// What a page is drawn from, fetched anew: after a reset, and when a line cannot be made to work from where it was.
import type { Browser } from "./browser.ts"
import { fetchRooms, fetchStretch } from "./history.ts"
import type { Store } from "./store.ts"

type Place = { browser: Browser; room: string; store: Store }
/** `reading` is the message that the reader looks at, undefined in the present. */
type How = { reading: number | undefined; isWanted: () => boolean }

/** Replaces what the store holds by what the server has now, around what is read if that is still there. Throws, and changes
 *  nothing, when it cannot be fetched, or is no longer wanted when it has come: what a line told meanwhile is newer. */
export async function fetchAfresh({ browser, room, store }: Place, { reading, isWanted }: How) {
  const era = store.era()
  const latest = () => fetchStretch(browser, room, { latest: true })
  const around = reading === undefined ? latest() : fetchStretch(browser, room, { around: reading }).catch(latest)
  const [stretch, { rooms }] = await Promise.all([around, fetchRooms(browser)])
  if (era !== store.era()) throw new Error("What is drawn became another stretch while this one was fetched")
  if (!isWanted()) throw new Error("A line was found while this was fetched, and goes on from what is drawn")
  if (!store.stale()) store.forget(stretch.cursor)
  store.show(stretch)
  store.setRooms(rooms)
  return stretch
}

// What no page needs in its first second: it comes when the page lives, in a file of its own, so that the page lives sooner.
// It is given all that it works with, as it shares no state with what was there before it.
import { listenAhead } from "./ahead.ts"
import { listenAnywhere } from "./anywhere.ts"
import type { Browser } from "./browser.ts"
import { listenToCopying } from "./copying.ts"
import { listenToFiles } from "./files.ts"
import { filterRooms } from "./filter.ts"
import { helpForms } from "./forms.ts"
import { listenToKeys } from "./keys.ts"
import { listenToMenus } from "./menus.ts"
import { openReach, type Reach } from "./reach.ts"
import { markAtRest, type Place } from "./rest.ts"
import { listenToSigningOut } from "./sign-out.ts"
import { tellZone } from "./zone.ts"

export { pieces } from "../view/links.ts"
export { helpBeside } from "./beside.ts"
export { isBeforeUs } from "./gate.ts"
export { byPoll } from "./poll.ts"
export { byStream } from "./stream.ts"

export type Later = typeof import("./later.ts")

/** What it needs of a room. */
export type Room = Place & {
  browser: Browser
  /** Whether the place is known to be there. */
  isLive(): boolean
  /** Say something in the line under the box: until there is something else, or for a while. */
  say(words: string | undefined): void
  mention(words: string): void
  /** Adds to what stands in the box. */
  write(text: string): void
  /** Goes there. */
  focus(): void
}

/** Each part by itself: a browser that cannot do one thing still does the others. */
export function helpPage(): void {
  const parts = [listenToKeys, listenToMenus, listenToSigningOut, helpForms, filterRooms, listenToCopying, tellZone]
  for (const begin of parts)
    try {
      begin()
    } catch (error) {
      reportError(error)
    }
}

export function helpRoom(room: Room): Reach {
  const { browser, say, mention } = room
  const reach = openReach({ browser, trusts: room.isLive, say, mention, go: (address) => location.assign(address) })
  listenAnywhere(room)
  listenAhead(browser, (text) => {
    room.write(text)
    room.focus()
  })
  listenToFiles(mention)
  markAtRest(room)
  return reach
}

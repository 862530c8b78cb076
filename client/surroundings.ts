// What reaches a room from around it: other tabs, time, the page being hidden, left and come back to.
import { ownLocks } from "./alone.ts"
import { keepMark } from "./bookmark.ts"
import type { Browser } from "./browser.ts"
import type { Composer } from "./composer.ts"
import type { Connection } from "./connection.ts"
import type { Outbox } from "./outbox.ts"
import { keepRoomsList } from "./rooms-list.ts"
import type { Tabs } from "./tabs.ts"
import type { TimelinePlace } from "./timeline.ts"
import type { Own } from "./typing.ts"

const MINUTE = 60_000
/** What another tab was to send, and has not by then, we send: it may be closed. Where tabs can stand in line they do so
 *  at once, and not by a timer: a hidden tab's may ring a minute late. */
const HELP_AFTER = 3_000

type Room = {
  browser: Browser
  connection: Connection
  outbox: Outbox
  composer: Composer
  own: Own
  timeline: TimelinePlace
  /** Time has passed: ages are others. */
  tick(): void
}

export function listenAround({ browser, connection, outbox, composer, own, timeline, tick }: Room): void {
  keepRoomsList(browser.session)

  let minute = setInterval(tick, MINUTE)
  const hide = (): void => {
    composer.keep()
    keepMark(timeline.mark())
  }
  document.addEventListener("visibilitychange", () => {
    clearInterval(minute)
    if (document.hidden) return hide()
    minute = setInterval(tick, MINUTE)
    tick()
    connection.wake()
    outbox.wake()
  })
  addEventListener("online", connection.wake)
  addEventListener("offline", connection.cut)
  // A page that is kept to be come back to holds no line meanwhile.
  addEventListener("pagehide", () => {
    hide()
    own.wrote("")
    connection.stop()
  })
  addEventListener("pageshow", (event) => {
    if (!(event as PageTransitionEvent).persisted) return
    connection.start()
    composer.look()
    // What the other tabs said meanwhile was not heard here.
    outbox.reload().then(outbox.wake)
  })
  addEventListener("beforeunload", (event) => {
    composer.keep()
    if (!outbox.safe() || !composer.safe()) event.preventDefault()
  })
  addEventListener("storage", (event) => {
    if ((event as StorageEvent).key === composer.key) composer.look()
  })
}

/** What the other tabs say. `returned`: they were let in again. */
export function listenToTabs(tabs: Tabs, { browser, outbox }: Pick<Room, "browser" | "outbox">, returned: () => void) {
  tabs.hear((word) => {
    const help = ownLocks() ? outbox.wake : () => void browser.after(HELP_AFTER, outbox.wake)
    if (word === "outbox") outbox.reload().then(help)
    if (word === "here") returned()
  })
}

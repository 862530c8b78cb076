// The first line that runs in a browser. The page is there already and works without us; we bring it to life. Each part
// begins by itself: a browser that cannot do one thing still does the others.
import type { RoomSnapshot } from "../view/snapshot.ts"
import { cameToLife, canLive } from "./alive.ts"
import { thisBrowser } from "./browser.ts"
import { listenToKeys } from "./keys.ts"
import type { Later } from "./later.ts"
import { listenToMenus } from "./menus.ts"
import { enterRoom } from "./room.tsx"
import { tellZone } from "./zone.ts"

const app = document.getElementById("app")
const data = document.getElementById("snapshot")?.textContent
let helpRoom: ReturnType<typeof enterRoom> | undefined

const liveInRoom = (): void => {
  if (app && data) helpRoom = enterRoom(JSON.parse(data) as RoomSnapshot, app, thisBrowser(), later)
}

/** The address is the build's. What did not come once some browsers do not ask for again, unless by another address. */
const LATER = process.env.LATER as string
const later = (): Promise<Later> => import(LATER).catch(() => import(`${LATER}?again=${Date.now()}`))

const help = async (): Promise<void> => {
  const { helpPage, helpRoom: helpIt } = await later()
  helpPage()
  helpRoom?.(helpIt)
  document.documentElement.dataset.lives = "" // for who waits until all of it does: tests
}

const parts = [liveInRoom, tellZone, listenToMenus, () => listenToKeys(() => void later().then((it) => it.showKeys()))]
if (canLive()) {
  for (const begin of parts)
    try {
      begin()
    } catch (error) {
      reportError(error)
    }
  // A room that could not be drawn is the stand-in's.
  if (!data || helpRoom) cameToLife()
  help().catch(reportError) // where it does not come, its comforts are missing, and nothing else
}

// The first line that runs in a browser. The page is there already and works without us; we bring it to life.
import type { RoomSnapshot } from "../view/snapshot.ts"
import { cameToLife, canLive } from "./alive.ts"
import { thisBrowser } from "./browser.ts"
import { filterRooms } from "./filter.ts"
import { helpForms } from "./forms.ts"
import { listenToKeys } from "./keys.ts"
import { listenToMenus } from "./menus.ts"
import { enterRoom } from "./room.tsx"
import { listenToSigningOut } from "./sign-out.ts"

const app = document.getElementById("app")
const data = document.getElementById("snapshot")?.textContent

if (canLive()) {
  listenToSigningOut()
  helpForms()
  filterRooms()
  listenToMenus()
  listenToKeys()
  if (app && data) enterRoom(JSON.parse(data) as RoomSnapshot, app, thisBrowser())
  cameToLife()
}

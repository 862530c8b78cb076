// The first line that runs in a browser. The page is there already and works without us; we bring it to life.
import { unpacked } from "../view/packed.ts"
import { cameToLife, canLive } from "./alive.ts"
import { backoff } from "./backoff.ts"
import { thisBrowser } from "./browser.ts"
import type { Later } from "./later.ts"
import { enterRoom } from "./room.tsx"

const app = document.getElementById("app")
const data = document.getElementById("snapshot")?.textContent
let helpRoom: ReturnType<typeof enterRoom> | undefined
let coming: Promise<Later> | undefined

/** The address is the build's. What did not come once some browsers do not ask for again, unless by another address. */
const LATER = process.env.LATER as string
function later(): Promise<Later> {
  coming ??= import(LATER)
    .catch(() => import(`${LATER}?again=${Date.now()}`))
    .catch((error) => {
      coming = undefined
      throw error
    })
  return coming
}

/** Its comforts are missing where it does not come, and nothing else; it is asked for until it does. */
function help(failures = 1): void {
  later().then(
    (it) => {
      it.helpPage()
      if (helpRoom) helpRoom(it)
      else it.helpBeside(thisBrowser())
      document.documentElement.dataset.lives = "" // for who waits until all of it does: tests
    },
    () => setTimeout(help, backoff(failures, Math.random()), failures + 1),
  )
}

function live(): void {
  try {
    if (app && data) helpRoom = enterRoom(unpacked(JSON.parse(data)), app, thisBrowser(), later)
  } catch (error) {
    reportError(error)
  }
  // A room that could not be drawn is the stand-in's.
  if (!data || helpRoom) cameToLife()
  help()
}

if (canLive()) live()

// When to say that the line is in trouble. Short trouble is nobody's business.
import type { Link } from "../view/snapshot.ts"
import type { Browser, Cancel } from "./browser.ts"

const SAY_CONNECTING = 2_000
const SAY_OFFLINE = 10_000

export type Trouble = {
  /** The line is not what it should be: after a while it is said. */
  worry(): void
  /** It is again, or nobody waits for it any more. */
  calm(): void
}

/** `failing`: what was tried since has failed, and is not merely slow. */
export function openTrouble(browser: Browser, failing: () => boolean, show: (link: Link) => void): Trouble {
  let trouble: Cancel | undefined

  return {
    worry() {
      if (trouble) return
      const unreachable = () => !browser.online() || failing()
      const soon = browser.after(SAY_CONNECTING, () => show(browser.online() ? "connecting" : "offline"))
      const later = browser.after(SAY_OFFLINE, () => unreachable() && show("offline"))
      trouble = () => {
        soon()
        later()
      }
    },
    calm() {
      trouble?.()
      trouble = undefined
    },
  }
}

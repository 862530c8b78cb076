// What to say when the line is in trouble, and when. Short trouble is nobody's business. Later the page says what is so, as far
// as it can be known: the server's own words for a no, a login that stands before the place, or that nothing answers.
import type { Link } from "../view/snapshot.ts"
import type { Browser, Cancel } from "./browser.ts"

const SAY_CONNECTING = 2_000
const SAY_OFFLINE = 10_000
/** From then on it is looked again whether a login stands before the place: it may have come up meanwhile. */
const LOOK_AGAIN = 15_000

export type Trouble = {
  /** The line is not what it should be: after a while it is said. */
  worry(): void
  /** Why the server does not take us now, in its words; nothing where it said none. */
  because(words: string | undefined): void
  /** It is again, or nobody waits for it any more. */
  calm(): void
}

/** `failing`: what was tried since has failed, and is not merely slow. */
export function openTrouble(
  browser: Browser,
  failing: () => boolean,
  { isGated, show }: { isGated(): Promise<boolean>; show(link: Link, words?: string): void },
): Trouble {
  let worried = false
  let timer: Cancel = () => {}
  /** What would be said without words of anybody's. */
  let link: Link | undefined
  let words: string | undefined
  let gated = false

  function say(): void {
    if (!link) return
    if (gated) show("gated")
    else if (words !== undefined) show("declined", words)
    else show(link)
  }

  const unreachable = () => !browser.online() || failing()

  function connecting(): void {
    link = browser.online() ? "connecting" : "offline"
    say()
    look()
    timer = browser.after(SAY_OFFLINE - SAY_CONNECTING, offline)
  }

  function offline(): void {
    if (unreachable()) link = "offline"
    say()
    look()
    timer = browser.after(LOOK_AGAIN, offline)
  }

  async function look(): Promise<void> {
    const now = await isGated().catch(() => false) // the script that looks could not be loaded
    if (!worried || now === gated) return
    gated = now
    say()
  }

  return {
    worry() {
      if (worried) return
      worried = true
      timer = browser.after(SAY_CONNECTING, connecting)
    },
    because(next) {
      if (next === words) return
      words = next
      say()
    },
    calm() {
      timer()
      worried = gated = false
      link = words = undefined
    },
  }
}

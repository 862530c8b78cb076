// The mark that a page without scripts gives to what is written on it: besides being that page's own it says whose page it is. A
// browser has one session, and in another tab somebody else may have signed in since the page was drawn.
import { Refusal } from "../../protocol/refusal.ts"
import { newToken } from "../people/session.ts"

/** Signs by which two pages of one person differ, about 70 bits. Nothing is let in by them. */
const OWN = 12
/** Other clients make theirs otherwise: of letters, digits, points and hyphens. */
const OF_A_PAGE = /^(\d+)~[A-Za-z\d]{12}$/

type Person = { id: number; name: string }

export const pageNonce = ({ id }: Person): string => `${id}~${newToken().slice(0, OWN)}`

/** Refuses what was written on somebody else's page: it is said by nobody who did not write it. Any other nonce is as good as none. */
export function mustBeOwnPage(me: Person, nonce = ""): void {
  const [, owner] = OF_A_PAGE.exec(nonce) ?? []
  if (owner !== undefined && owner !== `${me.id}`)
    throw new Refusal(
      "taken",
      `You are ${me.name} now, and were not when you opened this page: nothing was sent. Press Send to say it as ${me.name}, or sign in again as who you were.`,
    )
}

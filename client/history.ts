// Pages of a room's past, fetched from the server.
import type { Cursor } from "../protocol/cursor.ts"
import type { Author } from "../protocol/event.ts"
import type { RefusalCode } from "../protocol/refusal.ts"
import type { Attendance, RoomItem, Stretch } from "../view/snapshot.ts"
import type { Browser } from "./browser.ts"
import { isHeard, problemIn } from "./transport.ts"

/** Longer than this and it is better to say that it did not work. */
const WITHIN = 15_000

/** The server answered, and not with what was asked for. */
export class Declined extends Error {
  readonly status: number
  /** The server's own word for it; none where something between here and there answered. */
  readonly code: RefusalCode | undefined

  constructor(status: number, address: string, code?: RefusalCode) {
    super(`The server answered ${status} for ${address}`)
    this.status = status
    this.code = code
  }
}

type Fetched = Stretch & Attendance & { cursor: Cursor }

export type Side = { before: number } | { after: number } | { around: number } | { latest: true }

export const fetchStretch = (browser: Browser, slug: string, side: Side): Promise<Fetched> => {
  const [word, id] = Object.entries(side)[0] as [string, number | true]
  const query = id === true ? "" : `?${word}=${id}`
  const address = `/api/v1/rooms/${encodeURIComponent(slug)}/messages${query}`
  return read<Fetched>(
    browser,
    address,
    ({ messages, cursor }) => messages.every(isHeard) && isHeard({ kind: "live", cursor }),
  )
}

export const fetchRooms = (browser: Browser): Promise<{ rooms: RoomItem[] }> =>
  read<{ rooms: RoomItem[] }>(browser, "/api/v1/rooms", ({ rooms }) => rooms.every(({ slug }) => slug !== undefined))

export const fetchPerson = (browser: Browser): Promise<{ person: Author }> =>
  read<{ person: Author }>(browser, "/api/v1/me", ({ person }) => person.id > 0)

/** What is not what was asked for (a portal's page, another program at the address) is as no answer: it throws. */
async function read<Body>(browser: Browser, address: string, is: (body: Body) => boolean): Promise<Body> {
  const giveUp = new AbortController()
  const cancel = browser.after(WITHIN, () => giveUp.abort())
  try {
    const init = { headers: { accept: "application/json" }, cache: "no-store" as const, signal: giveUp.signal }
    const response = await browser.fetch(address, init)
    if (!response.ok) throw new Declined(response.status, address, (await problemIn(response))?.code)
    const body: Body = await response.json()
    if (!is(body)) throw new TypeError(`What came from ${address} is none of ours`)
    return body
  } finally {
    cancel()
  }
}

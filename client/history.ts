// Pages of a room's past, fetched from the server.
import type { Cursor } from "../protocol/cursor.ts"
import type { Attendance, RoomItem, Stretch } from "../view/snapshot.ts"
import type { Browser } from "./browser.ts"

/** Longer than this and it is better to say that it did not work. */
const WITHIN = 15_000

/** The server answered, and not with what was asked for. */
export class Declined extends Error {
  readonly status: number

  constructor(status: number, address: string) {
    super(`The server answered ${status} for ${address}`)
    this.status = status
  }
}

export type Side = { before: number } | { after: number } | { around: number } | { latest: true }

export const fetchStretch = (
  browser: Browser,
  slug: string,
  side: Side,
): Promise<Stretch & Attendance & { cursor: Cursor }> => {
  const [word, id] = Object.entries(side)[0] as [string, number | true]
  const query = id === true ? "" : `?${word}=${id}`
  return read(browser, `/api/v1/rooms/${encodeURIComponent(slug)}/messages${query}`)
}

export const fetchRooms = (browser: Browser): Promise<{ rooms: RoomItem[] }> => read(browser, "/api/v1/rooms")

export const fetchPerson = (browser: Browser): Promise<{ person: { id: number } }> => read(browser, "/api/v1/me")

async function read<Body>(browser: Browser, address: string): Promise<Body> {
  const giveUp = new AbortController()
  const cancel = browser.after(WITHIN, () => giveUp.abort())
  try {
    const init = { headers: { accept: "application/json" }, cache: "no-store" as const, signal: giveUp.signal }
    const response = await browser.fetch(address, init)
    if (!response.ok) throw new Declined(response.status, address)
    return await response.json()
  } finally {
    cancel()
  }
}

// The page of rooms: all of them, those whose names hold what was typed, and the offer to open one that is not there yet.
import { plainText } from "../../protocol/command.ts"
import type { Room } from "../../protocol/event.ts"
import { MAX_TYPED } from "../../protocol/limits.ts"
import { Refusal, statusOf } from "../../protocol/refusal.ts"
import { byName } from "../../protocol/text.ts"
import type { Assets } from "../../view/page.tsx"
import { RoomsPage } from "../../view/rooms.tsx"
import type { RoomsSnapshot } from "../../view/snapshot.ts"
import { pathOf } from "../../view/timeline.tsx"
import type { App } from "../app.ts"
import { mustBeSignedIn } from "../caller.ts"
import { readPlace } from "../people/place.ts"
import { findAccount } from "../people/rows.ts"
import { roomsLike, roomsWith } from "../rooms/find.ts"
import { roomName } from "../rooms/names.ts"
import { findRoom, joinedRooms, otherRooms } from "../rooms/rows.ts"
import { inSteps } from "../rounds.ts"
import { page } from "./answer.tsx"
import type { Ask } from "./env.ts"
import { pastedRoom } from "./pasted.ts"
import { queried } from "./query.ts"
import { lastRoom } from "./reader.ts"

/** Rooms of each kind that are listed; the rest are on further pages. */
const MOST_LISTED = 500
/** Rooms that are named as found; whoever has more before them types another letter. */
const MOST_FOUND = 50
/** Rooms of nearly the same name that are pointed out. */
const MOST_ALIKE = 3
export const roomPath = (slug: string): string => pathOf({ slug })

/** As other chats write a room, which may stand before no name here. */
const MARK = /^#+\s*/

/** Shows all rooms, or finds one: where only one can be meant, it leads there; and by its address, or a message's, to that alone. */
export const roomsPage = (app: App, assets: Assets) => async (context: Ask) => {
  mustBeSignedIn(context.get("caller"))
  const whole = queried(context, "room")?.trim() ?? "" // an address may be longer than any name
  const pasted = pastedRoom(whole, context.env.asked.host, app.config.publicUrl)
  const typed = whole.slice(0, MAX_TYPED).trim()
  const meant = pasted?.room ?? typed.replace(MARK, "")
  const called = await firstRoom(app, [typed, meant])
  if (called) return context.redirect(roomPath(called.slug) + (pasted?.message ?? ""), 303)
  if (meant === "") return context.html(await drawRooms(app, assets, context, await justLeft(app, context)))
  const found = await roomsWith(app.db.sql, plainText(meant), MOST_FOUND + 1)
  const [only] = found
  return only && found.length === 1 && !pasted
    ? context.redirect(roomPath(only.slug), 303)
    : offerRoom(app, assets, context, meant, 200, found)
}

/** As it was typed first: whatever stands in a name here may be a part of it. */
async function firstRoom(app: App, names: string[]): Promise<Room | undefined> {
  for (const name of new Set(names)) {
    const room = name === "" ? undefined : await findRoom(app.db.sql, name)
    if (room) return room
  }
  return undefined
}

/** A name that no room has is an invitation to open it; one that no room can have is only looked for. `found`: the rooms whose
 *  names hold it, where they have been looked for. */
export async function offerRoom(
  app: App,
  assets: Assets,
  context: Ask,
  typed: string,
  status: 200 | 404,
  found?: Room[],
): Promise<Response> {
  const part = await findFor(app, typed, found)
  try {
    const missing = roomName(typed)
    const similar = await roomsLike(app.db.sql, missing, MOST_ALIKE)
    return context.html(await drawRooms(app, assets, context, { ...part, missing, similar }), status)
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    if (part.found.length > 0) return context.html(await drawRooms(app, assets, context, part), status)
    const again = { ...part, refused: error.toJSON() }
    return context.html(await drawRooms(app, assets, context, again), statusOf[error.code])
  }
}

type Found = Required<Pick<RoomsPart, "find" | "found">> & RoomsPart

async function findFor(app: App, asked: string, known?: Room[]): Promise<Found> {
  const typed = plainText(asked.slice(0, MAX_TYPED))
  const found = known ?? (await roomsWith(app.db.sql, typed, MOST_FOUND + 1))
  const person = found.length === 0 ? (await findAccount(app.db.sql, typed))?.name : undefined
  const more = found.length > MOST_FOUND
  return { find: typed, found: found.slice(0, MOST_FOUND), ...(more && { more }), ...(person && { person }) }
}

/** A room of nearly that name may be what was meant: asked once, by the page that has the other names on it. */
export async function askFirst(app: App, assets: Assets, context: Ask, typed: string): Promise<string | null> {
  const missing = roomName(typed)
  if (await findRoom(app.db.sql, missing)) return null
  const similar = await roomsLike(app.db.sql, missing, MOST_ALIKE)
  return similar.length > 0 ? drawRooms(app, assets, context, { missing, similar }) : null
}

/** The room that they come from by leaving it: the way back stands on the page. */
async function justLeft(app: App, context: Ask): Promise<RoomsPart> {
  const slug = queried(context, "left")
  const left = slug === undefined ? undefined : await findRoom(app.db.sql, slug)
  return left ? { left } : {}
}

export type RoomsPart = Pick<
  RoomsSnapshot,
  "missing" | "similar" | "find" | "found" | "more" | "person" | "left" | "refused"
>

export async function drawRooms(app: App, assets: Assets, context: Ask, part: RoomsPart): Promise<string> {
  const me = mustBeSignedIn(context.get("caller"))
  const { sql } = app.db
  const step = inSteps()
  const back = await lastRoom(app, context)
  const snapshot: RoomsSnapshot = {
    place: { name: (await readPlace(sql)).name },
    me,
    ...(back && { back }),
    ...(part.found ? { rooms: [], others: [] } : await listRooms(app, context, me.id, step)),
    ...part,
  }
  await step()
  return page(<RoomsPage snapshot={snapshot} assets={assets} />)
}

async function listRooms({ db: { sql } }: App, context: Ask, me: number, step: () => Promise<void>) {
  const listed = (after: string) => ({ limit: MOST_LISTED, after: queried(context, after) })
  const joined = await joinedRooms(sql, me, listed("mine"))
  await step()
  const others = await otherRooms(sql, me, listed("others"))
  return {
    rooms: joined.rooms.toSorted(byName),
    others: others.rooms.toSorted(byName),
    ...(joined.more && { moreRooms: joined.more }),
    ...(others.more && { moreOthers: others.more }),
  }
}

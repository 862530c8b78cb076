// The JSON API. Each answer is what the matching command or reader gives; see docs/protocol.md.
import { type CommandOf, parseSpoken } from "../../protocol/command.ts"
import { cursorAt } from "../../protocol/cursor.ts"
import { parseJsonObject } from "../../protocol/json.ts"
import { MAX_PAGE, PAGE } from "../../protocol/limits.ts"
import { Refusal } from "../../protocol/refusal.ts"
import type { App } from "../app.ts"
import { mustBeSignedIn, readerOf } from "../caller.ts"
import { readStretch, type Where } from "../messages/rows.ts"
import { readPlace } from "../people/place.ts"
import { perform } from "../perform.ts"
import { attendance, joinedRooms, mustBeReadable, otherRooms } from "../rooms/rows.ts"
import type { Ask } from "./env.ts"
import { mediaOf } from "./media.ts"
import { queried } from "./query.ts"

/** The most rooms of each kind that one answer names. */
const MOST_ROOMS = 2_000

export const me = (app: App) => async (context: Ask) => {
  const person = mustBeSignedIn(context.get("caller"))
  const { name } = await readPlace(app.db.sql)
  return context.json({ person, place: { name } })
}

export const listRooms = (app: App) => async (context: Ask) => {
  const { id } = mustBeSignedIn(context.get("caller"))
  const part = (after: string | undefined) => ({ limit: MOST_ROOMS, after })
  const joined = await joinedRooms(app.db.sql, id, part(queried(context, "rooms_after")))
  const others = await otherRooms(app.db.sql, id, part(queried(context, "others_after")))
  const more = { rooms: joined.more, others: others.more }
  return context.json({ rooms: joined.rooms, others: others.rooms, more })
}

export const openRoom = (app: App) => async (context: Ask) => {
  const command = parseSpoken({ ...(await json(context)), type: "open" })
  const { answer, changes } = await perform(app, context.get("caller"), command as CommandOf<"open">)
  return context.json(answer, changes.some((change) => change.kind === "room") ? 201 : 200)
}

export const setMembership = (app: App, type: "join" | "leave") => async (context: Ask) => {
  const command = parseSpoken({ type, room: context.req.param("room") }) as CommandOf<"join" | "leave">
  const { answer } = await perform(app, context.get("caller"), command)
  return context.json({ member: answer })
}

export const listMessages = (app: App) => async (context: Ask) => {
  const reader = readerOf(context.get("caller"))
  const room = await mustBeReadable(app.db.sql, context.req.param("room")!, reader)
  const cursor = cursorAt(app.hub.epoch, app.hub.tick) // before the messages: an event may then repeat, never go missing
  const stretch = await readStretch(app.db.sql, room.id, where(context))
  return context.json({ ...stretch, ...(await attendance(app.db.sql, room.id, reader.person)), cursor })
}

export const postMessage = (app: App) => async (context: Ask) => {
  mustBeSignedIn(context.get("caller"))
  const command = parseSpoken({ ...(await json(context)), type: "post", room: context.req.param("room") })
  const { answer, changes } = await perform(app, context.get("caller"), command as CommandOf<"post">)
  return context.json(answer, changes.length > 0 ? 201 : 200)
}

export const noteTyping = (app: App, done: boolean) => async (context: Ask) => {
  const room = context.req.param("room")!
  await perform(app, context.get("caller"), parseSpoken({ type: "typing", room, done }) as CommandOf<"typing">)
  return context.body(null, 204)
}

/** Which part of the history the query asks for. Refuses more than one side at a time, and what is no whole number. */
export function where(context: Ask): Where {
  const before = whole(queried(context, "before"), "before")
  const after = whole(queried(context, "after"), "after")
  const around = whole(queried(context, "around"), "around")
  if ([before, after, around].filter((side) => side !== undefined).length > 1)
    throw new Refusal("invalid", "Ask for messages before, after or around an id: one of the three.")
  const limit = Math.min(Math.max(whole(queried(context, "limit"), "limit") ?? PAGE, 1), MAX_PAGE)
  return {
    limit,
    ...(before !== undefined && { before }),
    ...(after !== undefined && { after }),
    ...(around !== undefined && { around }),
  }
}

function whole(text: string | undefined, name: string): number | undefined {
  if (text === undefined || text === "") return undefined
  if (!/^\d{1,15}$/.test(text)) throw new Refusal("invalid", `${name} is a whole number.`, name)
  return Number(text)
}

async function json({ req }: Ask): Promise<object> {
  if (mediaOf(req.header("content-type")) !== "json")
    throw new Refusal("malformed", 'Send JSON, and say so: "content-type: application/json".')
  return parseJsonObject(await req.text(), "The body is a JSON object.")
}

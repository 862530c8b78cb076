// GET /events: one address, four ways to follow it; the request says which.
import { cursorAt, isCursor } from "../../protocol/cursor.ts"
import { PAGE } from "../../protocol/limits.ts"
import { Refusal } from "../../protocol/refusal.ts"
import type { Assets } from "../../view/page.tsx"
import type { App } from "../app.ts"
import { mustBeSignedIn } from "../caller.ts"
import { type Listener, watched } from "../follow.ts"
import { readStretch } from "../messages/rows.ts"
import { comingsAmong } from "../rooms/comings.ts"
import { attendance, mustBeReadable } from "../rooms/rows.ts"
import { ofPerson } from "../turns.ts"
import type { Answers } from "./answers.ts"
import type { Ask } from "./env.ts"
import { mustBeOurs } from "./guard.ts"
import { html } from "./page-feed.tsx"
import { poll } from "./poll.ts"
import { queried } from "./query.ts"
import { readerClock } from "./reader.ts"
import { type Dialect, parlourDialect } from "./socket.ts"
import { sse, stream } from "./stream.ts"
import { giveBackTurn } from "./turns.ts"

/** Seconds that a long poll waits, if it does not say; and the most that it may say: less than a connection may be idle. */
const PATIENCE = 25
const MOST_PATIENCE = 55

export const events =
  (app: App, assets: Assets, answers: Answers) =>
  async (context: Ask): Promise<Response> => {
    const { req } = context
    if (req.method === "HEAD") return context.body(null) // a feed has no head alone: nobody would ever read or end it
    const person = mustBeSignedIn(context.get("caller"))
    const after = req.header("last-event-id") || queried(context, "after") || null
    if (after !== null && !isCursor(after))
      throw new Refusal("invalid", "That is not a cursor. Use the last one you were given, or none.")
    const who = { ...listener(context, after, queried(context, "room") ?? null), name: person.name }
    const accept = req.header("accept") ?? ""

    if (isHandshake(context)) return upgrade(app, context, who, parlourDialect)
    const watching = await watched(app, who) // as is who may look: in a stream a refusal would only break it off
    if (accept.includes("text/event-stream")) return stream(app, who, sse(app), req.raw.signal)
    if (accept.includes("text/html")) return frame(app, assets, answers, context, who)
    giveBackTurn(context)
    return context.json(await poll(app, who, watching, patience(queried(context, "wait")) * 1000, req.raw.signal))
  }

/** The feed as a frame shows one room of it; without a cursor it begins with what the room's page shows. */
async function frame(
  app: App,
  assets: Assets,
  answers: Answers,
  context: Ask,
  who: Listener & { name: string },
): Promise<Response> {
  if (who.room === null)
    throw new Refusal("invalid", "As a page the feed shows one room: say which, as in /events?room=talk.")
  const room = await mustBeReadable(app.db.sql, who.room, who)
  const after = who.after ?? cursorAt(app.hub.epoch, app.hub.tick) // before the messages: an event may then repeat, never go missing
  const { sql } = app.db
  const empty = { messages: [], older: true, newer: false }
  const stretch = who.after === null ? await readStretch(sql, room.id, { limit: PAGE }) : empty
  const shown = { ...stretch, ...(await attendance(sql, room.id, who.person)) }
  const comings = await comingsAmong(sql, room.id, shown)
  const snapshot = { ...shown, ...comings, room, me: mustBeSignedIn(context.get("caller")) }
  const hold = (bytes: number) => answers.hold(ofPerson(who.person), bytes)
  const framing = { ...html(app, snapshot, assets, readerClock(context)), hold }
  return stream(app, { ...who, after }, framing, context.req.raw.signal)
}

/** Whoever asks, as one who listens: after that cursor, and looking at that room. Refuses who is not signed in. */
export function listener(context: Ask, after: string | null, room: string | number | null): Listener {
  const caller = context.get("caller")
  return { person: mustBeSignedIn(caller).id, session: caller.session!, after, room }
}

/** As far as it came through: some proxies take out Upgrade and leave the rest, and whoever waits for a socket does not want to
 *  be answered otherwise. */
const isHandshake = ({ req }: Ask): boolean =>
  /\bwebsocket\b/i.test(req.header("upgrade") ?? "") || req.header("sec-websocket-key") !== undefined

/** The only way to a socket: however a handshake is spelled, it comes from our own page or from no page. */
export async function upgrade(app: App, context: Ask, listener: Listener, dialect: Dialect): Promise<Response> {
  mustBeOurs(app, context)
  const { person, session, address } = context.get("caller")
  const data = {
    caller: { person: person!, session: session!, address },
    listener,
    watching: await watched(app, listener),
    dialect,
    talk: null,
    underway: 0,
  }
  if (context.env.server.upgrade(context.req.raw, { data })) {
    context.set("isFeed", true)
    return new Response(null) // the runtime has answered already
  }
  throw new Refusal(
    "malformed",
    "That is not a WebSocket handshake. If a proxy stands before Parlour, it has to pass Upgrade and Connection on.",
  )
}

function patience(asked: string | undefined): number {
  if (asked === undefined) return PATIENCE
  const seconds = Number(asked)
  if (!Number.isFinite(seconds) || seconds < 0)
    throw new Refusal("invalid", `wait is a number of seconds, at most ${MOST_PATIENCE}.`)
  return Math.min(seconds, MOST_PATIENCE)
}

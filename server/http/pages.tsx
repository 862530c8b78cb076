// The pages: what each is drawn from is read here, and drawn in view/.
import { renderToString } from "preact-render-to-string"
import { parseAddress } from "../../protocol/address.ts"
import { plainText, type Registration } from "../../protocol/command.ts"
import { cursorAt } from "../../protocol/cursor.ts"
import { DEFAULT_ROOM, MAX_TYPED, PAGE } from "../../protocol/limits.ts"
import { Refusal } from "../../protocol/refusal.ts"
import { byName } from "../../protocol/text.ts"
import { NewPasswordPage, RegisterPage, SignInPage, WelcomePage } from "../../view/door.tsx"
import { withPerson } from "../../view/here.tsx"
import { type Assets, documentOf } from "../../view/page.tsx"
import { MOST_COUNTED, PlacePage } from "../../view/place.tsx"
import { RoomPage } from "../../view/room.tsx"
import type { DoorSnapshot, PlaceSnapshot, Problem, RoomSnapshot } from "../../view/snapshot.ts"
import type { App } from "../app.ts"
import { mustBeSignedIn, readerOf } from "../caller.ts"
import { findMessage, readStretch } from "../messages/rows.ts"
import { mustOwnOrFollow } from "../people/owner-code.ts"
import { mustBeGoodLink } from "../people/password-link.ts"
import { readPlace } from "../people/place.ts"
import { mustBeWelcome } from "../people/register.ts"
import { countImported, findAccount, isEmptyPlace, listPeople } from "../people/rows.ts"
import { comingsAmong } from "../rooms/comings.ts"
import { attendance, findRoom, joinedRooms, mustBeReadable } from "../rooms/rows.ts"
import { inSteps } from "../rounds.ts"
import { page } from "./answer.tsx"
import { where } from "./api.ts"
import type { Ask } from "./env.ts"
import { pageNonce } from "./page-nonce.ts"
import { queried } from "./query.ts"
import { chooseScripts, hasKeyboard, lastRoom, readerClock, rememberRoom, wantsNoScripts } from "./reader.ts"
import { offerRoom, roomPath } from "./rooms.tsx"

/** Rooms beside a conversation; the rest are on the page that lists them. */
const MOST_BESIDE = 200
/** People shown on one page of the place; the rest are found by name. */
const MOST_PEOPLE = 100

/** A path of ours to go on to, or nothing: never another site's address, however it is spelled. */
export function ownPath(next: unknown): string | undefined {
  if (typeof next !== "string" || !/^\/(?!\/)/.test(next) || /[\\\p{Cc}]/u.test(next)) return undefined
  const url = parseAddress(next, "http://here.invalid")
  if (url?.host !== "here.invalid" || url.pathname.startsWith("//")) return undefined // "/..//evil" becomes "//evil"
  return url.pathname + url.search
}

export const home = (app: App) => async (context: Ask) => {
  const { person } = context.get("caller")
  if (person) return context.redirect(roomPath((await lastRoom(app, context))?.slug ?? DEFAULT_ROOM), 303)
  return context.redirect((await isEmptyPlace(app.db.sql)) ? "/welcome" : "/login", 303)
}

// The pages before one is in.

export type DoorPart = Pick<DoorSnapshot, "username" | "invite" | "code" | "next" | "notice" | "draft" | "refused">

export const welcomePage = (app: App, assets: Assets) => async (context: Ask) => {
  if (!(await isEmptyPlace(app.db.sql))) return context.redirect("/", 303)
  const code = queried(context, "code")
  await mustOwnOrFollow(app.db.sql, context.get("caller"), code) // before anyone fills in a form for nothing
  return context.html(await drawWelcome(app, assets, code ? { code } : {}))
}

/** The first run proposes an invite link: a place is for those who were asked. */
export async function drawWelcome(
  app: App,
  assets: Assets,
  part: DoorPart & { registration?: Registration },
  placeName?: string,
): Promise<string> {
  const registration = app.config.registration ?? part.registration ?? "invite"
  const snapshot: DoorSnapshot = { ...part, place: { name: "" }, registration }
  return page(<WelcomePage snapshot={snapshot} assets={assets} {...(placeName && { placeName })} />)
}

export const signInPage = (app: App, assets: Assets) => async (context: Ask) => {
  const next = ownPath(queried(context, "next"))
  if (context.get("caller").person) return context.redirect(next ?? "/", 303)
  if (await isEmptyPlace(app.db.sql)) return context.redirect("/welcome", 303)
  const notice =
    queried(context, "out") !== undefined ? "You have signed out." : context.get("wasIn") ? SIGNED_OUT : undefined
  return context.html(await drawSignIn(app, assets, { ...(next && { next }), ...(notice && { notice }) }))
}

/** Who had a session finds themself here without having done anything. */
const SIGNED_OUT = "You have been signed out, here or on another device. Sign in to go on."

export async function drawSignIn(app: App, assets: Assets, part: DoorPart): Promise<string> {
  return page(<SignInPage snapshot={await door(app, part)} assets={assets} />)
}

export const registerPage = (app: App, assets: Assets) => async (context: Ask) => {
  if (await isEmptyPlace(app.db.sql)) return context.redirect("/welcome", 303)
  await mustBeWelcome(app.db.sql, app.config.registration, {})
  const next = ownPath(queried(context, "next"))
  return context.html(await drawRegister(app, assets, next ? { next } : {}))
}

export const invitePage = (app: App, assets: Assets) => async (context: Ask) => {
  if (context.get("caller").person) return context.redirect("/", 303)
  const invite = context.req.param("invite")!
  await mustBeWelcome(app.db.sql, app.config.registration, { invite }) // before anyone fills in a form for nothing
  return context.html(await drawRegister(app, assets, { invite }))
}

export async function drawRegister(app: App, assets: Assets, part: DoorPart): Promise<string> {
  return page(<RegisterPage snapshot={await door(app, part)} assets={assets} />)
}

async function door(app: App, part: DoorPart): Promise<DoorSnapshot> {
  const { name, registration } = await readPlace(app.db.sql)
  return { place: { name }, registration: app.config.registration ?? registration, ...part }
}

export const passwordPage = (app: App, assets: Assets) => async (context: Ask) =>
  context.html(await drawPassword(app, assets, context.req.param("token")!))

export async function drawPassword(app: App, assets: Assets, token: string, refused?: Problem): Promise<string> {
  const { name } = await mustBeGoodLink(app.db.sql, token)
  const snapshot = await door(app, refused ? { refused } : {})
  return page(<NewPasswordPage snapshot={snapshot} assets={assets} token={token} name={name} />)
}

// The pages inside.

export const roomPage = (app: App, assets: Assets) => async (context: Ask) => {
  const reader = readerOf(context.get("caller"))
  const typed = context.req.param("room")!
  const room = await findRoom(app.db.sql, typed)
  if (!room) return offerRoom(app, assets, context, typed, 404)
  const message = Number(context.req.param("message") ?? 0)
  // One address a room. Compared decoded: browsers and we need not agree on what to percent-encode.
  if (!message && (typed !== room.slug || !context.req.path.endsWith("/"))) {
    return context.redirect(roomPath(room.slug) + context.env.asked.search, 301)
  }
  const scripts = queried(context, "scripts")
  if (message || scripts !== undefined) await mustBeReadable(app.db.sql, room.id, reader) // or else it is when it is drawn
  if (scripts === "on" || scripts === "off") {
    chooseScripts(app, context, scripts)
    return context.redirect(roomPath(room.slug), 303)
  }
  if (message && !(await findMessage(app.db.sql, room.id, message)))
    throw new Refusal("not_found", "There is no such message in this room.")
  const drawn = await drawRoom(app, assets, context, room.slug, message ? { focus: message } : {})
  rememberRoom(app, context, reader.person, room.id)
  return context.html(drawn)
}

export type RoomPart = Pick<RoomSnapshot, "focus" | "draft" | "refused">

/** Refuses a room that they may not read, and a part of its history that cannot be. */
export async function drawRoom(app: App, assets: Assets, context: Ask, slug: string, part: RoomPart): Promise<string> {
  const me = mustBeSignedIn(context.get("caller"))
  const { sql } = app.db
  const step = inSteps()
  const room = await mustBeReadable(sql, slug, readerOf(context.get("caller")))
  const cursor = cursorAt(app.hub.epoch, app.hub.tick) // before the messages: an event may then repeat, never go missing
  const place = await readPlace(sql)
  const attending = await attendance(sql, room.id, me.id)
  const here = await app.onlookers.hereIn(room.id)
  const { rooms, more } = await joinedRooms(sql, me.id, { limit: MOST_BESIDE })
  const stretch = await readStretch(sql, room.id, part.focus ? { around: part.focus, limit: PAGE } : where(context))
  const snapshot: RoomSnapshot = {
    place: { name: place.name },
    me,
    rooms: rooms.toSorted(byName),
    ...(more && { moreRooms: true }),
    room,
    ...attending,
    here: attending.member ? withPerson(here, me) : here,
    cursor,
    at: Date.now(),
    ...readerClock(context),
    nonce: pageNonce(me),
    ...(queried(context, "after") !== undefined && !part.focus && { onward: true }),
    ...stretch,
    ...(await comingsAmong(sql, room.id, { ...stretch, ...attending })),
    ...part,
  }
  await step() // to draw it takes as long as to read it
  const ways = { still: wantsNoScripts(app, context), keyboard: hasKeyboard(context) && !part.refused }
  return documentOf(renderToString(<RoomPage snapshot={snapshot} assets={assets} {...ways} />), snapshot)
}

export const placePage = (app: App, assets: Assets) => async (context: Ask) => {
  const { role } = mustBeSignedIn(context.get("caller"))
  const saved = queried(context, "saved") !== undefined
  const renewed = role === "owner" && queried(context, "renewed") !== undefined
  const named = role === "owner" ? queried(context, "remove") : undefined
  const removing = named && (await findAccount(app.db.sql, plainText(named.slice(0, MAX_TYPED))))?.name
  const removed = role === "owner" && queried(context, "removed") !== undefined
  const asked = { ...(saved && { saved }), ...(renewed && { renewed }), ...(removed && { removed }) }
  const part = { ...asked, ...(removing && { removing }) }
  return context.html(await drawPlace(app, assets, context, part))
}

export type PlacePart = Pick<PlaceSnapshot, "passwordLink" | "removing" | "removed" | "saved" | "renewed" | "refused">

export async function drawPlace(app: App, assets: Assets, context: Ask, part: PlacePart): Promise<string> {
  const me = mustBeSignedIn(context.get("caller"))
  const { sql } = app.db
  const place = await readPlace(sql)
  const find = plainText((queried(context, "find") ?? "").slice(0, 100))
  const people = await listPeople(sql, find, MOST_PEOPLE + 1)
  const registration = app.config.registration ?? place.registration
  const back = await lastRoom(app, context)
  const snapshot: PlaceSnapshot = {
    place: { name: place.name },
    me,
    ...(back && { back }),
    registration,
    registrationFixed: app.config.registration !== null,
    onlyHere: /^http:\/\/(localhost|127\.|\[::1\])/.test(addressOf(app, context, "/")),
    ...(registration !== "closed" && { inviteLink: addressOf(app, context, `/join/${place.invite}`) }),
    people: people.slice(0, MOST_PEOPLE).map(({ id, name, role, standing }) => ({ id, name, role, standing })),
    find,
    more: people.length > MOST_PEOPLE,
    unlisted: find === "" ? await countImported(sql, MOST_COUNTED) : 0,
    ...part,
  }
  return page(<PlacePage snapshot={snapshot} assets={assets} />)
}

/** The whole address of a path, as people reach it. */
export const addressOf = ({ config }: App, { env }: Ask, path: string): string =>
  (config.publicUrl ?? `http://${env.asked.host?.host}`) + path

// What a reader's browser has told us of itself: its zone and language, whether scripts run there, the room it was in last. It
// comes in cookies, so it is tried before it is believed, and nothing is decided by it but how a page looks and where "/"
// leads.
import type { Room } from "../../protocol/event.ts"
import { Refusal } from "../../protocol/refusal.ts"
import { keepOnly, usableClock } from "../../view/times.ts"
import type { App } from "../app.ts"
import { readerOf } from "../caller.ts"
import { mustBeReadable } from "../rooms/rows.ts"
import { cameWith, cookieName, setCookie } from "./cookies.ts"
import type { Ask } from "./env.ts"

/** Set by the page's script. */
const CLOCK = /(?:^|;\s*)parlour_clock=([\w/+-]{1,64})(?:\|([\w-]{1,64}))?(?:;|$)/
const ROOM = "parlour-room"
const SCRIPTS = "parlour-scripts"
/** Seconds that these are kept: a year. */
const KEPT = 365 * 24 * 3600

/** Zones and languages of which all is remembered that it takes to tell times in them, some 100 KiB of a language: those that were
 *  asked for last. Strangers may name as many as they like, and each in many spellings. */
const MOST_NAMES = 96
const inUse = new Set<string>()

export type ReaderClock = { zone?: string; locale?: string }

/** Where the reader's browser said so before. */
export function readerClock({ req }: Ask): ReaderClock {
  const [, zone, locale] = req.header("cookie")?.match(CLOCK) ?? []
  if (zone === undefined) return {}
  const language = languageIn(locale ?? "")
  for (const name of [zone, language]) if (name) noteUse(name)
  return usableClock(zone, language)
}

/** What of it changes how a time is told: all else, such as `-x-` and what one likes, would make each its own. */
function languageIn(name: string): string | undefined {
  try {
    const { language, script, region, calendar, hourCycle, numberingSystem } = new Intl.Locale(name)
    const parts = { script, region, calendar, hourCycle, numberingSystem }
    const given = Object.fromEntries(Object.entries(parts).filter(([, part]) => part !== undefined))
    return new Intl.Locale(language, given).toString()
  } catch {
    return undefined
  }
}

function noteUse(name: string): void {
  inUse.delete(name) // to stand last
  inUse.add(name)
  if (inUse.size <= MOST_NAMES) return
  for (const oldest of inUse) {
    inUse.delete(oldest)
    break
  }
  keepOnly(inUse)
}

/** Notes the room that a person looks at, for when they come by the front door. */
export function rememberRoom(app: App, context: Ask, person: number, room: number): void {
  const value = `${person}.${room}`
  if (cameWith(app, context, ROOM)[0]?.value !== value) set(app, context, ROOM, value)
}

/** They have left it. */
export function forgetRoom(app: App, context: Ask): void {
  if (cameWith(app, context, ROOM).length > 0) set(app, context, ROOM, "")
}

/** The room that this person was in last, if they may read it. */
export async function lastRoom(app: App, context: Ask): Promise<Room | undefined> {
  const reader = readerOf(context.get("caller"))
  const [, whose, room] = cameWith(app, context, ROOM)[0]?.value.match(/^(\d{1,15})\.(\d{1,15})$/) ?? []
  if (Number(whose) !== reader.person) return undefined
  try {
    return await mustBeReadable(app.db.sql, Number(room), reader)
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    return undefined
  }
}

/** Whether the reader asked for pages without scripts, because in their browser ours does not run. */
export const wantsNoScripts = (app: App, context: Ask): boolean => cameWith(app, context, SCRIPTS)[0]?.value === "off"

export const chooseScripts = (app: App, context: Ask, choice: "on" | "off"): void =>
  set(app, context, SCRIPTS, choice === "off" ? "off" : "")

/** By what it says of itself. On glass the keyboard would cover half of the room. */
export const hasKeyboard = ({ req }: Ask): boolean =>
  req.header("sec-ch-ua-mobile") !== "?1" && !/Mobi|Android|iP(hone|ad)/.test(req.header("user-agent") ?? "")

function set(app: App, context: Ask, kind: string, value: string): void {
  const isStrict = app.config.publicUrl?.startsWith("https:") ?? false
  setCookie(context, cookieName(app, context, isStrict, kind), value, value === "" ? 0 : KEPT)
}

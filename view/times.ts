// Times in words. All of it is a function of a moment, a zone, a language and (for "now") the present, so that the server
// and the browser write the same thing. The server knows neither the reader's zone nor habits: it writes UTC and 24 hours
// in English, and nothing of the present.

/** Where and when the reader is. `now` is 0 when that is not known: then there is no "now", no "Yesterday". `locale` is the
 *  one whose clock and dates the reader is used to; without it they are English, of 24 hours. */
export type Clock = { zone: string; now: number; locale?: string }

export const serverClock: Clock = { zone: "UTC", now: 0 }

let local = serverClock

/** The reader's own clock at that moment. Browsers are slow to say their zone, so it is asked once for each moment. */
export function localClock(now: number): Clock {
  if (local.now !== now) local = { ...clockHere(), now }
  return local
}

/** What the browser says of its zone and language, once both have been tried: some name ones that they do not know
 *  themselves. */
export function clockHere(): Omit<Clock, "now"> {
  try {
    const { timeZone, locale } = Intl.DateTimeFormat().resolvedOptions()
    return usableClock(timeZone, locale)
  } catch {
    return { zone: "UTC" }
  }
}

/** A zone and a language in which times can be told; else UTC, and English. */
export function usableClock(zone: unknown, locale: unknown): Omit<Clock, "now"> {
  const usable = isUsable("zone", zone, (zone) => Number.isFinite(askOffset(0, zone))) ? (zone as string) : "UTC"
  const isKnown = isUsable("language", locale, tellsTime)
  return { zone: usable, ...(isKnown && { locale: locale as string }) }
}

/** Whether all that is told can be told in it. Some engines know a language by its name only, and have months M01 to M12 for it;
 *  and some let scripts take a part of it away. */
function tellsTime(locale: string): boolean {
  const clock = { zone: "UTC", now: 0, locale }
  const words = [clockTime(0, clock), shortTime(0, clock), nearDay(0, locale), exactTime(0, clock)]
  return words.every((told) => told !== "" && !/\bM01\b/.test(told))
}

/** Of a few hundred names in use it is remembered whether they are any good, and as what: GMT0 is a zone and no language. Strangers
 *  may send others. */
function isUsable(as: "zone" | "language", name: unknown, attempt: (name: string) => boolean): boolean {
  if (typeof name !== "string" || name === "" || name.length > LONGEST_NAME) return false
  const key = `${as} ${name}`
  const known = tried.get(key)
  if (known !== undefined) return known
  if (tried.size >= MOST_NAMES) for (const memory of [tried, formatters, writers, offsets]) memory.clear()
  const usable = ifItWorks(() => attempt(name))
  tried.set(key, usable)
  return usable
}

function ifItWorks(attempt: () => boolean): boolean {
  try {
    return attempt()
  } catch {
    return false
  }
}

/** Characters in the name of a zone or a language; the longest in use has 32. */
const LONGEST_NAME = 64
/** Names of which it is remembered whether they can be used. There are some 600 zones. */
const MOST_NAMES = 1_500
const tried = new Map<string, boolean>()

const MINUTE = 60_000
const DAY = 24 * 60 * MINUTE

const MONTHS = "January February March April May June July August September October November December".split(" ")
const WEEKDAYS = "Sunday Monday Tuesday Wednesday Thursday Friday Saturday".split(" ")

/** For a time below a divider that names its day: "now" for a minute, then "14:05", which can be compared with others. A
 *  clock that runs behind the server's must not say "in 3 seconds": a little future is "now". */
export function timeInDay(at: number, clock: Clock): string {
  return clock.now && Math.abs(clock.now - at) < MINUTE ? "now" : clockTime(at, clock)
}

/** With a nought before the hour where that is the custom: 09:30 in Britain, 9:30 in Spain. */
const AS_USUAL = { timeStyle: "short" } as const

/** "14:05", or "2:05 PM" */
export function clockTime(at: number, { zone, locale }: Clock): string {
  if (locale) return inLocale(locale, AS_USUAL, at, zone)
  const { hour, minute } = partsOf(at, zone)
  return `${twoDigits(hour)}:${twoDigits(minute)}`
}

/** "14:05", or "2:05" where the half of the day is said above. */
export function shortTime(at: number, clock: Clock): string {
  const { zone, locale } = clock
  if (!locale) return clockTime(at, clock)
  const parts = writerFor(locale, AS_USUAL).formatToParts(at + offsetOf(at, zone))
  const hour = parts.findIndex(({ type }) => type === "hour")
  return parts
    .slice(hour, hour + 3)
    .map(({ value }) => (/ /.test(value) ? ":" : value))
    .join("") // with the sign between them, where that is no word
}

/** "Today", "Yesterday", "Saturday 21 November", with the year when it is not this one. */
export function dayWords(at: number, { zone, now, locale }: Clock): string {
  if (now) {
    const days = dateOf(now, zone) - dateOf(at, zone)
    if (days === 0 || days === 1) return nearDay(days, locale)
  }
  // In the reader's calendar, which need not begin it in January.
  const yearOf = (at: number) => (locale ? inLocale(locale, { year: "numeric" }, at, zone) : partsOf(at, zone).year)
  const isThisYear = now !== 0 && yearOf(now) === yearOf(at)
  if (locale) {
    const parts = { weekday: "long", day: "numeric", month: "long" } as const
    return inLocale(locale, isThisYear ? parts : { ...parts, year: "numeric" }, at, zone)
  }
  const { year, month, day, weekday } = partsOf(at, zone)
  return `${WEEKDAYS[weekday]} ${day} ${MONTHS[month]}${isThisYear ? "" : ` ${year}`}`
}

/** The language of the words above, where it is not that of the page around them. */
export const dayLanguage = ({ locale }: Clock): string | undefined =>
  locale && !isEnglish(locale) ? locale : undefined

/** A calendar day of that zone as a number: equal for two moments of one day, one more for the next day. */
export const dateOf = (at: number, zone: string): number => Math.floor((at + offsetOf(at, zone)) / DAY)

/** "2026-11-21" */
export function dayKey(at: number, zone: string): string {
  const { year, month, day } = partsOf(at, zone)
  return `${year}-${twoDigits(month + 1)}-${twoDigits(day)}`
}

/** "Saturday 21 November 2026, 14:05:09": what is shown on hover. Times in UTC say so. */
export function exactTime(at: number, clock: Clock): string {
  const { zone, locale } = clock
  const words = locale
    ? inLocale(locale, { dateStyle: "full", timeStyle: "medium" }, at, zone)
    : `${dayWords(at, clock.now ? { ...clock, now: 0 } : clock)}, ${clockTime(at, clock)}:${twoDigits(partsOf(at, zone).second)}`
  return zone === "UTC" ? `${words} UTC` : words
}

/** The machine-readable form, for `<time datetime>`. */
export const isoTime = (at: number): string => new Date(at).toISOString()

const isEnglish = (locale: string): boolean => /^en\b/.test(locale)

/** Letters that have capitals, and of which a line begins with one. */
const CAPITAL = /^[\p{Script=Latin}\p{Script=Cyrillic}\p{Script=Greek}]/u

function nearDay(ago: 0 | 1, locale: string | undefined): string {
  if (!locale || isEnglish(locale)) return ago === 0 ? "Today" : "Yesterday"
  const words = new Intl.RelativeTimeFormat(locale, { numeric: "auto" }).format(-ago, "day")
  return words.replace(CAPITAL, (letter) => letter.toLocaleUpperCase(locale))
}

/** As many as there are ways to write a time: making one takes a browser longer than writing a hundred times. */
const writers = new Map<string, Intl.DateTimeFormat>()

const inLocale = (locale: string, parts: Intl.DateTimeFormatOptions, at: number, zone: string): string =>
  writerFor(locale, parts).format(at + offsetOf(at, zone))

function writerFor(locale: string, parts: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `${locale} ${Object.entries(parts)}`
  let writer = writers.get(key)
  if (!writer) {
    writer = new Intl.DateTimeFormat(locale, { ...parts, timeZone: "UTC" })
    writers.set(key, writer)
  }
  return writer
}

type Parts = Readonly<Record<"year" | "month" | "day" | "weekday" | "hour" | "minute" | "second", number>>

/** The moment that was taken apart last: several words are made of each. */
let last: { at: number; zone: string; parts: Parts } | undefined

function partsOf(at: number, zone: string): Parts {
  if (last?.at === at && last.zone === zone) return last.parts
  const parts = takenApart(at, zone)
  last = { at, zone, parts }
  return parts
}

function takenApart(at: number, zone: string): Parts {
  const date = new Date(at + offsetOf(at, zone))
  return {
    year: date.getUTCFullYear(),
    month: date.getUTCMonth(),
    day: date.getUTCDate(),
    weekday: date.getUTCDay(),
    hour: date.getUTCHours(),
    minute: date.getUTCMinutes(),
    second: date.getUTCSeconds(),
  }
}

const formatters = new Map<string, Intl.DateTimeFormat>()
/** By zone, then by quarter of an hour since 1970. */
const offsets = new Map<string, Map<number, number>>()

/** Milliseconds to add to UTC. Asked of Intl once a quarter of an hour of history: zones change on no finer grid. */
function offsetOf(at: number, zone: string): number {
  if (zone === "UTC") return 0
  const quarter = Math.floor(at / (15 * MINUTE))
  const known = offsets.get(zone)?.get(quarter)
  if (known !== undefined) return known
  let ofZone = offsets.get(zone)
  if (!ofZone || ofZone.size > 500) {
    ofZone = new Map()
    offsets.set(zone, ofZone)
  }
  const offset = askOffset(quarter * 15 * MINUTE, zone)
  ofZone.set(quarter, offset)
  return offset
}

function askOffset(at: number, zone: string): number {
  let formatter = formatters.get(zone)
  if (!formatter) {
    formatter = new Intl.DateTimeFormat("en", {
      timeZone: zone,
      hourCycle: "h23",
      year: "numeric",
      month: "numeric",
      day: "numeric",
      hour: "numeric",
      minute: "numeric",
      second: "numeric",
    })
    formatters.set(zone, formatter)
  }
  const part: Record<string, number> = {}
  for (const { type, value } of formatter.formatToParts(at)) part[type] = Number(value)
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = part
  return Date.UTC(year, month - 1, day, hour, minute, second) - at
}

/** Lets go of what is remembered of other zones and languages than these: on a server, which would be told of ever more. */
export function keepOnly(names: ReadonlySet<string>): void {
  for (const memory of [tried, formatters, writers, offsets])
    for (const key of memory.keys()) if (!key.split(" ").some((name) => names.has(name))) memory.delete(key)
}

const twoDigits = (value: number): string => String(value).padStart(2, "0")

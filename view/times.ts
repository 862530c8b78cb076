// Times in words. All of it is a function of a moment, a zone and (for ages) the present, so that the server and the
// browser write the same thing. The server does not know the reader's zone: it writes UTC, and says no ages.

/** Where and when the reader is. `now` is 0 when that is not known: then there are no ages, no "Yesterday". */
export type Clock = { zone: string; now: number }

export const serverClock: Clock = { zone: "UTC", now: 0 }

let local = serverClock

/** The reader's own clock at that moment. Browsers are slow to say their zone, so it is asked once for each moment. */
export function localClock(now: number): Clock {
  if (local.now !== now) local = { zone: Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC", now }
  return local
}

const MINUTE = 60_000
const DAY = 24 * 60 * MINUTE
/** After this the time of day says more than an age: it can be compared with others. */
const FRESH = 10 * MINUTE

const MONTHS = "January February March April May June July August September October November December".split(" ")
const WEEKDAYS = "Sunday Monday Tuesday Wednesday Thursday Friday Saturday".split(" ")

/** "now", "2 min", "14:05", "Yesterday 14:05", "3 March", "3 March 2019": for a time that stands alone. */
export function timeWords(at: number, clock: Clock): string {
  const age = ageWords(at, clock)
  if (age) return age
  const day = dayWords(at, clock)
  if (day === "Today") return clockTime(at, clock.zone)
  if (day === "Yesterday") return `Yesterday ${clockTime(at, clock.zone)}`
  return dateWords(at, clock)
}

/** The same below a divider that names the day: an age while it is fresh, then the time. */
export const timeInDay = (at: number, clock: Clock): string => ageWords(at, clock) ?? clockTime(at, clock.zone)

/** "14:05" */
export function clockTime(at: number, zone: string): string {
  const { hour, minute } = partsOf(at, zone)
  return `${twoDigits(hour)}:${twoDigits(minute)}`
}

/** "Today", "Yesterday", "Saturday 21 November", with the year when it is not this one. */
export function dayWords(at: number, clock: Clock): string {
  if (clock.now) {
    const days = dateOf(clock.now, clock.zone) - dateOf(at, clock.zone)
    if (days === 0) return "Today"
    if (days === 1) return "Yesterday"
  }
  return `${WEEKDAYS[partsOf(at, clock.zone).weekday]} ${dateWords(at, clock)}`
}

/** A calendar day of that zone as a number: equal for two moments of one day, one more for the next day. */
export const dateOf = (at: number, zone: string): number => Math.floor((at + offsetOf(at, zone)) / DAY)

/** "2026-11-21" */
export function dayKey(at: number, zone: string): string {
  const { year, month, day } = partsOf(at, zone)
  return `${year}-${twoDigits(month + 1)}-${twoDigits(day)}`
}

/** "Saturday 21 November 2026, 14:05:09": what is shown on hover. Times in UTC say so. */
export function exactTime(at: number, zone: string): string {
  const { year, month, day, weekday, second } = partsOf(at, zone)
  const time = `${clockTime(at, zone)}:${twoDigits(second)}${zone === "UTC" ? " UTC" : ""}`
  return `${WEEKDAYS[weekday]} ${day} ${MONTHS[month]} ${year}, ${time}`
}

/** The machine-readable form, for `<time datetime>`. */
export const isoTime = (at: number): string => new Date(at).toISOString()

/** A clock that runs behind the server's must not say "in 3 seconds": a little future is "now". */
function ageWords(at: number, clock: Clock): string | undefined {
  const age = clock.now - at
  if (!clock.now || age <= -FRESH || age >= FRESH) return undefined
  return age < MINUTE ? "now" : `${Math.floor(age / MINUTE)} min`
}

function dateWords(at: number, clock: Clock): string {
  const { year, month, day } = partsOf(at, clock.zone)
  const date = `${day} ${MONTHS[month]}`
  return clock.now && partsOf(clock.now, clock.zone).year === year ? date : `${date} ${year}`
}

type Parts = { year: number; month: number; day: number; weekday: number; hour: number; minute: number; second: number }

function partsOf(at: number, zone: string): Parts {
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
  if (!ofZone || ofZone.size > 5_000) {
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

const twoDigits = (value: number): string => String(value).padStart(2, "0")

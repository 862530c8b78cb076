import { expect, test } from "bun:test"
import {
  type Clock,
  clockHere,
  clockTime,
  dayKey,
  dayLanguage,
  dayWords,
  exactTime,
  serverClock,
  shortTime,
  timeInDay,
  usableClock,
} from "./times.ts"

const now = Date.UTC(2026, 10, 21, 14, 5, 9)
const clock = { zone: "UTC", now }
const SECOND = 1_000
const MINUTE = 60 * SECOND
const DAY = 24 * 60 * MINUTE

const at = (zone: string): Clock => ({ zone, now })
const used = (locale: string, zone = "UTC"): Clock => ({ zone, now, locale })
/** Spaces are of several widths, and commas come and go with the years of ICU. */
const plain = (words: string) => words.replaceAll(/\s/gu, " ").replaceAll(",", "")

test("a time is one that can be compared with others: only for its first minute is it now", () => {
  expect(timeInDay(now, clock)).toBe("now")
  expect(timeInDay(now - 59 * SECOND, clock)).toBe("now")
  for (let minutes = 1; minutes < 60; minutes++)
    expect(timeInDay(now - minutes * MINUTE, clock)).toBe(clockTime(now - minutes * MINUTE, clock))
  expect(timeInDay(now - 3 * DAY, clock)).toBe("14:05")
})

test("a clock that runs a little behind says now, never the future", () => {
  expect(timeInDay(now + 3 * SECOND, clock)).toBe("now")
})

test("a day is named as near as it is", () => {
  expect(dayWords(now, clock)).toBe("Today")
  expect(dayWords(now - DAY, clock)).toBe("Yesterday")
  expect(dayWords(now - 2 * DAY, clock)).toBe("Thursday 19 November")
  expect(dayWords(Date.UTC(2025, 0, 1), clock)).toBe("Wednesday 1 January 2025")
})

test("where the present is not known nothing is said of it", () => {
  expect(timeInDay(now, serverClock)).toBe("14:05")
  expect(dayWords(now, serverClock)).toBe("Saturday 21 November 2026")
})

test("days and times are those of the reader's zone", () => {
  const late = Date.UTC(2026, 10, 21, 23, 30)
  expect(dayKey(late, "UTC")).toBe("2026-11-21")
  expect(dayKey(late, "Europe/Berlin")).toBe("2026-11-22")
  expect(clockTime(late, at("Europe/Berlin"))).toBe("00:30")
  expect(clockTime(late, at("Asia/Kathmandu"))).toBe("05:15")
  expect(clockTime(late, at("America/St_Johns"))).toBe("20:00")
})

test("the hour follows daylight saving, to the minute of the change", () => {
  const change = Date.UTC(2026, 2, 29, 1)
  expect(clockTime(change - 1, at("Europe/Berlin"))).toBe("01:59")
  expect(clockTime(change, at("Europe/Berlin"))).toBe("03:00")
  expect(dayWords(change - DAY, { zone: "Europe/Berlin", now: change })).toBe("Yesterday")
})

test("the exact time says which zone it is in only when it may not be the reader's", () => {
  expect(exactTime(now, clock)).toBe("Saturday 21 November 2026, 14:05:09 UTC")
  expect(exactTime(now, at("Europe/Berlin"))).toBe("Saturday 21 November 2026, 15:05:09")
})

test.each([
  ["en-US", "America/New_York", "9:05 AM", "Today", "Thursday November 19", "Thursday January 1 2026"],
  ["en-GB", "Europe/London", "14:05", "Today", "Thursday 19 November", "Thursday 1 January 2026"],
  ["de-DE", "Europe/Berlin", "15:05", "Heute", "Donnerstag 19. November", "Donnerstag 1. Januar 2026"],
  ["fr", "Europe/Paris", "15:05", "Aujourd\u2019hui", "jeudi 19 novembre", "jeudi 1 janvier 2026"],
  [
    "ja",
    "Asia/Tokyo",
    "23:05",
    "\u4eca\u65e5",
    "11\u670819\u65e5\u6728\u66dc\u65e5",
    "2026\u5e741\u67081\u65e5\u6728\u66dc\u65e5",
  ],
])("in %s the clock and the dates are those that one is used to", (locale, zone, time, today, day, whole) => {
  const reader = used(locale, zone)
  expect(plain(clockTime(now, reader))).toBe(time)
  expect(dayWords(now, reader)).toBe(today)
  expect(plain(dayWords(now - 2 * DAY, reader))).toBe(day)
  expect(plain(dayWords(Date.UTC(2026, 0, 1, 12), { ...reader, now: 0 }))).toBe(whole)
  expect(plain(exactTime(now, reader))).toContain(time.split(" ")[0]!)
})

test("a time that stands in the gutter has no half of the day, in whatever language", () => {
  for (const locale of [
    "en-US",
    "hi-IN",
    "ar-EG",
    "ko-KR",
    "zh-TW",
    "es-MX",
    "sq-AL",
    "am-ET",
    "de",
    "fi",
    "fr-CA",
    "dz",
  ]) {
    const short = shortTime(now, used(locale))
    expect({ locale, short, fits: /^\p{N}{1,2}[:.]\p{N}{2}$/u.test(short) }).toMatchObject({ fits: true })
  }
})

test("words in another language than the page's say in which", () => {
  expect([used("de"), used("en-US"), serverClock].map(dayLanguage)).toEqual(["de", undefined, undefined])
})

test("a letter that has no capital stays what it is", () => {
  expect(dayWords(now, used("ka"))).toBe("\u10d3\u10e6\u10d4\u10e1")
})

/** What a browser may say of itself, and means by it. */
const said: [zone: unknown, locale: unknown, zoneMeant: string, localeMeant: string | undefined][] = [
  ["Europe/Berlin", "de", "Europe/Berlin", "de"],
  ["Etc/Unknown", "en-US", "UTC", "en-US"],
  ["Foo/Bar", "en", "UTC", "en"],
  ["UTC+3", "en", "UTC", "en"],
  ["", "en", "UTC", "en"],
  [undefined, "en", "UTC", "en"],
  [null, null, "UTC", undefined],
  [3, {}, "UTC", undefined],
  ["Europe/Berlin", "en-US@posix", "Europe/Berlin", undefined],
  ["Europe/Berlin", "C", "Europe/Berlin", undefined],
  ["Asia/Tokyo", "en_US.UTF-8", "Asia/Tokyo", undefined],
  ["x".repeat(10_000), "x".repeat(10_000), "UTC", undefined],
  ["__proto__", "constructor", "UTC", undefined],
]

test.each(said)(
  "a browser that says its zone is %j and its language %j is tried, not believed",
  (timeZone, locale, zone, meant) => {
    const { resolvedOptions } = Intl.DateTimeFormat.prototype
    Intl.DateTimeFormat.prototype.resolvedOptions = () => ({ timeZone, locale }) as Intl.ResolvedDateTimeFormatOptions
    try {
      const here = clockHere()
      expect(here).toEqual({ zone, ...(meant !== undefined && { locale: meant }) })
      expect(clockTime(now, { ...here, now })).toMatch(/\d/)
      expect(exactTime(now, { ...here, now })).toMatch(/\d/)
      expect(dayWords(now, { ...here, now: 0 })).toMatch(/\d/)
    } finally {
      Intl.DateTimeFormat.prototype.resolvedOptions = resolvedOptions
    }
  },
)

test("a browser that throws when it is asked for its zone has UTC; names that strangers send are not kept for ever", () => {
  const { resolvedOptions } = Intl.DateTimeFormat.prototype
  Intl.DateTimeFormat.prototype.resolvedOptions = () => {
    throw new RangeError("Internal error. Icu error.")
  }
  try {
    expect(clockHere()).toEqual({ zone: "UTC" })
  } finally {
    Intl.DateTimeFormat.prototype.resolvedOptions = resolvedOptions
  }
  for (let i = 0; i < 5_000; i++) expect(usableClock(`Zone/${i}`, undefined)).toEqual({ zone: "UTC" })
  expect(usableClock("Asia/Tokyo", "ja")).toEqual({ zone: "Asia/Tokyo", locale: "ja" })
})

test("a language in which an engine cannot tell all that is told is not used, whichever part is missing", () => {
  const gone = () => {
    throw new Error("not here")
  }
  const { formatToParts } = Intl.DateTimeFormat.prototype
  const given = Object.getOwnPropertyDescriptor(Intl.DateTimeFormat.prototype, "format")!
  const { RelativeTimeFormat } = Intl
  const breaks: Record<string, () => void> = {
    "no near days": () => Reflect.set(Intl, "RelativeTimeFormat", undefined),
    "no parts": () => Reflect.set(Intl.DateTimeFormat.prototype, "formatToParts", gone),
    "no words": () => Object.defineProperty(Intl.DateTimeFormat.prototype, "format", { ...given, get: gone }),
    "no months": () =>
      Object.defineProperty(Intl.DateTimeFormat.prototype, "format", { ...given, get: () => () => "1970 M01 1" }),
  }
  // Each in a language that is asked for the first time: what is known is remembered.
  const languages = ["is", "eu", "hy-AM", "lo-LA"]
  for (const [what, breakIt] of Object.entries(breaks)) {
    try {
      breakIt()
      expect([what, usableClock("UTC", languages.shift())]).toEqual([what, { zone: "UTC" }])
    } finally {
      Reflect.set(Intl, "RelativeTimeFormat", RelativeTimeFormat)
      Reflect.set(Intl.DateTimeFormat.prototype, "formatToParts", formatToParts)
      Object.defineProperty(Intl.DateTimeFormat.prototype, "format", given)
    }
  }
  for (const locale of ["nqo", "ff-Adlm", "sw", "ar-SA", "th-TH"])
    expect(usableClock("UTC", locale)).toEqual({ zone: "UTC", locale })
})

test("what is good as a zone is not taken for a language, nor the other way round, whichever was asked first", () => {
  for (const name of [...Intl.supportedValuesOf("timeZone"), "GMT0", "W-SU", "EST5EDT", "fr", "en-US", "de-AT", "Q"]) {
    usableClock(name, name)
    const isZone = works(() => new Intl.DateTimeFormat("en", { timeZone: name }))
    const isLanguage = works(() => new Intl.DateTimeFormat(name))
    expect(usableClock(name, "en")).toEqual({ zone: isZone ? name : "UTC", locale: "en" })
    expect(usableClock("UTC", name)).toEqual({ zone: "UTC", ...(isLanguage && { locale: name }) })
  }
})

function works(attempt: () => unknown): boolean {
  try {
    return attempt() !== undefined
  } catch {
    return false
  }
}

test("a year is left out where it is the present one in the reader's own calendar", () => {
  const nowruz = Date.UTC(2026, 2, 25) // 5 Farvardin 1405
  const persian = { zone: "UTC", now: nowruz, locale: "fa-IR" }
  expect(dayWords(Date.UTC(2026, 1, 1), persian)).toContain("\u06f1\u06f4\u06f0\u06f4") // 12 Bahman 1404
  expect(dayWords(Date.UTC(2026, 2, 21), persian)).not.toContain("\u06f1\u06f4\u06f0\u06f5")
  const azar = { ...persian, now: Date.UTC(2026, 1, 1) }
  expect(dayWords(Date.UTC(2025, 11, 20), azar)).not.toContain("\u06f1\u06f4\u06f0\u06f4") // the same Persian year
})

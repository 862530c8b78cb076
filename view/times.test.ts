import { expect, test } from "bun:test"
import { clockTime, dayKey, dayWords, exactTime, serverClock, timeInDay, timeWords } from "./times.ts"

const now = Date.UTC(2026, 10, 21, 14, 5, 9)
const clock = { zone: "UTC", now }
const SECOND = 1_000
const MINUTE = 60 * SECOND
const DAY = 24 * 60 * MINUTE

test("a time ages in words: now, minutes, the time, yesterday, the date", () => {
  expect(timeWords(now, clock)).toBe("now")
  expect(timeWords(now - 59 * SECOND, clock)).toBe("now")
  expect(timeWords(now - MINUTE, clock)).toBe("1 min")
  expect(timeWords(now - 9 * MINUTE, clock)).toBe("9 min")
  expect(timeWords(now - 10 * MINUTE, clock)).toBe("13:55")
  expect(timeWords(now - DAY, clock)).toBe("Yesterday 14:05")
  expect(timeWords(now - 2 * DAY, clock)).toBe("19 November")
  expect(timeWords(now - 400 * DAY, clock)).toBe("17 October 2025")
})

test("a clock that runs a little behind says now, never the future", () => {
  expect(timeWords(now + 3 * SECOND, clock)).toBe("now")
})

test("below its day a time needs no day", () => {
  expect(timeInDay(now - 3 * DAY, clock)).toBe("14:05")
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
  expect(clockTime(late, "Europe/Berlin")).toBe("00:30")
  expect(clockTime(late, "Asia/Kathmandu")).toBe("05:15")
  expect(clockTime(late, "America/St_Johns")).toBe("20:00")
})

test("the hour follows daylight saving, to the minute of the change", () => {
  const change = Date.UTC(2026, 2, 29, 1)
  expect(clockTime(change - 1, "Europe/Berlin")).toBe("01:59")
  expect(clockTime(change, "Europe/Berlin")).toBe("03:00")
  expect(dayWords(change - DAY, { zone: "Europe/Berlin", now: change })).toBe("Yesterday")
})

test("the exact time says which zone it is in only when it may not be the reader's", () => {
  expect(exactTime(now, "UTC")).toBe("Saturday 21 November 2026, 14:05:09 UTC")
  expect(exactTime(now, "Europe/Berlin")).toBe("Saturday 21 November 2026, 15:05:09")
})

import { expect, test } from "bun:test"
import { ago } from "./polled-list.ts"

const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

test.each([
  [0, "now"],
  [999, "now"],
  [-5 * SECOND, "now"],
  [SECOND, "a second ago"],
  [2 * SECOND, "2 seconds ago"],
  [MINUTE - 1, "59 seconds ago"],
  [MINUTE, "a minute ago"],
  [7.9 * MINUTE, "7 minutes ago"],
  [HOUR, "an hour ago"],
  [23 * HOUR, "23 hours ago"],
  [DAY, "a day ago"],
  [3.5 * DAY, "3 days ago"],
  [29 * DAY, "29 days ago"],
  [30 * DAY, "a month ago"],
  [364 * DAY, "12 months ago"],
  [365 * DAY, "a year ago"],
  [20 * 365 * DAY, "20 years ago"],
])("an age of %d ms is %p", (age, words) => {
  expect(ago(age).words).toBe(words)
})

test("the words of an age hold until the age that is said, and no longer", () => {
  for (let age = 0; age < 400 * DAY; age += 1 + Math.floor(age / 7)) {
    const { words, until } = ago(age)
    expect([ago(until - 1).words, ago(until).words === words]).toEqual([words, false])
  }
})

import { expect, test } from "bun:test"
import { backoff } from "./backoff.ts"

test("waiting doubles with each failure and stops growing", () => {
  expect([1, 2, 3, 4, 5, 6, 7, 100].map((failures) => backoff(failures, 1))).toEqual([
    500, 1_000, 2_000, 4_000, 8_000, 15_000, 15_000, 15_000,
  ])
})

test("chance scatters it over its upper half", () => {
  expect(backoff(4, 0)).toBe(2_000)
  expect(backoff(4, 0.5)).toBe(3_000)
})

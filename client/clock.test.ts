import { expect, test } from "bun:test"
import { timeInDay } from "../view/times.ts"
import { openClock } from "./clock.ts"
import { pretendBrowser } from "./pretend.ts"

const MINUTE = 60_000

test.each([-7 * MINUTE, 7 * MINUTE, 0, 25 * 60 * MINUTE])(
  "with a reader's clock %i ms off, what was just said was said now, and what was said an hour ago was not",
  async (off) => {
    const browser = pretendBrowser()
    const server = browser.now()
    browser.jump(off)
    const clock = openClock(browser, server)
    const words = (at: number) => timeInDay(at, { zone: "UTC", now: clock.now() })
    expect(words(server)).toBe("now")
    expect(words(server - 60 * MINUTE)).not.toBe("now")
    await browser.pass(10 * MINUTE)
    expect(words(server)).not.toBe("now")
    expect(words(server + 10 * MINUTE)).toBe("now")
    expect(clock.of(browser.now())).toBe(server + 10 * MINUTE)
  },
)

test("a clock that is set while the page is open is put right by the next greeting; what is no time changes nothing", () => {
  const browser = pretendBrowser()
  const server = browser.now()
  const clock = openClock(browser, undefined)
  expect(clock.now()).toBe(server)
  browser.jump(3 * MINUTE)
  clock.hear(server)
  expect(clock.now()).toBe(server)
  for (const none of [Number.NaN, Number.POSITIVE_INFINITY, undefined as unknown as number]) clock.hear(none)
  expect(clock.now()).toBe(server)
})

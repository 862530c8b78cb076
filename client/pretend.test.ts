// The pretended browser sees to it that what never ends fails, and does so before the memory does.
import { expect, test } from "bun:test"
import { pretendBrowser } from "./pretend.ts"

test("whoever asks again without a pause fails the test soon", async () => {
  const browser = pretendBrowser()
  browser.answer = () => new Response("")
  async function ask(): Promise<void> {
    for (;;) await browser.fetch("/")
  }
  void ask()
  await expect(browser.pass(1_000)).rejects.toThrow("asked without end")
  expect(browser.asked.length).toBeLessThan(2_000)
})

test("a timer that sets itself again at once fails the test soon", async () => {
  const browser = pretendBrowser()
  let rung = 0
  const ring = () => {
    rung++
    browser.after(0, ring)
  }
  ring()
  await expect(browser.pass(1_000)).rejects.toThrow("rang without end")
  expect(rung).toBeLessThan(2_000)
})

test("a busy hour is no endless one", async () => {
  const browser = pretendBrowser()
  browser.answer = () => new Response("")
  let rung = 0
  const ring = () => {
    rung++
    void browser.fetch("/")
    browser.after(1_000, ring)
  }
  ring()
  await browser.pass(3_600_000)
  expect(rung).toBe(3_601)
})

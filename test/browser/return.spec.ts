// Coming back after an absence, and to another history: nothing jumps, nothing is read out, nothing typed is lost.
import { movedBy, past, rowInView } from "./past.ts"
import { expect, test, type Visitor } from "./place.ts"

/** How many rows came while the log was to be read out. */
const readOut = ({ page }: Visitor) =>
  page.evaluateHandle(() => {
    const seen = { aloud: 0, silent: 0 }
    const log = document.querySelector("[role=log]") as Element
    new MutationObserver((changes) => {
      const added = changes.flatMap(({ addedNodes }) => [...addedNodes]).filter((node) => node.nodeName !== "#text")
      seen[log.getAttribute("aria-live") === "off" ? "silent" : "aloud"] += added.length
    }).observe(log, { childList: true, subtree: true })
    return seen
  })

test("hundreds of messages after an absence: in silence, who reads further up keeps the place, who is at the bottom stays there", async ({
  ann,
  bob,
  place,
}) => {
  await place.import(past(200))
  for (const { page } of [ann, bob]) await page.reload()
  await ann.scroll(-1_500)
  await expect(ann.page.locator(".jump")).toBeVisible()
  const row = await rowInView(ann)
  const heard = await Promise.all([readOut(ann), readOut(bob)])
  for (const { context } of [ann, bob]) await context.setOffline(true)
  for (const { link } of [ann, bob]) await expect(link).toHaveText(/^(Connecting|Offline)/, { timeout: 15_000 })
  await place.import(past(400, { word: "missed", day: 2 }))
  for (const { context } of [ann, bob]) await context.setOffline(false)
  await expect(ann.page.locator(".jump")).toHaveText("400 new messages", { timeout: 20_000 })
  expect(Math.abs(await movedBy(ann, row))).toBeLessThan(1)
  await expect(bob.message("missed 400")).toBeInViewport()
  expect(await bob.fromBottom()).toBeLessThan(2)
  await expect(bob.page.locator(".jump")).toHaveCount(0)
  for (const one of heard) expect((await one.jsonValue()).aloud).toBe(0)
  expect((await heard[1].jsonValue()).silent).toBeGreaterThan(0)
})

test("a reset redraws in place: what is typed, the caret, the place and what is unsent stay", async ({
  ann,
  bob,
  place,
}) => {
  const { page, box } = ann
  await place.import(past(300))
  let isLive = false
  let reset = () => {}
  await page.routeWebSocket("**/events*", (socket) => {
    const server = socket.connectToServer()
    server.onMessage((frame) => {
      const { kind, cursor } = JSON.parse(String(frame))
      isLive ||= kind === "live"
      if (kind === "live") reset = () => socket.send(JSON.stringify({ kind: "reset", cursor }))
      socket.send(frame)
    })
    // Said, and never heard: it stays on its way.
    socket.onMessage((frame) => {
      if (!String(frame).includes("on its way")) server.send(frame)
    })
  })
  await page.reload()
  // Until then it would be said by a request, which arrives.
  await expect.poll(() => isLive).toBe(true)
  await expect(ann.link).toHaveText("")
  await ann.say("on its way")
  await expect(ann.sending).toHaveCount(1)
  await ann.scroll(-1_500)
  await expect(page.locator(".jump")).toBeVisible()
  await box.fill("half a thought")
  await box.evaluate((box: HTMLTextAreaElement) => box.setSelectionRange(5, 8, "backward"))
  const row = await rowInView(ann)
  const fetched = () => page.waitForResponse(/\/api\/v1\/rooms\/talk\/messages/)

  const around = fetched()
  reset()
  expect((await around).url()).toContain("around=")
  // A stretch of the past now: what is newer than it comes by scrolling.
  await expect(ann.message("line 300")).toHaveCount(0)
  expect(Math.abs(await movedBy(ann, row))).toBeLessThan(1)
  await expect(box).toHaveValue("half a thought")
  await expect(box).toBeFocused()
  const caret = () =>
    box.evaluate((box: HTMLTextAreaElement) => [box.selectionStart, box.selectionEnd, box.selectionDirection])
  expect(await caret()).toEqual([5, 8, "backward"])
  await expect(ann.sending).toHaveCount(1)

  // Where what they looked at is no more, they are in the present.
  await ann.scroll(-1_500)
  await expect(ann.message("line 220")).toBeAttached()
  await page.route("**/messages?around=*", (route) => route.fulfill({ status: 404, json: {} }))
  const latest = page.waitForResponse(/\/api\/v1\/rooms\/talk\/messages$/)
  reset()
  await latest
  await expect(ann.message("line 300")).toBeInViewport()
  expect(await ann.fromBottom()).toBeLessThan(2)
  await expect(box).toHaveValue("half a thought")
  expect(await caret()).toEqual([5, 8, "backward"])
  await expect(ann.sending).toHaveCount(1)
  await bob.say("and on")
  await expect(ann.message("and on")).toBeInViewport()
})

test("what is written while looking at the past without a network is there to be seen", async ({ ann, place }) => {
  await place.import(past(300))
  await ann.page.reload()
  const first = await ann.log.locator("article").first().getAttribute("id")
  await ann.page.goto(`/chat/talk/${Number(first?.slice(1)) - 200}`)
  await ann.context.setOffline(true)
  await ann.say("from the past")
  await expect(ann.sending).toHaveText(/from the past/)
  await expect(ann.sending).toBeInViewport()
  await ann.context.setOffline(false)
  await expect(ann.message("from the past")).toBeInViewport({ timeout: 20_000 })
  await expect(ann.sending).toHaveCount(0)
})

test("what a line tells while the page is drawn afresh stays: an older page does not take its place", async ({
  ann,
  bob,
}) => {
  const { page } = ann
  await bob.say("one")
  await expect(ann.message("one")).toHaveCount(1)
  // A gateway refuses the feed, so that the page is to be drawn afresh; its rooms are long in coming.
  let barred = true
  await page.routeWebSocket("**/events*", (socket) => void (barred ? socket.close() : socket.connectToServer()))
  await page.route("**/events*", (route) => (barred ? route.fulfill({ status: 403, json: {} }) : route.continue()))
  let release = () => {}
  const released = new Promise<void>((resolve) => {
    release = resolve
  })
  await page.route("**/api/v1/rooms", (route) => released.then(() => route.continue()), { times: 1 })
  const read = page.waitForResponse(/\/api\/v1\/rooms\/talk\/messages/)
  await ann.context.setOffline(true)
  await ann.context.setOffline(false)
  await read
  barred = false
  await page.evaluate(() => window.dispatchEvent(new Event("online")))
  await bob.say("two")
  await expect(ann.message("two")).toHaveCount(1)
  const fetched = page.waitForResponse("**/api/v1/rooms")
  release()
  await fetched
  await bob.say("three")
  await expect(ann.message("three")).toHaveCount(1)
  expect(await ann.texts()).toEqual(await bob.texts())
})

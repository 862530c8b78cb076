// Where one was: in the conversation, in the list of rooms, in which room, at what time of day.
import { movedBy, past, type Row, rowInView } from "./past.ts"
import { comeIn, expect, test, type Visitor } from "./place.ts"

const isWhere = (visitor: Visitor, row: Row) =>
  expect.poll(async () => Math.abs(await movedBy(visitor, row))).toBeLessThan(2)

/** Scrolls so many pixels up, goes to the rooms and back: one is where one was. Answers that row. */
async function comesBack(visitor: Visitor, far: number): Promise<Row> {
  const { page } = visitor
  for (let at = 0; at < far; at += 800) {
    await visitor.scroll(-800)
    await page.waitForTimeout(60)
  }
  await page.waitForTimeout(500)
  const row = await rowInView(visitor)
  await page.goto("/chat/")
  await page.goBack()
  await isWhere(visitor, row)
  return row
}

test("going back and loading anew lead to where one was, also far back; a new visit begins in the present", async ({
  ann,
  place,
}) => {
  const { page } = ann
  await place.import(past(400))
  await page.goto("/chat/talk/")
  await expect(ann.message("line 400")).toBeInViewport()
  await ann.lives()
  await ann.scroll(-800)
  await page.waitForTimeout(500)
  const first = await rowInView(ann)
  await page.reload()
  await isWhere(ann, first)
  for (const far of [800, 12_000]) {
    const row = await comesBack(ann, far)
    await page.reload()
    await isWhere(ann, row)
    await page.goto("/place")
    await page.goto("/chat/talk/")
    await expect(ann.message("line 400")).toBeInViewport()
  }
  await page.goto("/chat/")
  await page.goBack()
  await expect(ann.message("line 400")).toBeInViewport()
})

test("where one was is not forgotten on the way back to it, however long that takes", async ({ ann, place }) => {
  const { page } = ann
  await place.import(past(400))
  await page.goto("/chat/talk/")
  await ann.lives()
  const row = await comesBack(ann, 12_000)
  let arrives = (): void => {}
  const slow = new Promise<void>((resolve) => {
    arrives = resolve
  })
  await page.route("**/messages?around=*", (route) => slow.then(() => route.continue()))
  for (let time = 1; time <= 3; time++) {
    const asked = page.waitForRequest("**/messages?around=*")
    await page.reload()
    await asked
    await ann.lives()
    await page.waitForTimeout(600)
  }
  arrives()
  await isWhere(ann, row)
  await page.reload()
  await isWhere(ann, row)
})

test("a press on the room one is in is a new visit; so is going back to the present before it is left", async ({
  ann,
  place,
}) => {
  const { page } = ann
  await place.import(past(400))
  await page.goto("/chat/talk/")
  await ann.lives()
  await expect(ann.message("line 400")).toBeInViewport()
  await ann.scroll(-800)
  await page.waitForTimeout(600)
  await page.locator(".room-list [aria-current]").click()
  await expect(ann.message("line 400")).toBeInViewport()
  await ann.lives()
  await ann.scroll(-800)
  await page.waitForTimeout(600)
  await page.locator(".jump").click()
  await expect(ann.message("line 400")).toBeInViewport()
  await page.waitForTimeout(50)
  await page.reload()
  await ann.lives()
  await expect(ann.message("line 400")).toBeInViewport()
})

test("the list of rooms stays where it was from page to page, with the room one is in in sight", async ({
  ann,
  place,
}) => {
  const { page } = ann
  await page.evaluate(async () => {
    for (let number = 1; number <= 15; number++)
      await fetch("/api/v1/rooms", {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ name: `room ${String(number).padStart(2, "0")}` }),
      })
  })
  await page.setViewportSize({ width: 1200, height: 480 })
  await page.goto("/chat/room-14/")
  const rooms = page.locator("#rooms > .room-list")
  const current = rooms.locator("[aria-current]")
  await expect(current).toBeInViewport({ ratio: 1 })
  await rooms.evaluate((list) => list.scrollTo(0, 120))
  await rooms.getByRole("link", { name: "room 08" }).click()
  await page.waitForURL("**/chat/room-08/")
  await expect(current).toBeInViewport({ ratio: 1 })
  await expect.poll(() => rooms.evaluate((list) => list.scrollTop)).toBe(120)
  await page.setViewportSize({ width: 768, height: 480 })
  await page.goto("/chat/room-15/")
  await page.getByRole("button", { name: /^Rooms/ }).click()
  await expect(current).toBeInViewport({ ratio: 1 })
  expect(place).toBeDefined()
})

test("without scripts the room one is in stands first in a long list", async ({ ann, browser, place }) => {
  await ann.page.evaluate(async () => {
    for (let number = 1; number <= 15; number++)
      await fetch("/api/v1/rooms", {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ name: `room ${String(number).padStart(2, "0")}` }),
      })
  })
  const context = await browser.newContext({
    javaScriptEnabled: false,
    baseURL: place.address,
    storageState: await ann.context.storageState(),
    viewport: { width: 1200, height: 480 },
  })
  const page = await context.newPage()
  await page.goto("/chat/room-15/", { waitUntil: "commit" }) // the frame never ends
  const here = page.locator("#rooms").getByRole("heading", { name: "Here" })
  await expect(here).toBeInViewport()
  await expect(page.locator(".here-first").getByRole("link", { name: "room 15" })).toBeInViewport()
  await expect(page.locator("#rooms").getByRole("link", { name: "room 15" })).toHaveCount(1)
  await expect(ann.page.getByRole("heading", { name: "Here" })).toBeHidden()
  await context.close()
})

test("the front door leads to the room one was in last, with scripts or without, and to none that one has left", async ({
  ann,
  bob,
}) => {
  const { page } = ann
  await page.goto("/chat/?room=Garden")
  await page.getByRole("button", { name: "Open this room" }).click()
  await page.waitForURL("**/chat/garden/")
  await page.goto("/")
  await expect(page).toHaveURL(/\/chat\/garden\/$/)
  await page.goto("/login")
  await expect(page).toHaveURL(/\/chat\/garden\/$/)
  // Another person on the same browser begins where everyone does.
  const cookies = await bob.context.cookies()
  await ann.context.addCookies(cookies.filter(({ httpOnly, name }) => httpOnly && !name.includes("room")))
  await page.goto("/")
  await expect(page).toHaveURL(/\/chat\/talk\/$/)
  await bob.page.goto("/chat/garden/")
  await bob.page.goto("/")
  await expect(bob.page).toHaveURL(/\/chat\/garden\/$/)
  await bob.page.getByRole("button", { name: "Join room" }).click()
  await bob.page.locator(".room-menu > summary").click()
  await bob.page.getByRole("link", { name: "Leave room" }).click()
  await bob.page.getByRole("button", { name: "Leave room" }).click()
  await bob.page.waitForURL(/\/chat\/(\?.*)?$/)
  await bob.page.goto("/")
  await expect(bob.page).toHaveURL(/\/chat\/talk\/$/)
})

test("times are the reader's own from the first paint, and never change but for what is new", async ({
  browser,
  place,
  ann,
}) => {
  await ann.say("at some time")
  const eve = await comeIn(browser, place, "Eve", { timezoneId: "America/New_York", locale: "en-US" })
  const { page } = eve
  const time = eve.message("at some time").locator("time")
  await place.import(past(3, { room: "long ago" }))
  await page.goto("/chat/long-ago/")
  const html = await (await page.request.get("/chat/long-ago/", { headers: { accept: "text/html" } })).text()
  const drawn =
    html.match(/<time[^>]*title="[^"]*"[^>]*>([^<]*)<\/time>/)?.[1] ?? html.match(/>(\d+:\d\d[^<]*)<\/time>/)?.[1]
  await expect(page.locator("[role=log] .head time").first()).toHaveText(drawn as string)
  expect(drawn).toMatch(/^7:00\sPM$/)
  expect(await time.count()).toBe(0)
  await eve.context.close()
})

for (const off of [-7, 7])
  test(`with a clock ${off} minutes off, what was just said was said now`, async ({ ann, bob }) => {
    const { page } = ann
    await page.addInitScript((off) => {
      const { now } = Date
      Date.now = () => now() + off * 60_000
    }, off)
    await page.reload()
    await bob.say("just now")
    await expect(ann.message("just now").locator(".when")).toHaveText(/^now/)
    await ann.say("and this")
    await expect(ann.message("and this").locator(".when")).toHaveText(/^now/)
  })

test("also on the page of one message going back leads to where one was, far from it", async ({ ann, place }) => {
  const { page } = ann
  await place.import(past(600))
  await page.goto("/chat/talk/")
  const newest = await ann.log.locator("article").last().getAttribute("id")
  await page.goto(`/chat/talk/${Number(newest!.slice(1)) - 200}`)
  await expect(page.locator(".message.focus")).toBeInViewport()
  await comesBack(ann, 6_000)
})

// Finding rooms, opening them, and leaving them again.
import { expect, test } from "./place.ts"

test.beforeEach(async ({ ann, place: _ }) => {
  for (const name of ["Gardening", "Roof garden", "Support", "École"])
    expect((await ann.page.request.post("/api/v1/rooms", { data: { name } })).ok()).toBe(true)
  await ann.page.reload()
})

test("typing narrows the rooms, Enter goes to the one that is meant, and twice makes none", async ({ ann }) => {
  const { page } = ann
  const rooms = page.getByRole("navigation", { name: "Rooms" }).getByRole("listitem")
  const find = page.getByRole("searchbox", { name: "Find or open a room" })
  await expect(rooms).toHaveCount(5)
  await expect(page.getByRole("button", { name: "Find in all rooms" })).toBeHidden()
  await find.fill("GARD")
  await expect(rooms).toHaveText(["Gardening", "Roof garden"])
  await expect(page.getByRole("button", { name: "Find in all rooms" })).toBeVisible()
  // It stands where one looks when nothing is left, and oneself stays at the foot.
  await find.fill("nothing of the kind")
  await expect(rooms).toHaveCount(0)
  const [field, button, me] = await Promise.all(
    [find, page.getByRole("button", { name: "Find in all rooms" }), page.locator(".sidebar .me")].map((one) =>
      one.boundingBox(),
    ),
  )
  expect(button!.y - field!.y - field!.height).toBeLessThan(24)
  expect(me!.y + me!.height).toBeGreaterThan(page.viewportSize()!.height - 40)
  await find.fill("#roof-g")
  await expect(rooms).toHaveText(["Roof garden"])
  await find.fill("ecol")
  await expect(rooms).toHaveText(["École"])
  await find.press("ArrowDown")
  await expect(page.getByRole("link", { name: "École" })).toBeFocused()
  await find.fill("supp")
  await find.press("Enter")
  await page.waitForURL("**/chat/support/")
  for (const typed of ["gard", "suport", "Ann"]) {
    await page.goto("/chat/talk/")
    await find.fill(typed)
    await find.press("Enter")
    await page.waitForURL("**/chat/?room=*")
    await page.keyboard.press("Enter")
    await page.keyboard.press("Enter")
    await expect(page.getByRole("button", { name: "Open this room" })).toBeVisible()
  }
  await page.goto("/chat/talk/")
  await expect(rooms).toHaveCount(5)
})

test("the page of rooms is narrowed as one types, and has the field ready where there are keys", async ({ ann }) => {
  const { page } = ann
  await page.goto("/chat/")
  const find = page.getByRole("searchbox", { name: "What chat room would you like to enter?" })
  await expect(find).toBeFocused()
  await page.keyboard.type("roof")
  await expect(page.getByRole("main").getByRole("listitem")).toHaveText(["Roof garden"])
  await page.keyboard.type(" that nobody opened")
  await expect(page.getByRole("heading")).toHaveText(["Rooms", "Open a room"])
  await find.fill("")
  await expect(page.getByRole("heading", { name: "Your rooms" })).toBeVisible()
})

test("on a phone nothing has the focus there", async ({ ann, browser }) => {
  const storageState = await ann.context.storageState()
  const baseURL = new URL(ann.page.url()).origin
  const phone = await browser.newContext({ baseURL, storageState, isMobile: true, hasTouch: true })
  const page = await phone.newPage()
  await page.goto("/chat/")
  await expect(page.getByRole("heading", { name: "Your rooms" })).toBeVisible()
  expect(await page.evaluate(() => document.activeElement?.localName)).toBe("body")
  await phone.close()
})

test("without scripts a part of a name finds, and only a press on the button that says so opens", async ({
  ann,
  browser,
}) => {
  const storageState = await ann.context.storageState()
  const baseURL = new URL(ann.page.url()).origin
  const context = await browser.newContext({ baseURL, storageState, javaScriptEnabled: false })
  const page = await context.newPage()
  await page.goto("/chat/")
  const find = page.getByRole("searchbox")
  await find.fill("gard")
  await find.press("Enter")
  await expect(page.getByRole("main").getByRole("listitem")).toHaveText(["Gardening", "Roof garden"])
  await page.getByRole("searchbox").fill("supp")
  await page.getByRole("button", { name: "Find" }).click()
  await page.waitForURL("**/chat/support/", { waitUntil: "commit" })
  await page.goto("/chat/?room=suport")
  await expect(page.getByRole("link", { name: "Support" })).toBeVisible()
  await page.getByRole("button", { name: "Open this room" }).click()
  await page.waitForURL("**/chat/suport/", { waitUntil: "commit" })
  await context.close()
})

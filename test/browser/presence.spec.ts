// Two people see that the other is here, and that they write.
import { AxeBuilder } from "@axe-core/playwright"
import { comeIn, expect, TWO, test } from "./place.ts"

test("faces come and go, and who writes is said and no longer, without anything moving", async ({
  ann,
  bob,
  browser,
  place,
}) => {
  test.setTimeout(60_000)
  const who = ann.page.locator(".who summary")
  await expect(who).toContainText("2 of 2 here")
  await expect(who.locator(".avatar")).toHaveText(["B"])

  // Someone writes.
  const typing = ann.page.locator(".typing")
  const composer = () => ann.page.locator("#composer").boundingBox()
  const before = await composer()
  await bob.box.pressSequentially("Lun")
  await expect(typing).toHaveText("Bobis typing")
  expect(await composer()).toEqual(before)
  await expect(bob.page.locator(".typing")).toHaveText("")
  expect((await new AxeBuilder({ page: ann.page }).analyze()).violations).toEqual([])
  await bob.box.press("Enter")
  await expect(ann.message("Lun")).toBeVisible()
  await expect(typing).toHaveText("")

  // By keyboard: the list opens, and gives the focus back.
  await who.focus()
  await ann.page.keyboard.press("Enter")
  const list = ann.page.locator(".who li")
  await expect(list).toHaveText(["AAnnyou", "BBob"])
  expect((await new AxeBuilder({ page: ann.page }).analyze()).violations).toEqual([])
  await ann.page.keyboard.press("Escape")
  await expect(list.first()).toBeHidden()
  await expect(who).toBeFocused()

  // Someone comes, by a way without scripts, and goes.
  const carl = await comeIn(browser, place, "Carl")
  const quiet = await browser.newContext({ javaScriptEnabled: false, storageState: await carl.context.storageState() })
  await carl.context.close()
  const page = await quiet.newPage()
  await page.goto(`${place.address}/chat/talk/`, { waitUntil: "commit" }) // its frame never ends
  await expect(page.locator(".who summary")).toContainText("3 of 3 here")
  await expect(who).toContainText("3 of 3 here")
  await quiet.close()
  await expect(who).toContainText("2 of 3 here", { timeout: 20_000 })
})

test("who writes by a stream says so, too", async ({ ann, bob }) => {
  await bob.page.routeWebSocket(/events/, (socket) => socket.close())
  await bob.page.reload()
  await expect(async () => {
    await bob.box.press("x") // until the stream is live
    await expect(ann.page.locator(".typing")).toHaveText("Bobis typing", { timeout: 300 })
  }).toPass({ timeout: 15_000 })
})

test("who leaves the room while they write is not said to go on", TWO, async ({ ann, bob }) => {
  const typing = ann.page.locator(".typing")
  for (const leave of [() => bob.page.goto("/me"), () => bob.page.close()]) {
    await bob.page.goto("/chat/talk/")
    await expect(async () => {
      await bob.box.press("x") // until the line is live
      await expect(typing).toHaveText("Bobis typing", { timeout: 300 })
    }).toPass()
    await leave()
    await expect(typing).toHaveText("", { timeout: 1_500 })
  }
})

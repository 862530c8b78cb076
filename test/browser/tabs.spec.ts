// One person in several tabs: what is so in one is so in the others.
import { expect, test, type Visitor } from "./place.ts"

async function anotherTab({ context, page, watch }: Visitor, visitor: Visitor) {
  const tab = await context.newPage()
  watch.call(visitor, tab)
  await tab.goto(page.url())
  const box = tab.getByRole("textbox", { name: /^Message to/ })
  return { tab, box }
}

test("a draft is one for all tabs: sent in one, it is gone from the others, and Enter there says nothing again", async ({
  ann,
  bob,
}) => {
  await ann.box.fill("said once")
  const { box } = await anotherTab(ann, ann)
  await expect(box).toHaveValue("said once")
  await box.press("Enter")
  await expect(bob.message("said once")).toBeVisible()
  await expect(ann.box).toHaveValue("")
  await ann.box.press("Enter")
  await bob.say("the end")
  await expect(ann.message("the end")).toBeVisible()
  expect(await bob.texts()).toEqual(["said once", "the end"])
  await ann.box.fill("written on in the first")
  await expect(box).toHaveValue("written on in the first")
  await box.fill("written on in the first, and the second")
  await expect(ann.box).toHaveValue("written on in the first, and the second")
  await ann.box.fill("")
  await expect(box).toHaveValue("")
})

test("a draft sent by two tabs in the same moment is one message", async ({ ann, bob }) => {
  await ann.box.fill("twice at once")
  const { tab, box } = await anotherTab(ann, ann)
  await expect(box).toHaveValue("twice at once")
  // A tab that has not heard yet, as it was busy.
  await tab.evaluate(() => window.addEventListener("storage", (event) => event.stopImmediatePropagation(), true))
  await Promise.all([ann.box.press("Enter"), box.press("Enter")])
  await expect(ann.box).toHaveValue("")
  await expect(box).toHaveValue("")
  await ann.say("the end")
  await expect(bob.message("the end")).toBeVisible()
  expect(await bob.texts()).toEqual(["twice at once", "the end"])
  await expect(ann.sending).toHaveCount(0)
})

test("a draft that was sent before the page crashed is not said again by the page that follows", async ({
  ann,
  bob,
}) => {
  await ann.box.fill("before the crash")
  const kept = await ann.page.evaluate(() => ({ ...localStorage }))
  await ann.box.press("Enter")
  await expect(bob.message("before the crash")).toBeVisible()
  // The crash came before the draft was put away.
  await ann.page.evaluate((kept) => Object.assign(localStorage, kept), kept)
  await ann.page.goto("about:blank")
  await ann.page.goBack()
  await ann.page.evaluate((kept) => Object.assign(localStorage, kept), kept)
  await ann.page.reload()
  await ann.box.press("Enter")
  await ann.say("the end")
  await expect(bob.message("the end")).toBeVisible()
  expect(await bob.texts()).toEqual(["before the crash", "the end"])
})

test("however long a text is, a key draws, measures and keeps nothing, and none of it is lost", async ({ ann }) => {
  test.slow()
  const { page, box } = ann
  const text = "words and words ".repeat(20_000)
  await box.fill(text)
  await expect(page.locator(".left")).toContainText("312,000 too many")
  await page.waitForTimeout(1_000)
  const work = await page.evaluateHandle(() => {
    const work = { kept: 0, measured: 0, drawn: 0 }
    const { setItem } = Storage.prototype
    Storage.prototype.setItem = function (key, value) {
      work.kept += value.length
      setItem.call(this, key, value)
    }
    const { get } = Object.getOwnPropertyDescriptor(Element.prototype, "scrollHeight") as { get(): number }
    Object.defineProperty(HTMLTextAreaElement.prototype, "scrollHeight", {
      get() {
        work.measured++
        return get.call(this)
      },
    })
    new MutationObserver((changes) => {
      work.drawn += changes.length
    }).observe(document.body, { childList: true, subtree: true, characterData: true, attributes: true })
    return work
  })
  await box.press("End")
  await page.evaluate(() => {
    for (const key of "hello") document.execCommand("insertText", false, key)
  })
  expect(await work.jsonValue()).toEqual({ kept: 0, measured: 0, drawn: 0 })
  await page.reload()
  // Not by a matcher, which would print it.
  const same = async () => (await box.inputValue()) === `${text}hello`
  await expect.poll(same).toBe(true)
  await box.press("Enter")
  await expect(page.getByRole("alert")).toContainText("320,005")
  expect(await same()).toBe(true)
})

test("a megabyte that is pasted can be worked on, and what is too much to be kept is warned of", async ({ ann }) => {
  const { page, box } = ann
  test.slow()
  await ann.context.grantPermissions(["clipboard-read", "clipboard-write"])
  await page.evaluate(() => navigator.clipboard.writeText("x".repeat(1_000_000)))
  await box.focus()
  await page.keyboard.press("Control+v")
  await expect(page.locator(".left")).toContainText("992,000 too many")
  await page.keyboard.type("and on")
  await page.keyboard.press("Control+a")
  await page.keyboard.press("Delete")
  await expect(page.locator(".left > [aria-hidden]")).toBeEmpty()
  await ann.say("short")
  await expect(ann.message("short")).toBeVisible()
  // More than a browser keeps.
  await page.evaluate(() => {
    for (let [size, step] = [0, 4_000_000]; step > 100; step /= 2)
      try {
        localStorage.setItem("full", "x".repeat(size + step))
        size += step
      } catch {
        // It is not so large.
      }
  })
  await box.fill("y".repeat(40_000))
  await expect(ann.link).toHaveText("This browser does not keep so long a text: it is gone with this page.")
  await page.waitForTimeout(1_000)
  const warned = page.waitForEvent("dialog")
  const leaving = page.close({ runBeforeUnload: true })
  const dialog = await warned
  await dialog.dismiss()
  await leaving
  await box.fill("")
})

test("from 500 characters before the end on it is counted how many are left", async ({ ann }) => {
  const { page, box } = ann
  const left = page.locator(".left > [aria-hidden]")
  await box.fill("x".repeat(7_499))
  await expect(left).toBeEmpty()
  await box.fill("x".repeat(7_500))
  await expect(left).toHaveText("500 left")
  await box.fill("x".repeat(8_000))
  await expect(left).toHaveText("0 left")
  await box.fill("x".repeat(8_001))
  await expect(left).toHaveText("1 too many")
  await box.fill("")
  await expect(left).toBeEmpty()
})

test("who takes back what they wrote is no longer said to be typing", { tag: "@two" }, async ({ ann, bob }) => {
  await expect(ann.page.getByText("2 of 2 here")).toBeVisible()
  await bob.box.pressSequentially("hm")
  await expect(ann.page.getByText("is typing")).toBeVisible()
  await bob.box.fill("")
  await expect(ann.page.getByText("is typing")).toBeHidden({ timeout: 3_000 })
})

test("a page that is come back to shows what other tabs did to what waits to be sent", async ({ ann }) => {
  const { page } = ann
  const come = (type: "pagehide" | "pageshow") =>
    page.evaluate((type) => dispatchEvent(new PageTransitionEvent(type, { persisted: true })), type)
  await come("pagehide")
  await ann.keepUnsent("there", { refused: "No." })
  await expect(ann.sending).toHaveCount(0)
  await come("pageshow")
  await expect(ann.sending).toContainText("there")
})

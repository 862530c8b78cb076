// Two people talk.
import { expect, TWO, test } from "./place.ts"

test("what one says the other reads at once, and both in the same order", TWO, async ({ ann, bob }) => {
  await ann.say("Lunch?")
  await expect(bob.message("Lunch?")).toBeVisible()
  await bob.say("At one")
  await expect(ann.message("At one")).toBeVisible()
  await ann.say("Good")
  await expect(ann.log.getByRole("article")).toHaveCount(3)
  await expect(bob.log.getByRole("article")).toHaveCount(3)
  expect(await ann.texts()).toEqual(["Lunch?", "At one", "Good"])
  expect(await bob.texts()).toEqual(["Lunch?", "At one", "Good"])
  await expect(ann.sending).toHaveCount(0)
})

test("the box is empty after sending and keeps the focus; Shift+Enter makes a line, Send is off when empty", async ({
  ann,
}) => {
  const { page, box } = ann
  await expect(box).toBeFocused()
  await expect(page.getByRole("button", { name: "Send" })).toBeDisabled()
  await box.pressSequentially("one")
  await box.press("Shift+Enter")
  await box.pressSequentially("two")
  await page.getByRole("button", { name: "Send" }).click()
  await expect(box).toHaveValue("")
  await expect(box).toBeFocused()
  await expect(ann.log.locator(".text")).toHaveText("one\ntwo", { useInnerText: true })
})

test("Enter in an empty box does nothing", async ({ ann }) => {
  for (const text of ["", "  "]) {
    await ann.say(text)
    await expect(ann.page.getByRole("alert")).toHaveCount(0)
    await expect(ann.box).toHaveValue(text)
    await expect(ann.box).toBeFocused()
  }
  await ann.say("then this")
  await expect(ann.message("then this")).toBeVisible()
  expect(await ann.texts()).toEqual(["then this"])
})

test("typing on while a message leaves loses nothing and says nothing twice", TWO, async ({ ann, bob }) => {
  await ann.box.pressSequentially("first")
  await ann.box.press("Enter")
  await ann.page.keyboard.press("Enter")
  await ann.page.keyboard.type("second")
  await ann.page.keyboard.press("Enter")
  await expect(bob.message("second")).toBeVisible()
  expect(await bob.texts()).toEqual(["first", "second"])
})

test("too long is refused under the box, and not a letter is lost", async ({ ann }) => {
  const text = "x".repeat(8_001)
  await ann.say(text)
  await expect(ann.page.getByRole("alert")).toContainText("8,001")
  await expect(ann.box).toHaveValue(text)
  await ann.box.press("Backspace")
  await expect(ann.page.getByRole("alert")).toHaveCount(0)
  await ann.box.press("Enter")
  await expect(ann.box).toHaveValue("")
  await expect(ann.log.getByRole("article")).toHaveCount(1)
})

test("a draft waits through a reload, and is only in its own room", async ({ ann }) => {
  await ann.box.fill("half a tho")
  await ann.page.reload()
  await expect(ann.box).toHaveValue("half a tho")
  await ann.page.goto("/chat/?room=Garden")
  await ann.page.getByRole("button", { name: "Open this room" }).click()
  await ann.page.waitForURL("**/chat/garden/")
  await expect(ann.box).toHaveValue("")
})

test("what is typed before the page has come to life stays", async ({ ann }) => {
  const { page, box } = ann
  let release = () => {}
  const held = new Promise<void>((resolve) => {
    release = resolve
  })
  await page.route("**/assets/main-*.js", async (route) => {
    await held
    await route.continue()
  })
  await page.reload({ waitUntil: "commit" })
  await box.pressSequentially("early")
  release()
  await page.waitForLoadState("load")
  await expect(box).toHaveValue("early")
  await box.press("Enter")
  await expect(ann.message("early")).toBeVisible()
})

test("a room opened in another tab appears beside the conversation, and leaves it again", async ({ ann }) => {
  const other = await ann.context.newPage()
  ann.watch(other)
  await other.goto("/chat/?room=Garden")
  await other.getByRole("button", { name: "Open this room" }).click()
  const rooms = ann.page.getByRole("navigation", { name: "Rooms" })
  await expect(rooms.getByRole("link", { name: "Garden" })).toBeVisible()
  await other.locator(".room-menu > summary").click()
  await other.getByRole("link", { name: "Leave room" }).click()
  await other.getByRole("button", { name: "Leave room" }).click()
  await expect(rooms.getByRole("link", { name: "Garden" })).toHaveCount(0)
})

test("how many are here follows who comes", TWO, async ({ ann, bob }) => {
  await expect(bob.page.getByText("2 of 2 here")).toBeVisible()
  await expect(ann.page.getByText("2 of 2 here")).toBeVisible()
})

test("words that look like markup are words", TWO, async ({ ann, bob }) => {
  await ann.say('<img src=x onerror="alert(1)"> </script> & https://example.org/<b>')
  await expect(bob.message("<img src=x")).toBeVisible()
  expect(await bob.log.locator("img").count()).toBe(0)
  await expect(bob.log.getByRole("link", { name: "https://example.org/" })).toBeVisible()
})

test("Enter belongs to the input method while it composes", async ({ ann }) => {
  const compose = (type: string, key: object) =>
    ann.box.evaluate(
      (box, [type, key]) => box.dispatchEvent(new KeyboardEvent(type as string, key as object)),
      [type, key],
    )
  await ann.box.fill("konnichi")
  await compose("keydown", { key: "Enter", isComposing: true, bubbles: true, cancelable: true })
  await compose("keydown", { key: "Enter", keyCode: 229, bubbles: true, cancelable: true })
  await expect(ann.box).toHaveValue("konnichi")
  await expect(ann.log.getByRole("article")).toHaveCount(0)
})

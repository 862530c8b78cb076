// Everything without a mouse.
import { expect, test } from "./place.ts"

test("Ctrl+K goes to finding a room from anywhere, Escape back to where one was", async ({ ann }) => {
  const { page, box } = ann
  const find = page.getByRole("searchbox", { name: "Find or open a room" })
  await box.fill("half a tho")
  await page.keyboard.press("Control+k")
  await expect(find).toBeFocused()
  await page.keyboard.press("Escape")
  await expect(box).toBeFocused()
  await page.keyboard.press("Control+k")
  await page.keyboard.type("Garden")
  await page.keyboard.press("Enter")
  await expect(page.getByText("There is no room called")).toBeVisible()
})

test("on a narrow screen Ctrl+K opens the rooms, and Escape closes them", async ({ ann }) => {
  const { page, box } = ann
  await page.setViewportSize({ width: 390, height: 700 })
  await box.focus()
  await page.keyboard.press("Control+k")
  await expect(page.getByRole("searchbox", { name: "Find or open a room" })).toBeFocused()
  await page.keyboard.press("Escape")
  await page.keyboard.press("Escape")
  await expect(page.getByRole("searchbox", { name: "Find or open a room" })).not.toBeVisible()
  await expect(box).toBeFocused()
})

test("the arrows move through the messages, Home and End to the ends, Escape back to writing", async ({ ann }) => {
  const { page, box } = ann
  for (const text of ["one", "two", "three"]) {
    await ann.say(text)
    await expect(ann.message(text)).toBeVisible()
  }
  await page.keyboard.press("ArrowUp")
  await expect(ann.message("three")).toBeFocused()
  await page.keyboard.press("ArrowUp")
  await expect(ann.message("two")).toBeFocused()
  await page.keyboard.press("Home")
  await expect(ann.message("one")).toBeFocused()
  await page.keyboard.press("ArrowUp")
  await expect(ann.message("one")).toBeFocused()
  await page.keyboard.press("End")
  await expect(ann.message("three")).toBeFocused()
  await page.keyboard.press("ArrowDown")
  await expect(box).toBeFocused()
  await page.keyboard.press("ArrowUp")
  await page.keyboard.press("Escape")
  await expect(box).toBeFocused()
})

test("the timeline is one stop of the Tab key: the newest message, or the one where one was", async ({ ann }) => {
  const { page } = ann
  for (const text of ["one", "two", "three"]) {
    await ann.say(text)
    await expect(ann.message(text)).toBeVisible()
  }
  await expect(ann.log.locator("article[tabindex='0']")).toHaveText(/three/)
  await page.keyboard.press("Shift+Tab")
  await expect(ann.message("three")).toBeFocused()
  await page.keyboard.press("ArrowUp")
  await page.keyboard.press("Tab")
  await expect(ann.box).toBeFocused()
})

test("Enter on a message opens its own address, with the focus on it", async ({ ann }) => {
  const { page } = ann
  await ann.say("here")
  await expect(ann.message("here")).toBeVisible()
  await page.keyboard.press("ArrowUp")
  await page.keyboard.press("Enter")
  await page.waitForURL(/\/chat\/talk\/\d+$/)
  await expect(ann.message("here")).toBeFocused()
})

test("? lists the keys, but not while one writes; Escape closes the list and gives the focus back", async ({ ann }) => {
  const { page, box } = ann
  await box.press("?")
  await expect(box).toHaveValue("?")
  await expect(page.getByRole("dialog", { name: "Keys" })).toHaveCount(0)
  await box.fill("")
  await ann.say("one")
  await expect(ann.message("one")).toBeVisible()
  await page.keyboard.press("ArrowUp")
  await expect(ann.message("one")).toBeFocused()
  await page.keyboard.press("?")
  await expect(page.getByRole("dialog", { name: "Keys" })).toBeVisible()
  await page.keyboard.press("Escape")
  await expect(page.getByRole("dialog", { name: "Keys" })).toHaveCount(0)
  await expect(ann.message("one")).toBeFocused()
})

test("what others say is announced, what one says oneself and what was said long ago is not", async ({ ann, bob }) => {
  await bob.say("hello")
  await expect(ann.message("hello")).toBeVisible()
  await ann.say("hello yourself")
  await expect(ann.message("hello yourself")).toHaveAttribute("aria-live", "off")
  await expect(ann.message("hello").first()).not.toHaveAttribute("aria-live", /./)
  await expect(ann.log).not.toHaveAttribute("aria-busy", /./)
})

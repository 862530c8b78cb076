// How a room is read in other ways than its makers read it: translated by the browser, in scripts that run from the right, and on
// paper.
import { expect, test } from "./place.ts"

/** As browsers translate a page: each text becomes an element of theirs, and what comes later does, too. */
function translate(): void {
  const replace = (root: Node) => {
    const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT)
    const texts: Text[] = []
    for (let text = walker.nextNode(); text; text = walker.nextNode()) texts.push(text as Text)
    for (const text of texts) {
      const parent = text.parentElement
      if (!text.data.trim() || !parent || parent.closest("font, textarea, script, [translate=no]")) continue
      const font = document.createElement("font")
      font.textContent = text.data
      text.replaceWith(font)
    }
  }
  replace(document.body)
  new MutationObserver((records) => {
    for (const { addedNodes } of records) for (const node of addedNodes) if (node.isConnected) replace(node)
  }).observe(document.body, { childList: true, subtree: true })
}

test("a page that the browser translates goes on saying what is so", async ({ ann, bob }) => {
  const { page } = ann
  await page.clock.install()
  await page.reload()
  await expect(page.getByText("2 of 2 here")).toBeVisible()
  await ann.say("first")
  await page.evaluate(translate)
  await expect(page.locator(".who summary font").first()).toBeAttached()
  await bob.say("hello")
  await expect(ann.message("hello")).toBeVisible()
  await bob.box.pressSequentially("and")
  await expect(page.locator(".typing")).toHaveText("Bobis typing")
  await bob.box.fill("")
  await bob.context.close()
  await expect(page.locator(".who summary")).toHaveText("Only you here", { timeout: 15_000 })
  await page.clock.fastForward(5 * 60_000)
  await expect(page.locator("time", { hasText: "now" })).toHaveCount(0)
  await ann.context.setOffline(true)
  await page.evaluate(() => dispatchEvent(new Event("offline")))
  await expect(ann.link).toContainText(/Connecting|Offline/, { timeout: 15_000 })
  await ann.context.setOffline(false)
})

test("what is counted and who comes and goes is right on a translated page, too", async ({ ann, place }) => {
  const { page } = ann
  await page.evaluate(translate)
  const left = page.locator(".under .left")
  for (const [length, words] of [
    [7_600, "400 left"],
    [7_900, "100 left"],
    [8_010, "10 too many"],
    [7_999, "1 left"],
  ] as const) {
    await ann.box.fill("x".repeat(length))
    await expect(left.locator("[aria-hidden]")).toHaveText(words)
  }
  await expect(left.getByRole("status")).toHaveText("100 left")
  const coming = page.locator(".coming").last()
  const join = async (name: string, method: "PUT" | "DELETE") => {
    const cookie = cookies.get(name) ?? (await place.register(name)).map((one) => one.split(";")[0]).join("; ")
    cookies.set(name, cookie)
    const headers = { cookie, origin: place.address }
    expect((await fetch(`${place.address}/api/v1/rooms/talk/membership`, { method, headers })).ok).toBe(true)
  }
  const cookies = new Map<string, string>()
  for (const [name, method, words] of [
    ["eve", "PUT", "eve joined"],
    ["finn", "PUT", "eve and finn joined"],
    ["gus", "PUT", "eve and 2 others joined"],
    ["finn", "DELETE", "eve and gus joined, finn left"],
  ] as const) {
    await join(name, method)
    await expect(coming).toHaveText(words)
  }
})

test("each line of a message runs as its own first letter does", async ({ ann }) => {
  const { page } = ann
  await page.setViewportSize({ width: 500, height: 700 })
  await page.request.post("/api/v1/rooms/talk/messages", {
    data: {
      text: "\u05e9\u05dc\u05d5\u05dd (\u05e2\u05d5\u05dc\u05dd).\nhello (world).\n\u0645\u0631\u062d\u0628\u0627.",
    },
  })
  const text = ann.message("hello").locator(".text")
  await expect(text).toBeVisible()
  /** Where the letters of each line begin and end, and where its full stop is, in pixels from the left of the box. */
  const lines = () =>
    text.evaluate((box) => {
      const node = box.firstChild as Text
      const { left, right } = box.getBoundingClientRect()
      let from = 0
      return node.data.split("\n").map((line) => {
        const range = document.createRange()
        range.setStart(node, from)
        range.setEnd(node, from + line.length)
        const all = range.getBoundingClientRect()
        range.setStart(node, from + line.length - 1)
        const stop = range.getBoundingClientRect()
        from += line.length + 1
        return {
          atLeft: Math.abs(all.left - left) < 4,
          atRight: Math.abs(all.right - right) < 4,
          stopAtLeft: stop.left < all.left + 4,
        }
      })
    })
  const right = { atLeft: false, atRight: true, stopAtLeft: true }
  const expected = [right, { atLeft: true, atRight: false, stopAtLeft: false }, right]
  expect(await lines()).toEqual(expected)
  await page.emulateMedia({ media: "print" })
  expect(await lines()).toEqual(expected)
})

test("printed from the dark a room stands as dark on white as from the light", async ({ ann }) => {
  const { page } = ann
  await ann.say("on paper")
  await expect(ann.message("on paper")).toBeVisible()
  const colours = async (colorScheme: "light" | "dark", media: "print" | "screen") => {
    await page.emulateMedia({ colorScheme, media })
    return page.evaluate(() =>
      ["html", ".text", ".when", ".author", ".date time", "h1", ".beginning"].map((selector) => {
        const { color, backgroundColor } = getComputedStyle(document.querySelector(selector) as Element)
        return [selector, color, backgroundColor]
      }),
    )
  }
  const printed = await colours("light", "print")
  expect(await colours("dark", "print")).toEqual(printed)
  expect(await colours("dark", "screen")).not.toEqual(printed)
})

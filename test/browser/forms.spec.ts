// The door; what scripts add to forms, and that without them nothing is offered that would not work.
import { arrive, expect, PASSWORD, TWO, test } from "./place.ts"

test("the first to come opens the place, for anyone, and the next registers", TWO, async ({ browser, place }) => {
  const [ann, bob] = [await arrive(browser, place), await arrive(browser, place.other ?? place)]
  for (const [{ page }, name, does] of [
    [ann, "Ann", "Open the place"],
    [bob, "Bob", "Register"],
  ] as const) {
    await page.goto("/")
    await page.waitForURL(name === "Ann" ? "**/welcome" : "**/login")
    if (name === "Bob") await page.goto("/register")
    await page.getByLabel("Username").fill(name)
    await page.getByLabel("Password").fill(PASSWORD)
    if (name === "Ann") {
      await page.getByText("Who may join?").click()
      await page.getByRole("radio", { name: /^Anyone/ }).check()
    }
    await page.getByRole("button", { name: does }).click()
    await page.waitForURL("**/chat/talk/")
  }
  await bob.say("Hello")
  await expect(ann.message("Hello")).toBeVisible()
  for (const { complaints, context } of [ann, bob]) {
    expect(complaints).toEqual([])
    await context.close()
  }
})

test("a password can be looked at while it is typed, and is sent as one", async ({ ann: { page, context }, place }) => {
  await context.clearCookies()
  await page.goto(`${place.address}/login`)
  const field = page.getByRole("textbox", { name: "Password" })
  await page.getByLabel("Username").fill("Ann")
  await field.fill("a long enough passwort")
  await expect(field).toHaveAttribute("type", "password")
  await page.keyboard.press("Tab")
  await expect(page.getByRole("button", { name: "Show password" })).toBeFocused()
  await page.keyboard.press("Enter")
  await expect(field).toHaveAttribute("type", "text")
  await expect(page.getByRole("button", { name: "Hide password" })).toBeFocused()
  await page.keyboard.press("Space")
  await expect(field).toHaveAttribute("type", "password")
  await page.getByRole("button", { name: "Show password" }).click()
  await field.fill(PASSWORD)
  await page.evaluate(() =>
    document.addEventListener("submit", () =>
      sessionStorage.setItem("type", document.querySelector("#password")?.getAttribute("type") ?? ""),
    ),
  )
  await field.press("Enter")
  await page.waitForURL("**/chat/talk/")
  expect(await page.evaluate(() => sessionStorage.getItem("type"))).toBe("password")
})

test("the invite link and a password link can be copied, and that is said", async ({
  ann: { page, context },
  bob: _,
}) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"])
  await page.goto("/place")
  const link = page.getByRole("textbox", { name: "Invite link" })
  await link.focus()
  expect(await page.evaluate(() => String(getSelection()))).toBe(await link.inputValue())
  await page.getByRole("button", { name: "Copy invite link" }).click()
  await expect(page.getByRole("status").filter({ hasText: "Copied" })).toBeVisible()
  const clipboard = () => page.evaluate(() => navigator.clipboard.readText())
  expect(await clipboard()).toBe(await link.inputValue())

  await page.getByRole("button", { name: "Make a password link for Bob" }).click()
  const once = page.locator("#password-link")
  await expect(once).toBeFocused()
  expect(await page.evaluate(() => String(getSelection()))).toBe(await once.inputValue())
  await page.getByRole("button", { name: "Copy password link" }).click()
  await expect(page.getByRole("status").filter({ hasText: "Copied" })).toBeVisible()
  expect(await clipboard()).toBe(await once.inputValue())
})

test("whoever is led to the invite link sees whose page that is, too", async ({ ann: { page } }) => {
  for (const [width, height] of [
    [1440, 900],
    [360, 740],
  ] as const) {
    await page.setViewportSize({ width, height })
    await page.goto("/place#invite")
    await expect(page.getByRole("textbox", { name: "Invite link" })).toBeInViewport()
    await expect(page.getByRole("heading", { level: 1 })).toBeInViewport()
    await page.goto("/chat/")
  }
})

test("what can be done with a field stands in its label's line, by touch and with large text, too", async ({
  browser,
  ann,
}) => {
  for (const hasTouch of [false, true])
    for (const size of [16, 32]) {
      const storageState = await ann.context.storageState()
      const context = await browser.newContext({
        viewport: { width: 360, height: 740 },
        hasTouch,
        isMobile: hasTouch,
        storageState,
      })
      const page = await context.newPage()
      const session = await context.newCDPSession(page)
      await session.send("Page.setFontSizes", { fontSizes: { standard: size, fixed: 13 } })
      await page.goto(new URL("/me", ann.page.url()).href)
      await expect(page.getByRole("button", { name: "Show password" })).toHaveCount(2)
      const apart = await page.locator(".field:has(.over-field)").evaluateAll((fields) =>
        fields.map((field) => {
          const words = (of: string) => {
            const range = document.createRange()
            range.selectNodeContents(field.querySelector(of)!.firstChild!)
            return range.getClientRects()[0]! // of its first line
          }
          const [label, button] = [words("label"), words(".over-field")]
          return {
            middle: Math.abs(label.top + label.bottom - button.top - button.bottom) / 2,
            gap: button.left - label.right,
          }
        }),
      )
      for (const { middle, gap } of apart) {
        expect(middle, `${size} px, touch: ${hasTouch}`).toBeLessThan(3)
        expect(gap, `${size} px, touch: ${hasTouch}`).toBeGreaterThanOrEqual(4)
      }
      await context.close()
    }
})

test("where the clipboard is closed, the link is copied in the older way, or at least selected", async ({
  ann: { page },
}) => {
  await page.addInitScript(() => Object.defineProperty(Navigator.prototype, "clipboard", { value: undefined }))
  await page.goto("/place")
  const link = page.getByRole("textbox", { name: "Invite link" })
  await page.getByRole("button", { name: "Copy invite link" }).click()
  await expect(page.getByRole("status").filter({ hasText: "Copied" })).toBeVisible()
  await page.evaluate(() => {
    document.execCommand = () => false
  })
  await page.getByRole("button", { name: "Copy invite link" }).click()
  await expect(page.getByRole("status").filter({ hasText: "selected" })).toBeVisible()
  await expect(link).toBeFocused()
  expect(await page.evaluate(() => String(getSelection()))).toBe(await link.inputValue())
})

test("without scripts no button is there that needs them", async ({ ann, browser, place }) => {
  const storageState = await ann.context.storageState()
  const context = await browser.newContext({ baseURL: place.address, javaScriptEnabled: false, storageState })
  const page = await context.newPage()
  await page.goto("/place")
  await expect(page.getByRole("textbox", { name: "Invite link" })).toBeVisible()
  await expect(page.getByRole("button", { name: /^Copy/ })).toHaveCount(0)
  await context.clearCookies()
  await page.goto("/login")
  await expect(page.getByRole("textbox", { name: "Password" })).toBeVisible()
  await expect(page.getByRole("button", { name: /Show/ })).toHaveCount(0)
  // Where they do run, what they add moves nothing.
  await ann.context.clearCookies()
  const [without, withThem] = await Promise.all(
    [page, ann.page].map(async (page) => {
      await page.setViewportSize({ width: 1200, height: 800 })
      await page.goto("/register")
      return page.getByRole("button", { name: "Register" }).boundingBox()
    }),
  )
  await expect(ann.page.getByRole("button", { name: "Show password" })).toBeVisible()
  expect(withThem).toEqual(without)
  await context.close()
})

test(
  "the owner removes someone, who is told so where they are, and comes back by a link",
  TWO,
  async ({ ann, bob }) => {
    const row = ann.page.getByRole("listitem").filter({ hasText: "Bob" })
    await ann.page.goto("/place")
    await row.getByRole("link", { name: "Remove Bob" }).click()
    await ann.page.getByRole("link", { name: "Cancel" }).click()
    await expect(ann.page.getByRole("heading", { name: "Remove Bob?" })).toHaveCount(0)
    await row.getByRole("link", { name: "Remove Bob" }).click()
    await ann.page.getByRole("button", { name: "Remove them" }).click()
    await expect(row).toContainText("Removed")
    await expect(row.getByRole("link", { name: "Remove Bob" })).toHaveCount(0)
    const owner = ann.page.getByRole("listitem").filter({ hasText: "You, owner" })
    await expect(owner).toHaveCount(0)
    await ann.page.getByRole("link", { name: "Show everyone" }).click()
    await expect(owner).toBeVisible()
    await ann.page.goto("/place?find=Bob")
    await expect(bob.link).toContainText("You are signed out")
    await bob.page.goto("/chat/talk/")
    await bob.page.getByLabel("Username").fill("Bob")
    await bob.page.getByRole("textbox", { name: "Password" }).fill(PASSWORD)
    await bob.page.getByRole("button", { name: "Sign in" }).click()
    await expect(bob.page.getByRole("alert")).toContainText("wrong")
    await row.getByRole("button", { name: "Make a password link for Bob" }).click()
    await bob.page.goto(new URL(await ann.page.locator("#password-link").inputValue()).pathname)
    await bob.page.getByRole("textbox", { name: "New password" }).fill(PASSWORD)
    await bob.page
      .getByRole("button", { name: /password/i })
      .filter({ hasNotText: /show/i })
      .click()
    await bob.page.waitForURL("**/chat/talk/")
  },
)

test("that something was done is said in sight, as a sentence, with air below it", async ({ ann: { page }, place }) => {
  test.slow()
  const longest = "M".repeat(40)
  for (const name of ["wim", longest]) await place.register(name)
  const remove = async (name: string) => {
    await page.goto(`/place?remove=${name}`)
    await page.getByRole("button", { name: "Remove them" }).click()
  }
  const press = async (button: string) => {
    await page.goto("/place")
    await page.getByRole("button", { name: button }).click()
  }
  for (const [act, words] of [
    [() => remove("wim"), "wim was removed."],
    [() => remove(longest), `${longest} was removed.`],
    [() => press("Save"), "Saved"],
    [() => press("Make a new link"), "The invite link is a new one. The old one ended."],
  ] as const)
    for (const [width, height] of [
      [360, 640],
      [768, 800],
      [1440, 860],
    ] as const) {
      await page.setViewportSize({ width, height })
      if (width === 360) await act()
      else await page.reload()
      const line = page.locator(".saved").filter({ hasText: words })
      const where = `${words} at ${width}`
      await expect(line, where).toBeInViewport({ ratio: 1 })
      const [air, besideName] = await line.evaluate((line) => {
        const name = line.querySelector("bdi")
        const next = line.nextElementSibling!.getBoundingClientRect()
        const words = document.createRange()
        words.selectNodeContents(line)
        if (!name?.nextSibling) return [next.top - line.getBoundingClientRect().bottom, true]
        words.setStart(name.nextSibling, 0)
        words.setEnd(name.nextSibling, 2)
        const [last, word] = [name, words].map((part) => [...part.getClientRects()].at(-1)!)
        // On with the line in which the name ends, or at the beginning of the next.
        const follows = Math.abs(word!.top - last!.top) < 4 || word!.left <= name.getBoundingClientRect().left + 1
        return [next.top - line.getBoundingClientRect().bottom, follows && name.getClientRects().length < 3]
      })
      expect.soft(air, where).toBeGreaterThanOrEqual(8)
      expect.soft(besideName, where).toBe(true)
    }
})

test("without scripts a refusal stands right under the box and counts; Clear leaves nothing of what was refused", async ({
  ann,
  browser,
  place,
}) => {
  const storageState = await ann.context.storageState()
  const context = await browser.newContext({ baseURL: place.address, javaScriptEnabled: false, storageState })
  const page = await context.newPage()
  const box = page.locator("#message")
  const clear = page.locator(".help", { hasText: "Clear" }).getByText("Clear")
  await page.goto("/chat/talk/", { waitUntil: "commit" }) // its frame never ends
  await box.fill("half a tho")
  await clear.click()
  await expect(box).toHaveValue("")
  for (const words of ["", "other words"]) {
    await box.fill("x".repeat(8_101))
    await page.locator(".send").click({ noWaitAfter: true })
    const refusal = page.locator("#refused")
    await expect(refusal).toHaveText(/^A message has at most 8,000 characters, and this one has 8,101\./)
    const [under, at] = await Promise.all([page.locator("#composer").boundingBox(), refusal.boundingBox()])
    expect(at!.y - under!.y - under!.height).toBeLessThan(8)
    if (words) await box.fill(words)
    await clear.click({ noWaitAfter: true })
    await expect(refusal).toHaveCount(0)
    await expect(box).toHaveValue("")
  }
  await context.close()
})

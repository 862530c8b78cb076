// Everything without a mouse.
import { past } from "./past.ts"
import { expect, test } from "./place.ts"

test.beforeEach(({ ann }) => ann.lives())

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

test("the arrows walk the rooms that are found and lead back, and what is typed goes on narrowing", async ({ ann }) => {
  const { page, box } = ann
  for (const name of ["Apples", "Apricots", "Bread"]) await page.request.post("/api/v1/rooms", { data: { name } })
  await page.reload()
  await ann.lives()
  const find = page.getByRole("searchbox", { name: "Find or open a room" })
  const room = (name: string) => page.locator("#rooms").getByRole("link", { name })
  await page.keyboard.press("Control+k")
  await page.keyboard.type("ap")
  for (const [key, focused] of [
    ["ArrowDown", room("Apples")],
    ["ArrowDown", room("Apricots")],
    ["ArrowDown", room("Apricots")],
    ["ArrowUp", room("Apples")],
    ["ArrowUp", find],
    ["ArrowDown", room("Apples")],
    ["r", find],
  ] as const) {
    await page.keyboard.press(key)
    await expect(focused, key).toBeFocused()
  }
  await expect(find).toHaveValue("apr")
  await expect(room("Apples")).toBeHidden()
  await page.keyboard.press("ArrowDown")
  await page.keyboard.press("Escape")
  await expect(find).toBeFocused()
  await page.keyboard.press("Escape")
  await expect(box).toBeFocused()
})

test("in a long list of rooms, too, the arrows begin at the first; Ctrl+K once more leads back from there, and Escape to the box", async ({
  ann,
}) => {
  const { page, box } = ann
  for (let n = 10; n < 25; n++) await page.request.post("/api/v1/rooms", { data: { name: `Room ${n}` } })
  await page.reload()
  await ann.lives()
  const find = page.getByRole("searchbox", { name: "Find or open a room" })
  const rows = page.locator("#rooms > .room-list a")
  await page.keyboard.press("Control+k")
  await page.keyboard.press("ArrowDown")
  await expect(rows.nth(0)).toBeFocused()
  await page.keyboard.press("ArrowDown")
  await expect(rows.nth(1)).toBeFocused()
  await page.keyboard.press("Control+k")
  await page.keyboard.type("room 2")
  await page.keyboard.press("ArrowDown")
  await page.keyboard.press("Control+k")
  await expect(find).toBeFocused()
  await page.keyboard.press("Escape")
  await expect(box).toBeFocused()
})

test("a key for the page is the one where its letter stands, also where the letters are others", async ({ ann }) => {
  const { page } = ann
  const find = page.getByRole("searchbox", { name: "Find or open a room" })
  for (const key of ["\u043b", "\u03ba", "\u05dc", "\u0646", "\u314f"]) {
    await page.evaluate(() => (document.activeElement as HTMLElement).blur())
    await page.evaluate(
      (key) =>
        document.body.dispatchEvent(
          new KeyboardEvent("keydown", { key, code: "KeyK", ctrlKey: true, bubbles: true, cancelable: true }),
        ),
      key,
    )
    await expect(find, key).toBeFocused()
  }
})

test("a key that makes two signs is typed into the box, wherever one is", async ({ ann }) => {
  const { page, box } = ann
  for (const key of ["\u0644\u0627", "\u0995\u09cd\u09b7"]) {
    await page.evaluate(() => (document.activeElement as HTMLElement).blur())
    await expect(box).not.toBeFocused()
    await page.evaluate(
      (key) => document.body.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true })),
      key,
    )
    await expect(box, key).toBeFocused()
  }
})

for (const [said, init] of [
  ["as most browsers say it", { isComposing: true, keyCode: 229 }],
  ["as Safari says it when the word is done", { keyCode: 229 }],
] as const)
  test(`a key that an input method takes does nothing else, ${said}`, async ({ ann }) => {
    const { page, box } = ann
    await page.request.post("/api/v1/rooms", { data: { name: "Garden" } })
    await page.reload()
    await ann.lives()
    const find = page.getByRole("searchbox", { name: "Find or open a room" })
    const room = page.getByRole("navigation", { name: "Rooms" }).getByRole("link", { name: "Garden" })
    const take = (key: string) =>
      page.evaluate(
        ([key, init]) =>
          document.activeElement?.dispatchEvent(
            new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true, ...init }),
          ),
        [key, init] as const,
      )

    await page.keyboard.press("Control+k")
    await page.keyboard.type("gar")
    await take("Escape")
    await expect(find).toHaveValue("gar")
    await take("ArrowDown")
    await expect(find).toBeFocused()
    await page.keyboard.press("ArrowDown")
    await expect(room).toBeFocused()
    await page.keyboard.press("ArrowUp")
    await page.keyboard.press("Escape")
    await expect(find).toHaveValue("")
    await expect(box).toBeFocused()

    await box.fill("half a word")
    for (const key of ["Enter", "PageUp", "?"]) await take(key)
    await expect(box).toHaveValue("half a word")

    const menu = page.locator("details.place-menu")
    await menu.locator("summary").click()
    await take("Escape")
    await expect(menu).toHaveAttribute("open")
    await page.keyboard.press("Escape")
    await expect(menu).not.toHaveAttribute("open")

    await page.locator(".beginning").click()
    await take("\u3042")
    await expect(box).toBeFocused()

    const ahead = await room.evaluate((link: HTMLElement, init) => {
      link.click()
      const press = (key: string, more = {}) =>
        link.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true, ...more }))
      press("o")
      for (const key of ["y", "k", "Backspace", "Escape"]) press(key, init)
      press("h")
      return JSON.parse(sessionStorage.getItem("parlour.ahead") ?? "{}").text
    }, init)
    expect(ahead).toBe("oh")
    await page.waitForURL("**/chat/garden/")
    await expect(ann.log.getByRole("article")).toHaveCount(0)
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

test("the timeline is one stop of the Tab key: the newest message, or the one where one was", async ({ ann, bob }) => {
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
  // Whatever is drawn anew meanwhile, but for a message that comes.
  await page.keyboard.type("half a thought")
  await bob.box.pressSequentially("h")
  await expect(ann.page.locator(".typing")).not.toBeEmpty()
  await page.keyboard.press("Shift+Tab")
  await expect(ann.message("two")).toBeFocused()
  await page.keyboard.press("Escape")
  await bob.say("four")
  await expect(ann.log.locator("article[tabindex='0']")).toHaveText(/four/)
})

test("links in messages are stops of the Tab key only where one is", async ({ ann }) => {
  const { page } = ann
  for (const text of ["https://example.org/one", "https://example.org/two", "three"]) {
    await ann.say(text)
    await expect(ann.message(text)).toBeVisible()
  }
  await page.keyboard.press("Shift+Tab")
  await expect(ann.message("three")).toBeFocused()
  await page.keyboard.press("Tab")
  await expect(ann.box).toBeFocused()
  await page.keyboard.press("ArrowUp")
  await page.keyboard.press("ArrowUp")
  await expect(ann.message("two")).toBeFocused()
  await page.keyboard.press("Tab")
  await expect(page.getByRole("link", { name: "https://example.org/two" })).toBeFocused()
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

test("Escape closes the open menu, with the focus back on what opened it", async ({ ann }) => {
  const { page } = ann
  for (const kind of ["place-menu", "room-menu"]) {
    const menu = page.locator(`details.${kind}`)
    const summary = menu.locator("summary")
    await summary.click()
    await page.keyboard.press("Tab")
    await expect(menu.locator(".menu-items :focus")).toHaveCount(1)
    await page.keyboard.press("Escape")
    await expect(menu).not.toHaveAttribute("open")
    await expect(summary).toBeFocused()
  }
})

test("a menu closes by a press elsewhere, and when the focus leaves it", async ({ ann }) => {
  const { page, box } = ann
  const menu = page.locator("details.place-menu")
  await menu.locator("summary").click()
  await page.locator(".beginning").click()
  await expect(menu).not.toHaveAttribute("open")
  await menu.locator("summary").click()
  await page.getByRole("button", { name: "Sign out" }).focus()
  await expect(menu).toHaveAttribute("open")
  await page.keyboard.press("Tab")
  await expect(menu).not.toHaveAttribute("open")
  await menu.locator("summary").click()
  await page.locator("details.room-menu summary").click()
  await expect(menu).not.toHaveAttribute("open")
  await expect(page.locator("details.room-menu")).toHaveAttribute("open")
  await box.focus()
  await expect(page.locator("details.menu[open]")).toHaveCount(0)
})

test("Escape closes the menu on top, then the rooms under it, and leaves the rest alone", async ({ ann }) => {
  const { page } = ann
  await page.setViewportSize({ width: 768, height: 900 })
  const [rooms, menu] = [page.locator("#rooms"), page.locator("details.place-menu")]
  await page.getByRole("button", { name: /^Rooms/ }).click()
  await menu.locator("summary").click()
  await page.keyboard.press("Escape")
  await expect(menu).not.toHaveAttribute("open")
  await expect(rooms).toBeVisible()
  await page.keyboard.press("Escape")
  await expect(rooms).not.toBeVisible()
})

test("Ctrl+K with a menu open closes it: what has the focus is in sight; Escape leads back", async ({ ann }) => {
  const { page } = ann
  const menu = page.locator("details.place-menu")
  await menu.locator("summary").click()
  await page.keyboard.press("Tab")
  await page.keyboard.press("Control+k")
  await expect(page.getByRole("searchbox", { name: "Find or open a room" })).toBeFocused()
  await expect(menu).not.toHaveAttribute("open")
  await page.keyboard.press("Escape")
  await expect(menu.locator("summary")).toBeFocused()
})

test("the keys of a room are those of every page: Ctrl+K, the list, Escape in a menu", async ({ ann }) => {
  const { page } = ann
  for (const path of ["/place", "/chat/"]) {
    await page.goto(path)
    await ann.lives()
    await page.locator("main").click({ position: { x: 2, y: 2 } })
    await page.keyboard.press("?")
    await expect(page.getByRole("dialog", { name: "Keys" })).toBeVisible()
    await page.keyboard.press("Escape")
    await page.locator(".place-menu summary").click()
    await page.keyboard.press("Escape")
    await expect(page.locator("details.menu[open]")).toHaveCount(0)
    await page.keyboard.press("Control+k")
    await page.waitForURL("**/chat/")
    await expect(page.getByLabel("What chat room would you like to enter?")).toBeFocused()
  }
  await page.context().clearCookies()
  await page.goto("/login")
  await ann.lives()
  await page.getByLabel("Username").fill("An")
  await page.keyboard.press("Control+k")
  await page.keyboard.press("?")
  await expect(page.getByLabel("Username")).toHaveValue("An?")
  await page.getByRole("main").click({ position: { x: 2, y: 2 } })
  await page.keyboard.press("?")
  await expect(page.getByRole("dialog", { name: "Keys" })).toBeVisible()
})

test("the focus is not lost with what it was on: a button of a message, the way to older ones", async ({
  ann,
  place,
}) => {
  const { page } = ann
  await place.import(past(70))
  await ann.keepUnsent("again", { refused: "No." })
  await page.reload()
  await page.getByRole("button", { name: "Retry" }).focus()
  await page.keyboard.press("Enter")
  await expect(ann.message("again")).toBeVisible()
  await expect(ann.sending).toHaveCount(0)
  await expect(ann.message("again")).toBeFocused()
  // Older messages, by their link: the last of them take it away.
  const older = page.getByRole("link", { name: "Older messages" })
  await page.route("**/messages?before=*", (route) => setTimeout(() => route.continue(), 500))
  await older.focus()
  await page.keyboard.press("Enter")
  await expect(older).toHaveCount(0)
  await expect(page.locator("article:focus")).toHaveCount(1)
  await expect(page.locator("article:focus")).toBeInViewport()
})

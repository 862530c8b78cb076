// Where what one types goes: by keyboard, on glass, on a Mac, and on the way from one room to the next.
import { past } from "./past.ts"
import { comeIn, expect, test } from "./place.ts"

test("letters go to the box from wherever a press or a page has put the focus, but not from a row reached by keyboard", async ({
  ann,
  bob,
}) => {
  const { page, box } = ann
  for (const text of ["one", "two", "three"]) await bob.say(text)
  await expect(ann.message("three")).toBeVisible()
  for (const place of [ann.message("two"), page.locator(".beginning"), page.locator(".room-head h1")]) {
    await place.click()
    await page.keyboard.type("hello there?")
    await expect(box).toHaveValue("hello there?")
    await expect(box).toBeFocused()
    await box.fill("")
  }
  await page.keyboard.press("ArrowUp")
  await expect(ann.message("three")).toBeFocused()
  await page.keyboard.type("xyz")
  await expect(box).toHaveValue("")
  await page.keyboard.press("Escape")
  await expect(box).toBeFocused()
})

test("letters after a permalink, after the way to the newest, and after something is discarded are not lost", async ({
  ann,
}) => {
  const { page, box } = ann
  await ann.say("here")
  await ann.message("here").locator(".when").click()
  await page.waitForURL(/\/chat\/talk\/\d+$/)
  await expect(ann.message("here")).toBeFocused()
  await expect(page.locator("#still")).toHaveCount(0)
  await expect(async () => {
    await page.keyboard.type("h")
    await expect(box).toBeFocused({ timeout: 100 })
  }).toPass()
  await page.keyboard.type("ello")
  await expect(box).toHaveValue(/ello$/)
})

test("a space scrolls and pressing a button by keyboard presses it: neither is taken for text; pasting is", async ({
  ann,
}) => {
  const { page, box } = ann
  await page.locator(".beginning").click()
  await page.keyboard.press("Space")
  await expect(box).not.toBeFocused()
  const menu = page.locator("details.place-menu")
  await menu.locator("summary").focus()
  await page.keyboard.press("Tab")
  await page.keyboard.press("Shift+Tab")
  await page.keyboard.press("Enter")
  await expect(menu).toHaveAttribute("open")
  await page.keyboard.press("q")
  await expect(box).toHaveValue("")
  await page.keyboard.press("Escape")
  await page.locator(".beginning").click()
  await page.keyboard.press("Control+v")
  await expect(box).toBeFocused()
})

test("Enter held down on the way to a box does not send what stands in it; pressed there it does, and once", async ({
  ann,
}) => {
  const { page, box } = ann
  await page.request.post("/api/v1/rooms", { data: { name: "Beta" } })
  await page.goto("/chat/beta/")
  await ann.lives()
  await box.fill("half a thought")
  await page.goto("/chat/talk/")
  await ann.lives()
  await page.keyboard.press("Control+k")
  await page.keyboard.type("beta")
  let release = () => {}
  const held = new Promise<void>((resolve) => {
    release = resolve
  })
  const repeat = async () => {
    await expect(box).toBeFocused()
    for (let i = 0; i < 3; i++) await page.keyboard.down("Enter")
  }
  await page.route(/\/assets\/main-/, (route) => held.then(() => route.continue()))
  await page.keyboard.down("Enter")
  await page.waitForURL("**/chat/beta/", { waitUntil: "commit" })
  await repeat()
  release()
  await ann.lives()
  await repeat()
  await page.keyboard.up("Enter")
  await expect(box).toHaveValue("half a thought")
  await page.keyboard.down("Enter")
  await box.fill("another")
  for (let i = 0; i < 3; i++) await page.keyboard.down("Enter")
  await expect(ann.message("half a thought")).toHaveCount(1)
  await expect(box).toHaveValue("another")
  await expect(ann.log.getByRole("article")).toHaveCount(1)
})

test("letters typed between a press on another room and its page stand in its box, and in no other", async ({
  ann,
}) => {
  const { page, box } = ann
  await page.goto("/chat/?room=Garden")
  await page.getByRole("button", { name: "Open this room" }).click()
  await page.waitForURL("**/chat/garden/")
  await box.fill("draft of the garden")
  await ann.lives()
  let release = () => {}
  const held = new Promise<void>((resolve) => {
    release = resolve
  })
  await page.route(/\/chat\/talk\/$/, (route) => held.then(() => route.continue()))
  await page.getByRole("navigation", { name: "Rooms" }).getByRole("link", { name: "talk" }).click({ noWaitAfter: true })
  await page.keyboard.type("the quick brown fxo")
  await page.keyboard.press("Backspace")
  await page.keyboard.press("Backspace")
  await page.keyboard.type("ox")
  release()
  await page.waitForURL("**/chat/talk/")
  await expect(box).toHaveValue("the quick brown fox")
  await expect(box).toBeFocused()
  await page.unroute(/\/chat\/talk\/$/)
  await page.goto("/chat/garden/")
  await expect(box).toHaveValue("draft of the garden")
})

test("letters typed while a page is coming, before anything of it is drawn or runs, stand in its box", async ({
  ann,
}) => {
  const { page, box } = ann
  await box.fill("kept, ")
  let release = () => {}
  const held = new Promise<void>((resolve) => {
    release = resolve
  })
  const parts = /\/assets\/(main|style)-/
  await page.route(parts, (route) => held.then(() => route.continue()))
  await page.reload({ waitUntil: "commit" })
  await expect(box).toHaveCount(1)
  await page.keyboard.press("Backspace")
  await page.keyboard.type("typed earyl")
  await page.keyboard.press("Backspace")
  await page.keyboard.press("Backspace")
  await page.keyboard.type("ly")
  release()
  await page.waitForLoadState("load")
  await expect(box).toHaveValue("kept, typed early")
  await expect(box).toBeFocused()
  await page.keyboard.type(" and late")
  await expect(box).toHaveValue("kept, typed early and late")
})

test("a room that does not come gives the letters typed for it to the box that is here", async ({ ann }) => {
  const { page, box } = ann
  await page.goto("/chat/?room=Garden")
  await page.getByRole("button", { name: "Open this room" }).click()
  await page.waitForURL("**/chat/garden/")
  await ann.lives()
  let stop = () => {}
  const stopped = new Promise<void>((resolve) => {
    stop = resolve
  })
  await page.route(/\/chat\/talk\/$/, (route) => stopped.then(() => route.abort("aborted")))
  await page.getByRole("navigation", { name: "Rooms" }).getByRole("link", { name: "talk" }).click({ noWaitAfter: true })
  await page.keyboard.type("for talk")
  stop()
  await expect(box).toHaveValue("")
  await page.keyboard.press("Escape")
  await expect(box).toHaveValue("for talk")
})

test("Page Up and Page Down scroll the conversation from the box", async ({ ann, place }) => {
  await place.import(past(120, { tall: 0 }))
  await ann.page.reload()
  await expect(ann.box).toBeFocused()
  await ann.page.keyboard.press("PageUp")
  await expect.poll(() => ann.fromBottom()).toBeGreaterThan(300)
  await expect(ann.box).toBeFocused()
  await ann.page.keyboard.press("PageDown")
  await expect.poll(() => ann.fromBottom()).toBeLessThan(9)
})

test("on glass Enter is a new line, and Send sends; a keyboard that is put on sends with Ctrl", async ({
  browser,
  place,
  ann: _,
  bob,
}) => {
  const eve = await comeIn(browser, place, "Eve", { hasTouch: true, isMobile: true })
  const { page, box } = eve
  await expect(box).toHaveAttribute("enterkeyhint", "enter")
  await box.tap()
  await page.keyboard.type("one")
  await page.keyboard.press("Enter")
  await page.keyboard.type("two")
  await expect(box).toHaveValue("one\ntwo")
  await page.getByRole("button", { name: "Send" }).tap()
  await expect(bob.message("one")).toContainText("two")
  await page.keyboard.type("three")
  await page.keyboard.press("Control+Enter")
  await expect(bob.message("three")).toBeVisible()
  await eve.context.close()
})

test("where the pointer is fine Enter sends, and says so", async ({ ann }) => {
  await expect(ann.box).toHaveAttribute("enterkeyhint", "send")
})

test("on a Mac Cmd K finds a room, and Ctrl K stays what it is there", async ({ ann }) => {
  const { page, box } = ann
  await page.addInitScript(() => Object.defineProperty(Navigator.prototype, "platform", { value: "MacIntel" }))
  await page.reload()
  const find = page.getByRole("searchbox", { name: "Find or open a room" })
  await box.fill("half a tho")
  await page.keyboard.press("Control+k")
  await expect(box).toBeFocused()
  await page.keyboard.press("Meta+k")
  await expect(find).toBeFocused()
  await page.keyboard.press("Escape")
  await ann.page.locator(".beginning").click()
  await page.keyboard.press("?")
  await expect(page.getByRole("dialog", { name: "Keys" })).toContainText("\u2318 K")
})

test("several messages are copied as lines of who said what, without times; words of one as they stand", async ({
  ann,
  bob,
}) => {
  const { page } = ann
  await ann.say("first")
  await ann.say("second\nof two lines")
  await expect(bob.message("second")).toBeVisible()
  await bob.say("https://example.org/third")
  await expect(ann.message("third")).toBeVisible()
  await expect(ann.sending).toHaveCount(0)
  const copied = (from: string, to: string, [start, end]: [number, number] = [0, 0]) =>
    page.evaluate(
      ([from, to, start, end]) => {
        const texts = [...document.querySelectorAll("[role=log] .text")]
        const at = (word: unknown) => texts.find((text) => text.textContent?.includes(word as string)) as Element
        const range = document.createRange()
        const leaf = (element: Element) => document.createTreeWalker(element, NodeFilter.SHOW_TEXT).nextNode() as Text
        range.setStart(leaf(at(from)), start as number)
        const last = leaf(at(to))
        range.setEnd(last, last.length - (end as number))
        const selection = getSelection() as Selection
        selection.removeAllRanges()
        selection.addRange(range)
        const data = new DataTransfer()
        const event = new ClipboardEvent("copy", { clipboardData: data, bubbles: true, cancelable: true })
        document.querySelector("[role=log]")?.dispatchEvent(event)
        return event.defaultPrevented ? data.getData("text/plain") : `as selected: ${selection}`
      },
      [from, to, start, end],
    )
  expect(await copied("first", "third")).toBe("Ann: first\nAnn: second\nof two lines\nBob: https://example.org/third")
  expect(await copied("first", "third", [2, 2])).toBe(
    "Ann: rst\nAnn: second\nof two lines\nBob: https://example.org/thi",
  )
  expect(await copied("first", "first", [1, 1])).toBe("as selected: irs")
  const all = await page.evaluate(() => {
    document.execCommand("selectAll")
    const data = new DataTransfer()
    document.body.dispatchEvent(new ClipboardEvent("copy", { clipboardData: data, bubbles: true, cancelable: true }))
    return data.getData("text/plain")
  })
  expect(all).toBe("Ann: first\nAnn: second\nof two lines\nBob: https://example.org/third")
})

test("a file that is dropped or pasted leaves the page as it is, whichever it is, and that is said", async ({
  ann,
}) => {
  const { page, box } = ann
  await box.fill("half a tho")
  await page.waitForTimeout(300)
  for (const [target, type] of [
    ["body", "drop"],
    ["#message", "drop"],
    [".room-list a", "drop"],
    ["#message", "paste"],
  ]) {
    const prevented = await page.evaluate(
      ([target, type]) => {
        const data = new DataTransfer()
        data.items.add(new File(["x"], "picture.png", { type: "image/png" }))
        const how = { bubbles: true, cancelable: true }
        const event =
          type === "drop"
            ? new DragEvent("drop", { ...how, dataTransfer: data })
            : new ClipboardEvent("paste", { ...how, clipboardData: data })
        const over = new DragEvent("dragover", { ...how, dataTransfer: data })
        document.querySelector(target as string)?.dispatchEvent(over)
        document.querySelector(target as string)?.dispatchEvent(event)
        return type === "paste" || (over.defaultPrevented && event.defaultPrevented)
      },
      [target, type],
    )
    expect(prevented).toBe(true)
    await expect(ann.link).toHaveText("Files cannot be sent here yet. Nothing was changed.")
  }
  await expect(box).toHaveValue("half a tho")
  await page.goto("/place")
  await ann.lives()
  const prevented = await page.evaluate(() => {
    const data = new DataTransfer()
    data.items.add(new File(["x"], "picture.png", { type: "image/png" }))
    const event = new DragEvent("drop", { bubbles: true, cancelable: true, dataTransfer: data })
    document.body.dispatchEvent(event)
    return event.defaultPrevented
  })
  expect(prevented).toBe(true)
  await expect(page.getByRole("alert")).toHaveText("Files cannot be sent here yet. Nothing was changed.")
})

test("what is typed on the way to another page than a room goes into no room's box", async ({ ann }) => {
  const { page, box } = ann
  await ann.lives()
  let release = () => {}
  const held = new Promise<void>((resolve) => {
    release = resolve
  })
  await page.route(/\/chat\/$/, (route) => held.then(() => route.continue()))
  await page.locator(".place-menu summary").click()
  await page.getByRole("link", { name: "All rooms" }).click({ noWaitAfter: true })
  await page.keyboard.type("gard")
  release()
  await page.waitForURL("**/chat/")
  await page.goto("/chat/talk/")
  await ann.lives()
  await expect(box).toHaveValue("")
  expect(await page.evaluate(() => sessionStorage.getItem("parlour.ahead"))).toBeNull()
})

test("words typed for a room that one did not come to are in no other room's box", async ({ ann }) => {
  const { page, box } = ann
  await page.goto("/chat/?room=Garden")
  await page.getByRole("button", { name: "Open this room" }).click()
  await page.waitForURL("**/chat/garden/")
  await ann.lives()
  await page.route(/\/chat\/talk\/$/, () => {}) // never answers
  await page.getByRole("navigation", { name: "Rooms" }).getByRole("link", { name: "talk" }).click({ noWaitAfter: true })
  await page.keyboard.type("for talk")
  await page.goto("/chat/garden/")
  await ann.lives()
  await expect(box).toHaveValue("")
})

for (const [platform, made, modifiers] of [
  ["Win32", "@", { ctrlKey: true, altKey: true, modifierAltGraph: true }],
  ["Linux x86_64", "@", { modifierAltGraph: true }],
  ["MacIntel", "@", { altKey: true }],
  ["Win32", "", { altKey: true }],
  ["MacIntel", "", { ctrlKey: true }],
  ["Win32", "", { ctrlKey: true }],
  ["MacIntel", "", { metaKey: true }],
] as const)
  test(`on ${platform} a key with ${Object.keys(modifiers)} makes ${made || "no"} text, early and later`, async ({
    ann,
  }) => {
    const { page, box } = ann
    await page.addInitScript((platform) => {
      Object.defineProperty(Navigator.prototype, "platform", { value: platform })
    }, platform)
    let release = () => {}
    const held = new Promise<void>((resolve) => {
      release = resolve
    })
    const press = () =>
      page.evaluate(
        (modifiers) =>
          document.body.dispatchEvent(
            new KeyboardEvent("keydown", { key: "@", bubbles: true, cancelable: true, ...modifiers }),
          ),
        modifiers,
      )
    await page.route(/\/assets\/main-/, (route) => held.then(() => route.continue()))
    await page.reload({ waitUntil: "commit" })
    await expect(box).toHaveCount(1)
    await box.blur()
    await press()
    release()
    await ann.lives()
    await expect(box).toHaveValue(made)
    await page.locator(".beginning").click()
    await press()
    if (made) await expect(box).toBeFocused()
    else await expect(box).not.toBeFocused()
  })

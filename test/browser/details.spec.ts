// Small things of a room that one meets every day: what covers what, what lines up, what is large enough to hit, and what stays as
// it was while others talk.
import { past } from "./past.ts"
import { comeIn, expect, test } from "./place.ts"

const long =
  "They have been talking since the morning about when the hall is free and who brings the ladder back. ".repeat(6)

test("a line holds some 75 characters, however wide the screen", async ({ ann }) => {
  const { page } = ann
  await page.setViewportSize({ width: 1920, height: 1000 })
  await ann.say(long)
  const text = ann.message("They have been").locator(".text")
  await expect(text).toBeVisible()
  const lengths = await text.evaluate((element) => {
    const node = element.firstChild as Text
    const lines = new Map<number, number>()
    for (let at = 0; at < node.length; at++) {
      const range = document.createRange()
      range.setStart(node, at)
      range.setEnd(node, at + 1)
      const { top } = range.getBoundingClientRect()
      lines.set(top, (lines.get(top) ?? 0) + 1)
    }
    return [...lines.values()]
  })
  expect(lengths.length).toBeGreaterThan(5)
  const usual = lengths.slice(0, -1).sort((a, b) => a - b)[Math.floor(lengths.length / 2)]!
  expect(usual).toBeGreaterThan(55)
  expect(usual).toBeLessThanOrEqual(80) // letters differ in width, and the last word hangs over
})

test("of the day that stands above what scrolls only its own words cover anything", async ({ ann, place }) => {
  const { page } = ann
  await place.import(past(60))
  await page.reload()
  await ann.scroll(-700)
  const day = page.locator(".date").last()
  const pill = day.locator("time")
  const under = await day.evaluate((band) => {
    const { left, top, width, height } = band.getBoundingClientRect()
    const met = document.elementFromPoint(left + width / 4, top + height / 2)
    return [getComputedStyle(band).backgroundColor, met === band, met?.closest("#timeline") !== null]
  })
  expect(under).toEqual(["rgba(0, 0, 0, 0)", false, true])
  expect(await pill.evaluate((pill) => getComputedStyle(pill).backgroundColor)).not.toBe("rgba(0, 0, 0, 0)")
})

test("the box has the focus all day and is quiet about it; anything else shows where the focus is", async ({ ann }) => {
  const { page, box } = ann
  const ring = (selector: string) =>
    page.locator(selector).evaluate((element) => getComputedStyle(element).outlineStyle !== "none")
  await expect(box).toBeFocused()
  for (const selector of ["#message", "#composer"]) expect(await ring(selector)).toBe(false)
  await page.keyboard.press("Shift+Tab")
  expect(await ring(":focus")).toBe(true)
})

test("what can be done about a failed message stands in line with why, and the message has its time", async ({
  browser,
  place,
  ann: _,
}) => {
  const eve = await comeIn(browser, place, "Eve")
  const { page } = eve
  await page.setViewportSize({ width: 360, height: 740 })
  await eve.keepUnsent("Is the hall free on Friday?", { refused: "The place cannot be reached. It is kept here." })
  await page.reload()
  const row = eve.sending
  await expect(row.getByRole("button", { name: "Retry" })).toBeVisible()
  const [words, retry] = await row.locator(".failure").evaluate((failure) =>
    [failure.querySelector("span")!, failure.querySelector("button")!].map((element) => {
      const range = document.createRange()
      range.selectNodeContents(element)
      const { left, top } = range.getBoundingClientRect()
      return { left, top }
    }),
  )
  expect(retry!.top).toBeGreaterThan(words!.top)
  expect([words, retry]).toEqual([words, { ...retry, left: words!.left }])
  await expect(row.locator("time")).toBeVisible()
  await eve.context.close()
})

test("on glass Send is smaller than its box, and what a finger meets is larger than what is seen", async ({
  browser,
  place,
  ann: _,
}) => {
  const eve = await comeIn(browser, place, "Eve", { hasTouch: true, isMobile: true })
  const met = await eve.page.locator(".send").evaluate((button) => {
    const { left, top, width, height } = button.getBoundingClientRect()
    const at = (x: number, y: number) => document.elementFromPoint(x, y)?.closest(".send") === button
    const middle = [left + width / 2, top + height / 2] as const
    const reach = [at(left - 3, middle[1]), at(left + width + 2, middle[1]), at(middle[0], top - 3)]
    const box = button.parentElement!.getBoundingClientRect()
    return { width, height, air: box.right - left - width, reach }
  })
  expect(met).toMatchObject({ width: 36, height: 36, reach: [true, true, true] })
  expect(met.air).toBeGreaterThanOrEqual(4)
  await eve.context.close()
})

test("the way to the newest stands beside the words where there is room, and names a number only when something is new", async ({
  ann,
  bob,
  place,
}) => {
  const { page } = ann
  await place.import(past(60))
  await page.setViewportSize({ width: 1440, height: 900 })
  await page.reload()
  await ann.scroll(-2_000)
  const jump = page.locator(".jump")
  await expect(jump).toBeVisible()
  const [button, column] = await Promise.all([jump.boundingBox(), page.locator(".stretch").boundingBox()])
  expect(button!.x).toBeGreaterThanOrEqual(column!.x + column!.width)
  expect(button!.width).toBeLessThanOrEqual(40)
  await bob.say("fresh")
  await expect(jump).toHaveText("1 new message")
})

test("what is selected, and a menu that is open, stay while others talk", async ({ ann, bob }) => {
  const { page } = ann
  await bob.say("to be copied")
  await expect(ann.message("to be copied")).toBeVisible()
  await ann
    .message("to be copied")
    .locator(".text")
    .evaluate((text) => getSelection()!.selectAllChildren(text))
  await page.locator(".room-menu > summary").evaluate((summary) => {
    ;(summary.parentElement as HTMLDetailsElement).open = true
  })
  for (const words of ["one", "two", "three"]) await bob.say(words)
  await expect(ann.message("three")).toBeVisible()
  expect(await page.evaluate(() => String(getSelection()).trim())).toBe("to be copied")
  await expect(page.locator(".room-menu")).toHaveAttribute("open")
})

test("in a reader's own colours one sees where one is, who is here, and what floats", async ({ ann, bob: _ }) => {
  const { page } = ann
  await page.emulateMedia({ forcedColors: "active" })
  const style = (selector: string, property: "outlineStyle" | "borderTopStyle" | "backgroundColor") =>
    page
      .locator(selector)
      .first()
      .evaluate((element, property) => getComputedStyle(element)[property], property)
  expect(await style(".room-list [aria-current]", "outlineStyle")).toBe("solid")
  expect(await style("#composer", "borderTopStyle")).toBe("solid")
  expect(await style(".message .avatar, .me .avatar", "borderTopStyle")).toBe("solid")
  await page.locator(".who > summary").click()
  expect(await style(".who .menu-items", "borderTopStyle")).toBe("solid")
  await expect(page.locator(".who .presence.none")).toHaveCount(0) // Bob has come round
  expect(await style(".who .presence", "backgroundColor")).not.toBe(await style("body", "backgroundColor"))
})

test("what opens over the page lies within the screen, however wide that is, however large the text and long the name", async ({
  ann,
  bob: _,
}) => {
  test.slow()
  const { page } = ann
  const long = await page.request.post("/api/v1/rooms", {
    data: { name: "A room whose name goes on for quite a while" },
  })
  const session = await ann.context.newCDPSession(page)
  const beyond = (selector: string) =>
    page.locator(selector).evaluate((over) => {
      const { left, right, top, bottom } = over.getBoundingClientRect()
      const words = [...over.querySelectorAll<HTMLElement>("a, li, dt, dd, button")]
      const cut = words.filter((one) => one.scrollWidth > one.clientWidth + 1 || one.clientWidth < 48)
      const isOut = left < 0 || right > innerWidth || top < 0 || bottom > innerHeight
      return [isOut && `${left} to ${right} of ${innerWidth}`, ...cut.map((one) => one.textContent)].filter(Boolean)
    })
  expect(long.ok()).toBe(true)
  for (const path of ["/chat/talk/", "/chat/a-room-whose-name-goes-on-for-quite-a-while/"]) {
    await page.goto(path)
    await ann.lives()
    for (const size of [16, 32])
      for (const width of [320, 360, 640, 768, 1024, 1440]) {
        await session.send("Page.setFontSizes", { fontSizes: { standard: size, fixed: 13 } })
        await page.setViewportSize({ width, height: 740 })
        const where = `${path} at ${width} with ${size}`
        expect.soft(await page.evaluate(() => document.documentElement.scrollWidth), where).toBeLessThanOrEqual(width)
        for (const menu of [".who", ".room-menu"]) {
          await page.locator(`${menu} > summary`).click()
          expect.soft(await beyond(`${menu} > .menu-items`), `${menu} of ${where}`).toEqual([])
        }
        await page.keyboard.press("Escape")
        await page.evaluate(() => (document.activeElement as HTMLElement).blur())
        await page.keyboard.press("?")
        expect.soft(await beyond("dialog"), `the keys on ${where}`).toEqual([])
        await page.keyboard.press("Escape")
      }
  }
})

test("who comes to a message by its address sees it by its colour, and a ring only when they go on by keyboard", async ({
  ann,
}) => {
  const { page } = ann
  for (const words of ["one", "two"]) {
    await ann.say(words)
    await expect(ann.message(words)).toBeVisible()
  }
  await ann.message("one").locator(".when").click()
  await page.waitForURL(/\/chat\/talk\/\d+$/)
  const row = page.locator(".message.focus")
  const ring = () => row.evaluate((row) => getComputedStyle(row).outlineStyle)
  const ground = (of: string) => page.locator(of).evaluate((element) => getComputedStyle(element).backgroundColor)
  await expect(row).toBeFocused()
  expect(await ring()).toBe("none")
  expect(await ground(".message.focus")).not.toBe(await ground("html"))
  await page.emulateMedia({ forcedColors: "active" })
  expect(await ring()).not.toBe("none")
  await page.emulateMedia({ forcedColors: null })
  await page.keyboard.press("ArrowDown")
  await expect(ann.message("two")).toBeFocused()
  await page.keyboard.press("ArrowUp")
  await expect(row).toBeFocused()
  expect(await ring()).toBe("solid")
})

test("a letter's hook, a line of help, the edge of a field: what one sees only where it is not", async ({
  ann,
  place,
}) => {
  const { page } = ann
  await place.import(past(60))
  const styles: [path: string, selector: string, property: keyof CSSStyleDeclaration & string, value: RegExp][] = [
    ["/chat/talk/", ".message.head .author", "paddingInlineStart", /^2px$/], // the hook of a "j"
    ["/chat/talk/", ".message.head .author", "marginInlineStart", /^-2px$/],
    ["/chat/talk/", ".room-list [aria-current]", "boxShadow", /^(?!none).* 3px 0px 0px 0px inset$/],
    ["/chat/talk/", "#find", "borderTopStyle", /^solid$/],
    ["/place", ".people + .help", "marginTop", /^8px$/],
    ["/place", ".people + .help", "textWrapStyle" as never, /^pretty$/],
  ]
  for (const [path, selector, property, value] of styles) {
    if (new URL(page.url()).pathname !== path) await page.goto(path)
    const found = await page
      .locator(selector)
      .first()
      .evaluate((element, property) => getComputedStyle(element)[property as "color"], property)
    expect.soft(found, `${property} of ${selector}`).toMatch(value)
  }
})

test("the way to older messages is no link while it loads them", async ({ ann, place }) => {
  const { page } = ann
  await place.import(past(200))
  await page.reload()
  await ann.lives()
  await page.route("**/messages?*", () => {}) // never answered
  const more = page.locator(".more a").first()
  const line = () => more.evaluate((link) => getComputedStyle(link).textDecorationLine)
  await expect(more).toHaveText("Older messages")
  expect(await line()).toBe("underline")
  await ann.scroll(-20_000)
  await expect(more).toHaveText("Loading")
  expect(await line()).toBe("none")
})

test("the edge of a field is seen, and the browser's own frame has the page's colour, by day and by night", async ({
  ann,
}) => {
  const { page } = ann
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme })
    const [edge, ground, frame, paper] = await page.evaluate(() => {
      const field = document.querySelector("#find")!
      const pixel = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true })!
      const shown = (colour: string) => {
        pixel.fillStyle = colour
        pixel.fillRect(0, 0, 1, 1)
        return [...pixel.getImageData(0, 0, 1, 1).data].slice(0, 3)
      }
      let around = field.parentElement!
      while (getComputedStyle(around).backgroundColor === "rgba(0, 0, 0, 0)") around = around.parentElement!
      const metas = [...document.querySelectorAll<HTMLMetaElement>("meta[name=theme-color]")]
      return [
        shown(getComputedStyle(field).borderTopColor),
        shown(getComputedStyle(around).backgroundColor),
        shown(metas.find(({ media }) => matchMedia(media).matches)!.content),
        shown(getComputedStyle(document.documentElement).backgroundColor),
      ]
    })
    expect.soft(contrast(edge!, ground!), colorScheme).toBeGreaterThanOrEqual(3)
    expect.soft(frame, colorScheme).toEqual(paper)
  }
})

/** As WCAG has it, of two colours in sRGB. */
function contrast(...colours: [number[], number[]]): number {
  const [dark, light] = colours
    .map((colour) => {
      const [red, green, blue] = colour.map((part) =>
        part <= 10 ? part / 3294.6 : ((part / 255 + 0.055) / 1.055) ** 2.4,
      )
      return 0.2126 * red! + 0.7152 * green! + 0.0722 * blue! + 0.05
    })
    .sort((a, b) => a - b)
  return light! / dark!
}

test("what a key does stands beside it where there is room, and else nearer to it than to the next", async ({
  ann,
}) => {
  const { page } = ann
  await ann.lives()
  await page.evaluate(() => (document.activeElement as HTMLElement).blur())
  await page.keyboard.press("?")
  for (const [width, isBeside] of [
    [1440, true],
    [768, true],
    [320, false],
  ] as const) {
    await page.setViewportSize({ width, height: 740 })
    const pairs = await page.locator("dialog dt").evaluateAll((keys) =>
      keys.map((key) => {
        const [one, meaning] = [key, key.nextElementSibling!].map((part) => part.getBoundingClientRect())
        const next = key.closest("dl > *")!.nextElementSibling
        const nextTop = next?.getBoundingClientRect().top ?? Number.POSITIVE_INFINITY
        const isNearer = nextTop - meaning!.bottom > meaning!.top - one!.bottom
        return { isBeside: meaning!.top === one!.top && meaning!.left >= one!.right, isNearer, left: meaning!.left }
      }),
    )
    expect(pairs.length).toBeGreaterThan(5)
    for (const pair of pairs) expect(pair, `at ${width}`).toEqual({ isBeside, isNearer: true, left: pairs[0]!.left })
  }
})

test("by touch the head of a room is one line of things alike in height, and people stand beside their faces, with large text, too", async ({
  browser,
  place,
  ann: _,
}) => {
  test.slow()
  const eve = await comeIn(browser, place, "Eve", { hasTouch: true, isMobile: true })
  const { page } = eve
  await page.addInitScript(() =>
    addEventListener("DOMContentLoaded", () => {
      document.documentElement.style.fontSize = sessionStorage.getItem("size") ?? "100%"
    }),
  )
  for (const size of ["100%", "200%"])
    for (const width of [360, 768, 1440]) {
      const where = `${width} with ${size}`
      await page.evaluate((size) => sessionStorage.setItem("size", size), size)
      await page.setViewportSize({ width, height: 740 })
      await page.goto("/chat/talk/")
      await eve.lives()
      const parts = page.locator(".room-head :is(.square, .who > summary)").filter({ visible: true })
      const boxes = await parts.evaluateAll((parts) => parts.map((part) => part.getBoundingClientRect().toJSON()))
      expect(boxes.length).toBeGreaterThan(1)
      const [{ top, bottom }] = boxes as [DOMRect]
      for (const box of boxes) {
        expect.soft(Math.abs(box.top + box.bottom - top - bottom) / 2, `the axis at ${where}`).toBeLessThan(1)
        expect.soft(box.height, `the height at ${where}`).toBe(44)
        expect.soft(box.width, `the width at ${where}`).toBeGreaterThanOrEqual(44)
      }
      for (const path of ["/place", "/chat/talk/about"]) {
        await page.goto(path)
        const under = await page.locator(".people > li").evaluateAll((people) =>
          people.map((person) => {
            const [face, name] = [".avatar", ".person"].map((of) => person.querySelector(of)!.getBoundingClientRect())
            return name!.top >= face!.bottom
          }),
        )
        expect.soft(under, `the people of ${path} at ${where}`).toEqual([false, false])
      }
    }
  await eve.context.close()
})

test("whoever is alone in a room on a phone reads its name, and hears that they are alone", async ({ ann }) => {
  const { page } = ann
  await page.setViewportSize({ width: 360, height: 740 })
  const who = page.locator(".who > summary")
  await expect(who).toHaveText("Only you here")
  expect(await who.evaluate((one) => one.clientWidth)).toBeLessThanOrEqual(44)
  await page.setViewportSize({ width: 768, height: 740 })
  expect((await who.locator(".here").boundingBox())!.width).toBeGreaterThan(60)
})

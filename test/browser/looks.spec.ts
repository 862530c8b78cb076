// Each page of the gallery, in every state: nothing that a checker of accessibility objects to, nothing wider than the
// screen, nothing cut or covered, also where text is twice as large, and nothing that the content security policy stops.
// There are a hundred of them, and each is loaded a dozen times, so that what is done with one has to be quick.
import { spawn } from "node:child_process"
import { join } from "node:path"
import { AxeBuilder } from "@axe-core/playwright"
import { test as base, expect, type Page } from "@playwright/test"
import { FLOATS, faultsOf } from "./fit.ts"
import { FORBIDDEN, tellForbidden } from "./place.ts"

const root = join(import.meta.dirname, "../..")

const test = base.extend<object, { gallery: string }>({
  gallery: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright asks for a pattern
    async ({}, use) => {
      const process = spawn(join(root, "bin/gallery"), ["0"])
      process.stderr.pipe(globalThis.process.stderr)
      for await (const line of process.stdout) {
        const [address] = String(line).match(/http:\S+/) ?? []
        if (address) {
          await use(address)
          break
        }
      }
      process.kill()
    },
    { scope: "worker" },
  ],
})

/** Opens the gallery; answers the address of each page in it. */
async function samplesOf(gallery: string, page: Page): Promise<string[]> {
  await page.goto(gallery)
  const links = page.getByRole("link")
  const samples = await links.evaluateAll((links) => links.map((link) => (link as HTMLAnchorElement).href))
  expect(samples.length).toBeGreaterThan(30)
  return samples
}

/** What the content security policy forbids, page by page. */
async function forbidden(page: Page): Promise<string[]> {
  const stopped: string[] = []
  page.on("console", (message) => {
    if (FORBIDDEN.test(message.text())) stopped.push(`${page.url()}: ${message.text()}`)
  })
  await page.addInitScript(tellForbidden)
  return stopped
}

const screens = [
  { name: "a phone by day", width: 360, height: 740, colorScheme: "light" },
  { name: "a wide screen by night", width: 1440, height: 860, colorScheme: "dark" },
] as const

for (const { name, width, height, colorScheme } of screens) {
  test(`every page is accessible and fits on ${name}`, async ({ gallery, browser }) => {
    test.setTimeout(240_000)
    // The checker is a script put into the page, which the policy would stop; violations by the page still show below.
    const context = await browser.newContext({ viewport: { width, height }, colorScheme, bypassCSP: true })
    const page = await context.newPage()
    for (const sample of await samplesOf(gallery, page)) {
      await page.goto(sample)
      // In the page itself, and not put together in another, with what was not objected to.
      const checker = new AxeBuilder({ page }).setLegacyMode().options({ resultTypes: ["violations"] })
      // Of two thousand rooms alike a few will do: the checker takes ten milliseconds for each.
      checker.exclude(".room-list > :nth-child(n + 20)")
      const { violations } = await checker.analyze()
      const found = violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`)
      expect.soft(found, sample).toEqual([])
      const tooWide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
      expect.soft(tooWide, `${sample} is too wide`).toBeLessThanOrEqual(0)
    }
    await context.close()
  })
}

/** Browsers have two ways to make text larger: by the size that a reader prefers, of which media queries know, and by zooming
 *  text alone, of which they do not. */
const larger = {
  "text as it is": async () => {},
  "a font size of twice the usual": async (page: Page) => {
    const session = await page.context().newCDPSession(page)
    await session.send("Page.setFontSizes", { fontSizes: { standard: 32, fixed: 26 } })
  },
  "text zoomed to 200 %": async (page: Page) => {
    await page.addInitScript(() =>
      addEventListener("DOMContentLoaded", () => {
        document.documentElement.style.fontSize = "200%"
      }),
    )
  },
}

for (const { width, height } of [screens[0], { width: 768, height: 1024 }, screens[1]])
  for (const [name, enlarge] of Object.entries(larger)) {
    test(`at ${width} pixels nothing is cut, covered or forbidden, with ${name}`, async ({ gallery, browser }) => {
      test.setTimeout(240_000)
      const touch = { isMobile: width < 640, hasTouch: width < 640 }
      const context = await browser.newContext({ viewport: { width, height }, ...touch })
      const page = await context.newPage()
      const stopped = await forbidden(page)
      await enlarge(page)
      for (const sample of await samplesOf(gallery, page)) {
        await page.goto(sample)
        expect.soft(await page.evaluate(faultsOf, FLOATS), sample).toEqual([])
      }
      expect(stopped).toEqual([])
      await context.close()
    })
  }

test("the first run needs no scrolling on usual screens, nor do the other doors", async ({ gallery, page }) => {
  const usual = [
    { width: 1440, height: 900 },
    { width: 1366, height: 768 },
    { width: 360, height: 740 },
  ]
  for (const size of usual)
    for (const door of ["welcome", "register", "sign-in", "new-password"]) {
      await page.setViewportSize(size)
      await page.goto(`${gallery}${door}`)
      const button = await page.locator("button.primary").boundingBox()
      expect.soft(button!.y + button!.height, `${door} at ${size.width}`).toBeLessThanOrEqual(size.height)
    }
})

test("what is cut, beyond the screen or covered is seen", async ({ page }) => {
  const faults = async (html: string) => {
    await page.setContent(html)
    const found = await page.evaluate(faultsOf, FLOATS)
    return [...new Set(found.map((fault) => fault.replace(/:.*/, "")))]
  }
  expect(await faults("<p>Words")).toEqual([])
  expect(await faults('<p style="width:3em;overflow:hidden;white-space:nowrap">Words that go on')).toEqual(["cut"])
  expect(await faults('<body style="overflow:hidden"><p style="margin-left:99vw">Words')).toContain("beyond the screen")
  expect(await faults('<p>Words<p style="margin-top:-2em">Others')).toEqual(["over each other"])
  expect(await faults('<input placeholder="Words">')).toEqual([])
  expect(await faults('<textarea style="width:3em" placeholder="Words that go on"></textarea>')).toEqual(["cut"])
  expect(await faults('<p style="width:200vw">Words')).toContain("the page is wider than the screen")
})

test("what the content security policy stops is heard of", async ({ gallery, page }) => {
  const stopped = await forbidden(page)
  await page.goto(`${gallery}welcome`)
  expect(stopped).toEqual([])
  // A style that is not from here, and text that would become markup.
  await page.evaluate(() => document.body.setAttribute("style", "color: red"))
  await expect.poll(() => stopped.join()).toContain("style-src")
  const sunk = await page.evaluate(() => {
    try {
      document.body.insertAdjacentHTML("beforeend", "<b>words</b>")
    } catch (error) {
      return String(error)
    }
  })
  expect(sunk).toContain("TypeError")
  await expect.poll(() => stopped.join()).toContain("require-trusted-types-for")
})

// Chromium and Firefox, by puppeteer: over the DevTools protocol the one, over WebDriver BiDi the other.
import puppeteer, { type BrowserContext, type Browser as Launched, type Page } from "puppeteer-core"
import { chromium, firefox, provide } from "../../bin/needs.ts"
import { type Browser, type Engine, type Habits, middleOf, patiently, type Tab } from "./engine.ts"

const SIZE = { width: 1200, height: 800 }

/** What puppeteer says when the document that was asked is no more. */
const LEAVES =
  /context was destroyed|context is not available|Cannot find context|frame (got )?detached|no such (frame|node)|Navigation|realm/i

/** One process for all who have the same habits; each of them is a context in it. */
export function puppet(name: "chromium" | "firefox"): Engine {
  const launched = new Map<string, Promise<Launched>>()
  return {
    async open(habits) {
      const key = JSON.stringify(habits)
      if (!launched.has(key)) launched.set(key, launch(name, habits))
      const context = await (await launched.get(key)!).createBrowserContext()
      return browserOf(name, habits, context)
    },
    async close() {
      for (const browser of launched.values()) await (await browser).close()
    },
  }
}

function launch(name: "chromium" | "firefox", { scripts, zone }: Habits): Promise<Launched> {
  const env = { ...process.env, ...(zone && { TZ: zone }) }
  if (name === "chromium")
    return puppeteer.launch({
      executablePath: provide(chromium),
      env,
      defaultViewport: SIZE,
      // Tests run as root in containers, and open only our own pages.
      args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"],
    })
  return puppeteer.launch({
    browser: "firefox",
    executablePath: provide(firefox),
    env,
    defaultViewport: SIZE,
    extraPrefsFirefox: scripts === "off" ? { "javascript.enabled": false } : {},
  })
}

function browserOf(name: "chromium" | "firefox", { scripts }: Habits, context: BrowserContext): Browser {
  return {
    async tab() {
      const page = await context.newPage()
      if (scripts === "off" && name === "chromium") await page.setJavaScriptEnabled(false)
      return tabOf(page, name === "chromium" ? await composer(page) : null)
    },
    close: () => context.close(),
  }
}

/** An input method of Chromium's own making. */
async function composer(page: Page): Promise<Tab["compose"]> {
  const session = await page.createCDPSession()
  return async (text) => {
    await session.send("Input.imeSetComposition", { text, selectionStart: text.length, selectionEnd: text.length })
  }
}

function tabOf(page: Page, compose: Tab["compose"]): Tab {
  // A page without scripts has a frame that goes on loading for as long as one talks.
  const there = { waitUntil: "domcontentloaded" } as const
  return {
    goto: async (address) => void (await page.goto(address, there)),
    reload: async () => void (await page.reload(there)),
    back: async () => void (await page.goBack(there)),
    close: () => page.close({ runBeforeUnload: false }),
    show: () => page.bringToFront(),
    ask: (question, ...given) =>
      patiently(() => page.evaluate(question as () => never, ...(given as unknown as [])), LEAVES),
    type: (text) => page.keyboard.type(text),
    async press(key, ...held) {
      for (const one of held) await page.keyboard.down(one)
      await page.keyboard.press(key as "Enter")
      for (const one of held) await page.keyboard.up(one)
    },
    async click(selector, words) {
      const { x, y } = await middleOf(this, selector, words)
      await page.mouse.click(x, y)
    },
    compose,
  }
}

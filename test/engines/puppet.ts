// Chromium and Firefox, by puppeteer: over the DevTools protocol the one, over WebDriver BiDi the other.
import puppeteer, { type BrowserContext, type Browser as Launched, type Page } from "puppeteer-core"
import { chromium, firefox, provide } from "../../bin/needs.ts"
import { NEEDLESS } from "../browser/features.ts"
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
      args: [
        "--no-sandbox", // tests run as root in containers, and open only our own pages
        "--disable-gpu",
        "--disable-background-networking",
        "--disable-component-update",
        `--disable-features=${NEEDLESS}`,
      ],
    })
  return puppeteer.launch({
    browser: "firefox",
    executablePath: provide(firefox),
    env,
    defaultViewport: SIZE,
    args: ["-remote-allow-system-access"], // for its input method
    extraPrefsFirefox: scripts === "off" ? { "javascript.enabled": false } : {},
  })
}

function browserOf(name: "chromium" | "firefox", { scripts }: Habits, context: BrowserContext): Browser {
  return {
    async tab() {
      const page = await context.newPage()
      if (scripts === "off" && name === "chromium") await page.setJavaScriptEnabled(false)
      return tabOf(page, name === "chromium" ? await composer(page) : composerOfFirefox(page))
    },
    close: () => context.close(),
  }
}

type InputMethod = Pick<Tab, "compose" | "pick">

const WORDS = "konnichi"

/** An input method of Chromium's own making. */
async function composer(page: Page): Promise<InputMethod> {
  const session = await page.createCDPSession()
  return {
    async compose() {
      await session.send("Input.imeSetComposition", { text: WORDS, selectionStart: 8, selectionEnd: 8 })
      return WORDS
    },
    async pick() {
      await session.send("Input.dispatchKeyEvent", {
        type: "rawKeyDown",
        key: "Enter",
        code: "Enter",
        windowsVirtualKeyCode: 229, // what a key that went to an input method has
      })
      await session.send("Input.insertText", { text: WORDS })
    },
  }
}

/** Firefox's own for tests, which only its own pages may use: it is asked in the window around ours. */
function composerOfFirefox(page: Page): InputMethod {
  const { connection } = page.browser() as unknown as {
    connection: { send(method: string, what: object): Promise<Answer> }
  }
  type Answer = { result: { type: string; contexts: { context: string; url: string }[] } }
  async function inWindow(expression: string): Promise<void> {
    const tree = await connection.send("browsingContext.getTree", { "moz:scope": "chrome", maxDepth: 0 })
    const { context } = tree.result.contexts.find(({ url }) => url.endsWith("/browser.xhtml"))!
    const { result } = await connection.send("script.evaluate", { expression, target: { context }, awaitPromise: true })
    if (result.type !== "success") throw new Error(`Firefox's input method: ${JSON.stringify(result)}`)
  }
  return {
    async compose() {
      await page.bringToFront() // it writes into the tab that is seen
      await inWindow(`{
        globalThis.method = Cc["@mozilla.org/text-input-processor;1"].createInstance(Ci.nsITextInputProcessor)
        method.beginInputTransactionForTests(window)
        method.setPendingCompositionString("${WORDS}")
        method.appendClauseToPendingComposition(${WORDS.length}, method.ATTR_RAW_CLAUSE)
        method.setCaretInPendingComposition(${WORDS.length})
        method.flushPendingComposition()
      }`)
      return WORDS
    },
    pick: () =>
      inWindow(`method.commitComposition(new KeyboardEvent("", { key: "Enter", code: "Enter", keyCode: 13 }))`),
  }
}

function tabOf(page: Page, method: InputMethod): Tab {
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
    ...method,
  }
}

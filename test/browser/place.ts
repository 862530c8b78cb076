// A place of its own for a test in the browser: a real server process with an empty folder, that can be killed and
// started again, and people who came in by the door as anyone does.
import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { type Browser, type BrowserContext, test as base, expect, type Locator, type Page } from "@playwright/test"
import { freePort } from "../port.ts"

const root = join(import.meta.dirname, "../..")

export type Line = { room: string; author: string; at: number; text: string }

export class Place {
  readonly address: string
  readonly #port: number
  readonly #folder: string
  #process: ChildProcess | undefined

  constructor(port: number, folder: string) {
    this.#port = port
    this.#folder = folder
    this.address = `http://127.0.0.1:${port}`
  }

  static async open(): Promise<Place> {
    const place = new Place(await freePort(), await mkdtemp(join(tmpdir(), "parlour-browser-")))
    await place.start()
    return place
  }

  async start(): Promise<void> {
    const server = this.#run("start")
    this.#process = server
    server.stderr?.pipe(process.stderr)
    for await (const line of server.stdout ?? []) if (String(line).includes("is open at")) return
    throw new Error("The server ended before it was open")
  }

  /** As the power would: no goodbye. */
  kill = (): Promise<void> => this.#end("SIGKILL")
  /** As its owner would. */
  stop = (): Promise<void> => this.#end("SIGTERM")

  async close(): Promise<void> {
    await this.kill()
    await rm(this.#folder, { recursive: true, force: true })
  }

  async import(lines: Line[]): Promise<void> {
    const run = this.#run("import", "-")
    run.stderr?.pipe(process.stderr)
    run.stdin?.end(lines.map((line) => JSON.stringify(line)).join("\n"))
    const [code] = await once(run, "exit")
    expect(code).toBe(0)
  }

  #run(...words: string[]): ChildProcess {
    const settings = { PORT: String(this.#port), HOST: "127.0.0.1", DATA_DIR: this.#folder }
    return spawn(join(root, "bin/parlour"), words, { env: { ...process.env, ...settings } })
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const server = this.#process
    if (!server || server.exitCode !== null || server.signalCode !== null) return
    server.kill(signal)
    await once(server, "exit")
  }
}

/** Someone with a browser of their own, and what they do and see in a room. */
export class Visitor {
  readonly context: BrowserContext
  readonly page: Page
  /** Errors that nobody caught, and what the content security policy forbade. Each test ends by expecting none. */
  readonly complaints: string[] = []

  constructor(context: BrowserContext, page: Page) {
    this.context = context
    this.page = page
    this.watch(page)
  }

  watch(page: Page): void {
    page.on("pageerror", (error) => this.complaints.push(String(error)))
    page.on("console", (message) => {
      if (message.text().includes("Content Security Policy")) this.complaints.push(message.text())
    })
  }

  get log(): Locator {
    return this.page.getByRole("log")
  }
  get box(): Locator {
    return this.page.getByRole("textbox", { name: /^Message to/ })
  }
  get timeline(): Locator {
    return this.page.locator("#timeline")
  }
  get link(): Locator {
    return this.page.locator(".link-state")
  }
  get sending(): Locator {
    return this.page.locator(".outbox article")
  }

  async say(text: string): Promise<void> {
    await this.box.fill(text)
    await this.box.press("Enter")
  }

  message(text: string): Locator {
    return this.log.getByRole("article").filter({ has: this.page.locator(".text", { hasText: text }) })
  }

  /** The texts in the log, in order. */
  texts(): Promise<string[]> {
    return this.log.locator(".text").allTextContents()
  }

  /** Pixels between the end of what is drawn and the lower edge of what is seen. */
  fromBottom(): Promise<number> {
    return this.timeline.evaluate((box) => {
      const content = box.firstElementChild as Element
      return content.getBoundingClientRect().bottom - box.getBoundingClientRect().bottom
    })
  }

  /** Scrolls by so many pixels; by an endless number to an end, wherever zero is. */
  async scroll(pixels: number): Promise<void> {
    const end = Number.isFinite(pixels) ? pixels : Math.sign(pixels) * 1e7
    await this.timeline.evaluate((box, end) => {
      box.scrollTop += end
    }, end)
  }
}

/** The first to come opens the place, for anyone; the others register. All end up in the room "talk". */
export async function comeIn(browser: Browser, place: Place, name: string): Promise<Visitor> {
  const context = await browser.newContext({ baseURL: place.address, viewport: { width: 1200, height: 800 } })
  const page = await context.newPage()
  await page.goto("/")
  const first = page.url().endsWith("/welcome")
  if (!first) await page.goto("/register")
  await page.getByLabel("Username").fill(name)
  await page.getByLabel("Password").fill("a long enough password")
  if (first) await page.getByRole("radio", { name: /^Anyone/ }).check()
  await page.getByRole("button", { name: first ? "Open the place" : "Register" }).click()
  await page.waitForURL("**/chat/talk/")
  return new Visitor(context, page)
}

export const test = base.extend<{ place: Place; ann: Visitor; bob: Visitor }>({
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the names of fixtures from the pattern
  place: async ({}, use) => {
    const place = await Place.open()
    await use(place)
    await place.close()
  },
  ann: async ({ browser, place }, use) => {
    const ann = await comeIn(browser, place, "Ann")
    await use(ann)
    expect(ann.complaints).toEqual([])
    await ann.context.close()
  },
  bob: async ({ browser, place, ann: _ }, use) => {
    const bob = await comeIn(browser, place, "Bob")
    await use(bob)
    expect(bob.complaints).toEqual([])
    await bob.context.close()
  },
})

export { expect }

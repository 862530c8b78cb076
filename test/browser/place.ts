// A place of its own for a test in the browser: a real server process with an empty folder, that can be killed and
// started again, and people who have come in.
import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { type Browser, type BrowserContext, test as base, expect, type Locator, type Page } from "@playwright/test"
import { isUncaught } from "../../server/last-resort.ts"
import { freePort } from "../port.ts"

const root = join(import.meta.dirname, "../..")

export const PASSWORD = "a long enough password"

export type Line = { room: string; author: string; at: number; text: string }

/** How a place is run: one process on SQLite, or two on one Postgres and one Redis, of which each person is at another. */
export type SetUp = "one process" | "two processes"
/** Of a test that runs on both: two people take part, and notice no difference. */
export const TWO = { tag: "@two" }

/** Where Parlour's source is, the settings, and what follows `start`. */
export type Ways = { source?: string; settings?: Record<string, string>; words?: string[] }

export class Place {
  readonly address: string
  /** Another process of the same place. */
  other: Place | undefined
  readonly #port: number
  readonly #folder: string
  readonly #ways: Ways
  #process: ChildProcess | undefined
  #said = ""
  #complained = ""

  constructor(port: number, folder: string, ways: Ways) {
    this.#port = port
    this.#folder = folder
    this.#ways = ways
    this.address = `http://127.0.0.1:${port}`
  }

  static async open(ways: Ways = {}): Promise<Place> {
    const place = new Place(await freePort(), await mkdtemp(join(tmpdir(), "parlour-browser-")), ways)
    await place.start()
    return place
  }

  async start(): Promise<void> {
    const server = this.#run("start", ...(this.#ways.words ?? []))
    this.#process = server
    this.#said = ""
    server.stderr?.on("data", (words) => {
      process.stderr.write(words)
      this.#complained += words
    })
    server.stdout?.on("data", (words) => {
      this.#said += words
    })
    await this.says("is open at")
  }

  /** Until the server has said so. */
  async says(words: string): Promise<void> {
    while (!this.#said.includes(words)) {
      if (this.#process?.exitCode !== null) throw new Error(`The server ended before it said "${words}"`)
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
  }

  /** A new process for each of several, one after the other. */
  async renew(): Promise<void> {
    this.#process?.kill("SIGHUP")
    await this.says("Renewed: ")
  }

  /** As the power would: no goodbye. */
  kill = (): Promise<void> => this.#end("SIGKILL")
  /** As its owner would. */
  stop = (): Promise<void> => this.#end("SIGTERM")

  async close(): Promise<void> {
    await this.other?.close()
    await this.kill()
    await rm(this.#folder, { recursive: true, force: true })
    expect(this.#complained.split("\n").filter(isUncaught)).toEqual([])
  }

  /** By what the door's form sends: the first to come opens the place, for anyone; the others register. Answers the cookies that
   *  let them in. */
  async register(name: string): Promise<string[]> {
    const body = new URLSearchParams({ username: name, password: PASSWORD, registration: "open" })
    const headers = { origin: this.address }
    const answer = await fetch(`${this.address}/register`, { method: "POST", body, headers, redirect: "manual" })
    expect(answer.status).toBe(303)
    return answer.headers.getSetCookie()
  }

  async import(lines: Line[]): Promise<void> {
    const run = this.#run("import", "-")
    run.stderr?.pipe(process.stderr)
    run.stdin?.end(lines.map((line) => JSON.stringify(line)).join("\n"))
    const [code] = await once(run, "exit")
    expect(code).toBe(0)
  }

  #run(...words: string[]): ChildProcess {
    const own = { PORT: String(this.#port), HOST: "127.0.0.1", DATA_DIR: this.#folder }
    const env = { ...process.env, ...own, ...this.#ways.settings }
    return spawn(join(this.#ways.source ?? root, "bin/parlour"), words, { env })
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
      if (FORBIDDEN.test(message.text())) this.complaints.push(message.text())
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

  /** Until all of the page runs: its keys and menus come last. */
  async lives(): Promise<void> {
    await this.page.waitForFunction(() => document.documentElement.dataset.lives !== undefined)
  }

  async say(text: string): Promise<void> {
    await this.box.fill(text)
    await this.box.press("Enter")
  }

  /** A message of theirs that waits in their browser, as if it had been written before; to be seen after a reload. */
  async keepUnsent(text: string, more: object = {}): Promise<void> {
    const owner = await this.page.locator("form[data-owner]").first().getAttribute("data-owner")
    const { room } = JSON.parse((await this.page.locator("#snapshot").textContent()) as string)
    const entry = { nonce: text.padEnd(20, "."), owner, room: room.id, slug: room.slug, text, at: 1, ...more }
    await this.page.evaluate(
      (entry) =>
        new Promise<void>((resolve) => {
          const request = indexedDB.open("parlour")
          request.onsuccess = () => {
            const writing = request.result.transaction("outbox", "readwrite")
            writing.objectStore("outbox").put(entry)
            writing.oncomplete = () => resolve()
          }
        }),
      entry,
    )
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

/** How the console tells of what the content security policy forbade, and of what `tellForbidden` heard. */
export const FORBIDDEN = /content security policy|requires? '?Trusted/i

/** Runs in each page before any script of its own: the console does not tell of everything that the policy forbade. */
export function tellForbidden(): void {
  document.addEventListener("securitypolicyviolation", ({ effectiveDirective, blockedURI, sample }) =>
    console.error("Content Security Policy:", effectiveDirective, blockedURI, sample),
  )
}

/** Someone who has registered, in the room "talk". A test has other things to look at than the door, which is looked at in
 *  forms.spec.ts. */
export async function comeIn(browser: Browser, place: Place, name: string, options = {}): Promise<Visitor> {
  const visitor = await arrive(browser, place, options)
  const cookies = (await place.register(name)).map((cookie) => cookie.match(/^(.*?)=([^;]*)/) as string[])
  const own = { url: place.address, httpOnly: true, sameSite: "Lax" as const }
  await visitor.context.addCookies(cookies.map(([, name = "", value = ""]) => ({ name, value, ...own })))
  await visitor.page.goto("/chat/talk/")
  return visitor
}

/** Someone who is not in yet. */
export async function arrive(browser: Browser, place: Place, options = {}): Promise<Visitor> {
  const context = await browser.newContext({
    ...options,
    baseURL: place.address,
    viewport: { width: 1200, height: 800 },
  })
  await context.addInitScript(tellForbidden)
  return new Visitor(context, await context.newPage())
}

/** A new database on a Postgres that all tests of a worker share, and the Redis beside it. */
type Fresh = () => Promise<{ DATABASE_URL: string; REDIS_URL: string }>

export const test = base.extend<{ setUp: SetUp; place: Place; ann: Visitor; bob: Visitor }, { fresh: Fresh }>({
  setUp: ["one process", { option: true }],
  fresh: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the names of fixtures from the pattern
    async ({}, use) => {
      let backing: { process: ChildProcess; lines: AsyncIterator<string>; REDIS_URL: string } | undefined
      await use(async () => {
        backing ??= await startBacking()
        backing.process.stdin?.write("\n")
        return { DATABASE_URL: (await backing.lines.next()).value, REDIS_URL: backing.REDIS_URL }
      })
      if (!backing) return
      const gone = once(backing.process, "exit")
      backing.process.stdin?.end()
      await gone
    },
    { scope: "worker" },
  ],
  place: async ({ setUp, fresh }, use) => {
    const settings = setUp === "one process" ? {} : await fresh()
    const place = await Place.open({ settings })
    if (setUp === "two processes") place.other = await Place.open({ settings })
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
    const bob = await comeIn(browser, place.other ?? place, "Bob")
    await use(bob)
    expect(bob.complaints).toEqual([])
    await bob.context.close()
  },
})

async function startBacking() {
  const bun = join(root, "node_modules/bun/bin/bun.exe")
  const backing = spawn(bun, [join(import.meta.dirname, "backing.ts")], { stdio: ["pipe", "pipe", "inherit"] })
  const lines = createInterface(backing.stdout)[Symbol.asyncIterator]()
  return { process: backing, lines, REDIS_URL: (await lines.next()).value as string }
}

export { expect }

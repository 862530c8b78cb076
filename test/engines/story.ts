// How a story is told: a place, people who come in by its door, each with a browser of the engine that the run is about, and
// what they do and see. A story ends by expecting that no page complained.
import { test as base, expect } from "@playwright/test"
import { PASSWORD, Place } from "../browser/place.ts"
import type { Browser, Engine, Habits, Name, Tab } from "./engine.ts"
import { Pane } from "./pane.ts"
import { puppet } from "./puppet.ts"
import { webkit } from "./webkit.ts"

const engines: Record<Name, () => Engine> = {
  chromium: () => puppet("chromium"),
  firefox: () => puppet("firefox"),
  webkit,
}

/** Someone with a browser of their own, at one of its tabs. */
export class Person {
  readonly name: string
  readonly browser: Browser
  readonly tab: Tab
  readonly #place: Place
  readonly #pane: Pane

  constructor(name: string, browser: Browser, tab: Tab, { place, pane }: { place: Place; pane: Pane }) {
    this.name = name
    this.browser = browser
    this.tab = tab
    this.#place = place
    this.#pane = pane
  }

  /** The same person at another tab. */
  async another(path = "/chat/talk/"): Promise<Person> {
    const behind = { place: this.#place, pane: this.#pane }
    const other = new Person(this.name, this.browser, await this.browser.tab(), behind)
    await other.visit(path)
    return other
  }

  visit = (path: string): Promise<void> => this.tab.goto(this.#pane.address + path)

  /** Words into a field, as they are typed. */
  async fill(selector: string, words: string): Promise<void> {
    await this.tab.click(selector)
    await this.tab.type(words)
  }

  async say(words: string): Promise<void> {
    await this.fill("#message", words)
    await this.tab.press("Enter")
  }

  /** By one page: most stories begin behind the door. Not for who is shown a frame there: some engines wait for its end. */
  async comeIn(): Promise<void> {
    await this.visit(this.#pane.lends(await this.#place.register(this.name)))
    await this.arrives("/chat/talk/")
  }

  /** As one does. The first to come opens the place, for anyone; the others register. */
  async comeInByTheDoor(): Promise<void> {
    await this.visit("/")
    const first = (await this.path()).endsWith("/welcome")
    if (!first) await this.visit("/register")
    await this.fill("[name=username]", this.name)
    await this.fill("[name=password]", PASSWORD)
    if (first) await this.tab.click(".fold > summary")
    if (first) await this.tab.click("[name=registration][value=open]")
    await this.tab.click("button.primary")
    await this.arrives("/chat/talk/")
  }

  path = (): Promise<string> => this.tab.ask(() => location.pathname)
  arrives = (path: string): Promise<void> => expect.poll(this.path, { timeout: 15_000 }).toBe(path)

  /** The words of each that the selector finds, in order. */
  words = (selector: string): Promise<string[]> =>
    this.tab.ask(
      (selector) => Array.from(document.querySelectorAll(selector), (one) => one.textContent ?? ""),
      selector,
    )
  /** What the conversation says. */
  log = (): Promise<string[]> => this.words("[role=log] .text")
  /** What waits to be sent. */
  waiting = (): Promise<string[]> => this.words(".outbox article .text")
  /** What the conversation says in the frame of a page without scripts. */
  framed = (): Promise<string[]> =>
    this.tab.ask(() => {
      const frame = document.querySelector<HTMLIFrameElement>(".live-frame")
      const rows = frame?.contentDocument?.querySelectorAll(".text") ?? []
      return Array.from(rows, (one) => one.textContent ?? "")
    })
  /** How the page stands with the server. */
  link = async (): Promise<string> => (await this.words(".link-state")).join()
  draft = (): Promise<string> =>
    this.tab.ask(() => document.querySelector<HTMLTextAreaElement>("#message")?.value ?? "")
  /** The id of what has the focus. */
  focus = (): Promise<string> => this.tab.ask(() => document.activeElement?.id ?? "")
  /** The text of the message that has the focus, or the id of what has it instead. */
  focusedText = (): Promise<string> =>
    this.tab.ask(() => document.activeElement?.querySelector(".text")?.textContent ?? document.activeElement?.id ?? "")

  /** Until the page's own script has run. */
  comesAlive = (): Promise<void> => expect.poll(this.isAlive).toBe(true)
  isAlive = (): Promise<boolean> => this.tab.ask(() => document.documentElement.dataset.alive !== undefined)

  /** Until all of it has, the keys and menus that come last, too. */
  lives = (): Promise<void> =>
    expect.poll(() => this.tab.ask(() => document.documentElement.dataset.lives !== undefined)).toBe(true)

  hears = (...words: string[]): Promise<void> => expect.poll(this.log, { timeout: 20_000 }).toEqual(words)
}

export type Story = {
  place: Place
  pane: Pane
  /** Someone who is not in yet. */
  person(name: string, habits?: Habits): Promise<Person>
  ann: Person
  bob: Person
}

export const test = base.extend<Story, { engine: Name; running: Engine }>({
  engine: ["chromium", { option: true, scope: "worker" }],
  running: [
    async ({ engine }, use) => {
      const running = engines[engine]()
      await use(running)
      await running.close()
    },
    { scope: "worker" },
  ],
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the names of fixtures from the pattern
  place: async ({}, use) => {
    const place = await Place.open()
    await use(place)
    await place.close()
  },
  pane: async ({ place }, use) => {
    const pane = await Pane.open(place.address)
    await use(pane)
    await pane.close()
    expect(pane.complaints).toEqual([])
  },
  person: async ({ place, pane, running }, use) => {
    const browsers: Browser[] = []
    await use(async (name, habits = {}) => {
      const browser = await running.open(habits)
      browsers.push(browser)
      return new Person(name, browser, await browser.tab(), { place, pane })
    })
    for (const browser of browsers) await browser.close()
  },
  ann: async ({ person }, use) => {
    const ann = await person("Ann")
    await ann.comeIn()
    await use(ann)
  },
  bob: async ({ person, ann: _ }, use) => {
    const bob = await person("Bob")
    await bob.comeIn()
    await use(bob)
  },
})

export { expect }

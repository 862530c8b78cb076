// Browsers that say untrue things of themselves, refuse what others give, or never answer: one talks all the same.
import { expect, test, type Visitor } from "./place.ts"

/** What is odd about a browser; each is put into the page before anything of ours runs. */
const odd: [name: string, oddity: () => void][] = [
  ["names a zone that is none", () => zoneIs("Etc/Unknown")],
  ["names a zone that is none, as systems are set to", () => zoneIs("UTC+3")],
  ["names no zone", () => zoneIs(undefined)],
  [
    "throws when it is asked for its zone",
    () => {
      Intl.DateTimeFormat.prototype.resolvedOptions = () => {
        throw new RangeError("Icu error")
      }
    },
  ],
  [
    "has no words for other languages",
    () => Object.assign(Intl, { RelativeTimeFormat: undefined, Segmenter: undefined }),
  ],
  ["throws when its storage is looked at", () => throwing(window, "localStorage", "sessionStorage", "indexedDB")],
  ["has none of what is newer", () => without(window, "BroadcastChannel", "indexedDB", "Notification")],
  ["has neither locks nor a clipboard", () => without(Navigator.prototype, "locks", "clipboard", "onLine", "platform")],
  ["throws for its locks", () => throwing(Navigator.prototype, "locks", "clipboard", "serviceWorker")],
  [
    "lets nobody speak to other tabs",
    () => {
      BroadcastChannel.prototype.postMessage = () => {
        throw new DOMException("closed", "InvalidStateError")
      }
    },
  ],
  [
    "takes no words about where one is",
    () => {
      history.replaceState = () => {
        throw new DOMException("too often", "SecurityError")
      }
      performance.getEntriesByType = () => {
        throw new TypeError("no entries")
      }
    },
  ],
  [
    "never opens its disk",
    () => {
      IDBFactory.prototype.open = () => new EventTarget() as IDBOpenDBRequest
    },
  ],
  [
    "never does what its disk is asked",
    () => {
      const { transaction } = IDBDatabase.prototype
      IDBDatabase.prototype.transaction = function (...asked) {
        const one = transaction.apply(this, asked)
        for (const name of ["oncomplete", "onabort", "onerror"]) Object.defineProperty(one, name, { set() {} })
        return one
      }
    },
  ],
  [
    "never gives a lock",
    () => {
      LockManager.prototype.request = () => new Promise(() => {})
    },
  ],
  [
    "never says who has a lock either",
    () => {
      LockManager.prototype.request = () => new Promise(() => {})
      LockManager.prototype.query = () => new Promise(() => {})
    },
  ],
]

/** In the page, too: an init script is one function, so these go before it. */
const TOOLS = `
  const without = (on, ...names) => names.forEach((name) => { delete on[name]; Object.defineProperty(on, name, { value: undefined }) })
  const throwing = (on, ...names) =>
    names.forEach((name) => Object.defineProperty(on, name, { get() { throw new DOMException("denied", "SecurityError") } }))
  const zoneIs = (timeZone) => {
    const { resolvedOptions } = Intl.DateTimeFormat.prototype
    Intl.DateTimeFormat.prototype.resolvedOptions = function () { return { ...resolvedOptions.call(this), timeZone } }
  }
`
declare const without: (on: object, ...names: string[]) => void
declare const throwing: (on: object, ...names: string[]) => void
declare const zoneIs: (zone: unknown) => void

const GROUPS = 3
for (let group = 0; group < GROUPS; group++) {
  const some = odd.filter((_, index) => index % GROUPS === group)
  test(`one talks in a browser that ${some.map(([name]) => name).join("; or ")}`, async ({ ann, bob, place }) => {
    test.slow()
    for (const [name, oddity] of some)
      await test.step(name, async () => {
        const page = await ann.context.newPage()
        ann.watch(page)
        page.on("dialog", (dialog) => dialog.accept())
        await page.addInitScript(`${TOOLS};(${oddity})()`)
        await page.goto(`${place.address}/chat/talk/`)
        await talks(page, bob, name)
        await page.close()
      })
  })
}

/** Says something, sees it said, and hears another. */
async function talks(page: Visitor["page"], bob: Visitor, name: string): Promise<void> {
  const log = page.getByRole("log")
  const box = page.getByRole("textbox", { name: /^Message to/ })
  await box.fill(`Ann, whose browser ${name}`)
  await box.press("Enter")
  await expect(box).toHaveValue("")
  await expect(bob.message(`Ann, whose browser ${name}`)).toHaveCount(1, { timeout: 10_000 })
  await expect(log.locator(".text", { hasText: `whose browser ${name}` })).toHaveCount(1)
  await expect(page.locator(".outbox article")).toHaveCount(0, { timeout: 10_000 })
  await bob.say(`Bob to whose browser ${name}`)
  await expect(log.locator(".text", { hasText: `Bob to whose browser ${name}` })).toHaveCount(1)
  await expect(page.locator("#still")).toHaveCount(0)
}

test("where the disk never answers, a message that cannot be sent is kept in memory, and leaving is warned of", async ({
  ann,
  bob,
}) => {
  const { page } = ann
  await page.addInitScript(() => {
    IDBFactory.prototype.open = () => new EventTarget() as IDBOpenDBRequest
  })
  await page.reload()
  await page.context().setOffline(true)
  await ann.say("kept in memory")
  await expect(ann.box).toHaveValue("")
  await expect(ann.sending).toHaveCount(1)
  const warned = page.waitForEvent("dialog")
  const leaving = page.close({ runBeforeUnload: true })
  const dialog = await warned
  expect(dialog.type()).toBe("beforeunload")
  await dialog.dismiss()
  await leaving
  await page.context().setOffline(false)
  await expect(bob.message("kept in memory")).toHaveCount(1, { timeout: 20_000 })
})

test("a drawing that fails ends neither the line nor the box: it is said once, with a way to go on", async ({
  ann,
  bob,
}) => {
  const { page } = ann
  // Whatever the reason is: here the browser will not make elements for rows any more.
  await page.evaluate(() => {
    const { createElement } = document
    document.createElement = function (this: Document, ...asked: Parameters<typeof createElement>) {
      if (asked[0] === "article") throw new Error("broken on purpose")
      return createElement.apply(this, asked)
    } as typeof createElement
    const { createElementNS } = document
    document.createElementNS = function (this: Document, ...asked: Parameters<typeof createElementNS>) {
      if (asked[1] === "article") throw new Error("broken on purpose")
      return createElementNS.apply(this, asked)
    } as typeof createElementNS
  })
  await bob.say("unseen")
  const words = page.getByRole("alert")
  await expect(words).toContainText("Something broke in drawing this page")
  await ann.say("said all the same")
  await ann.say("and again")
  await expect(bob.message("and again")).toBeVisible()
  expect(ann.complaints.splice(0)).toEqual(["Error: broken on purpose"])
  await expect(words).toHaveCount(1)
  await words.getByRole("link", { name: "Load it anew" }).click()
  await expect(ann.message("unseen")).toBeVisible()
  await expect(ann.message("said all the same")).toHaveCount(1)
  await expect(page.getByRole("alert")).toHaveCount(0)
})

test("a page of which no script runs says so after a while, and works without: for one press, and from then on", async ({
  ann,
  bob,
}) => {
  const { page } = ann
  // All of them: where only the page's own does not come, another stands in for it.
  await page.route("**/assets/*.js", (route) => route.abort())
  await page.goto("/chat/talk/")
  await expect(page.getByText("This page stands still")).toBeHidden()
  // What takes ten seconds takes none.
  await page.evaluate(() => {
    for (const animation of document.getAnimations()) animation.finish()
  })
  await expect(page.getByText("This page stands still")).toBeVisible()
  await page.unroute("**/assets/*.js")
  await page.getByRole("link", { name: "go on without scripts" }).click()
  const frame = page.frameLocator(".live-frame")
  await ann.box.fill("without scripts")
  await page.getByRole("button", { name: "Send" }).click()
  await expect(bob.message("without scripts")).toBeVisible()
  await expect(frame.getByText("without scripts")).toBeVisible()
  await bob.say("heard")
  await expect(frame.getByText("heard")).toBeVisible()
  expect(await page.locator("script[type=module]").count()).toBe(0)
  await page.getByRole("link", { name: "With scripts" }).click()
  await expect(ann.message("heard")).toBeVisible()
  await ann.say("alive")
  await expect(bob.message("alive")).toBeVisible()
  await expect(page.locator("#still")).toHaveCount(0)
})

test("what a page loads when it lives may come late: it is asked for again, and then what was said before has its links, too", async ({
  ann,
  bob,
}) => {
  const { page } = ann
  const link = (name: string) => ann.log.getByRole("link", { name })
  await bob.say("first https://example.org/one and ann@example.org")
  await expect(ann.message("first")).toBeVisible()
  let refused = 0
  await page.route("**/assets/later-*", (route) => (++refused < 5 ? route.abort() : route.continue()))
  await page.goto("/chat/talk/")
  const drawn = await link("https://example.org/one").elementHandle()
  await bob.say("second https://example.org/two")
  await expect(ann.message("second")).toBeVisible()
  await expect(link("https://example.org/two")).toBeVisible()
  expect(refused).toBeGreaterThan(4)
  await expect(link("https://example.org/one")).toHaveAttribute("href", "https://example.org/one")
  await expect(link("ann@example.org")).toHaveAttribute("href", "mailto:ann@example.org")
  expect(await drawn!.evaluate((element) => element.isConnected)).toBe(true)
  await page.keyboard.press("Control+k")
  await expect(page.getByRole("searchbox", { name: "Find or open a room" })).toBeFocused()
})

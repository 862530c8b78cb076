// A new version while people talk. Two processes share the port; what is renewed is a copy of the source, which by then has
// other words and a new migration. Whoever is there, by whichever way, notices nothing but a moment's quiet.
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { Page } from "@playwright/test"
import { test as base, comeIn, expect, Place, type Visitor } from "./place.ts"

const root = join(import.meta.dirname, "../..")
const PARTS = ["bin", "client", "dist", "migrations", "protocol", "server", "view", "package.json", "package-lock.json"]

/** A copy of the source, of which a new version can be made. */
async function copied(): Promise<string> {
  const source = await mkdtemp(join(tmpdir(), "parlour-version-"))
  for (const part of [...PARTS, "tsconfig.json"])
    await cp(join(root, part), join(source, part), { recursive: true, preserveTimestamps: true })
  await symlink(join(root, "node_modules"), join(source, "node_modules"))
  return source
}

const OLD_WORDS = "Forgot your password?"
const NEW_WORDS = "Forgot your words?"

async function makeNewVersion(source: string): Promise<void> {
  const door = join(source, "view/door.tsx")
  await writeFile(door, (await readFile(door, "utf8")).replace(OLD_WORDS, NEW_WORDS))
  await writeFile(join(source, "migrations/9999-trivial.sql"), "create table trivial (id integer primary key);\n")
}

const test = base.extend<{ source: string; pair: Place }>({
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the names of fixtures from the pattern
  source: async ({}, use) => {
    const source = await copied()
    await use(source)
    await rm(source, { recursive: true, force: true })
  },
  pair: async ({ source, fresh }, use) => {
    const settings = { ...(await fresh()), LIMITS: "off" }
    const pair = await Place.open({ source, settings, words: ["--processes", "2"] })
    await use(pair)
    await pair.stop()
    await pair.close()
  },
})

/** From now on: what the page says of the line, of errors and of what waits; and whether it is still the same page. */
const watch = (page: Page) =>
  page.evaluate(() => {
    const seen: string[] = []
    Object.assign(window, { seen })
    const look = () => {
      for (const element of document.querySelectorAll(".link-state, [role=alert], .waiting, .problem")) {
        const words = element.textContent?.trim()
        if (words && !seen.includes(words)) seen.push(words)
      }
    }
    new MutationObserver(look).observe(document, { subtree: true, childList: true, characterData: true })
    look()
  })
const seenBy = (page: Page) => page.evaluate(() => (window as unknown as { seen?: string[] }).seen)

/** Speaks by the API until it is told to stop; what is not answered is said again with its nonce. */
function speaking({ page }: Visitor, name: string) {
  const said: string[] = []
  const declined: string[] = []
  let going = true
  const done = (async () => {
    for (let i = 0; going; i++) {
      const text = `${name} ${i}`
      const data = { text, nonce: crypto.randomUUID() }
      for (let status = 0; status !== 201 && status !== 200; ) {
        status = await page.request.post("/api/v1/rooms/talk/messages", { data }).then(
          (answer) => answer.status(),
          (error) => {
            // A connection that is just being closed is nothing: browsers ask again by themselves. That nobody listens is.
            if (/ECONNREFUSED/.test(`${error}`)) declined.push("nobody listens")
            return 0
          },
        )
        if (status >= 300) declined.push(`${status}`)
      }
      said.push(text)
    }
  })()
  return {
    said,
    declined,
    async stop() {
      going = false
      await done
    },
  }
}

test("a new version with a new migration, while people talk: nothing is lost, no page goes, and what is typed stays", async ({
  browser,
  source,
  pair: place,
}) => {
  test.setTimeout(120_000)
  const ann = await comeIn(browser, place, "Ann")
  const bob = await comeIn(browser, place, "Bob") // by a stream
  await bob.page.routeWebSocket("**/events*", (socket) => socket.close())
  const streaming = bob.page.waitForResponse((answer) => /event-stream/.test(answer.headers()["content-type"] ?? ""))
  await bob.page.reload()
  await streaming
  await ann.page.goto("/chat/?room=Quiet")
  await ann.page.getByRole("button", { name: "Open this room" }).click()
  await ann.page.waitForURL("**/chat/quiet/")
  await bob.page.goto("/chat/quiet/")
  await bob.page.getByRole("button", { name: "Join room" }).click()
  await expect(bob.page.getByRole("button", { name: "Join room" })).toHaveCount(0)
  const dora = await browser.newContext({
    baseURL: place.address,
    javaScriptEnabled: false,
    storageState: await ann.context.storageState(),
  })
  const plain = await dora.newPage()
  await plain.goto("/chat/quiet/", { waitUntil: "commit" }) // its frame is never complete
  const frame = plain.frameLocator("iframe")

  await ann.say("Hello")
  await expect(bob.message("Hello")).toBeVisible()
  await expect(frame.getByText("Hello")).toBeVisible()
  const door = async () => await (await fetch(`${place.address}/login`)).text()
  expect(await door()).toContain(OLD_WORDS)

  const moved: string[] = []
  for (const page of [ann.page, bob.page, plain])
    page.on("framenavigated", (frame) => void (frame === page.mainFrame() && moved.push(frame.url())))
  for (const { page } of [ann, bob]) await watch(page)
  await plain.getByRole("textbox", { name: /^Message to/ }).fill("half a thought, without scripts")
  const speakers = ["one", "two", "three"].map((name) => speaking(ann, name))
  const lines: string[] = []
  await makeNewVersion(source)
  let renewed = false
  const renewing = place.renew().then(() => {
    renewed = true
  })
  for (let i = 0; !renewed || i < 5; i++) {
    for (const who of [ann, bob]) {
      const line = `${who === ann ? "Ann" : "Bob"} says ${i}`
      await who.say(line)
      lines.push(line)
    }
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
  await renewing
  for (const speaker of speakers) await speaker.stop()
  for (const [who, words] of [
    [ann, "half a thought"],
    [bob, "another half"],
  ] as const)
    await who.box.fill(words)

  // It is the new one that answers, and everyone is with it.
  expect(await door()).toContain(NEW_WORDS)
  for (const who of [ann, bob]) {
    for (const line of lines.slice(-2)) await expect(who.message(line)).toBeVisible() // one's own, and the other's
    await expect(who.sending).toHaveCount(0)
    const texts = (await who.texts()).filter((text) => / says /.test(text))
    expect(texts.toSorted()).toEqual(lines.slice(-texts.length).toSorted())
  }
  await expect(frame.getByText(lines.at(-1)!)).toBeVisible({ timeout: 10_000 })
  await expect(plain.getByRole("textbox", { name: /^Message to/ })).toHaveValue("half a thought, without scripts")
  await expect(ann.box).toHaveValue("half a thought")
  await expect(bob.box).toHaveValue("another half")
  expect(moved).toEqual([])
  for (const { page } of [ann, bob]) {
    const seen = await seenBy(page)
    expect(seen).toBeDefined() // it is the page that it was
    expect(seen?.filter((words) => !/^Connecting/.test(words))).toEqual([])
  }

  // Each that was said is there once.
  const said = speakers.flatMap((speaker) => speaker.said)
  expect(said.length).toBeGreaterThan(20)
  expect(speakers.flatMap((speaker) => speaker.declined)).toEqual([])
  const kept = await everything(ann, "talk")
  expect(kept.filter((text) => / \d+$/.test(text)).toSorted()).toEqual(said.toSorted())
  expect((await everything(ann, "quiet")).toSorted()).toEqual(["Hello", ...lines].toSorted())

  expect([ann.complaints, bob.complaints]).toEqual([[], []])
  for (const context of [ann.context, bob.context, dora]) await context.close()
})

/** All that was ever said in a room. */
async function everything({ page }: Visitor, room: string): Promise<string[]> {
  const texts: string[] = []
  for (let before = ""; ; ) {
    const answer = await page.request.get(`/api/v1/rooms/${room}/messages?limit=200${before}`)
    const { messages, older } = (await answer.json()) as { messages: { id: number; text: string }[]; older: boolean }
    texts.unshift(...messages.map(({ text }) => text))
    if (!older) return texts
    before = `&before=${messages[0]!.id}`
  }
}

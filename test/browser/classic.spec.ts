// Pages as they were written for four older chats, served from the place's own address, unchanged and with no policy
// of ours to protect them: what they receive must be harmless by itself.
import { readFile } from "node:fs/promises"
import { join } from "node:path"
import type { Page } from "@playwright/test"
import { expect, test, type Visitor } from "./place.ts"

const pages = join(import.meta.dirname, "../classic/pages")

// The browser takes a page that the test itself hands it for one from the public internet, which may not reach a socket
// on this machine without leave.
test.use({ permissions: ["local-network-access"] })

/** Words that would run, if any of them were taken for HTML. */
const HOSTILE = `<img src=x onerror="window.ran=1"><script>window.ran=1</script> & 'so on'`

/** Someone at one of the old pages. The page's clock is the test's to turn, and stands meanwhile: these pages ask each second
 *  whether or not the last answer has come, and show lines twice when two answers cross. */
async function at({ page }: Visitor, name: string, query = ""): Promise<Page> {
  const body = await readFile(join(pages, `${name}.html`), "utf8")
  await page.route(`**/old/${name}.html*`, (route) => route.fulfill({ contentType: "text/html; charset=utf-8", body }))
  const now = Date.now()
  await page.clock.install({ time: now })
  await page.clock.pauseAt(now + 1_000)
  await page.goto(`/old/${name}.html${query}`)
  return page
}

/** Lets so many seconds pass on the page, and waits until what it asks then is answered. */
async function poll(page: Page, seconds: number, address: string): Promise<void> {
  const answered = page.waitForResponse((answer) => answer.url().includes(address))
  await page.clock.runFor(seconds * 1000)
  await (await answered).finished()
}

const ran = (page: Page) => page.evaluate(() => "ran" in window)

test("the polled list: what one submits, the other reads within one poll", async ({ ann, bob }) => {
  const [annPage, bobPage] = [await at(ann, "polled-list"), await at(bob, "polled-list")]
  await poll(bobPage, 2, "/chat/messages")
  await expect(bobPage.locator("li")).toHaveCount(0)

  for (const text of ["Lunch?", HOSTILE]) {
    await annPage.getByRole("textbox").fill(text)
    await annPage.getByRole("button", { name: "Submit" }).click()
    await annPage.waitForURL("**/chat/talk/")
    await expect(ann.message(text)).toBeVisible()
    await annPage.goto("/old/polled-list.html")
  }
  await poll(bobPage, 4, "/chat/messages")
  await expect(bobPage.locator("li span")).toHaveText([HOSTILE, "Lunch?"])
  await expect(bobPage.locator("li small").first()).toHaveText(/^(now|a second ago|\d+ seconds ago)$/)
  expect(await ran(bobPage)).toBe(false)

  await bobPage.getByRole("textbox").fill("not this")
  await bobPage.getByRole("button", { name: "Reset" }).click()
  await expect(bobPage.getByRole("textbox")).toHaveValue("")
})

test("the latest lines: what was said in the last seconds is appended, with who said it", async ({ ann, bob }) => {
  const bobPage = await at(bob, "latest-lines")
  await ann.say("Lunch?")
  await ann.say(HOSTILE)
  await expect(ann.sending).toHaveCount(0)
  await poll(bobPage, 5, "/api/latest-chat/5/")
  await expect(bobPage.locator("#box span")).toHaveText(["Lunch?", HOSTILE])
  await expect(bobPage.locator("#box b")).toHaveText(["Ann", "Ann"])
  expect(await ran(bobPage)).toBe(false)
})

test("the AJAX room: two people send by Enter and read each second, each message once", async ({ ann, bob }) => {
  const [annPage, bobPage] = [await at(ann, "ajax-room"), await at(bob, "ajax-room")]
  const say = async (page: Page, text: string) => {
    await page.locator("#content").fill(text)
    await page.locator("#content").press("Enter")
    await expect(page.locator("#content")).toHaveValue("")
  }
  await say(annPage, "Lunch?")
  await poll(bobPage, 1, "/chat/talk/post/")
  await say(bobPage, "At one")
  await say(annPage, HOSTILE)
  for (const page of [annPage, bobPage]) {
    for (const _ of ["new", "nothing new"]) {
      await poll(page, 1, "/chat/talk/post/")
      await expect(page.locator(".chat span")).toHaveText(["Lunch?", "At one", HOSTILE])
    }
    await expect(page.locator(".chat b")).toHaveText(["Ann", "Bob", "Ann"])
    expect(await ran(page)).toBe(false)
  }
})

test("the AJAX room: a double click says it once, and what was refused stays in the box", async ({ ann }) => {
  const page = await at(ann, "ajax-room")
  const box = page.locator("#content")
  await box.fill("twice?")
  await page.getByRole("button").evaluate((button: HTMLButtonElement) => {
    button.click()
    button.click()
  })
  await expect(box).toHaveValue("")
  await poll(page, 1, "/chat/talk/post/")
  await expect(page.locator(".chat span")).toHaveText(["twice?"])

  await box.fill("x".repeat(8_001))
  await box.press("Enter")
  await expect.poll(() => ann.complaints.splice(0)).toEqual(["Error: The server said 413"])
  await expect(box).toHaveValue("x".repeat(8_001))
})

test("the room socket: in a room that nobody had opened, both read what both say", async ({ ann, bob, place }) => {
  const here = "?room=Lunch%20plans"
  const [annPage, bobPage] = [await at(ann, "room-socket", here), await at(bob, "room-socket", here)]
  const say = async (page: Page, text: string) => {
    await page.locator("#input").fill(text)
    await page.locator("#input").press("Enter")
    await expect(page.locator("#input")).toHaveValue("")
  }
  await say(annPage, "At one?")
  await expect(bobPage.locator("#log")).toHaveValue("At one?\n")
  await say(bobPage, "At two")
  for (const page of [annPage, bobPage]) await expect(page.locator("#log")).toHaveValue("At one?\nAt two\n")

  // Who comes later sees what was said, here and on the room's own page.
  await bobPage.reload()
  await expect(bobPage.locator("#log")).toHaveValue("At one?\nAt two\n")
  await annPage.goto(`${place.address}/chat/lunch-plans/`)
  expect(await ann.texts()).toEqual(["At one?", "At two"])
})

test("the four formats and the room itself are one conversation", async ({ ann, bob }) => {
  const bobPage = await at(bob, "room-socket")
  await ann.say("from the room")
  await expect(bobPage.locator("#log")).toHaveValue("from the room\n")
  await bobPage.locator("#input").fill("from the socket")
  await bobPage.locator("#submit").click()
  await expect(ann.message("from the socket")).toBeVisible()
  await bobPage.evaluate(async () => {
    const say = (address: string, fields: Record<string, string>) =>
      fetch(address, { method: "POST", body: new URLSearchParams(fields) })
    await say("/chat/talk", { message: "from the form" })
    await say("/post/", { post_type: "send_chat", content: "from the AJAX room" })
  })
  await expect(ann.message("from the AJAX room")).toBeVisible()
  const all = ["from the room", "from the socket", "from the form", "from the AJAX room"]
  await expect(bobPage.locator("#log")).toHaveValue(`${all.join("\n")}\n`)
  expect(await ann.texts()).toEqual(all)
})

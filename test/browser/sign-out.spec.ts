// Signing out: by hand nothing of what one wrote stays in the browser; otherwise it waits for its person, and for nobody else.
import { expect, PASSWORD, test, type Visitor } from "./place.ts"

/** All that the browser keeps, as whoever sits down at it would look for it. */
const kept = ({ page }: Visitor): Promise<string> =>
  page.evaluate(async () => {
    const entries = await new Promise<unknown[]>((resolve) => {
      const request = indexedDB.open("parlour")
      request.onupgradeneeded = () => request.transaction?.abort()
      request.onerror = () => resolve([])
      request.onsuccess = () => {
        if (!request.result.objectStoreNames.contains("outbox")) return resolve([])
        const all = request.result.transaction("outbox").objectStore("outbox").getAll()
        all.onsuccess = () => resolve(all.result)
      }
    })
    return JSON.stringify([{ ...localStorage }, { ...sessionStorage }, entries])
  })

async function signOut({ page }: Visitor): Promise<void> {
  await page.locator(".place-menu summary").first().click()
  await page.getByRole("button", { name: "Sign out" }).click()
}

/** What this tab alone remembers. */
const keptByTab = ({ page }: Visitor) => page.evaluate(() => Object.keys(sessionStorage))

async function signIn({ page }: Visitor, name: string): Promise<void> {
  await page.getByLabel("Username").fill(name)
  await page.getByLabel("Password").fill(PASSWORD)
  await page.getByRole("button", { name: "Sign in" }).click()
  await page.waitForURL("**/chat/talk/")
}

for (const [browsers, listens] of [
  ["a browser that forgets when it is asked to", true],
  ["one that does not", false],
] as const)
  test(`by hand, what is not sent is asked about and then gone, in each tab of ${browsers}`, async ({
    ann,
    bob: _,
  }) => {
    if (!listens)
      await ann.context.route("**/logout", async (route) => {
        const answer = await route.fetch({ maxRedirects: 0 })
        const { "clear-site-data": asked, ...headers } = answer.headers()
        expect(asked).toBe('"cache", "storage"')
        await route.fulfill({ response: answer, headers })
      })
    const other = await ann.context.newPage()
    await other.goto("/chat/talk/")
    await ann.box.fill("hush, a draft")
    await expect.poll(() => kept(ann)).toContain("hush")

    await signOut(ann)
    const question = ann.page.getByRole("dialog", { name: "Not everything is sent" })
    await expect(question).toContainText("You have a draft. Signed out, you cannot get at it any more.")
    await question.getByRole("button", { name: "Stay" }).click()
    await expect(question).toHaveCount(0)
    await expect(ann.box).toHaveValue("hush, a draft")
    expect(await kept(ann)).toContain("hush")

    await signOut(ann)
    await question.getByRole("button", { name: "Sign out" }).click()
    await ann.page.waitForURL("**/login?out")
    await expect(ann.page.getByText("You have signed out.")).toBeVisible()
    await other.waitForURL("**/login?out")
    await expect.poll(() => kept(ann)).not.toContain("hush")
    await signIn(ann, "Ann")
    await expect(ann.box).toHaveValue("")
  })

test("by hand, with nothing to lose, nothing is asked", async ({ ann }) => {
  await ann.say("hello")
  await expect(ann.message("hello")).toBeVisible()
  await expect(ann.sending).toHaveCount(0)
  await signOut(ann)
  await ann.page.waitForURL("**/login?out")
})

test("what waits to be sent is asked about, too, and one other's stays", async ({ ann }) => {
  await ann.keepUnsent("hush", { refused: "No." })
  await ann.keepUnsent("theirs", { refused: "No.", owner: "999 Zoe" })
  await ann.context.route("**/logout", async (route) => {
    const answer = await route.fetch({ maxRedirects: 0 })
    const { "clear-site-data": _, ...headers } = answer.headers()
    await route.fulfill({ response: answer, headers })
  })
  await signOut(ann)
  const question = ann.page.getByRole("dialog")
  await expect(question).toContainText("You have a message that is not sent yet.")
  await question.getByRole("button", { name: "Sign out" }).click()
  await ann.page.waitForURL("**/login?out")
  await expect.poll(() => kept(ann)).not.toContain("hush")
  expect(await kept(ann)).toContain("theirs")
})

test("a session that is ended elsewhere leaves what was written to its person, and shows it to nobody else", async ({
  ann,
  bob,
  browser,
  place,
}) => {
  await ann.box.fill("hush, a draft")
  await expect.poll(() => kept(ann)).toContain("hush")
  const phone = await browser.newContext({ baseURL: place.address })
  const page = await phone.newPage()
  await page.goto("/login")
  await signIn({ page } as Visitor, "Ann")
  await page.goto("/me")
  await page.getByRole("button", { name: "Sign out everywhere else" }).click()
  await expect(ann.link).toContainText("You are signed out")
  await ann.page.goto("/chat/talk/")
  await expect(ann.page.getByText("You have been signed out, here or on another device.")).toBeVisible()
  await signIn(ann, "Bob")
  await expect(ann.box).toHaveValue("")
  await ann.context.clearCookies() // as if it had expired
  await ann.page.goto("/login")
  await signIn(ann, "Ann")
  await expect(ann.box).toHaveValue("hush, a draft")
  expect(bob.complaints).toEqual([])
  await phone.close()
})

test("the page of one's own signs out by hand, too, and a password that is changed there keeps the other tabs", async ({
  ann,
}) => {
  const you = await ann.context.newPage()
  await you.goto("/me")
  await you.getByLabel("Current password").fill(PASSWORD)
  await you.getByLabel("New password").fill("another long enough password")
  await you.getByRole("button", { name: "Change password" }).click()
  await expect(you.getByText("Your password is changed.")).toBeVisible()
  await ann.say("still here")
  await expect(ann.message("still here")).toBeVisible()
  await expect(ann.sending).toHaveCount(0)
  await ann.box.fill("hush, a draft")
  await expect.poll(() => kept(ann)).toContain("hush")
  await you.getByRole("button", { name: "Sign out here" }).click()
  await you.getByRole("dialog").getByRole("button", { name: "Sign out" }).click()
  await you.waitForURL("**/login?out")
  await ann.page.waitForURL("**/login?out")
  await expect.poll(() => kept(ann)).not.toContain("hush")
})

test("what a tab notes while its page goes away is not there after signing out, where the browser forgets by itself", async ({
  ann,
}) => {
  await ann.page.reload()
  await expect.poll(() => keptByTab(ann)).toContain("parlour.rooms")
  await signOut(ann)
  await ann.page.waitForURL("**/login?out")
  await expect.poll(() => keptByTab(ann)).toEqual([])
})

for (const path of ["/chat/talk/", "/me"])
  test(`${path}, come back to as the browser kept it, shows nothing to who is no longer in`, async ({ ann }) => {
    const { page } = ann
    await page.goto(path)
    await ann.lives()
    const comeBack = () => page.evaluate(() => dispatchEvent(new PageTransitionEvent("pageshow", { persisted: true })))
    await page.evaluate(() => dispatchEvent(new PageTransitionEvent("pagehide", { persisted: true })))
    // A server that does not answer as it should has not said that one is out.
    await page.route("**/api/v1/me", (route) => route.fulfill({ status: 503, json: {} }))
    await comeBack()
    await page.waitForTimeout(300)
    expect(new URL(page.url()).pathname).toBe(path)
    await page.unroute("**/api/v1/me")
    await ann.context.clearCookies()
    await comeBack()
    await page.waitForURL(/\/login\?next=/)
  })

test("a server that is busy signs no other tab out", async ({ ann }) => {
  const { page } = ann
  await ann.box.fill("hush, a draft")
  await ann.lives()
  for (const answer of [
    { status: 503, json: {} },
    { status: 429, json: { error: { code: "slow_down", message: "Slowly." } } },
    { status: 200, body: "<p>a portal", contentType: "text/html" },
  ]) {
    await page.route("**/api/v1/me", (route) => route.fulfill(answer))
    await page.evaluate(() => {
      const other = new BroadcastChannel("parlour.out")
      other.postMessage("out")
      other.close()
    })
    await page.waitForTimeout(300)
    await page.unroute("**/api/v1/me")
    expect(new URL(page.url()).pathname).toBe("/chat/talk/")
    expect(await kept(ann)).toContain("hush")
  }
})

// The network goes and comes back; the server dies in mid-sentence; nothing is lost, nothing is said twice.
import { past } from "./past.ts"
import { expect, PASSWORD, test, type Visitor } from "./place.ts"

const numbered = (count: number, word = "message") =>
  Array.from({ length: count }, (_, index) => `${word} ${index + 1}`)

/** All that was written stands in the log, once, in order. */
const saysOnly = (visitor: Visitor, texts: string[]) =>
  expect.poll(() => visitor.texts(), { timeout: 30_000 }).toEqual(texts)

test("what is written offline waits, and is said in order when the network is back", async ({ ann, bob }) => {
  await ann.say("before")
  await saysOnly(bob, ["before"])
  await ann.context.setOffline(true)
  for (const text of numbered(3)) await ann.say(text)
  await expect(ann.sending).toHaveCount(3)
  await expect(ann.box).toHaveValue("")
  await expect(ann.link).toHaveText(/^Offline/, { timeout: 15_000 })
  await bob.say("meanwhile")
  await ann.context.setOffline(false)
  await expect(bob.log.getByRole("article")).toHaveCount(5)
  const heard = await bob.texts()
  expect(heard.filter((text) => text !== "meanwhile")).toEqual(["before", ...numbered(3)])
  await saysOnly(ann, heard)
  await expect(ann.sending).toHaveCount(0)
  await expect(ann.link).toHaveText("")
})

test("what waits outlives the page", async ({ ann, bob, place }) => {
  await place.stop()
  await ann.say("written to nobody")
  await expect(ann.sending).toHaveCount(1)
  await ann.page.close()
  await place.start()
  const page = await ann.context.newPage()
  await page.goto(`${place.address}/chat/talk/`)
  await saysOnly(bob, ["written to nobody"])
  await expect(page.getByRole("log").getByRole("article")).toHaveCount(1)
  await expect(page.locator(".outbox article")).toHaveCount(0)
})

test("what waits outlives a crash of the page", async ({ ann, bob, place }) => {
  await place.stop()
  await ann.say("first")
  await ann.say("second")
  await expect(ann.sending).toHaveCount(2)
  const crashed = ann.page.waitForEvent("crash")
  const session = await ann.context.newCDPSession(ann.page)
  session.send("Page.crash").catch(() => {}) // nobody is left to answer
  await crashed
  await place.start()
  const page = await ann.context.newPage()
  await page.goto(`${place.address}/chat/talk/`)
  await saysOnly(bob, ["first", "second"])
  await expect(page.locator(".outbox article")).toHaveCount(0)
})

test("a server that is killed and started again while both write loses nothing and doubles nothing", async ({
  ann,
  bob,
  place,
}) => {
  test.slow()
  const [anns, bobs] = [numbered(30, "ann"), numbered(30, "bob")]
  const write = async (visitor: Visitor, texts: string[]) => {
    for (const text of texts) {
      await visitor.say(text)
      await visitor.page.waitForTimeout(60)
    }
  }
  const writing = Promise.all([write(ann, anns), write(bob, bobs)])
  for (let death = 0; death < 3; death++) {
    await ann.page.waitForTimeout(500)
    await place.kill()
    await place.start()
  }
  await writing
  await expect.poll(async () => (await ann.texts()).length, { timeout: 40_000 }).toBe(60)
  const heard = await ann.texts()
  expect(heard.filter((text) => text.startsWith("ann"))).toEqual(anns)
  expect(heard.filter((text) => text.startsWith("bob"))).toEqual(bobs)
  await saysOnly(bob, heard)
  await ann.page.reload()
  expect(await ann.texts()).toEqual(heard.slice(-50))
})

test("an answer that is lost on the way does not double the message", async ({ ann, bob }) => {
  // Without a feed, which would bring the message itself and settle the matter.
  await ann.page.routeWebSocket("**/events*", (socket) => socket.close())
  let lost = 0
  await ann.page.route("**/events*", (route) => (lost < 3 ? route.abort() : route.continue()))
  await ann.page.reload()
  await ann.page.route("**/api/v1/rooms/talk/messages", async (route) => {
    if (route.request().method() !== "POST" || ++lost > 2) return route.continue()
    await route.fetch()
    await route.abort()
  })
  await ann.say("only once")
  await expect.poll(() => lost).toBe(3)
  await saysOnly(bob, ["only once"])
  await saysOnly(ann, ["only once"])
  await expect(ann.sending).toHaveCount(0)
})

for (const [blocked, transport] of [
  ["sockets", "the stream"],
  ["sockets and streams", "the long poll"],
] as const)
  test(`with ${blocked} blocked, ${transport} carries the talk`, async ({ ann, bob }) => {
    await ann.page.routeWebSocket("**/events*", (socket) => socket.close())
    if (transport === "the long poll")
      await ann.page.route("**/events*", (route) =>
        route.request().headers().accept?.includes("event-stream") ? route.fulfill({ status: 502 }) : route.continue(),
      )
    await ann.page.reload()
    await ann.say("through a keyhole")
    await saysOnly(bob, ["through a keyhole"])
    await bob.say("heard")
    await saysOnly(ann, ["through a keyhole", "heard"])
    await expect(ann.link).toHaveText("")
  })

// By hand, in this browser, nothing is kept: see sign-out.spec.ts.
test("signed out from elsewhere: says so, keeps what is written, and sends it when one is back", async ({
  ann,
  bob,
  browser,
  place,
}) => {
  const { page } = ann
  const phone = await browser.newContext({ baseURL: place.address, extraHTTPHeaders: { origin: place.address } })
  const form = { username: "Ann", password: PASSWORD }
  expect((await phone.request.post("/login", { form })).url()).toBe(`${place.address}/chat/talk/`)
  expect((await phone.request.post("/me/sign-out-others")).url()).toContain(`${place.address}/me`)
  await phone.close()
  await expect(ann.link).toContainText("You are signed out")
  await ann.say("kept")
  await expect(ann.sending).toContainText("signed out")
  await page.getByRole("link", { name: "Sign in again" }).click()
  await page.getByLabel("Name").fill("Ann")
  await page.getByLabel("Password").fill(PASSWORD)
  await page.getByRole("button", { name: "Sign in" }).click()
  await page.waitForURL("**/chat/talk/")
  await saysOnly(bob, ["kept"])
  await saysOnly(ann, ["kept"])
})

test("another person who signs in on the same browser neither sees nor sends what waits", async ({
  ann,
  bob,
  place,
}) => {
  await place.stop()
  await ann.say("mine alone")
  await expect(ann.sending).toHaveCount(1)
  await ann.page.close()
  await place.start()
  await ann.context.clearCookies()
  const page = await ann.context.newPage()
  await page.goto(`${place.address}/register`)
  await page.getByLabel("Username").fill("Cleo")
  await page.getByLabel("Password").fill(PASSWORD)
  await page.getByRole("button", { name: "Register" }).click()
  await page.waitForURL("**/chat/talk/")
  await page.waitForTimeout(1_000)
  await expect(page.locator(".outbox article")).toHaveCount(0)
  expect(await bob.texts()).toEqual([])
})

test("two tabs share what waits and send it once", async ({ ann, bob, place }) => {
  const other = await ann.context.newPage()
  await other.goto("/chat/talk/")
  await place.stop()
  for (const text of numbered(5)) await ann.say(text)
  await expect(ann.sending).toHaveCount(5)
  await expect(other.locator(".outbox article")).toHaveCount(5)
  await place.start()
  await saysOnly(bob, numbered(5))
  await expect(ann.sending).toHaveCount(0)
  await expect(other.locator(".outbox article")).toHaveCount(0)
  expect(await bob.texts()).toEqual(numbered(5))
})

test("what the server declines can be edited and sent, or discarded", async ({ ann, bob }) => {
  await ann.page.routeWebSocket("**/events*", (socket) => socket.close())
  let declines = true
  await ann.page.route("**/api/v1/rooms/talk/messages", (route) =>
    declines && route.request().method() === "POST"
      ? route.fulfill({ status: 422, json: { error: { code: "invalid", message: "Not like this." } } })
      : route.continue(),
  )
  await ann.page.reload()
  await ann.say("rude")
  await ann.say("ruder")
  await expect(ann.sending).toHaveCount(2)
  await expect(ann.sending.filter({ hasText: "Not like this." })).toHaveCount(2)
  declines = false
  await ann.sending.nth(1).getByRole("button", { name: "Discard" }).click()
  await expect(ann.sending).toHaveCount(1)
  await expect(ann.page.locator("body")).not.toBeFocused()
  await ann.sending.getByRole("button", { name: "Edit" }).click()
  await expect(ann.box).toHaveValue("rude")
  await expect(ann.box).toBeFocused()
  await ann.say("polite")
  await saysOnly(bob, ["polite"])
  await expect(ann.sending).toHaveCount(0)
})

test("while the server cannot, its words stand under the first of what waits, and are gone when it can", async ({
  ann,
  bob,
}) => {
  await ann.page.routeWebSocket("**/events*", (socket) => socket.close())
  let full = true
  const error = { code: "try_again", message: "Parlour cannot write to its disk just now." }
  await ann.page.route("**/api/v1/rooms/talk/messages", (route) =>
    full && route.request().method() === "POST" ? route.fulfill({ status: 503, json: { error } }) : route.continue(),
  )
  await ann.page.reload()
  const words = "Parlour cannot write to its disk just now. Parlour keeps trying by itself."
  await ann.say("patience")
  await ann.say("and more of it")
  await expect(ann.sending.first().locator(".waiting")).toHaveText(words, { timeout: 15_000 })
  await expect(ann.page.locator(".waiting")).toHaveCount(1)
  await expect(ann.page.getByRole("status").filter({ hasText: words })).toHaveCount(1)
  full = false
  await saysOnly(bob, ["patience", "and more of it"])
  await expect(ann.page.getByText(words)).toHaveCount(0)
})

test("a restored backup is noticed: the page draws the history that is", async ({ ann, place }) => {
  await ann.say("kept")
  await saysOnly(ann, ["kept"])
  await ann.box.fill("being typed")
  // Another epoch, as restoring gives one: the server says reset to whoever comes with the old one.
  await ann.page.routeWebSocket("**/events*", (socket) => {
    const server = socket.connectToServer()
    server.onMessage((message) => {
      socket.send(message)
      if (String(message).includes('"live"'))
        socket.send(JSON.stringify({ kind: "reset", cursor: JSON.parse(String(message)).cursor }))
    })
  })
  const asked = ann.page.waitForRequest("**/api/v1/rooms/talk/messages")
  await place.stop()
  await place.start()
  await asked
  await saysOnly(ann, ["kept"])
  await expect(ann.box).toHaveValue("being typed")
})

test("a tab that is closed in mid-sentence leaves its words to the other", async ({ ann, bob }) => {
  // Whichever way it goes out, it never arrives.
  await ann.page.route("**/api/v1/rooms/talk/messages", (route) => {
    if (route.request().method() !== "POST") return route.continue()
  })
  await ann.page.evaluate(() => {
    const { send } = WebSocket.prototype
    WebSocket.prototype.send = function (frame) {
      if (!String(frame).includes('"post"')) send.call(this, frame)
    }
  })
  await ann.say("last words")
  await expect(ann.sending).toHaveCount(1)
  const isSpeaking = () => ann.page.evaluate(async () => (await navigator.locks.query()).held?.length)
  await expect.poll(isSpeaking).toBe(1)
  // The other comes when the one is speaking, or it might be the first to speak. It stands in line, and is not kept waiting by a clock.
  const other = await ann.context.newPage()
  await other.goto("/chat/talk/")
  const inLine = () => other.evaluate(async () => (await navigator.locks.query()).pending?.length)
  await expect.poll(inLine).toBe(1)
  expect(await bob.texts()).toEqual([])
  await ann.page.close()
  await saysOnly(bob, ["last words"])
  await expect(other.locator(".outbox article")).toHaveCount(0)
})

test("on a plain-http origin, in a private window: all of it works, and leaving with unsent words is warned of", async ({
  ann,
  bob,
  place,
}) => {
  const { page } = ann
  await page.addInitScript(() => {
    Object.defineProperty(Navigator.prototype, "locks", { value: undefined })
    Object.defineProperty(Crypto.prototype, "randomUUID", { value: undefined })
    Object.defineProperty(window, "indexedDB", { value: undefined })
    Object.defineProperty(window, "BroadcastChannel", { value: undefined })
    Storage.prototype.setItem = () => {
      throw new DOMException("full", "QuotaExceededError")
    }
  })
  await page.reload()
  await ann.say("no luxury")
  await saysOnly(bob, ["no luxury"])
  await place.stop()
  await ann.say("unsent")
  await expect(ann.sending).toHaveCount(1)
  const warned = page.waitForEvent("dialog")
  const leaving = page.goto("about:blank").catch(() => {})
  await (await warned).dismiss()
  await leaving
  await place.start()
  await saysOnly(bob, ["no luxury", "unsent"])
})

test("a long absence: the page comes back to the present, with what was missed counted or drawn afresh", async ({
  ann,
  bob,
  place,
}) => {
  await ann.say("before")
  await saysOnly(bob, ["before"])
  await ann.page.routeWebSocket("**/events*", (socket) => socket.close())
  let away = true
  await ann.page.route("**/events*", (route) => (away ? route.abort() : route.continue()))
  await ann.page.reload()
  const long = past(2_500, { word: "missed", apart: 1_000, tall: 0 })
  await place.import(long)
  away = false
  await expect(ann.message("missed 2500")).toBeInViewport({ timeout: 25_000 })
  const texts = await ann.texts()
  expect(texts).toEqual(long.slice(-texts.length).map(({ text }) => text))
})

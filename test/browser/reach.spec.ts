// The place cannot be reached, or something stands before it: the page stays, says what is so, and loses nothing.
import { expect, test, type Visitor } from "./place.ts"

const rooms = ({ page }: Visitor) => page.getByRole("navigation", { name: "Rooms" })

async function openGarden(visitor: Visitor): Promise<void> {
  const { page } = visitor
  await page.goto("/chat/?room=Garden")
  await page.getByRole("button", { name: "Open this room" }).click()
  await page.waitForURL("**/chat/garden/")
  await visitor.lives()
}

test("with the server down a press on another room, or a search, waits for it, and what is written stays", async ({
  ann,
  place,
}) => {
  const { page, box, link } = ann
  await openGarden(ann)
  await place.stop()
  await expect.poll(() => page.evaluate(() => fetch("/health").catch(() => "gone"))).toBe("gone")
  await rooms(ann).getByRole("link", { name: "talk" }).click()
  await expect(link).toHaveText("Not reachable now. It opens as soon as the place is back.")
  await expect(page).toHaveURL(/garden/)
  await place.start()
  await page.waitForURL("**/chat/talk/", { timeout: 30_000 })
  await place.stop()
  await page.getByRole("searchbox").fill("garden")
  await page.getByRole("searchbox").press("Enter")
  await expect(link).toHaveText("Not reachable now. It opens as soon as the place is back.")
  // Who writes on has decided to stay.
  await box.fill("half a tho")
  await expect(link).not.toHaveText(/^Not reachable/)
  await place.start()
  await expect(link).toHaveText("", { timeout: 30_000 })
  await expect(page).toHaveURL(/talk/)
  await expect(box).toHaveValue("half a tho")
})

test("offline it is the same; what acts is not done later behind one's back", async ({ ann, bob }) => {
  await openGarden(ann)
  const { page, link } = bob
  await page.goto("/chat/garden/")
  await bob.lives()
  await bob.context.setOffline(true)
  await page.getByRole("button", { name: "Join room" }).click()
  await expect(link).toHaveText("Not reachable now, so nothing was done. Try again when the place is back.")
  await rooms(bob).getByRole("link", { name: "talk" }).click()
  await expect(link).toHaveText("Not reachable now. It opens as soon as the place is back.")
  await bob.context.setOffline(false)
  await page.waitForURL("**/chat/talk/", { timeout: 30_000 })
  await expect(rooms(bob).getByRole("link", { name: "Garden" })).toHaveCount(0)
})

test("a press in the first moment, before the line is up, is not held back", async ({ ann }) => {
  const { page } = ann
  await openGarden(ann)
  await page.routeWebSocket("**/events*", () => {}) // never answers
  await page.reload()
  await page.waitForTimeout(300)
  await rooms(ann).getByRole("link", { name: "talk" }).click()
  await page.waitForURL("**/chat/talk/", { timeout: 5_000 })
})

test("when the session of a login before the place has ended the page says so, with a way, and keeps what is written", async ({
  ann,
  bob,
}) => {
  const { page, link } = ann
  let gated = true
  await page.routeWebSocket("**/events*", (socket) => void (gated ? socket.close() : socket.connectToServer()))
  await page.route(/\/(events|api)\b/, (route) =>
    gated
      ? route.fulfill({ status: 302, headers: { location: "https://login.example.org/?back" }, body: "" })
      : route.continue(),
  )
  await ann.context.setOffline(true)
  await ann.context.setOffline(false)
  await ann.say("kept behind the login")
  await expect(link).toContainText("Something on the way wants you to sign in again", { timeout: 20_000 })
  await expect(ann.sending).toHaveCount(1)
  await expect(link).not.toContainText("signed out")
  gated = false
  await link.getByRole("link", { name: "Load this page anew" }).click()
  await expect(bob.message("kept behind the login")).toBeVisible({ timeout: 20_000 })
  await expect(ann.sending).toHaveCount(0)
})

test("the fifty-first feed is told why it gets none, and gets one when another is closed", async ({ ann, bob }) => {
  const { page } = bob
  test.slow()
  const sockets = await page.evaluateHandle(async () => {
    const sockets = Array.from(
      { length: 49 },
      () => new WebSocket(new URL("/events", location.href.replace("http", "ws"))),
    )
    await Promise.all(
      sockets.map((socket) => new Promise((resolve) => socket.addEventListener("message", resolve, { once: true }))),
    )
    return sockets
  })
  const other = await bob.context.newPage()
  await other.goto("/chat/talk/")
  await expect(other.locator(".link-state")).toHaveText(
    "You have Parlour open 50 times over. Close it somewhere, and come back.",
    { timeout: 15_000 },
  )
  await sockets.evaluate((sockets) => {
    for (const socket of sockets) socket.close()
  })
  await expect(other.locator(".link-state")).toHaveText("", { timeout: 30_000 })
  await ann.say("heard again")
  await expect(other.getByRole("log").getByText("heard again")).toBeVisible()
})

test("beside the conversation a form that is sent while the place is down is not lost: it stays, and nothing was done", async ({
  ann,
  place,
}) => {
  const { page } = ann
  const told = page.getByRole("alert")
  const words = "Not reachable now, so nothing was done. Try again when the place is back."
  const leave = () => page.getByRole("button", { name: "Leave room" })
  for (const [path, fill, press] of [
    ["/chat/", () => page.getByLabel("Name").fill("Orchard"), () => page.getByLabel("Name").press("Enter")],
    ["/chat/talk/about", async () => {}, () => leave().click()],
    ["/me", async () => {}, () => page.getByRole("button", { name: "Sign out here" }).click()],
  ] as const) {
    await page.goto(path)
    await ann.lives()
    await fill()
    await place.kill()
    await press()
    await expect(told).toHaveText(words)
    expect(new URL(page.url()).pathname).toBe(path)
    await place.start()
    await press()
    await page.waitForURL((url) => url.pathname !== path)
  }
  await expect(page.getByText("You have signed out.")).toBeVisible()
  await page.getByLabel("Username").fill("Ann")
  await page.getByLabel("Password").fill("a long enough password")
  await place.kill()
  await page.getByRole("button", { name: "Sign in" }).click()
  await expect(told).toHaveText(words)
  await expect(page.getByLabel("Password")).toHaveValue("a long enough password")
  await place.start()
  await page.getByRole("button", { name: "Sign in" }).click()
  await page.waitForURL("**/chat/talk/")
})

test("beside the conversation a link that is pressed offline leads there when the network is back", async ({ ann }) => {
  const { page } = ann
  await page.goto("/place")
  await ann.lives()
  await ann.context.setOffline(true)
  await page.getByRole("link", { name: "talk" }).click()
  await expect(page.getByRole("alert")).toHaveText("Not reachable now. It opens as soon as the place is back.")
  await ann.context.setOffline(false)
  await page.waitForURL("**/chat/talk/", { timeout: 10_000 })
})

test("signing out from a room while the place is down signs nobody out, and takes nothing away", async ({
  ann,
  place,
}) => {
  const { page, box, link } = ann
  await box.fill("half a tho")
  await ann.lives()
  const signOut = async () => {
    await page.locator(".place-menu summary").click()
    await page.getByRole("button", { name: "Sign out" }).click()
    await page.getByRole("dialog").getByRole("button", { name: "Sign out" }).click()
  }
  await place.kill()
  await expect(link).toHaveText(/^(Connecting|Offline)/, { timeout: 15_000 })
  await signOut()
  await expect(link).toHaveText("Not reachable now, so nothing was done. Try again when the place is back.")
  await expect(box).toHaveValue("half a tho")
  await place.start()
  await expect(link).toHaveText("", { timeout: 30_000 })
  await page.reload()
  await expect(box).toHaveValue("half a tho")
  await ann.lives()
  await signOut()
  await page.waitForURL("**/login?out")
})

test("what is typed after a room was pressed that cannot come is in the box, and one stays; in the field for rooms, too", async ({
  ann,
}) => {
  const { page, box, link } = ann
  await openGarden(ann)
  const field = page.getByRole("searchbox")
  const press = async () => {
    await ann.context.setOffline(true)
    await rooms(ann).getByRole("link", { name: "talk" }).click()
    await expect(link).toHaveText("Not reachable now. It opens as soon as the place is back.")
  }
  const comesBack = async () => {
    await ann.context.setOffline(false)
    await expect(link).toHaveText("", { timeout: 30_000 })
    await page.waitForTimeout(500)
    await expect(page).toHaveURL(/garden/)
  }
  await press()
  await page.keyboard.type("half a tho")
  await expect(box).toHaveValue("half a tho")
  await expect(field).toHaveValue("")
  await comesBack()
  await expect(box).toHaveValue("half a tho")
  // Reached by keyboard, the list has the letters.
  await press()
  await field.focus()
  await page.keyboard.press("ArrowDown")
  await page.keyboard.type("gar")
  await expect(field).toHaveValue("gar")
  await comesBack()
  await expect(field).toHaveValue("gar")
})

// One's own page, by forms alone, as without scripts.
import { expect, test } from "bun:test"
import { cookieOf, PASSWORD, register, until, type Visitor, visitor, world } from "./world.ts"

const NEW = "quite another good one"
const FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101 Firefox/153.0"

const post = (who: Visitor, path: string, fields: Record<string, string> = {}, headers = {}) =>
  who.fetch(path, { method: "POST", body: new URLSearchParams(fields), headers: { accept: "text/html", ...headers } })

async function signIn(url: string, username: string, password = PASSWORD): Promise<Visitor> {
  const answer = await post(visitor(url), "/login", { username, password }, { "user-agent": FIREFOX })
  return visitor(url, cookieOf(answer), 0, username)
}

const status = async (who: Visitor) => (await who.fetch("/api/v1/me")).status

test("one's name leads to it, wherever one is", async () => {
  await using place = await world()
  const ann = await place.person("ann")
  for (const path of ["/chat/talk/", "/chat/", "/place", "/me"])
    expect(await (await ann.fetch(path)).text()).toMatch(/<p class="me"><a href="\/me">/)
})

test("a session is seen there and ended from there, and what hangs on it ends within a second", async () => {
  await using place = await world()
  const ann = await place.person("ann")
  const phone = await signIn(place.url, "ann")
  const closed: number[] = []
  const socket = phone.socket("/events")
  socket.onclose = ({ code }) => closed.push(code)
  await new Promise((resolve) => {
    socket.onmessage = ({ data }) => String(data).includes('"live"') && resolve(data)
  })
  const html = await (await ann.fetch("/me")).text()
  expect(html).toContain("Firefox on Linux")
  const [, session] = html.match(/name="session" value="([^"]+)"/)!
  const answer = await post(ann, "/me/sign-out", { session: session! })
  expect([answer.status, answer.headers.get("location")]).toEqual([303, "/me?ended#sessions"])
  await until("its socket is closed", () => closed.length > 0, 1_000)
  expect(closed).toEqual([4401])
  expect([await status(phone), await status(ann)]).toEqual([401, 200])
  expect(await (await ann.fetch("/me?ended")).text()).not.toContain('name="session"')
})

test("all others are ended by one press", async () => {
  await using place = await world()
  const ann = await place.person("ann")
  const others = [await signIn(place.url, "ann"), await signIn(place.url, "ann")]
  expect((await post(ann, "/me/sign-out-others")).status).toBe(303)
  expect(await Promise.all([ann, ...others].map(status))).toEqual([200, 401, 401])
})

test("the password is changed by who knows it: whoever asks stays in by a new cookie, and every other is out", async () => {
  await using place = await world()
  const ann = await place.person("ann")
  const phone = await signIn(place.url, "ann")
  const wrong = await post(ann, "/me/password", { old: "wrong horse battery", password: NEW })
  expect([wrong.status, await wrong.text()]).toEqual([422, expect.stringMatching(/id="old"[^>]* autofocus/)])
  expect(await status(phone)).toBe(200)
  const answer = await post(ann, "/me/password", { old: PASSWORD, password: NEW })
  expect([answer.status, answer.headers.get("location")]).toEqual([303, "/me?changed"])
  const now = visitor(place.url, cookieOf(answer))
  expect(await Promise.all([now, ann, phone].map(status))).toEqual([200, 401, 401])
  expect(await (await now.fetch("/me?changed")).text()).toContain("Your password is changed")
})

test("the old password can be tried a few times, and then one has to wait, however many sessions one has", async () => {
  await using place = await world({ LIMITS: "on" })
  const [ann, bob] = [await place.person("ann"), await place.person("bob")]
  const elsewhere = await signIn(place.url, "ann")
  const tries = Array.from({ length: 12 }, (_, i) =>
    post(i % 2 ? ann : elsewhere, "/me/password", { old: `wrong horse ${i}`, password: NEW }),
  )
  const codes = (await Promise.all(tries)).map(({ status }) => status)
  expect(codes.filter((code) => code === 422).length).toBeLessThanOrEqual(10)
  expect(codes).toContain(429)
  expect((await post(bob, "/me/password", { old: PASSWORD, password: NEW })).status).toBe(303)
}, 20_000)

test("who removes someone makes a new invite link with it, unless they would rather not", async () => {
  await using place = await world()
  const ann = await place.person("ann")
  for (const name of ["bob", "cyd"]) await place.person(name)
  const invite = async () => (await (await ann.fetch("/place")).text()).match(/\/join\/([\w-]+)/)![1]!
  const asked = await (await ann.fetch("/place?remove=bob")).text()
  expect(asked).toMatch(/<input type="checkbox" name="newInvite" checked/)
  const first = await invite()
  const bob = await post(ann, "/place/expel", { username: "bob", newInvite: "on" })
  const second = await invite()
  const cyd = await post(ann, "/place/expel", { username: "cyd" })
  expect([second === first, (await invite()) === second]).toEqual([false, true])

  const page = async (who: Visitor, address: string) => (await who.fetch(address)).text()
  const words = /role="status"[^<]*>(<svg.*?<\/svg>)?(<span>)?[^\n]*?The invite link is a new one/
  const gone = (name: string) => new RegExp(`role="status"[^<]*>(<svg.*?</svg>)?<span><bdi>${name}</bdi> was removed`)
  const then = async (answer: Response) => page(ann, answer.headers.get("location")!.replace(/#.*/, ""))
  const [afterBob, afterCyd] = [await then(bob), await then(cyd)]
  expect([afterBob, afterCyd]).toEqual([expect.stringMatching(words), expect.not.stringMatching(words)])
  expect([afterBob, afterCyd]).toEqual([expect.stringMatching(gone("bob")), expect.stringMatching(gone("cyd"))])
  expect(await page(ann, "/place?find=ann&removed")).not.toMatch(/was removed/) // whatever the address says
  expect(await then(await post(ann, "/place/invite", {}))).toMatch(words)
  const dan = await place.person("dan")
  expect(await page(dan, "/place?renewed")).not.toMatch(words)
})

test("whoever comes to sign in with the cookie of a session that has ended is told why, and nobody else", async () => {
  await using place = await world()
  const ann = await register(place.url, "ann")
  const words = /You have been signed out, here or on another device/
  const page = async (who: Visitor) => (await who.fetch("/login?next=%2Fchat%2Ftalk%2F")).text()
  expect(await page(visitor(place.url))).not.toMatch(words)
  await post(await signIn(place.url, "ann"), "/me/sign-out-others")
  expect((await ann.fetch("/chat/talk/", { headers: { accept: "text/html" } })).headers.get("location")).toBe(
    "/login?next=%2Fchat%2Ftalk%2F",
  )
  expect(await page(ann)).toMatch(words)
})

// What a browser tells of its reader by cookies: times in their zone, the room they were in last, pages without scripts. Whoever
// writes such a cookie themselves gets a page all the same.
import { afterAll, beforeAll, describe, expect, test } from "bun:test"
import { perform } from "../server/perform.ts"
import { register, settle, type Visitor, type World, world } from "./world.ts"

let place: World
let ann: Visitor
let bob: Visitor
beforeAll(async () => {
  place = await world()
  ann = await register(place.url, "ann")
  bob = await register(place.url, "bob")
  await ann.fetch("/chat/", { method: "POST", body: new URLSearchParams({ name: "garden" }) })
  const eve = await settle(place.app, "eve")
  await perform(place.app, eve, { type: "post", room: "talk", text: "at some time" })
})
afterAll(() => place[Symbol.asyncDispose]())

const get = (who: Visitor, path: string, ...cookies: string[]) =>
  who.fetch(path, {
    redirect: "manual",
    headers: { accept: "text/html", cookie: [who.cookie, ...cookies].join("; ") },
  })
const set = (answer: Response, kind: string) =>
  answer.headers.getSetCookie().find((cookie) => cookie.startsWith(`${kind}`) && cookie.includes("="))
const value = (cookie: string | undefined) => cookie?.split(";")[0] ?? ""
const times = (page: string) => [...page.matchAll(/<time[^>]*>([^<]*)</g)].map(([, words]) => words)

describe("times", () => {
  test("are drawn in the zone and the language that the browser said, and labelled where it said none", async () => {
    const plain = await (await get(ann, "/chat/talk/")).text()
    expect(plain).toContain('class="room"')
    const tokyo = await (await get(ann, "/chat/talk/", "parlour_clock=Asia/Tokyo|en-US")).text()
    expect(tokyo).toContain('class="room zoned"')
    expect(tokyo).toContain('"zone":"Asia/Tokyo","locale":"en-US"')
    expect(times(tokyo)).not.toEqual(times(plain))
  })

  test.each([
    "Etc/Unknown",
    "UTC+3",
    "",
    "|",
    "Asia/Tokyo|",
    "Asia/Tokyo|en_US.UTF-8",
    "Asia/Tokyo|xx-yy-zz-qq",
    "a".repeat(64),
    "a".repeat(5_000),
    "__proto__",
    "constructor|toString",
    "../../etc/passwd",
    "%F0%9F%92%A9",
    "Asia/Tokyo|en-u-nu-fullwide-ca-hebrew",
    `Asia/Tokyo|${"x-".repeat(30)}y`,
  ])("a clock %j is tried, and never believed", async (clock) => {
    const answer = await get(ann, "/chat/talk/", `parlour_clock=${clock}`)
    const page = await answer.text()
    expect(answer.status).toBe(200)
    for (const words of times(page)) expect(words).not.toMatch(/NaN|undefined|Invalid/)
  })
})

describe("the front door", () => {
  test("leads to the room where this person was last, and nobody else", async () => {
    expect((await get(ann, "/")).headers.get("location")).toBe("/chat/talk/")
    const kept = value(set(await get(ann, "/chat/garden/"), "parlour-room"))
    expect(kept).not.toBe("")
    expect((await get(ann, "/", kept)).headers.get("location")).toBe("/chat/garden/")
    expect(set(await get(ann, "/chat/garden/", kept), "parlour-room")).toBeUndefined() // known already
    expect((await get(bob, "/", kept)).headers.get("location")).toBe("/chat/talk/")
    const left = await ann.fetch("/chat/garden/leave", {
      method: "POST",
      redirect: "manual",
      headers: { cookie: `${ann.cookie}; ${kept}` },
    })
    expect(set(left, "parlour-room")).toContain("Max-Age=0")
  })

  test.each(["", "1", "1.", ".1", "1.999999", "1.999999999999999", "1.1e3", "x.y", "1.-1", "9".repeat(300)])(
    "a last room %j leads to where everyone begins",
    async (room) => {
      const [name] = value(set(await get(ann, "/chat/garden/"), "parlour-room")).split("=")
      const answer = await get(ann, "/", `${name}=${room.replace(/^1\./, `${ann.id}.`)}`)
      expect([answer.status, answer.headers.get("location")]).toEqual([303, "/chat/talk/"])
    },
  )
})

test("pages without scripts are chosen for a browser, and given up again", async () => {
  const chosen = await get(ann, "/chat/talk/?scripts=off")
  expect([chosen.status, chosen.headers.get("location")]).toEqual([303, "/chat/talk/"])
  const kept = value(set(chosen, "parlour-scripts"))
  const page = await (await get(ann, "/chat/talk/", kept)).text()
  expect(page).not.toMatch(/<script (type="module"|src)/)
  expect(page).not.toContain("<noscript>")
  expect(page).toMatch(/<iframe class="live-frame"/)
  expect(page).toContain("?scripts=on")
  const back = await get(ann, "/chat/talk/?scripts=on", kept)
  expect(set(back, "parlour-scripts")).toContain("Max-Age=0")
  expect(await (await get(ann, "/chat/talk/")).text()).toContain('<script type="module"')
})

test("the box has the focus from the first paint where there is a keyboard, and not on a phone", async () => {
  const agents = {
    desktop: "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
    phone: "Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 Chrome/140.0 Mobile Safari/537.36",
  }
  const focused = async (agent: string) => {
    const headers = { accept: "text/html", cookie: ann.cookie, "user-agent": agent }
    return /<textarea[^>]*autofocus/.test(await (await ann.fetch("/chat/talk/", { headers })).text())
  }
  expect([await focused(agents.desktop), await focused(agents.phone)]).toEqual([true, false])
})

test("each page and each feed says the server's time", async () => {
  const began = Date.now()
  const page = await (await get(ann, "/chat/talk/")).text()
  const poll = (await (await ann.fetch("/events?wait=0")).json()) as { at: number }
  for (const at of [Number(page.match(/"at":(\d+),/)?.[1]), poll.at]) {
    expect(at).toBeGreaterThanOrEqual(began - 1)
    expect(at).toBeLessThanOrEqual(Date.now())
  }
})

// What the pages say when there is nothing to show: each names the one next step, and it is open to whoever reads it.
import { expect, test } from "bun:test"
import { parseCommand } from "../protocol/command.ts"
import type { Message } from "../protocol/event.ts"
import { MAX_TYPED_TEXT } from "../protocol/limits.ts"
import { Refusal } from "../protocol/refusal.ts"
import { byName } from "../protocol/text.ts"
import { mustBeOwnPage, pageNonce } from "../server/http/page-nonce.ts"
import { perform } from "../server/perform.ts"
import { logged, register, settle, type Visitor, visitor, world } from "./world.ts"

const html = { headers: { accept: "text/html" } }

test("an invite link that leads nowhere says so before anyone fills in a form", async () => {
  await using place = await world()
  const ann = await register(place.url, "ann", { registration: "invite" })
  const invite = (await (await ann.fetch("/place", html)).text()).match(/\/join\/([\w-]+)/)![1]!
  const nobody = visitor(place.url)
  expect(await (await nobody.fetch(`/join/${invite}`, html)).text()).toContain('name="username"')
  for (const path of ["/join/deadbeef", "/register"]) {
    const answer = await nobody.fetch(path, html)
    const page = await answer.text()
    expect([answer.status, page.includes('name="username"')]).toEqual([403, false])
    expect(page).toContain("Ask someone who is in for a new one")
    expect(page).toContain('href="/login"')
  }
})

test("an address that no room can have asks again, with the reason", async () => {
  await using place = await world()
  const ann = await place.person("ann")
  for (const path of ["/chat/%20/", "/chat/a%2Fb/", `/chat/${"x".repeat(90)}/`]) {
    const answer = await ann.fetch(path, html)
    const page = await answer.text()
    expect([422, 413]).toContain(answer.status)
    expect(page).toContain("What chat room would you like to enter?")
    expect(page).toMatch(/name="room"/)
    expect(page).toMatch(/A room&#39;s name|Give the room a name|room's name/)
  }
})

test("a permalink to nothing leads to its room, a spent password link to signing in", async () => {
  await using place = await world()
  const ann = await place.person("ann")
  const dead = await ann.fetch("/chat/talk/999999", html)
  expect([dead.status, await dead.text()]).toEqual([404, expect.stringContaining('href="/chat/talk/"')])
  const spent = await visitor(place.url).fetch("/password/spent", html)
  const page = await spent.text()
  expect([spent.status, page]).toEqual([404, expect.stringContaining("This link has ended")])
  expect(page).toContain('href="/login"')
})

test("a stretch before the beginning is not taken for an empty room", async () => {
  await using place = await world()
  const ann = await place.person("ann")
  const bob = await settle(place.app, "bob")
  await perform(place.app, bob, { type: "post", room: "talk", text: "first" })
  const page = await (await ann.fetch("/chat/talk/?before=1", html)).text()
  expect(page).toContain("the conversation begins later")
  expect(page).not.toContain("Nobody has said anything here yet")
})

test("only who is in a room alone is told that they are", async () => {
  await using place = await world()
  const ann = await place.person("ann")
  const bob = await settle(place.app, "bob", { inside: false })
  await perform(place.app, bob, { type: "open", name: "den" })
  const alone = "You are alone in this room"
  expect(await (await ann.fetch("/chat/talk/", html)).text()).toContain(alone)
  expect(await (await ann.fetch("/chat/den/", html)).text()).not.toContain(alone)
})

test("an invite link that leads to this machine only does not promise more", async () => {
  await using here = await world()
  const ann = await here.person("ann")
  expect(await (await ann.fetch("/place", html)).text()).toContain("works on this computer only")
  await using known = await world({ PUBLIC_URL: "http://chat.example.org", LIMITS: "on" })
  const bob = await known.person("bob")
  // How the place is run is its owner's business.
  const member = await here.person("carl")
  expect(await (await member.fetch("/place", html)).text()).not.toContain("PUBLIC_URL")
  const page = await (await bob.fetch("/place", html)).text()
  expect(page).toContain("http://chat.example.org/join/")
  expect(page).not.toContain("works on this computer only")
})

test("the frame without scripts tells who comes and goes, but not of oneself, and nothing of another room", async () => {
  await using place = await world()
  const ann = await place.person("ann")
  const bob = await place.person("bob")
  await ann.fetch("/chat/", { method: "POST", body: new URLSearchParams({ name: "Garden" }) })
  const frame = ann.fetch("/events?room=talk", html).then((answer) => answer.text())
  await Bun.sleep(50)
  const carl = await place.person("carl")
  await bob.fetch("/chat/garden/join", { method: "POST" })
  await ann.fetch("/chat/talk/leave", { method: "POST" })
  await carl.fetch("/chat/talk/leave", { method: "POST" })
  await Bun.sleep(50)
  place.app.hub.endAll("restart")
  const told = (await frame).match(/<p class="coming".*?<\/p>/g)?.map((line) => line.replace(/<[^>]*>/g, ""))
  expect(told).toEqual(["bob joined", "carl joined", "carl left"])
})

test("the frame without scripts comes back by itself after a restart, and not after signing out", async () => {
  await using place = await world()
  const ann = await place.person("ann")
  const frame = async () => (await ann.fetch("/events?room=talk", html)).text()
  const restarted = frame()
  await Bun.sleep(50)
  place.app.hub.endAll("restart")
  expect(await restarted).toContain('<meta http-equiv="refresh"')

  await using other = await world()
  const bob = await other.person("bob")
  const ended = bob.fetch("/events?room=talk", html).then((answer) => answer.text())
  await Bun.sleep(50)
  await bob.fetch("/logout", { method: "POST" })
  const words = await ended
  expect(words).toContain("You are signed out")
  expect(words).not.toContain('http-equiv="refresh"')
})

test("what is written without scripts after the session ended is shown again, with the way back in", async () => {
  await using place = await world()
  const ann = await place.person("ann")
  await ann.fetch("/logout", { method: "POST" })
  const body = new URLSearchParams({ message: "a long <b>thought", nonce: "n1" })
  const answer = await ann.fetch("/chat/talk/", { method: "POST", body, ...html })
  const page = await answer.text()
  expect(answer.status).toBe(401)
  expect(page).toContain("a long &lt;b>thought")
  expect(page).toContain('name="next" value="/chat/talk/"')
})

test("what is written without scripts on one person's page is not said by who has signed in since, and is theirs to say then", async () => {
  await using place = await world()
  const [ann, bob] = [await place.person("Ann"), await place.person("Bob")]
  const nonceOf = (page: string) => /name="nonce" value="(.*?)"/.exec(page)![1]!
  const drawn = async (who: Visitor) => nonceOf(await (await who.fetch("/chat/talk/", html)).text())
  const send = (who: Visitor, nonce: string | undefined, accept = html.headers.accept, address = "/chat/talk/") => {
    const body = new URLSearchParams({ message: "as <b>me", ...(nonce !== undefined && { nonce }) })
    return who.fetch(address, { method: "POST", body, headers: { accept } })
  }
  const said = async () => {
    const { messages } = (await (await ann.fetch("/api/v1/rooms/talk/messages")).json()) as { messages: Message[] }
    return messages.map(({ author }) => author.name).join()
  }
  const ofAnn = await drawn(ann)
  const kept = await send(bob, ofAnn)
  const page = await kept.text()
  expect([kept.status, await said()]).toEqual([409, ""])
  expect(page).toContain("as &lt;b>me</textarea>")
  expect(page).toMatch(/You are Bob now[^<]*Press Send to say it as Bob, or sign in again/)
  expect((await send(bob, ofAnn, "application/json")).status).toBe(409)
  expect((await send(bob, ofAnn, "*/*", "/chat/talk")).status).toBe(409)

  expect((await send(bob, nonceOf(page))).status).toBe(303)
  expect(await said()).toBe("Bob")
  expect((await send(ann, ofAnn)).status).toBe(303)
  expect((await send(ann, ofAnn)).status).toBe(303)
  expect(await said()).toBe("Bob,Ann")
  // Whoever makes nonces of their own, or none, says it as who they are.
  const theirs = [
    crypto.randomUUID(),
    `${Math.random()}`,
    `${ann.id}.1`,
    `bot-${ann.id}~1`,
    `${ann.id}~1`,
    "",
    undefined,
  ]
  for (const nonce of theirs) expect([nonce, (await send(bob, nonce)).status]).toEqual([nonce, 303])
  expect(await said()).toBe(["Bob", "Ann", ...theirs.map(() => "Bob")].join())
})

test("the nonce of a page is short, one of its own each time, and one that a command takes", async () => {
  const me = { id: Number.MAX_SAFE_INTEGER, name: "Ann" }
  const made = Array.from({ length: 1_000 }, () => pageNonce(me))
  expect(new Set(made).size).toBe(made.length)
  for (const nonce of made) {
    expect(parseCommand({ type: "post", room: 1, text: "x", nonce })).toMatchObject({ nonce })
    expect(() => mustBeOwnPage(me, nonce)).not.toThrow()
    expect(() => mustBeOwnPage({ id: 1, name: "Bob" }, nonce)).toThrow("You are Bob now")
  }
})

test("what is written is shown again as long as it could be typed; beyond that it is said how long a message may be", async () => {
  await using place = await world()
  const ann = await place.person("ann")
  const said = "is too long to be shown here again: a message has at most 8,000 characters"
  for (const [who, status] of [
    [ann, 413],
    [visitor(place.url), 401],
  ] as const)
    for (const [units, isKept] of [
      [MAX_TYPED_TEXT, true],
      [MAX_TYPED_TEXT + 1, false],
      [500_000, false],
    ] as const) {
      const body = `message=${"<".repeat(units)}`
      const headers = { accept: "text/html", "content-type": "application/x-www-form-urlencoded" }
      const answer = await who.fetch("/chat/talk/", { method: "POST", body, headers })
      const page = await answer.text()
      expect([answer.status, page.includes("&lt;&lt;</textarea>"), page.includes(said)]).toEqual([
        status,
        isKept,
        !isKept,
      ])
      if (!isKept) expect(page.length).toBeLessThan(20_000)
    }
})

test("the first run keeps who may join through a refusal", async () => {
  await using place = await world()
  const body = new URLSearchParams({ username: "a b", password: "long enough", registration: "open" })
  const page = await (await visitor(place.url).fetch("/register", { method: "POST", body, ...html })).text()
  expect(page).toMatch(/<input[^>]*value="open"[^>]*checked|<input[^>]*checked[^>]*value="open"/)
  expect(page).not.toMatch(/<input[^>]*value="invite"[^>]*checked/)
})

test("of a bug people are told a number, under which it is in the log, and nothing of the code", async () => {
  await using place = await world()
  const ann = await place.person("ann")
  place.app.db.sql = () => Promise.reject(new Error("a slip of ours"))
  let answer = new Response()
  const log = await logged(async () => {
    answer = await ann.fetch("/chat/talk/", html)
  })
  const page = await answer.text()
  expect([answer.status, page]).toEqual([500, expect.stringContaining("Something broke")])
  expect(page).not.toMatch(/a slip of ours|\.ts/)
  expect(log).toEqual([expect.stringContaining("a slip of ours")])
  expect(page).toContain(log[0]!.match(/request (\S+):/)![1]!)
})

test("when the database cannot be read for the page that declines, it is said all the same", async () => {
  await using place = await world()
  const { sql } = place.app.db
  const spent = () => visitor(place.url).fetch("/password/spent", html)
  let asked = 0
  let failing = Number.POSITIVE_INFINITY
  place.app.db.sql = ((...query: Parameters<typeof sql>) =>
    ++asked >= failing ? Promise.reject(new Refusal("try_again", "Not just now.")) : sql(...query)) as typeof sql
  expect((await spent()).status).toBe(404)
  failing = asked // the last was asked for the page
  asked = 0
  const answer = await spent()
  expect([answer.status, await answer.text()]).toEqual([503, expect.stringContaining("Not just now.")])
})

const rooms = (page: string) => [...page.matchAll(/<a href="\/chat\/[^"]+\/" title="([^"]+)"/g)].map(([, name]) => name)
const openForm = (name: string, more = {}) => ({
  method: "POST",
  redirect: "manual" as const,
  headers: { accept: "text/html" },
  body: new URLSearchParams({ name, ...more }),
})

test("finding a room by a part of its name leads there, or lists those that have it, and opens none", async () => {
  await using place = await world()
  const ann = await place.person("ann")
  for (const name of ["Gardening", "Roof garden", "Support"]) await ann.fetch("/chat/", openForm(name))
  const find = (typed: string) =>
    ann.fetch(`/chat/?room=${encodeURIComponent(typed)}`, { ...html, redirect: "manual" as const })
  expect((await find("supp")).headers.get("location")).toBe("/chat/support/")
  expect((await find("GARDENING")).headers.get("location")).toBe("/chat/gardening/")
  const several = await (await find("gard")).text()
  expect(rooms(several)).toEqual(["Gardening", "Roof garden"])
  const none = await (await find("knitting")).text()
  expect(none).toMatch(/There is no room called <bdi[^>]*>knitting<\/bdi> yet/)
  // Nothing that a second press of Enter would act upon.
  for (const page of [several, none]) expect(page).not.toMatch(/<[^>]+autofocus/)
  for (const page of [several, none]) expect(page).toContain("Open this room")
  expect((await (await ann.fetch("/api/v1/rooms")).json()).rooms).toHaveLength(4)
})

test("a room is found as other chats write it, and by its own address or a message's, and none is opened", async () => {
  await using place = await world()
  const ann = await place.person("ann")
  for (const name of ["Gardening", "Roof garden", "＃wide", "C语言 заметки о всём на свете"])
    expect((await ann.fetch("/chat/", openForm(name, { anyway: "1" }))).status).toBe(303)
  const said = await ann.fetch("/api/v1/rooms/gardening/messages", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ text: "roses" }),
  })
  const { id } = (await said.json()) as { id: number }
  const find = (typed: string) =>
    ann.fetch(`/chat/?room=${encodeURIComponent(typed)}`, { ...html, redirect: "manual" as const })
  const long = `/chat/${encodeURIComponent("c语言-заметки-о-всём-на-свете")}/`
  for (const [typed, to] of [
    ["#gardening", "/chat/gardening/"],
    ["# Gardening", "/chat/gardening/"],
    ["#GARDENI", "/chat/gardening/"],
    ["#wide", `/chat/${encodeURIComponent("＃wide")}/`],
    ["/chat/gardening/", "/chat/gardening/"],
    [`/chat/gardening/${id}`, `/chat/gardening/${id}`],
    [` ${place.url}/chat/gardening `, "/chat/gardening/"],
    [`${place.url}/chat/Roof%20garden/`, "/chat/roof-garden/"],
    [`${place.url}/chat/gardening/${id}`, `/chat/gardening/${id}`],
    [place.url + long, long],
    [`${place.url + long}?scripts=${"o".repeat(400)}`, long],
  ]) {
    const answer = await find(typed!)
    expect([typed, answer.status, answer.headers.get("location")]).toEqual([typed, 303, to])
  }
  expect((await ann.fetch(`/chat/gardening/${id}`, html)).status).toBe(200)
  // What is no room is looked for by its name, and by no part of one.
  for (const typed of ["#knitting", `${place.url}/chat/knitting/`, "/chat/knitting/7"])
    expect(await (await find(typed)).text()).toMatch(/There is no room called <bdi[^>]*>knitting<\/bdi> yet/)
  expect((await find("/chat/gardeni/7")).status).toBe(200)
  expect(rooms(await (await find("#gard")).text())).toEqual(["Gardening", "Roof garden"])
  expect(await (await find("#")).text()).toContain("Your rooms")
  // Another place's are not ours.
  expect((await find("http://elsewhere.example/chat/gardening/")).status).toBe(422)
  expect((await (await ann.fetch("/api/v1/rooms")).json()).rooms).toHaveLength(5)
})

test("rooms stand in one order, by letters and numbers: as they are drawn first, and as a browser keeps them", async () => {
  await using there = await world()
  const zoe = await there.person("zoe")
  for (const name of [
    "zebra",
    "book club 10",
    "\u00c9clair",
    "_meta",
    "book club 2",
    "\u00c4rger",
    "10 things",
    "book club 1",
    "apple",
  ])
    await zoe.fetch("/api/v1/rooms", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ name }),
    })
  const ordered = [
    "_meta",
    "10 things",
    "apple",
    "\u00c4rger",
    "book club 1",
    "book club 2",
    "book club 10",
    "\u00c9clair",
    "talk",
    "zebra",
  ]
  const drawn = (html: string) => rooms(html.slice(html.indexOf("room-list"))).slice(0, ordered.length)
  expect(drawn(await (await zoe.fetch("/chat/talk/")).text())).toEqual(ordered)
  expect(drawn(await (await zoe.fetch("/chat/")).text())).toEqual(ordered)
  const fetched = (await (await zoe.fetch("/api/v1/rooms")).json()) as { rooms: { id: number; name: string }[] }
  expect(fetched.rooms.toSorted(byName).map(({ name }) => name)).toEqual(ordered)
})

test("who types a person's name among the rooms is told that it is one", async () => {
  await using place = await world()
  const ann = await place.person("ann")
  await place.person("Bob")
  expect(await (await ann.fetch("/chat/?room=bob", html)).text()).toContain("Bob</bdi> is someone here, not a room")
})

test("a room of nearly the same name is pointed out before another is opened", async () => {
  await using place = await world()
  const ann = await place.person("ann")
  await ann.fetch("/chat/", openForm("Support"))
  const asked = await ann.fetch("/chat/", openForm("suport"))
  expect(asked.status).toBe(200)
  expect(await asked.text()).toMatch(/There is <a href="\/chat\/support\/"><bdi>Support<\/bdi><\/a> already/)
  const open = async () => (await (await ann.fetch("/api/v1/rooms")).json()).rooms.length
  expect(await open()).toBe(2)
  expect((await ann.fetch("/chat/", openForm("suport", { anyway: "yes" }))).headers.get("location")).toBe(
    "/chat/suport/",
  )
  expect(await open()).toBe(3)
  // A program has said what it wants.
  const json = { ...openForm("Suppart"), headers: { accept: "application/json" } }
  expect((await ann.fetch("/chat/", json)).status).toBe(303)
})

test("whoever leaves a room is shown the way back into it", async () => {
  await using place = await world()
  const ann = await place.person("ann")
  const left = await ann.fetch("/chat/talk/leave", { ...openForm(""), redirect: "manual" as const })
  expect(left.headers.get("location")).toBe("/chat/?left=talk")
  const page = await (await ann.fetch("/chat/?left=talk", html)).text()
  expect(page).toContain('action="/chat/talk/join"')
  expect(page).toContain("You have left")
})

test("browsers find the picture where they look for it, and the app is called as the place is", async () => {
  await using place = await world()
  await register(place.url, "ann", { registration: "invite", place: "Lantern Street" })
  const stranger = visitor(place.url)
  const picture = async (path: string) => {
    const answer = await stranger.fetch(path)
    expect(answer.headers.get("cache-control")).toContain("public")
    return { type: answer.headers.get("content-type"), data: Buffer.from(await answer.arrayBuffer()) }
  }
  const touch = await picture("/apple-touch-icon.png")
  expect(touch.type).toBe("image/png")
  expect([touch.data.readUInt32BE(16), touch.data.readUInt32BE(20)]).toEqual([180, 180])
  const favicon = await picture("/favicon.ico")
  expect([favicon.data.readUInt16LE(2), favicon.data.readUInt16LE(4)]).toEqual([1, 2]) // an icon, of two sizes
  const page = await (await stranger.fetch("/login", html)).text()
  const [link, address] = page.match(/<link rel="manifest" href="([^"]+)"[^>]*>/)!
  expect(link).toContain('crossorigin="use-credentials"') // a proxy with a login of its own asks for its cookie there, too
  const answer = await stranger.fetch(address!)
  expect(answer.headers.get("content-type")).toContain("manifest+json")
  const app = await answer.json()
  expect(app).toMatchObject({ name: "Lantern Street", short_name: "Lantern Street" })
  for (const { src } of app.icons) if (!src.startsWith("data:")) expect((await stranger.fetch(src)).status).toBe(200)
})

test("the page about a room names its people, its address and what leaving means, and leads back", async () => {
  await using place = await world()
  const ann = await place.person("ann")
  await place.person("Bob")
  const about = async (room: string) => (await ann.fetch(`/chat/${room}/about`, html)).text()
  const talk = await about("talk")
  for (const word of ["2 people", "ann", "Bob", `value="${place.url}/chat/talk/"`, "What was said stays"])
    expect(talk).toContain(word)
  expect(talk).toMatch(/class="way-back" href="\/chat\/talk\/"/)
  await ann.fetch("/chat/", openForm("Suport"))
  expect(await about("suport")).toContain("it is not listed any more")
  await ann.fetch("/chat/suport/", { method: "POST", body: new URLSearchParams({ message: "hello" }) })
  expect(await about("suport")).toContain("What was said stays")
  await ann.fetch("/chat/suport/leave", openForm(""))
  expect(await about("suport")).toContain('action="/chat/suport/join"')
  expect((await ann.fetch("/chat/nothing/about", html)).status).toBe(404)
  const written = await ann.fetch("/chat/TALK/about", { ...html, redirect: "manual" })
  expect(written.headers.get("location")).toBe("/chat/talk/about")
})

test("who is in a room sees on its page who came and who left, where it happened", async () => {
  await using place = await world()
  const ann = await place.person("ann")
  const talk = async (who = ann) => (await who.fetch("/chat/talk/", html)).text()
  expect(await talk()).not.toContain('class="coming"')
  await ann.fetch("/chat/talk/", { method: "POST", body: new URLSearchParams({ message: "first" }) })
  const bob = await place.person("bob")
  await ann.fetch("/chat/talk/", { method: "POST", body: new URLSearchParams({ message: "second" }) })
  const page = await talk()
  expect(page.match(/class="coming"/g)).toHaveLength(1)
  const places = ["first", 'class="coming"', "second"].map((words) => page.indexOf(words))
  expect(places).toEqual(places.toSorted((one, other) => one - other))
  await bob.fetch("/chat/talk/leave", openForm(""))
  expect((await talk()).match(/<p class="coming".*?<\/p>/)![0]).toContain("left")
  expect(await talk(bob)).toContain(">ann</bdi>") // and of others' coming, not of one's own
})

test("every page beside the rooms leads back to the room one came from, and to all of them where there is none", async () => {
  await using place = await world()
  const ann = await place.person("ann")
  await ann.fetch("/chat/", openForm("Garden"))
  const way = async (path: string, cookie: string) => {
    const page = await (await ann.fetch(path, { headers: { ...html.headers, cookie } })).text()
    return page.match(/class="way-back" href="([^"]+)"/)?.[1]
  }
  const seen = await ann.fetch("/chat/garden/", html)
  const room = seen.headers.getSetCookie().map((cookie) => cookie.split(";")[0])
  const cookie = [ann.cookie, ...room].join("; ")
  for (const path of ["/chat/", "/place", "/me"])
    expect([path, await way(path, cookie)]).toEqual([path, "/chat/garden/"])
  for (const path of ["/place", "/me"]) expect([path, await way(path, ann.cookie)]).toEqual([path, "/chat/"])
})

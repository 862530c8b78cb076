// What the pages say when there is nothing to show: each names the one next step, and it is open to whoever reads it.
import { expect, test } from "bun:test"
import { Refusal } from "../protocol/refusal.ts"
import { perform } from "../server/perform.ts"
import { logged, register, settle, visitor, world } from "./world.ts"

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
  const page = await (await bob.fetch("/place", html)).text()
  expect(page).toContain("http://chat.example.org/join/")
  expect(page).not.toContain("works on this computer only")
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

// Whoever guesses at a password from everywhere keeps nobody out: a browser that signed in before is known.
import { expect, test } from "bun:test"
import { laneOf } from "../server/turns.ts"
import { PASSWORD, visitor, type World, world } from "./world.ts"

const signIn = (place: World, username: string, password: string, from: string, cookie = "") =>
  visitor(place.url, cookie).fetch("/login", {
    method: "POST",
    body: new URLSearchParams({ username, password }),
    headers: { "x-forwarded-for": from },
  })
const deviceOf = (answer: Response) =>
  answer.headers
    .getSetCookie()
    .map((set) => set.split(";")[0]!)
    .find((set) => set.includes("device"))!

test("the cookie of a known browser is kept at sign-out, lets nobody in, and gives tries of its own where others have none left", async () => {
  await using place = await world({ LIMITS: "on", PUBLIC_URL: "https://chat.example.org" })
  const ann = await place.person("ann")
  const device = deviceOf(await signIn(place, "ann", PASSWORD, "198.51.100.7"))
  expect(device).toMatch(/^__Host-parlourdevice[\w-]*=/)
  expect((await visitor(place.url, device).fetch("/api/v1/me")).status).toBe(401)
  const out = await visitor(place.url, `${ann.cookie}; ${device}`).fetch("/logout", { method: "POST" })
  expect(out.headers.getSetCookie().filter((set) => set.includes("device"))).toEqual([])

  for (let i = 0; i < 25; i++) await signIn(place, "ann", "wrong horse battery", "198.51.100.7")
  expect((await signIn(place, "ann", PASSWORD, "198.51.100.7")).status).toBe(429)
  expect((await signIn(place, "ann", PASSWORD, "198.51.100.7", device)).status).toBe(303)
  expect((await signIn(place, "bob", PASSWORD, "198.51.100.7", device)).status).toBe(401)

  let refused = 0
  for (let i = 0; i < 30; i++)
    if ((await signIn(place, "ann", "wrong horse battery", `203.0.113.${i}`, device)).status === 429) refused++
  expect(refused).toBeWithin(10, 12) // wherever it goes
}, 30_000)

test("where strangers at the same address have read all that one may, a browser that is known gets to the form and in", async () => {
  await using place = await world({ LIMITS: "on", PUBLIC_URL: "https://chat.example.org" })
  await place.person("ann")
  const from = "198.51.100.7"
  const device = deviceOf(await signIn(place, "ann", PASSWORD, from))
  const form = (cookie: string) => visitor(place.url, cookie).fetch("/login", { headers: { "x-forwarded-for": from } })
  const { turns } = place.app
  for (const lane of [laneOf({ person: null, address: from }), `files ${from}`]) (await turns!.take(lane)).end(60_000)
  const file = (cookie: string) =>
    visitor(place.url, cookie).fetch("/favicon.ico", { headers: { "x-forwarded-for": from } })
  expect([(await form("")).status, (await file("")).status]).toEqual([429, 429])
  expect((await signIn(place, "ann", PASSWORD, from)).status).toBe(429)
  expect([(await form(device)).status, (await file(device)).status]).toEqual([200, 200])
  expect((await signIn(place, "ann", PASSWORD, from, device)).status).toBe(303)
  const forged = `${device.slice(0, -1)}${device.endsWith("A") ? "B" : "A"}`.replace(/\.[\w-]/, ".x")
  expect((await form(forged)).status).toBe(429)

  // Of one account, however many browsers and addresses: they share what they may read.
  const other = deviceOf(await signIn(place, "ann", PASSWORD, "192.0.2.1"))
  expect(other).not.toBe(device)
  const before = turns!.size
  await form(other)
  expect(turns!.size).toBe(before)
}, 30_000)

// Whose cookie it is that a browser sends: those of two places on one host, of a place before its update, and of a host
// beside ours that set one by the same name.
import { expect, test } from "bun:test"
import { askedOf } from "../server/http/asked.ts"
import { cameWith } from "../server/http/cookies.ts"
import { serve } from "../server/http/serve.ts"
import { cookieOf, PASSWORD, visitor, type World, world } from "./world.ts"

const form = (fields: Record<string, string>) => ({ method: "POST", body: new URLSearchParams(fields) })
const enter = (at: World, name: string, headers: Record<string, string> = {}) =>
  visitor(at.url).fetch("/login", { ...form({ username: name, password: PASSWORD }), headers })
const who = async (at: World, cookie: string) => {
  const answer = await visitor(at.url, cookie).fetch("/api/v1/me")
  return answer.status === 200 ? ((await answer.json()) as { person: { name: string } }).person.name : answer.status
}
const nameOf = (cookie: string) => cookie.split("=")[0]!
const tokenOf = (cookie: string) => cookie.split("=")[1]!

/** What a browser does: keeps cookies by host and name, and forgets those that it is told to. */
class Jar {
  readonly #kept = new Map<string, string>()

  take(answer: Response): Response {
    for (const set of answer.headers.getSetCookie()) {
      const [name, value] = set.split(";")[0]!.split("=") as [string, string]
      if (/Max-Age=0/.test(set)) this.#kept.delete(name)
      else this.#kept.set(name, value)
    }
    return answer
  }

  put(name: string, value: string): void {
    this.#kept.set(name, value)
  }

  /** Of sessions. */
  get names(): string[] {
    return [...this.#kept.keys()].filter((name) => !name.includes("device"))
  }

  get cookie(): string {
    return [...this.#kept].map(([name, value]) => `${name}=${value}`).join("; ")
  }
}

test("one browser is in two places on one host at once, and out of one when it signs out there", async () => {
  await using one = await world()
  await using other = await world()
  const jar = new Jar()
  for (const [at, name] of [
    [one, "ann"],
    [other, "bob"],
  ] as const)
    jar.take(
      await visitor(at.url, jar.cookie).fetch(
        "/register",
        form({ username: name, password: PASSWORD, registration: "open" }),
      ),
    )
  expect([await who(one, jar.cookie), await who(other, jar.cookie)]).toEqual(["ann", "bob"])
  expect(jar.names.toSorted()).toEqual([one, other].map((at) => `parlour-${new URL(at.url).port}`).toSorted())
  jar.take(await visitor(one.url, jar.cookie).fetch("/logout", { method: "POST" }))
  expect([await who(one, jar.cookie), await who(other, jar.cookie)]).toEqual([401, "bob"])
})

test("who was in before the update stays in, under the new name from the first answer on, wherever they were in", async () => {
  await using one = await world()
  await using other = await world()
  const [ann, bob] = [await one.person("ann"), await other.person("bob")]
  const jar = new Jar()
  jar.put("parlour", tokenOf(ann.cookie))
  expect(await who(other, jar.cookie)).toBe(401)
  jar.take(await visitor(other.url, jar.cookie).fetch("/login", form({ username: "bob", password: PASSWORD })))
  expect([await who(one, jar.cookie), await who(other, jar.cookie)]).toEqual(["ann", "bob"])
  jar.take(await visitor(one.url, jar.cookie).fetch("/place"))
  expect(jar.names.toSorted()).toEqual([nameOf(ann.cookie), nameOf(bob.cookie)].toSorted())
  expect([await who(one, jar.cookie), await who(other, jar.cookie)]).toEqual(["ann", "bob"])
  const settled = await visitor(one.url, jar.cookie).fetch("/place")
  expect(settled.headers.getSetCookie()).toEqual([])
})

test("a place that has moved to another port knows its people, and takes nobody else's cookie from them", async () => {
  await using one = await world()
  await using other = await world()
  const [ann, bob] = [await one.person("ann"), await other.person("bob")]
  const moved = await serve(one.app)
  const both = `${ann.cookie}; ${bob.cookie}; parlour-1=${"x".repeat(43)}`
  const answer = await visitor(moved.url, both).fetch("/place")
  const name = `parlour-${new URL(moved.url).port}`
  expect(answer.status).toBe(200)
  expect(answer.headers.getSetCookie()).toEqual([
    expect.stringMatching(new RegExp(`^${name}=${tokenOf(ann.cookie)};.*Max-Age=[1-9]`)),
  ])
  // Of two that both stand here, neither is by our name: nobody can tell which of them it is.
  const cyd = await one.person("cyd")
  const two = `parlour-1=${tokenOf(cyd.cookie)}; parlour-2=${tokenOf(ann.cookie)}`
  expect((await visitor(moved.url, two).fetch("/api/v1/me")).status).toBe(401)
  await moved.stop()
})

test("a form that came by https gets the strict cookie though PUBLIC_URL does not say so, and keeps it", async () => {
  await using place = await world()
  await place.person("ann")
  const port = new URL(place.url).port
  const origin = `https://127.0.0.1:${port}`
  const answer = await enter(place, "ann", { origin })
  const [set] = answer.headers.getSetCookie()
  expect(set).toMatch(new RegExp(`^__Host-parlour-${port}=[\\w-]{43}; Path=/; .*; Secure$`))
  const cookie = cookieOf(answer)
  const page = await visitor(place.url, cookie).fetch("/place")
  expect([page.status, page.headers.getSetCookie()]).toEqual([200, []])
  const out = await visitor(place.url, cookie).fetch("/logout", { method: "POST", headers: { origin } })
  expect(out.headers.getSetCookie()[0]).toMatch(new RegExp(`^__Host-parlour-${port}=; Path=/; Max-Age=0; .*; Secure$`))
})

test("nobody is made to speak as another by a cookie that a host beside ours has set", async () => {
  await using place = await world()
  const [ann, mallory] = [await place.person("ann"), await place.person("mallory")]
  // Beside a strict one nothing else counts, wherever it stands.
  const strict = cookieOf(await enter(place, "ann", { origin: place.url.replace("http:", "https:") }))
  for (const name of [nameOf(ann.cookie), "parlour"]) {
    const tossed = `${name}=${tokenOf(mallory.cookie)}`
    for (const cookie of [`${tossed}; ${strict}`, `${strict}; ${tossed}`]) expect(await who(place, cookie)).toBe("ann")
  }
  // Of two by one name neither does.
  for (const cookie of [`${mallory.cookie}; ${ann.cookie}`, `${ann.cookie}; ${mallory.cookie}`])
    expect(await who(place, cookie)).toBe(401)
  expect(await who(place, `${ann.cookie}; ${ann.cookie}`)).toBe("ann")
})

test("a name is what browsers take for one: with a blank of Unicode's before it, it is another", async () => {
  await using place = await world({ PUBLIC_URL: "https://chat.example.org", LIMITS: "on" })
  const ann = await place.person("ann")
  for (const blank of ["\u00a0", "\u00c2\u00a0"]) {
    expect(await who(place, `${blank}${ann.cookie}`)).toBe(401)
    expect(await who(place, `${ann.cookie}; ${blank}__Host-parlour=another`)).toBe("ann")
  }
  expect(await who(place, ` \t${ann.cookie}\t `)).toBe("ann")
})

test("with PUBLIC_URL the port is that of the address that people type", async () => {
  for (const [PUBLIC_URL, name] of [
    ["https://chat.example.org:8443", "__Host-parlour-8443"],
    ["https://chat.example.org", "__Host-parlour"],
    ["http://my-computer.local:3000", "parlour-3000"],
  ] as const) {
    await using place = await world({ PUBLIC_URL, LIMITS: "on" })
    const ann = await place.person("ann")
    expect(nameOf(ann.cookie)).toBe(name)
    expect(await who(place, ann.cookie)).toBe("ann")
    expect(await who(place, `parlour=${tokenOf(ann.cookie)}`)).toBe(PUBLIC_URL.startsWith("https") ? 401 : "ann")
  }
})

test("as many cookies as a header holds, of many places on one host, are told apart in no time", async () => {
  await using place = await world()
  const port = new URL(place.url).port
  const ann = await place.person("ann")
  const ownPairs = ann.cookie!.split("; ")
  const cookies = (count: number) =>
    [...Array.from({ length: count }, (_, i) => `parlour-${10_000 + i}=${i}`), ...ownPairs].join("; ")
  expect(await who(place, cookies(290))).toBe("ann")
  // Nobody of ours by that name: then those of other ports are asked about, and each is compared with all.
  const asked = askedOf(new Request(place.url, { headers: { host: `127.0.0.1:${port}` } }))
  const cookie = cookies(280).replaceAll(`-${port}`, "-1")
  const context = { req: { header: () => cookie }, env: { asked } }
  const cost = () => {
    const before = process.cpuUsage()
    for (let i = 0; i < 200; i++) cameWith(place.app, context as never)
    const { user, system } = process.cpuUsage(before)
    return (user + system) / 200
  }
  cost()
  expect(Math.min(cost(), cost(), cost())).toBeLessThan(300) // microseconds; when each was compared with all it was 700
})

test("cookies of many places are looked up in turn, and not at all for who has overdrawn", async () => {
  await using place = await world({ LIMITS: "on" })
  const ann = await place.person("ann")
  const { db, turns } = place.app
  const { sql } = db
  let looked = 0
  db.sql = ((...query: Parameters<typeof sql>) => {
    if (query[0].join().includes("from sessions s join people")) looked++ // whose it is; that it still stands is asked besides
    return sql(...query)
  }) as typeof sql
  const cookies = Array.from({ length: 7 }, (_, i) => `parlour-${5_000 + i}=${"x".repeat(43)}`)
  const ask = (own = "") => visitor(place.url, [...cookies, own].join("; ")).fetch("/api/v1/me")
  expect((await ask(`parlour-6000=${tokenOf(ann.cookie)}`)).status).toBe(200) // a place may have moved
  expect(looked).toBe(7 * 2 + 1)
  looked = 0
  const taken = await Promise.all(Array.from({ length: 16 }, () => turns!.take("address 127.0.0.1")))
  const answer = ask()
  await Bun.sleep(100)
  expect([looked, (await visitor(place.url, ann.cookie).fetch("/api/v1/me")).status]).toEqual([0, 200])
  looked = 0
  for (const turn of taken.slice(1)) turn.end()
  expect([(await answer).status, looked]).toEqual([401, 7 * 2])
  taken[0]!.end(300_000)
  looked = 0
  expect([(await ask()).status, looked]).toEqual([429, 0])
})

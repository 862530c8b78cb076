// Who owns a place that nobody owns: whoever sits at its machine, or was given the link by whoever runs it; nobody else, however
// they come, and of many at once one.
import { describe, expect, test } from "bun:test"
import { $ } from "bun"
import { operator } from "../server/caller.ts"
import { readPlace } from "../server/people/place.ts"
import { perform } from "../server/perform.ts"
import { raw } from "./raw.ts"
import { mustCatchAll, PARLOUR, PASSWORD, temporaryFolder, until, visitor, type World, world } from "./world.ts"

const SHOWN = { PUBLIC_URL: "http://chat.example.org", LIMITS: "on" }

const owners = async ({ app }: World) =>
  (await app.db.sql<{ name: string }>`select name from people where role = 'owner'`).map(({ name }) => name)
const makeCode = async ({ app }: World, anew = false) =>
  (await perform(app, operator, { type: "makeOwnerLink", anew })).answer.path.replace("/welcome?code=", "")
const come = (at: World, headers: Record<string, string> = {}, fields: Record<string, string> = {}) =>
  visitor(at.url).fetch("/register", {
    method: "POST",
    body: new URLSearchParams({ username: "ann", password: PASSWORD, ...fields }),
    headers: { accept: "application/json", ...headers },
  })

describe("a place that nobody owns", () => {
  const carriers: [header: string, value: string][] = [
    ["x-forwarded-for", "203.0.113.9"],
    ["x-forwarded-for", "127.0.0.1"],
    ["x-forwarded-host", "localhost"],
    ["x-forwarded-proto", "https"],
    ["x-real-ip", "127.0.0.1"],
    ["forwarded", "for=127.0.0.1"],
    ["via", "1.1 tunnel"],
    ["cf-connecting-ip", "203.0.113.9"],
    ["x-client-ip", "203.0.113.9"],
    ["true-client-ip", "203.0.113.9"],
    ["x-forwarded-server", "chat.example.org"],
    ["x-forwarded-port", "443"],
    ["x-scheme", "https"],
    ["front-end-https", "on"],
    ["x-original-host", "chat.example.org"],
    ["x-request-id", "7b1f"],
    ["x-amzn-trace-id", "Root=1-67891233-abcdef012345678912345678"],
    ["host", "my-computer.local:3000"],
    ["host", "192.168.1.7:3000"],
    ["host", "[fd00::1]:3000"],
  ]
  test.each(carriers)("is not given to who comes with %s: %s, and has no code", async (header, value) => {
    await using place = await world()
    const refused = await come(place, { [header]: value })
    expect([refused.status, await refused.json()]).toEqual([
      403,
      { error: { code: "forbidden", message: expect.stringMatching(/log.*parlour user owner/s) } },
    ])
    expect((await come(place, { [header]: value }, { code: "guess" })).status).toBe(403)
    const page = await visitor(place.url).fetch("/welcome", { headers: { accept: "text/html", [header]: value } })
    expect([page.status, (await page.text()).includes("<form")]).toEqual([403, false])
    expect(await owners(place)).toEqual([])
    expect((await come(place, { [header]: value }, { code: await makeCode(place) })).status).toBe(303)
    expect(await owners(place)).toEqual(["ann"])
  })

  test.each(["localhost:3000", "127.0.0.1", "[::1]:3000", "chat.localhost"])(
    "is given to the first who comes from its own machine, by %s, without more",
    async (host) => {
      await using place = await world()
      expect((await visitor(place.url).fetch("/welcome", { headers: { host } })).status).toBe(200)
      expect((await come(place, { host })).status).toBe(303)
      expect(await owners(place)).toEqual(["ann"])
    },
  )

  const known = process.platform === "linux" // whose a connection is
  test(`is ${known ? "" : "not "}given to a program that keeps no connection, as many libraries do not`, async () => {
    await using place = await world()
    expect((await come(place, { connection: "close" })).status).toBe(known ? 303 : 403)
    expect(await owners(place)).toEqual(known ? ["ann"] : [])
  })

  // Of HAProxy, of what only carries bytes, and of nginx from 1.29.7 on nothing is to be seen, but they are users of their own.
  // Only root can be another.
  if (known && process.getuid?.() === 0)
    test("is not given to who comes by a program that another user runs, whatever it says", async () => {
      await using place = await world()
      const { host, port } = new URL(place.url)
      const body = new URLSearchParams({ username: "ann", password: PASSWORD })
      const head = ["POST /register HTTP/1.1", `Host: ${host}`, "Content-Type: application/x-www-form-urlencoded"]
      const form = `${[...head, `Content-Length: ${`${body}`.length}`].join("\r\n")}\r\n\r\n${body}`
      const ask = 'exec 3<>"/dev/tcp/127.0.0.1/$0"; printf %s "$1" >&3; read -r _ status _ <&3; echo "$status"'
      const status = async (...user: string[]) => (await $`${user} bash -c ${ask} ${port} ${form}`.text()).trim()
      expect(await status("setpriv", "--reuid=65534", "--clear-groups")).toBe("403")
      expect(await owners(place)).toEqual([])
      expect(await status()).toBe("303")
      expect(await owners(place)).toEqual(["ann"])
    })

  test("is not given to a page whose name was pointed at this machine, nor to one on another port of it", async () => {
    await using place = await world()
    for (const [host, site] of [
      ["evil.example", "same-origin"],
      [new URL(place.url).host, "same-site"],
      [new URL(place.url).host, "cross-site"],
    ] as const) {
      const { status } = await come(place, { host, origin: `http://${host}`, "sec-fetch-site": site })
      expect(status).toBeOneOf([400, 403])
    }
    expect(await owners(place)).toEqual([])
  })
})

test("the link carries its code through the form, without scripts, and through a refusal", async () => {
  await using place = await world(SHOWN)
  const code = await makeCode(place)
  const page = await visitor(place.url).fetch(`/welcome?code=${code}`, { headers: { accept: "text/html" } })
  const carried = `name="code" value="${code}"`
  expect([page.status, await page.text()]).toEqual([200, expect.stringContaining(carried)])
  const weak = await come(place, { accept: "text/html" }, { code, password: "short" })
  expect([weak.status, await weak.text()]).toEqual([422, expect.stringContaining(carried)])
  expect((await come(place, {}, { code, place: "The den" })).status).toBe(303)
  expect(await readPlace(place.app.db.sql)).toMatchObject({ name: "The den" })
})

test("each process's link works, one made anew is the only one, and none outlives its use", async () => {
  await using place = await world(SHOWN)
  const [one, other] = [await makeCode(place), await makeCode(place)]
  const opens = async (code: string) => (await visitor(place.url).fetch(`/welcome?code=${code}`)).status === 200
  expect([await opens(one), await opens(other), await opens("")]).toEqual([true, true, false])
  const anew = await makeCode(place, true)
  expect([await opens(one), await opens(other), await opens(anew)]).toEqual([false, false, true])
  const kept = await place.app.db.sql<{ hash: string }>`select hash from owner_codes`
  expect(kept).toHaveLength(1)
  expect(JSON.stringify(kept)).not.toContain(anew)
  expect((await come(place, {}, { code: anew })).status).toBe(303)
  expect(await place.app.db.sql`select 1 from owner_codes`).toEqual([])
  await expect(makeCode(place)).rejects.toMatchObject({ code: "taken", message: expect.stringContaining("ann owns") })
})

test("of many who come with the link at once, and many without, one owns", async () => {
  await using place = await world(SHOWN)
  const code = await makeCode(place)
  const all = Array.from({ length: 12 }, (_, i) =>
    come(place, {}, { username: `guest${i}`, registration: "closed", ...(i % 2 === 0 && { code }) }),
  )
  const statuses = (await Promise.all(all)).map(({ status }) => status)
  expect(statuses.filter((status) => status === 303)).toHaveLength(1)
  expect(await owners(place)).toHaveLength(1)
  expect(Number((await owners(place))[0]!.slice(5)) % 2).toBe(0)
})

test("who imports before the first visit gives the place to nobody: still the code is asked for", async () => {
  await using place = await world(SHOWN)
  const line = { room: "talk", author: "ann", at: Date.UTC(2025, 0, 1), text: "long ago", nonce: "n" }
  await perform(place.app, operator, { type: "import", lines: [line] })
  expect((await come(place)).status).toBe(403)
  expect((await come(place, {}, { code: await makeCode(place) })).status).toBe(303)
  const people = await place.app.db.sql`select name, role from people`
  expect(people).toEqual([{ name: "ann", role: "owner" }])
})

test("the program says the link when others may come, and makes it anew", async () => {
  const env = { PATH: process.env.PATH!, PORT: "0", DATA_DIR: await temporaryFolder(), HOST: "0.0.0.0" }
  await using child = Bun.spawn([...PARLOUR, "start"], { env, stdin: "ignore", stdout: "pipe", stderr: "pipe" })
  const caught = mustCatchAll(child.stderr)
  let said = ""
  const reading = (async () => {
    for await (const bytes of child.stdout) said += new TextDecoder().decode(bytes)
  })()
  await until("it is open", () => said.includes("\n"), 15_000)
  const [, url, link] = said.match(
    /^Parlour is open at (http:\S+)\nNobody owns it yet\. .*: (http:\S+\/welcome\?code=\w+)\n$/,
  )!
  expect(link).toStartWith(`${url}/`)
  const bare = await raw(url!, "GET /welcome HTTP/1.1\r\nHost: 192.168.1.7\r\n\r\n")
  const path = new URL(link!).pathname + new URL(link!).search
  const led = await raw(url!, `GET ${path} HTTP/1.1\r\nHost: 192.168.1.7\r\n\r\n`)
  expect([bare.status, led.status]).toEqual([403, 200])
  const owner = async () => {
    const { stdout, stderr, exited } = Bun.spawn([...PARLOUR, "user", "owner"], { env, stdout: "pipe", stderr: "pipe" })
    const both = (await new Response(stdout).text()) + (await new Response(stderr).text())
    return [await exited, both] as const
  }
  const [status, words] = await owner()
  expect([status, words]).toEqual([
    0,
    expect.stringMatching(/^Whoever opens this link first owns the place:\nhttp:\S+\/welcome\?code=\w+\n$/),
  ])
  const before = await raw(url!, `GET ${path} HTTP/1.1\r\nHost: 192.168.1.7\r\n\r\n`)
  expect(before.status).toBe(403)
  await visitor(url!).fetch("/register", {
    method: "POST",
    body: new URLSearchParams({ username: "ann", password: PASSWORD }),
  })
  expect(await owner()).toEqual([1, expect.stringContaining("ann owns this place")])
  child.kill()
  await child.exited
  await Promise.all([reading, caught])
}, 30_000)

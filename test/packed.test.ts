// Of a page that is packed one learns from its length what stands in it twice. So a page that holds a link which lets in goes
// out as it is: each page that there is, from the table of routes.
import { expect, test } from "bun:test"
import { brotliDecompressSync, gunzipSync } from "node:zlib"
import { operator } from "../server/caller.ts"
import { readClient } from "../server/http/assets.ts"
import { routes } from "../server/http/routes.ts"
import { listenOnSocket } from "../server/http/serve.ts"
import { readPlace } from "../server/people/place.ts"
import { perform } from "../server/perform.ts"
import { logged, temporaryFolder, type World, world } from "./world.ts"

const client = await readClient()

type Answer = { name: string; packed: boolean; text: string }

/** As it stands on the wire, with its encoding undone. */
async function asked(url: string, name: string, init: BunFetchRequestInit, encoding: string): Promise<Answer> {
  const answer = await fetch(url, { redirect: "manual", decompress: false, ...init })
  const bytes = Buffer.from(await answer.arrayBuffer())
  const how = answer.headers.get("content-encoding")
  expect(how === null || how === encoding).toBe(true)
  const text = how === "br" ? brotliDecompressSync(bytes) : how === "gzip" ? gunzipSync(bytes) : bytes
  return { name, packed: how !== null, text: text.toString() }
}

/** Every address, as whoever has the cookie asks for it; what a form may hold, each form holds. */
async function everything(
  place: World,
  cookie: string,
  secrets: Record<string, string>,
  encoding: string,
): Promise<Answer[]> {
  const filled = (path: string) =>
    path
      .replace(":invite", secrets.invite ?? "none")
      .replace(":token", secrets.token ?? "none")
      .replace(":room", "talk")
      .replace(/:\w+\{.*?\}/, "1")
  const declared = routes(place.app, client).routes.filter(
    ({ method, path }) => /^(GET|POST)$/.test(method) && !/^\/(events|logout|ws|place\/invite)|\*/.test(path),
  )
  expect(declared.length).toBeGreaterThan(30)
  const answers: Answer[] = []
  for (const { method, path } of declared) {
    const headers = { accept: "text/html", "accept-encoding": encoding, cookie }
    const body = new URLSearchParams({
      username: "nix",
      password: "short",
      find: "x",
      name: "x".repeat(300),
      ...secrets,
    })
    const query =
      method === "GET"
        ? `?${new URLSearchParams({ find: "/join/x", ...(secrets.code && { code: secrets.code }) })}`
        : ""
    const init = method === "GET" ? { headers } : { method, headers, body }
    answers.push(await asked(place.url + filled(path) + query, `${method} ${path}`, init, encoding))
  }
  return answers
}

const holding = (answers: Answer[], secret: string) => answers.filter(({ text }) => text.includes(secret))

test.each(["br", "gzip"])(
  "no page with a link in it is packed, by %s, and others are",
  async (encoding) => {
    await using empty = await world()
    const { answer } = await perform(empty.app, operator, { type: "makeOwnerLink", anew: true })
    const code = answer.path.split("=")[1]!
    const first = holding(await everything(empty, "", { code }, encoding), code)
    expect(first.map(({ name }) => name)).toEqual(["GET /welcome", "POST /register"])
    expect(first.filter(({ packed }) => packed)).toEqual([])

    await using place = await world()
    const ann = await place.person("ann")
    await place.person("gus")
    await ann.fetch("/place", { method: "POST", body: new URLSearchParams({ registration: "invite" }) })
    const { invite } = await readPlace(place.app.db.sql)
    const made = await perform(place.app, operator, { type: "makePasswordLink", username: "ann" })
    const token = made.answer.path.split("/").at(-1)!
    const inside = await everything(place, ann.cookie, { invite }, encoding)
    const outside = await everything(place, "", { invite, token }, encoding)
    const secret = [...holding([...inside, ...outside], invite), ...holding(outside, token)]
    expect(new Set(secret.map(({ name }) => name))).toEqual(
      new Set([
        "GET /place",
        "POST /place",
        "POST /place/password-link",
        "POST /place/expel",
        "GET /join/:invite",
        "POST /register",
        "GET /password/:token",
        "POST /password/:token",
      ]),
    )
    expect(secret.filter(({ packed }) => packed)).toEqual([])
    for (const name of ["GET /chat/", "GET /chat/:room/"])
      expect(inside.find((one) => one.name === name)!.packed).toBe(true)

    // A link that was just made is shown, and not packed.
    const link = await asked(
      `${place.url}/place/password-link`,
      "link",
      {
        method: "POST",
        headers: { accept: "text/html", "accept-encoding": encoding, cookie: ann.cookie },
        body: new URLSearchParams({ username: "gus" }),
      },
      encoding,
    )
    expect([link.packed, /\/password\/[\w-]{43}/.test(link.text)]).toEqual([false, true])
  },
  30_000,
)

test("what breaks outside of the routes shows nothing of itself", async () => {
  const path = `${await temporaryFolder()}/socket`
  const close = listenOnSocket(path, () => Promise.reject(new Error("hushbug at /home/someone/file.ts:7")), 1_000)
  const log = await logged(async () => {
    const answer = await fetch("http://parlour/", { unix: path })
    expect([answer.status, await answer.text()]).toEqual([500, expect.not.stringMatching(/hushbug|file\.ts|<html/)])
  })
  expect(log.join("\n")).toContain("hushbug")
  close()
})

// What lets someone in, and what somebody wrote, is in no log: every route is made to fail with such things in its address, its
// query, its head and its body.
import { expect, test } from "bun:test"
import { readClient } from "../server/http/assets.ts"
import { routes } from "../server/http/routes.ts"
import { rawSocket } from "./raw-socket.ts"
import { logged, world } from "./world.ts"

const SECRET = "canary7secret"
const FIELDS = [
  "username",
  "password",
  "name",
  "message",
  "text",
  "content",
  "token",
  "invite",
  "code",
  "nonce",
  "next",
]
const body = new URLSearchParams({
  ...Object.fromEntries(FIELDS.map((field) => [field, SECRET])),
  post_type: "send_chat",
})

test("no failure writes what lets someone in, or what somebody wrote, into the log", async () => {
  await using place = await world()
  const ann = await place.person("ann")
  const all = routes(place.app, await readClient()).routes.filter(({ path }) => path !== "/*")
  const { db } = place.app
  const { sql, tx } = db
  const lines = await logged(async () => {
    for (const broken of ["what is written", "what is read"]) {
      db.tx = () => Promise.reject(new Error(`${broken} fails`))
      if (broken === "what is read")
        db.sql = (strings, ...values) =>
          /sessions/.test(strings.join()) ? sql(strings, ...values) : Promise.reject(new Error(`${broken} fails`))
      for (const { method, path } of all) {
        const filled = path
          .replace(/:(seconds|message)(\{[^}]*\})?/g, "5")
          .replace(/:\w+/g, SECRET)
          .replace("*", SECRET)
        const isSafe = method === "GET"
        for (const accept of ["text/html", "application/json"])
          for (const cookie of [ann.cookie, `parlour=${SECRET}`]) {
            const headers = { accept, cookie, authorization: `Bearer ${SECRET}`, "x-canary": SECRET }
            const url = `${place.url}${filled}?code=${SECRET}&find=${SECRET}&next=/${SECRET}&room=${SECRET}&wait=0`
            const sent = { method: method === "ALL" ? "POST" : method, headers, ...(!isSafe && { body }) }
            const answer = await fetch(url, { redirect: "manual", ...sent })
            await answer.body?.cancel()
          }
        if (isSafe) continue
        const cut = await rawSocket(null, place.url) // who goes away in the midst
        cut.write(
          `POST ${filled} HTTP/1.1\r\nhost: localhost\r\ncookie: ${ann.cookie}\r\ntransfer-encoding: chunked\r\n\r\n5\r\ncanar`,
        )
        await Bun.sleep(2)
        cut.end()
      }
    }
    Object.assign(db, { sql, tx })
    await Bun.sleep(50)
  })
  expect(lines.filter((line) => /(written|read) fails/.test(line)).length).toBeGreaterThan(20)
  expect(lines.join("\n")).not.toContain("canar")
  expect(lines.join("\n")).not.toContain(ann.cookie.split("=")[1]!)
}, 30_000)

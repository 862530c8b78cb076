// A socket is open to our own page and to no other, however the handshake is spelled; and where a proxy took a part of it
// out, it is told at once that it is none, so that the page goes on by another way.
import { afterAll, beforeAll, expect, test } from "bun:test"
import { raw } from "./raw.ts"
import { type Visitor, type World, world } from "./world.ts"

let place: World
let ann: Visitor

beforeAll(async () => {
  place = await world()
  ann = await place.person("ann")
})
afterAll(async () => place[Symbol.asyncDispose]())

const KEY = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13"
const paths = ["/events", "/events?room=talk", "/ws/chat/talk/", "/ws/chat/talk"]

const knock = (path: string, headers: string) =>
  raw(
    place.url,
    `GET ${path} HTTP/1.1\r\nHost: ${new URL(place.url).host}\r\nCookie: ${ann.cookie}\r\n${headers}\r\n\r\n`,
  )

const spellings = [
  "websocket",
  "WebSocket",
  "WEBSOCKET",
  "websocket, h2c",
  "h2c, websocket",
  "websocket,websocket",
  " websocket ",
  "websocket/13",
  "websocket;q=1",
  '"websocket"',
  "\twebsocket",
  "foo websocket",
  "websocketx",
  "h2c",
  "TLS/1.0",
  "",
].flatMap((upgrade) =>
  ["Upgrade", "upgrade", "keep-alive, Upgrade", "close"].map((connection) => [upgrade, connection] as const),
)

test.each(spellings)("another site's page gets none by Upgrade: %j, Connection: %j", async (upgrade, connection) => {
  const head = `Upgrade: ${upgrade}\r\nConnection: ${connection}\r\n${KEY}`
  for (const path of paths)
    for (const foreign of [
      "Origin: http://evil.example",
      "Origin: null",
      "Sec-Fetch-Site: cross-site",
      "Sec-Fetch-Site: same-site",
    ]) {
      const { status } = await knock(path, `${head}\r\n${foreign}`)
      expect([path, foreign, status]).toEqual([path, foreign, 403])
    }
})

test("our own page gets one by those that the runtime takes, and so does who is no browser", async () => {
  for (const path of paths)
    for (const origin of [`\r\nOrigin: ${place.url}\r\nSec-Fetch-Site: same-origin`, ""])
      for (const upgrade of ["websocket", "WebSocket", "websocket, h2c"]) {
        const { status } = await knock(path, `Upgrade: ${upgrade}\r\nConnection: Upgrade\r\n${KEY}${origin}`)
        expect([path, upgrade, status]).toEqual([path, upgrade, 101])
      }
})

test("a handshake of which a part is gone is answered at once, and not as a long poll", async () => {
  const began = performance.now()
  for (const path of paths)
    for (const left of [KEY, `Connection: Upgrade\r\n${KEY}`, `Upgrade: h2c\r\nConnection: Upgrade\r\n${KEY}`]) {
      const { status, body } = await knock(path, `${left}\r\nAccept: */*`)
      expect([path, left, status]).toEqual([path, left, 400])
      expect(body).toContain("pass Upgrade and Connection on")
    }
  expect(performance.now() - began).toBeLessThan(4_000)
})

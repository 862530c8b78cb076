// Whatever stands in a header, nothing breaks: no answer is our fault, nothing is logged as one, and no header but those that
// are about it leads elsewhere.
import { afterAll, beforeAll, expect, test } from "bun:test"
import { raw } from "./raw.ts"
import { logged, type Visitor, type World, world } from "./world.ts"

let place: World
let ann: Visitor

beforeAll(async () => {
  place = await world({ LIMITS: "off" })
  ann = await place.person("ann")
})
afterAll(async () => place[Symbol.asyncDispose]())

const values = [
  "",
  "%",
  "%00%ff",
  "\u00ff\u00fe\u0080",
  "x".repeat(4_000),
  "a=b; a=c; =; ;;",
  '"',
  ",,,",
  "null",
  "-1",
  "1e999",
  "99999999999999999999",
  "[::1",
  "http://[",
  "javascript:alert(1)",
  "../../etc/passwd",
  "{{x}}<script>",
  "\t x \t",
]

const names = [
  "accept",
  "accept-encoding",
  "accept-language",
  "authorization",
  "connection",
  "content-type",
  "cookie",
  "date",
  "forwarded",
  "if-match",
  "if-modified-since",
  "if-none-match",
  "if-range",
  "last-event-id",
  "origin",
  "range",
  "referer",
  "sec-fetch-site",
  "sec-fetch-mode",
  "sec-websocket-key",
  "sec-websocket-version",
  "sec-websocket-protocol",
  "sec-websocket-extensions",
  "upgrade",
  "user-agent",
  "via",
  "x-forwarded-for",
  "x-forwarded-host",
  "x-forwarded-proto",
  "x-http-method-override",
  "x-original-url",
  "x-rewrite-url",
  "x-real-ip",
]

const requests: [line: string, body: string][] = [
  ["GET /", ""],
  ["GET /place", ""],
  ["GET /login?next=/chat/", ""],
  ["GET /api/v1/me", ""],
  ["GET /events?wait=0", ""],
  ["GET /ws/chat/talk/", ""],
  ["GET /nothing", ""],
  ["POST /register", "username=ann&password=x"],
  ["POST /logout", ""],
]

test.each(names)(
  "%s",
  async (name) => {
    const log = await logged(async () => {
      const all = requests.flatMap(([line, body], i) =>
        values.map(async (value) => {
          const isIn = name !== "cookie" && line !== "POST /logout" && i % 2 === 1
          const fields = {
            host: "localhost",
            ...(isIn && { cookie: ann.cookie }),
            ...(body && { "content-type": "application/x-www-form-urlencoded", "content-length": `${body.length}` }),
            [name]: value,
          }
          const head = Object.entries(fields).map(([key, value]) => `${key}: ${value}`)
          const { status } = await raw(place.url, `${line} HTTP/1.1\r\n${head.join("\r\n")}\r\n\r\n${body}`, 20_000)
          if (status < 200 || status >= 500) throw new Error(`${line}, ${name}: ${value.slice(0, 40)} gave ${status}`)
        }),
      )
      await Promise.all(all)
    })
    expect(log.filter((line) => !/^(Refused: a form|X-Forwarded-For came)/.test(line))).toEqual([])
  },
  30_000,
)

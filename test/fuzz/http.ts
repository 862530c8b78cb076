// Requests by a grammar: every route, method, header and kind of body, each piece mostly right and at times at a bound, beyond
// it, or nonsense. They are bytes, as no library of a client would send some of them.
import { wordsOfAddresses } from "../addresses.ts"
import type { Dice } from "../faults/chance.ts"
import { bytesBy, jsonBy, lengthBy, longBy, numberBy, textBy } from "./values.ts"

/** Bytes of a body, and of a line of the head. */
const LARGEST_BODY = 600_000
const LONGEST_LINE = 12_000

export type Routes = { method: string; path: string }[]
export type Sent = {
  words: string
  bytes: Buffer
  /** Whether it is a request at all, which has to be answered. */
  isRequest: boolean
}

const METHODS = ["GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH", "TRACE", "CONNECT", "X"]
const PARAMETERS = [...wordsOfAddresses(), "x"]
/** Fields that some form or command has, with what could be done. */
const GOOD: Record<string, string> = {
  username: "mallory",
  password: "four words make it",
  name: "garden",
  message: "hello",
  text: "hello",
  content: "hello",
  post_type: "send_chat",
  last_chat_id: "0",
}
const MORE = [
  "nonce",
  "room",
  "type",
  "invite",
  "place",
  "registration",
  "next",
  "token",
  "session",
  "newInvite",
  "code",
  "__proto__",
  "toString",
]
const ROOMS = [
  "talk",
  "garden",
  "Talk",
  "t%61lk",
  "messages",
  "%F0%9F%98%80",
  "..",
  ".",
  "%2e%2e",
  "%00",
  "%ff",
  "a%2fb",
  "17",
]
const TYPES = [
  "application/json",
  "application/x-www-form-urlencoded",
  "multipart/form-data; boundary=cut",
  "text/plain",
  "",
  "application/json; charset=utf-16",
  "multipart/form-data",
]
const WISHES = ["text/html", "application/json", "text/event-stream", "*/*", "text/html;q=0", ""]

export function requestBy(dice: Dice, routes: Routes, cookie: string): Sent {
  const route = dice.among(routes)
  const method = dice() < 0.8 ? (route.method === "ALL" ? "POST" : route.method) : dice.among(METHODS)
  const path = addressBy(dice, route.path)
  const hasBody = method !== "GET" && method !== "HEAD" ? dice() < 0.95 : dice() < 0.05
  const type = dice.among(dice() < 0.8 ? TYPES.slice(0, 3) : TYPES)
  const body = hasBody ? bodyBy(dice, type) : Buffer.alloc(0)
  const chunked = hasBody && dice() < 0.15
  const head = [`${method} ${path} HTTP/1.1`, "connection: close", ...headersBy(dice, path)]
  if (dice() < 0.9) head.push(`cookie: ${cookie}`)
  if (hasBody && type) head.push(`content-type: ${type}`)
  if (chunked) head.push("transfer-encoding: chunked")
  else if (hasBody) head.push(`content-length: ${body.length}`)
  const bytes = Buffer.concat([
    Buffer.from(`${head.join("\r\n")}\r\n\r\n`, "latin1"),
    chunked ? inChunks(dice, body) : body,
  ])
  return {
    words: `${method} ${short(path)}, ${type || "no type"}, ${body.length} bytes: ${short(body.toString())}`,
    bytes,
    isRequest: true,
  }
}

/** A request that was mauled on its way, or something else altogether. */
export function rawBy(dice: Dice, routes: Routes, cookie: string): Sent {
  const { words, bytes } = requestBy(dice, routes, cookie)
  const at = dice.upTo(bytes.length)
  const mauled: (() => Buffer)[] = [
    () => bytesBy(dice, 4_000),
    () => bytes.subarray(0, at),
    () => Buffer.concat([bytes.subarray(0, at), bytesBy(dice, 40), bytes.subarray(at)]),
    () => Buffer.concat([bytes, bytes]),
    () =>
      Buffer.from(
        bytes.toString("latin1").replace("HTTP/1.1", dice.among(["HTTP/1.0", "HTTP/2.0", "HTTP/9", ""])),
        "latin1",
      ),
    () => Buffer.from(bytes.toString("latin1").replaceAll("\r\n", "\n"), "latin1"),
    () => Buffer.from(bytes.toString("latin1").replace(/^host:.*\r\n/m, ""), "latin1"),
    () =>
      Buffer.from(
        bytes.toString("latin1").replace(/content-length: \d+/, `content-length: ${numberBy(dice)}`),
        "latin1",
      ),
    () => Buffer.from(`GET / HTTP/1.1\r\n${"x: y\r\n".repeat(dice.upTo(3_000))}\r\n`),
  ]
  return { words: `mauled: ${words}`, bytes: dice.among(mauled)(), isRequest: false }
}

function pathBy(dice: Dice, pattern: string): string {
  if (dice() < 0.03) return `/${encoded(dice, textBy(dice, 3_000))}`
  return pattern
    .replace("*", () => encoded(dice, textBy(dice, 300)))
    .replace(/:(\w+)(\{[^}]*\})?/g, (_, name) => {
      if (name === "seconds" || name === "message")
        return dice() < 0.8 ? `${dice.upTo(1_000)}` : "9".repeat(1 + dice.upTo(400))
      return dice() < 0.5
        ? dice.among(ROOMS)
        : encoded(dice, textBy(dice, dice() < 0.9 ? 900 : LONGEST_LINE / 4)) || "x"
    })
}

/** Percent-encoded, or as raw bytes, but for what would end the line. */
const encoded = (dice: Dice, text: string): string =>
  dice() < 0.6
    ? encodeURIComponent(text.toWellFormed())
    : Buffer.from(text)
        .toString("latin1")
        .replace(/[\0-\x20?#]/g, "_")

/** A long poll that nothing is said to would be waited for. */
function addressBy(dice: Dice, pattern: string): string {
  const address = pathBy(dice, pattern) + queryBy(dice)
  return pattern === "/events" ? `${address}${address.includes("?") ? "&" : "?"}wait=0` : address
}

function queryBy(dice: Dice): string {
  if (dice() < 0.5) return ""
  const one = () => {
    const name = dice.among(PARAMETERS)
    if (name === "wait") return "wait=0" // who waits for long says nothing about us
    const value = dice.among([
      () => dice.among(ROOMS),
      () => `${numberBy(dice)}`,
      () => encoded(dice, textBy(dice, 2_000)),
    ])()
    return `${name}=${value}`
  }
  const most = dice() < 0.95 ? 3 : 300
  return `?${Array.from({ length: 1 + dice.upTo(most) }, one).join("&")}`.slice(0, LONGEST_LINE)
}

function headersBy(dice: Dice, path: string): string[] {
  const odd = () => textBy(dice, LONGEST_LINE).replace(/[\r\n\0]/g, " ")
  const headers = [
    dice() < 0.96
      ? "host: localhost:3000"
      : `host: ${dice.among(["xn--", "[", "%", "a|b", "1.2.3.4.5", "a:b", odd()])}`,
  ]
  if (dice() < 0.8) headers.push(`accept: ${dice.among(WISHES)}`)
  if (dice() < 0.2)
    headers.push(
      `accept-encoding: ${dice.among(["br", "gzip", "identity", `${"br,".repeat(dice.upTo(1_000))}`, odd()])}`,
    )
  if (dice() < 0.1)
    headers.push(`origin: ${dice.among(["null", "http://localhost:3000", "http://evil.example", odd()])}`)
  if (dice() < 0.1) headers.push(`last-event-id: ${dice.among(["0", "a.1", odd()])}`)
  if (dice() < 0.1) headers.push(`x-forwarded-for: ${dice.among(["1.2.3.4", "::1,".repeat(500), odd()])}`)
  if (dice() < 0.05) headers.push(`authorization: ${dice.among(["Bearer x", `Bearer ${" ".repeat(5_000)}`, odd()])}`)
  if (dice() < 0.05) headers.push(`${dice.among(["user-agent", "range", "expect", "te", "cookie", "x"])}: ${odd()}`)
  if (/^\/(events|ws)/.test(path) && dice() < 0.3)
    headers.push(
      "upgrade: websocket",
      "connection: Upgrade",
      `sec-websocket-key: ${dice.among(["dGhlIHNhbXBsZSBub25jZQ==", "x", odd()])}`,
      "sec-websocket-version: 13",
    )
  return headers
}

function bodyBy(dice: Dice, type: string): Buffer {
  const kind = dice()
  if (kind < 0.05) return bytesBy(dice, LARGEST_BODY)
  if (type.startsWith("application/json")) return Buffer.from(kind < 0.15 ? jsonBy(dice, LARGEST_BODY) : objectBy(dice))
  const most = dice() < 0.9 ? 40_000 : LARGEST_BODY
  const fields: [string, string][] =
    kind < 0.1
      ? Array.from({ length: dice.among([100, 1_000, 30_000]) }, (_, i) => [`f${i}`, ""])
      : fieldsBy(dice, () => (dice() < 0.5 ? longBy(dice, most) : textBy(dice, most)), GOOD)
  if (!type.startsWith("multipart"))
    return Buffer.from(
      fields.map(([name, value]) => `${name}=${encodeURIComponent(value.toWellFormed())}`).join("&"),
    ).subarray(0, LARGEST_BODY)
  const parts = fields.map(
    ([name, value]) =>
      `--cut\r\ncontent-disposition: form-data; name="${name}"${dice() < 0.1 ? '; filename="a"' : ""}\r\n\r\n${value}\r\n`,
  )
  return Buffer.from(`${parts.join("")}${dice() < 0.9 ? "--cut--\r\n" : ""}`).subarray(0, LARGEST_BODY)
}

/** All that could be done, but for one field. */
function fieldsBy(dice: Dice, odd: () => string, good: Record<string, string>): [string, string][] {
  const fields = Object.entries(good)
  const at = dice.upTo(fields.length)
  if (dice() < 0.3) fields.push([dice.among(MORE), odd()])
  else fields[at] = [fields[at]![0], odd()]
  return fields
}

/** A JSON object with fields that some command has. */
function objectBy(dice: Dice, most = 60_000): string {
  const odd = () => (dice() < 0.5 ? JSON.stringify(longBy(dice, most)) : jsonBy(dice, most))
  const good = Object.fromEntries(Object.entries(GOOD).map(([name, value]) => [name, JSON.stringify(value)]))
  return `{${fieldsBy(dice, odd, good)
    .map(([name, value]) => `"${name}":${value}`)
    .join()}}`
}

function inChunks(dice: Dice, body: Buffer): Buffer {
  const parts: Buffer[] = []
  for (let at = 0; at < body.length; ) {
    const size = 1 + lengthBy(dice, 60_000)
    const part = body.subarray(at, at + size)
    parts.push(Buffer.from(`${part.length.toString(16)}\r\n`), part, Buffer.from("\r\n"))
    at += size
  }
  return Buffer.concat([...parts, Buffer.from(dice() < 0.95 ? "0\r\n\r\n" : "zz\r\n")])
}

export const short = (text: string): string =>
  JSON.stringify(text.length > 160 ? `${text.slice(0, 120)}...${text.slice(-30)}` : text)

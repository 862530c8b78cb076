// Bytes that are no UTF-8 are kept by no door: what they said could not be told from it afterwards.
import { afterAll, beforeAll, describe, expect, test } from "bun:test"
import { frame, rawSocket } from "./raw-socket.ts"
import { PASSWORD, type Visitor, visitor, type World, world } from "./world.ts"

let place: World
let ann: Visitor // the owner

beforeAll(async () => {
  place = await world()
  ann = await place.person("ann")
})
afterAll(async () => place[Symbol.asyncDispose]())

/** Text in which ÿ stands for a byte that is no UTF-8, and the rest for itself. */
function bytes(text: string): Buffer<ArrayBuffer> {
  const parts = text.split("ÿ").map((part) => Buffer.from(part))
  return Buffer.concat(parts.flatMap((part, i) => (i === 0 ? [part] : [Buffer.of(0xe9), part])))
}

const JSON_TYPE = "application/json"
const FORM = "application/x-www-form-urlencoded"

const send = (who: Visitor, path: string, type: string, body: BodyInit, accept = "*/*") =>
  who.fetch(path, { method: "POST", headers: { "content-type": type, accept }, body })

/** In pieces, so that no length is said. */
const streamed = (body: Uint8Array): ReadableStream => new Response(body as Uint8Array<ArrayBuffer>).body!

const LONG = "x".repeat(20_000)
const kept = async () => {
  const [row] = await place.app.db.sql<{ said: number; people: number; rooms: number; name: string | null }>`
    select (select count(*) from messages) as said, (select count(*) from people) as people,
      (select count(*) from rooms) as rooms, (select max(name) from place) as name`
  return row!
}

const REFUSED = { error: { code: "malformed", message: "That is not UTF-8. Send it in UTF-8." } }

describe("refused, and nothing is kept:", () => {
  test.each([
    ["/api/v1/rooms/talk/messages", JSON_TYPE, '{"text":"cafÿ"}'],
    ["/api/v1/rooms/talk/messages", JSON_TYPE, `{"text":"${LONG}cafÿ"}`],
    ["/api/v1/rooms/talk/messages", JSON_TYPE, '{"text":"cafe","nonceÿ":""}'],
    ["/api/v1/rooms/talk/messages", JSON_TYPE, '{"text":"cafe"}ÿ'],
    ["/api/v1/rooms", JSON_TYPE, '{"name":"cafÿ"}'],
    ["/chat/talk/", JSON_TYPE, '{"message":"cafÿ"}'],
    ["/chat/talk/", FORM, "message=cafÿ"],
    ["/chat/talk/", FORM, "message=caf%E9"],
    ["/chat/talk/", FORM, `message=${LONG}%e9`],
    ["/chat/talk/", FORM, "message=caf%ED%A0%80"],
    ["/chat/talk/", FORM, "message=caf%C3"],
    ["/chat/talk/", FORM, "message=cafe&nonce=%E9"],
    ["/chat/talk/", FORM, "messag%E9=1&message=cafe"],
    ["/chat/", FORM, "name=caf%E9&anyway=1"],
    ["/chat/talk/post/", FORM, "post_type=send_chat&content=caf%E9"],
    ["/post/", FORM, "post_type=send_chat&content=cafÿ"],
    ["/place", FORM, "name=caf%E9"],
    ["/register", FORM, `username=zoe&password=${PASSWORD}%E9`],
    ["/register", JSON_TYPE, `{"username":"zoe","password":"${PASSWORD}ÿ"}`],
    ["/register", FORM, `username=zo%E9&password=${PASSWORD}`],
    ["/login", FORM, `username=ann&password=${PASSWORD}%E9`],
    ["/login", JSON_TYPE, `{"username":"ann","password":"${PASSWORD}ÿ"}`],
    ["/me/password", FORM, `old=${PASSWORD}&password=${PASSWORD}%E9`],
  ])("%s, %s, %s", async (path, type, text) => {
    const before = await kept()
    const isOpen = path === "/login" || path === "/register"
    for (const body of [bytes(text), streamed(bytes(text))]) {
      const answer = await send(isOpen ? visitor(place.url) : ann, path, type, body)
      expect([answer.status, await answer.json()]).toEqual([400, REFUSED])
    }
    expect(await kept()).toEqual(before)
  })

  test("a page says so in words", async () => {
    const answer = await send(ann, "/chat/talk/", FORM, "message=caf%E9", "text/html")
    expect([answer.status, await answer.text()]).toEqual([400, expect.stringContaining(REFUSED.error.message)])
  })
})

const said = async () => {
  const answer = await ann.fetch("/api/v1/rooms/talk/messages?limit=1")
  const { messages } = (await answer.json()) as { messages: { text: string }[] }
  return messages.at(-1)?.text
}

describe("taken as it was sent:", () => {
  test.each([
    [JSON_TYPE, '{"text":"café \ufffd"}', "café \ufffd"],
    [JSON_TYPE, '{"text":"caf\\ufffd"}', "caf\ufffd"],
    [JSON_TYPE, '\ufeff{"text":"a mark of byte order"}', "a mark of byte order"],
    [FORM, "message=café+\ufffd", "café \ufffd"],
    [FORM, "message=caf%C3%A9+%EF%BF%BD", "café \ufffd"],
    [FORM, "message=100%25+100%+%zz+%e", "100% 100% %zz %e"],
  ])("%s, %s", async (type, body, text) => {
    const path = type === FORM ? "/chat/talk/" : "/api/v1/rooms/talk/messages"
    expect((await send(ann, path, type, Buffer.from(body))).status).toBe(type === FORM ? 303 : 201)
    expect(await said()).toBe(text)
  })

  test("a connection goes on after a refusal", async () => {
    const { hostname, port } = new URL(place.url)
    const connection = await rawSocket(null, place.url)
    const head = `POST /api/v1/rooms/talk/messages HTTP/1.1\r\nhost: ${hostname}:${port}\r\ncookie: ${ann.cookie}\r\ncontent-type: ${JSON_TYPE}\r\n`
    for (const text of ['{"text":"cafÿ"}', '{"text":"on the same line"}']) {
      const body = bytes(text)
      connection.write(Buffer.concat([Buffer.from(`${head}content-length: ${body.length}\r\n\r\n`), body]))
      while (!connection.closed && !connection.heard.toString().match(/"(error|id)"/)) await Bun.sleep(1)
      if (text.includes("ÿ")) expect(connection.heard.toString()).toContain("400")
    }
    while (!connection.closed && !connection.heard.includes("201")) await Bun.sleep(1)
    expect(connection.heard.toString()).toContain("201")
    connection.end()
  })
})

describe("a socket that sends what is no UTF-8 is closed, and nothing of it is kept:", () => {
  const doors: [path: string, words: (text: string) => string][] = [
    ["/events", (text) => `{"ref":1,"type":"post","room":"talk","text":"${text}"}`],
    ["/ws/chat/talk/", (text) => `{"message":"${text}"}`],
  ]
  const ways: [way: string, framed: (data: Buffer) => Buffer][] = [
    ["in one frame", (data) => frame(1, data)],
    [
      "in many",
      (data) =>
        Buffer.concat([
          ...Array.from(data, (_, i) => frame(Number(i === 0), data.subarray(i, i + 1), i === data.length - 1)),
        ]),
    ],
  ]
  test.each(doors.flatMap(([path, words]) => ways.map(([way, framed]) => [path, way, words, framed] as const)))(
    "%s, %s",
    async (path, way, words, framed) => {
      const [good, bad] = [`café by ${path} ${way}`, `cafÿ by ${path} ${way}`]
      const socket = await rawSocket(ann, path)
      socket.write(framed(bytes(words(good))))
      while (!socket.closed && (await said()) !== good) await Bun.sleep(5)
      socket.write(framed(bytes(words(bad))))
      while (!socket.closed) await Bun.sleep(5)
      expect(await said()).toBe(good)
    },
  )
})

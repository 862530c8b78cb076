// What no database holds (a NUL, half a character) or counts up to, wherever one can write it: each is declined in words, and
// by every database with the same.
import { afterAll, beforeAll, describe, expect, spyOn, test } from "bun:test"
import { operator } from "../server/caller.ts"
import { perform } from "../server/perform.ts"
import { wordsOfAddresses } from "./addresses.ts"
import { json, openSocket, speakers } from "./ways.ts"
import { PASSWORD, type Visitor, visitor, type World, world } from "./world.ts"

let place: World
let ann: Visitor // the owner
let nobody: Visitor

beforeAll(async () => {
  place = await world()
  ann = await place.person("ann")
  nobody = visitor(place.url)
})
afterAll(async () => place[Symbol.asyncDispose]())

const LARGE = "99999999999999999999"

describe("an address is answered, whatever stands in it:", () => {
  test.each([
    ["/chat/%00", 422],
    ["/chat/%00/", 422],
    ["/chat/talk%00/", 422],
    ["/chat/a%00b/5", 422],
    ["/chat/talk/9007199254740993", 404],
    ["/chat/talk/9223372036854775808", 404],
    [`/chat/talk/${LARGE}`, 404],
    [`/chat/talk/${LARGE.repeat(20)}`, 404],
    [`/api/latest-chat/${LARGE}/`, 200],
    [`/api/latest-chat/${LARGE.repeat(20)}/`, 200],
    ["/chat/?room=a%00b", 422],
    ["/chat/messages?room=a%00b", 404],
    ["/api/latest-chat/5/?room=a%00b", 404],
    ["/api/v1/rooms/a%00b/messages", 404],
    ["/api/v1/rooms/%ED%A0%80/messages", 404],
    ["/api/v1/rooms/%FF/messages", 404],
    [`/api/v1/rooms/talk/messages?around=${LARGE}`, 422],
    ["/events?wait=0&room=a%00b", 404],
    ["/events?wait=0&after=a%00b", 422],
    [`/events?wait=0&after=${"9".repeat(15)}`, 200],
    [`/events?wait=0&after=${LARGE}`, 422],
    ["/place?find=a%00b", 200],
    ["/chat/?room=%25", 422],
    ["/chat/?room=%00", 422],
    ["/place?remove=a%00b", 200],
    [`/place?find=${"x".repeat(99)}%F0%9F%98%80`, 200],
    ["/password/a%00b", 404],
  ])("%s", async (path, status) => {
    expect((await ann.fetch(path)).status).toBe(status)
  })

  test.each([
    ["/join/a%00b", 200],
    ["/login?next=/a%00b", 200],
    ["/register?next=/a%00b", 200],
  ])("%s, before one is in", async (path, status) => {
    expect((await nobody.fetch(path)).status).toBe(status)
  })
})

const odd = ["\0", "a\0b", "\ud800", "a\udc00b"]
const form = (fields: Record<string, string>) => ({ method: "POST", body: new URLSearchParams(fields) })
const kinds = { json: (fields: Record<string, string>) => json("POST", fields), form }

describe.each(Object.entries(kinds))("what is sent is answered, as %s:", (_, sent) => {
  test.each([
    ["/login", (text: string) => ({ username: text, password: text }), 401],
    ["/login", (text: string) => ({ username: `ann${text}`, password: PASSWORD }), 401],
    ["/register", (text: string) => ({ username: `zoe${text}`, password: PASSWORD }), 422],
    ["/password/none", (text: string) => ({ password: PASSWORD + text }), 404],
    ["/password/a%00b", (text: string) => ({ password: PASSWORD + text }), 404],
  ])("to %s, before one is in", async (path, fields, status) => {
    for (const text of odd) expect((await nobody.fetch(path, sent(fields(text)))).status).toBe(status)
  })

  test.each([
    ["/place/password-link", (text: string) => ({ username: `ann${text}` }), 404],
    ["/place/expel", (text: string) => ({ username: `ann${text}` }), 404],
    ["/chat/", (text: string) => ({ name: `${text}\0` }), 422],
    ["/chat/a%00b/", (text: string) => ({ message: text }), 404],
    ["/chat/a%00b/join", () => ({}), 404],
    ["/chat/talk/", (text: string) => ({ message: text }), 303],
    ["/chat/talk/", (text: string) => ({ message: "hi", nonce: text }), 422],
    ["/chat/talk/post/", (text: string) => ({ post_type: "send_chat", content: text }), 200],
    ["/chat/talk/post/", (text: string) => ({ post_type: "send_chat", content: "hi", nonce: text }), 422],
    ["/chat/talk/post/", (text: string) => ({ post_type: "get_chat", last_chat_id: text }), 400],
    ["/chat/talk/post/", () => ({ post_type: "get_chat", last_chat_id: LARGE }), 200],
    ["/chat/a%00b/post/", () => ({ post_type: "get_chat" }), 404],
  ])("to %s", async (path, fields, status) => {
    for (const text of odd) expect((await ann.fetch(path, sent(fields(text)))).status).toBe(status)
  })
})

test("whoever registers with what no database holds is in, if it is the password that holds it", async () => {
  for (const [i, text] of odd.entries()) {
    const who = { username: `odd${i}`, password: `${PASSWORD}${text}`, invite: text }
    expect((await nobody.fetch("/register", json("POST", who))).status).toBe(303)
    expect((await nobody.fetch("/login", json("POST", who))).status).toBe(303)
  }
})

test("the name of the place is refused with what no database holds: nothing is taken out of it in silence", async () => {
  for (const text of odd) expect((await ann.fetch("/place", json("POST", { name: `ours${text}` }))).status).toBe(422)
  expect((await ann.fetch("/place", json("POST", { name: "ours" }))).status).toBe(303)
})

test("by the API a room of no possible name is one that is not there, and is not opened", async () => {
  for (const method of ["PUT", "DELETE"])
    expect((await ann.fetch("/api/v1/rooms/a%00b/membership", json(method, {}))).status).toBe(404)
  for (const [path, body, status] of [
    ["/api/v1/rooms/a%00b/messages", { text: "hi" }, 404],
    ["/api/v1/rooms/a%00b/typing", {}, 404],
    ["/api/v1/rooms", { name: "a\0b" }, 422],
    ["/api/v1/rooms", { name: "a\ud800b" }, 422],
  ] as const)
    expect((await ann.fetch(path, json("POST", body))).status).toBe(status)
})

test("whatever a page, a list or a feed reads of its address, no database is asked for what it cannot hold", async () => {
  const words = wordsOfAddresses()
  expect(words).toEqual(expect.arrayContaining(["find", "rooms_after", "mine", "others", "after"]))
  const pages = ["/chat/", "/chat/talk/", "/chat/talk/about", "/chat/messages", "/place", "/me", "/events"]
  const lists = ["/api/v1/rooms", "/api/v1/rooms/talk/messages"]
  const broken: string[] = []
  const ask = async (path: string, word: string, value: string) => {
    const wait = path === "/events" && word !== "wait" ? "wait=0&" : ""
    const { status } = await ann.fetch(`${path}?${wait}${word}=${value}`)
    if (status >= 500) broken.push(`${status} ${path}?${word}=${value}`)
  }
  for (const path of [...pages, ...lists])
    await Promise.all(words.flatMap((word) => ["a%00b", "%ED%A0%80"].map((value) => ask(path, word, value))))
  expect(broken).toEqual([])
}, 60_000)

test("nor by any field of any form", async () => {
  const fields = "username old session name invite place code registration next token newInvite".split(" ")
  const paths = ["/register", "/password/x", "/me/sign-out", "/place/password-link", "/place/expel", "/place"]
  const broken: string[] = []
  const send = async (path: string, field: string, text: string) => {
    const all = { username: "nobody-here", password: "too few", session: "none", [field]: text }
    const { status } = await ann.fetch(path, json("POST", all))
    if (status >= 500) broken.push(`${status} ${path} ${field}=${JSON.stringify(text)}`)
  }
  for (const path of paths)
    await Promise.all(fields.flatMap((field) => ["a\0b", "\ud800"].map((text) => send(path, field, text))))
  expect(broken).toEqual([])
}, 60_000)

const UNSEEN = [
  "\u2800",
  "\u200b",
  "\u2060",
  "\u3164",
  "\uffa0",
  "\u034f",
  "\ufe0f",
  "\u{e0041}",
  "\u202e",
  "\u00ad",
  "\u17b4",
  "\u0085",
  "\u00a0\n\u3000",
]

describe("a message in which nothing can be seen is declined by every door:", () => {
  test.each(Object.entries(speakers))("%s", async (_, speak) => {
    for (const text of UNSEEN) {
      const said = await speak(ann, "talk", text)
      expect([text, said.id, said.message]).toEqual([text, undefined, expect.stringContaining("Write something first")])
    }
    expect((await speak(ann, "talk", "\u200bseen")).status).toBeGreaterThan(200) // presence first: it would be heard
  })

  test("the old form, and an import", async () => {
    for (const content of UNSEEN)
      expect((await ann.fetch("/chat/talk/post/", form({ post_type: "send_chat", content }))).status).toBe(422)
    const lines = UNSEEN.map((text, i) => ({ room: "talk", author: "x", at: 5, text, nonce: `unseen-${i}` }))
    const { answer } = await perform(place.app, operator, { type: "import", lines })
    expect(answer).toMatchObject({ added: 0, refused: lines.map((_, index) => ({ index })) })
  })

  test("so are names of rooms, people and the place", async () => {
    for (const text of UNSEEN) {
      expect((await ann.fetch("/chat/", form({ name: text }))).status).toBe(422)
      expect((await ann.fetch("/place", json("POST", { name: text }))).status).toBe(422)
      expect((await nobody.fetch("/register", form({ username: text, password: PASSWORD }))).status).toBe(422)
    }
  })
})

test("over the socket, too, and it stays open", async () => {
  const socket = await openSocket(ann, "/events?room=talk")
  await ann.fetch("/chat/", form({ name: "\ufffd" })) // by which half a character is shown
  const commands = [...odd, 2 ** 53, 1e300, -1, 1.5, Number.MAX_SAFE_INTEGER].flatMap((room) => [
    { type: "join", room },
    { type: "leave", room },
    { type: "typing", room },
    { type: "post", room, text: "hi" },
    { type: "post", room: "talk", text: "hi", nonce: room },
    { type: "open", name: room },
  ])
  for (const [ref, command] of commands.entries()) {
    socket.send(JSON.stringify({ ref: ref + 1, ...command }))
    const { error } = await socket.frame((frame) => frame.ref === ref + 1)
    expect({ command, code: error?.code }).toEqual({ command, code: expect.stringMatching(/^(not_found|invalid)$/) })
  }
  socket.close()
})

test("a room of the old sockets, too", async () => {
  const socket = ann.socket("/ws/chat/a%00b/")
  const { promise, resolve } = Promise.withResolvers<number>()
  socket.onclose = ({ code }) => resolve(code)
  expect(await promise).toBe(1008)
})

test("none of it is an accident that the log has to tell of", async () => {
  const log = spyOn(console, "error")
  for (const path of ["/chat/a%00b/", "/events?wait=0&room=a%00b", "/place?find=a%00b"]) await ann.fetch(path)
  await nobody.fetch("/login", form({ username: "a\0b", password: PASSWORD }))
  expect(log).not.toHaveBeenCalled()
  log.mockRestore()
})

test("a form of more fields than any of ours is refused before it is taken apart, and one with any words is not", async () => {
  const headers = { "content-type": "application/x-www-form-urlencoded", accept: "text/html" }
  for (const body of ["a&".repeat(250_000), "message=x&".repeat(200), "&".repeat(500_000)])
    for (const who of [ann, nobody])
      expect((await who.fetch("/chat/talk/", { method: "POST", headers, body })).status).toBe(400)
  expect((await ann.fetch("/chat/talk/", form({ message: "&".repeat(5_000) }))).status).toBe(303)
})

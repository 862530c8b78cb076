// One address that a page sends to and fetches from.
import { expect, test } from "bun:test"
import { type Visitor, visitor, world } from "../world.ts"

const post = (person: Visitor, fields: Record<string, string>, address = "/chat/talk/post/", headers = {}) =>
  person.fetch(address, { method: "POST", body: new URLSearchParams(fields), headers })

const send = (person: Visitor, content: string, more: Record<string, string> = {}) =>
  post(person, { post_type: "send_chat", content, ...more })

/** The rows of an answer, as their ids and texts. */
async function rows(answer: Response): Promise<{ id: number; text: string }[]> {
  expect(answer.status).toBe(200)
  expect(answer.headers.get("content-type")).toBe("text/html; charset=UTF-8")
  const found: { id: number; text: string }[] = []
  const reader = new HTMLRewriter()
    .on("input.chat_id[type=hidden]", {
      element: (input) => void found.push({ id: Number(input.getAttribute("value")), text: "" }),
    })
    .on("span", {
      text: (piece) => {
        found.at(-1)!.text += piece.text
      },
    })
  await reader.transform(answer).text()
  return found
}

const get = async (person: Visitor, last?: number | string) =>
  rows(await post(person, { post_type: "get_chat", ...(last !== undefined && { last_chat_id: String(last) }) }))

test("a send is an empty 200; what came after the last id is fetched, oldest first, each with its id", async () => {
  await using place = await world()
  const [ann, bob] = [await place.person("Ann"), await place.person("Bob")]
  const sent = await send(ann, "one")
  expect([sent.status, await sent.text()]).toEqual([200, ""])
  const [one] = await get(bob)
  expect(one).toEqual({ id: expect.any(Number), text: "one" })
  await send(bob, "two")
  await send(ann, "three")
  expect((await get(ann, one!.id)).map(({ text }) => text)).toEqual(["two", "three"])
  const last = (await get(ann)).at(-1)!
  expect(await get(ann, last.id)).toEqual([])
})

test("/post/ is the default room; another room has its own, and one that is not there is a 404", async () => {
  await using place = await world()
  const ann = await place.person("Ann")
  await ann.fetch("/chat/", { method: "POST", body: new URLSearchParams({ name: "garden" }) })
  await post(ann, { post_type: "send_chat", content: "hello" }, "/post/")
  await post(ann, { post_type: "send_chat", content: "roses" }, "/chat/garden/post/")
  const fetched = async (address: string) => (await rows(await post(ann, { post_type: "get_chat" }, address)))[0]?.text
  expect(await fetched("/chat/talk/post/")).toBe("hello")
  expect(await fetched("/post/")).toBe("hello")
  expect(await fetched("/chat/garden/post/")).toBe("roses")
  expect((await post(ann, { post_type: "get_chat" }, "/chat/nowhere/post/")).status).toBe(404)
})

test("without a cursor it begins with the last 100; with one, nothing is left out however far behind", async () => {
  await using place = await world()
  const ann = await place.person("Ann")
  for (let i = 0; i < 620; i += 20)
    await Promise.all(Array.from({ length: 20 }, (_, j) => send(ann, `number ${i + j}`)))
  for (const none of [undefined, "", " "]) expect((await get(ann, none)).length).toBe(100)
  const all: number[] = []
  for (let last = 0; ; last = all.at(-1)!) {
    const some = await get(ann, last)
    if (some.length === 0) break
    expect(some.length).toBeLessThanOrEqual(500)
    all.push(...some.map(({ id }) => id))
  }
  expect(all.length).toBe(620)
  expect(all).toEqual([...new Set(all)].sort((a, b) => a - b))
  expect((await get(ann)).map(({ id }) => id)).toEqual(all.slice(-100))
  expect(await get(ann, "9".repeat(400))).toEqual([])
})

test("an empty room is an empty answer", async () => {
  await using place = await world()
  const ann = await place.person("Ann")
  expect(await get(ann)).toEqual([])
  expect(await get(ann, 0)).toEqual([])
})

test("what cannot be understood is a 400 with a sentence; another method is a 404", async () => {
  await using place = await world()
  const ann = await place.person("Ann")
  for (const fields of [{}, { post_type: "delete_chat" }, { post_type: "get_chat", last_chat_id: "1; drop" }]) {
    const answer = await post(ann, fields as Record<string, string>)
    expect(answer.status).toBe(400)
    expect(await answer.json()).toMatchObject({ error: { code: "malformed", message: expect.stringMatching(/\.$/) } })
  }
  expect((await post(ann, { post_type: "get_chat", last_chat_id: "NaN" })).status).toBe(400)
  for (const method of ["GET", "PUT", "DELETE", "PATCH"])
    for (const address of ["/chat/talk/post/", "/post/"])
      expect((await ann.fetch(address, { method })).status).toBe(404)
})

test("without a session nothing is said and nothing is read", async () => {
  await using place = await world()
  const ann = await place.person("Ann")
  await send(ann, "among us")
  const stranger = visitor(place.url)
  expect((await send(stranger, "anonymous")).status).toBe(401)
  const read = await post(stranger, { post_type: "get_chat" })
  expect(read.status).toBe(401)
  expect(await read.text()).not.toContain("among us")
  expect((await get(ann)).map(({ text }) => text)).toEqual(["among us"])
})

test("another site's page can make nobody say anything", async () => {
  await using place = await world()
  const ann = await place.person("Ann")
  const fields = { post_type: "send_chat", content: "lured" }
  expect((await post(ann, fields, "/post/", { origin: "https://elsewhere.example" })).status).toBe(403)
  expect((await post(ann, fields, "/post/", { "sec-fetch-site": "cross-site" })).status).toBe(403)
  expect(await get(ann)).toEqual([])
})

test("a double click says it once; said again later, or with marks of its own, it is said twice", async () => {
  await using place = await world()
  const ann = await place.person("Ann")
  const answers = await Promise.all([send(ann, "ok"), send(ann, "ok")])
  expect(answers.map(({ status }) => status)).toEqual([200, 200])
  await send(ann, "ok")
  expect((await get(ann)).map(({ text }) => text)).toEqual(["ok"])
  await Bun.sleep(2_050)
  await send(ann, "ok")
  expect((await get(ann)).map(({ text }) => text)).toEqual(["ok", "ok"])
  await Promise.all([
    send(ann, "yes", { nonce: "a" }),
    send(ann, "yes", { nonce: "b" }),
    send(ann, "yes", { nonce: "b" }),
  ])
  expect((await get(ann)).map(({ text }) => text)).toEqual(["ok", "ok", "yes", "yes"])
})

test("of one message as many links are drawn as on the room's page, on however many lines they stand", async () => {
  await using place = await world()
  const ann = await place.person("Ann")
  const text = Array.from({ length: 40 }, () => "a.de b.de").join("\n")
  await send(ann, text)
  const html = await (await post(ann, { post_type: "get_chat" })).text()
  expect(html.match(/<a /g)?.length).toBe(50)
  expect(html.match(/<bdi>/g)?.length).toBe(41)
  expect((await get(ann)).map((row) => row.text)).toEqual([text])
})

test("of a message of very many lines, those beyond fifty are drawn as one, with their links", async () => {
  await using place = await world()
  const ann = await place.person("Ann")
  const text = Array.from({ length: 60 }, (_, i) => (i % 20 === 15 ? `see a.de ${i}` : `${i}`)).join("\n")
  await send(ann, text)
  const html = await (await post(ann, { post_type: "get_chat" })).text()
  expect(html.match(/<a /g)?.length).toBe(3)
  expect(html.match(/<bdi>/g)?.length).toBe(52)
  expect((await get(ann)).map((row) => row.text)).toEqual([text])
})

test("words are words in the HTML, whatever they look like", async () => {
  await using place = await world()
  const ann = await place.person("Ann")
  await send(ann, `</span><script>alert(1)</script><img src=x onerror="alert(1)">`)
  const html = await (await post(ann, { post_type: "get_chat" })).text()
  expect(html).toContain("&lt;script>alert(1)&lt;/script>")
  expect(html).not.toContain("<script")
  expect(html).not.toContain("<img")
})

test("empty or too long is refused with a reason, and said to nobody", async () => {
  await using place = await world()
  const ann = await place.person("Ann")
  expect((await send(ann, "  ")).status).toBe(422)
  const long = await send(ann, "x".repeat(8_001))
  expect(long.status).toBe(413)
  expect(await long.json()).toMatchObject({ error: { code: "too_large", message: expect.stringContaining("8,000") } })
  expect(await get(ann)).toEqual([])
})

import { afterAll, beforeAll, describe, expect, test } from "bun:test"
import { renderToString } from "preact-render-to-string"
import { MAX_PAGE } from "../../protocol/limits.ts"
import { type OpenApp, openApp, settle } from "../../test/world.ts"
import { Text } from "../../view/text.tsx"
import { operator } from "../caller.ts"
import { perform } from "../perform.ts"
import { findRoom } from "../rooms/rows.ts"
import { findMessage, messagesAfter, messagesBefore, messagesBetween, readStretch, type Where } from "./rows.ts"

let app: OpenApp
let lunch: number
let ids: number[]

/** Ten messages in one room, with others of another room between them. */
beforeAll(async () => {
  app = await openApp()
  const ann = await settle(app, "ann")
  lunch = (await perform(app, ann, { type: "open", name: "lunch" })).answer.id
  ids = []
  for (let n = 1; n <= 10; n++) {
    ids.push((await perform(app, ann, { type: "post", room: "lunch", text: `${n}` })).answer.id)
    await perform(app, ann, { type: "post", room: "talk", text: "elsewhere" })
  }
})
afterAll(async () => app[Symbol.asyncDispose]())

const id = (n: number) => ids[n - 1]!

/** What the stretch holds, as "1 2 3", with "<" and ">" where there is more. */
async function stretch(where: Where, room = lunch): Promise<string> {
  const { messages, older, newer } = await readStretch(app.db.sql, room, where)
  return `${older ? "<" : ""}${messages.map(({ text }) => text).join(" ")}${newer ? ">" : ""}`
}

describe("the newest", () => {
  test.each([
    [11, "1 2 3 4 5 6 7 8 9 10"],
    [10, "1 2 3 4 5 6 7 8 9 10"],
    [9, "<2 3 4 5 6 7 8 9 10"],
    [1, "<10"],
    [MAX_PAGE, "1 2 3 4 5 6 7 8 9 10"],
  ])("%d", async (limit, said) => expect(await stretch({ limit })).toBe(said))
})

describe("before a message", () => {
  test.each([
    [10, 9, "1 2 3 4 5 6 7 8 9>"],
    [10, 8, "<2 3 4 5 6 7 8 9>"],
    [2, 5, "1>"],
    [1, 5, ">"],
  ])("the %dth, at most %d", async (n, limit, said) => expect(await stretch({ before: id(n), limit })).toBe(said))

  test("there is nothing newer when it is beyond the newest", async () => {
    expect(await stretch({ before: id(10) + 1, limit: 3 })).toBe("<8 9 10")
    expect(await stretch({ before: id(10) + 1_000, limit: 10 })).toBe("1 2 3 4 5 6 7 8 9 10")
  })
})

describe("after a message", () => {
  test.each([
    [1, 9, "<2 3 4 5 6 7 8 9 10"],
    [1, 8, "<2 3 4 5 6 7 8 9>"],
    [9, 5, "<10"],
    [10, 5, "<"],
  ])("the %dth, at most %d", async (n, limit, said) => expect(await stretch({ after: id(n), limit })).toBe(said))

  test("there is nothing older when it is before the oldest", async () => {
    expect(await stretch({ after: 0, limit: 3 })).toBe("1 2 3>")
    expect(await stretch({ after: id(1) - 1, limit: 3 })).toBe("1 2 3>")
  })
})

describe("around a message", () => {
  test.each([
    [5, 4, "<3 4 5 6>"],
    [5, 5, "<3 4 5 6 7>"],
    [5, 1, "<5>"],
    [5, 20, "1 2 3 4 5 6 7 8 9 10"],
    [5, 8, "1 2 3 4 5 6 7 8>"],
    [1, 4, "1 2>"],
    [10, 4, "<8 9 10"],
  ])("the %dth, at most %d", async (n, limit, said) => expect(await stretch({ around: id(n), limit })).toBe(said))

  test("that is not there, is what stands about that place", async () => {
    expect(await stretch({ around: id(5) + 1, limit: 4 })).toBe("<4 5 6 7>")
    expect(await stretch({ around: 0, limit: 4 })).toBe("1 2>")
    expect(await stretch({ around: id(10) + 1_000, limit: 4 })).toBe("<9 10")
  })
})

test("an empty room has nothing on either side", async () => {
  for (const where of [{}, { before: 5 }, { after: 5 }, { around: 5 }])
    expect(await stretch({ ...where, limit: 5 }, 999_999)).toBe("")
})

test("every message is in exactly one page, walking either way", async () => {
  for (const limit of [1, 3, 10, 11]) {
    const back: string[] = []
    for (let before: number | undefined; ; ) {
      const { messages, older } = await readStretch(app.db.sql, lunch, { ...(before && { before }), limit })
      back.unshift(...messages.map(({ text }) => `${text}`))
      if (!older) break
      before = messages[0]!.id
    }
    const forth: string[] = []
    for (let after = 0; ; ) {
      const { messages, newer } = await readStretch(app.db.sql, lunch, { after, limit })
      forth.push(...messages.map(({ text }) => `${text}`))
      if (!newer) break
      after = messages.at(-1)!.id
    }
    expect(back).toEqual(ids.map((_, i) => `${i + 1}`))
    expect(forth).toEqual(back)
  }
})

describe("of long messages a stretch ends sooner, and says that there is more", () => {
  const BOUND = 256 * 1024
  let novel: number
  let chapters: number[]

  beforeAll(async () => {
    const lines = Array.from({ length: 80 }, (_, i) => {
      return { room: "novel", author: "bob", at: i, text: "x".repeat(8_000), nonce: `${i}` }
    })
    await perform(app, operator, { type: "import", lines })
    novel = (await findRoom(app.db.sql, "novel"))!.id
    const rows = await app.db.sql<{ id: number }>`select id from messages where room = ${novel} order by id`
    chapters = rows.map(({ id }) => id)
  })

  const read = async (where: Where) => {
    const { messages, ...sides } = await readStretch(app.db.sql, novel, where)
    const length = messages.reduce((sum, { text }) => sum + text!.length, 0)
    return { ids: messages.map(({ id }) => id), length, ...sides }
  }

  test("walking either way", async () => {
    const back: number[] = []
    const forth: number[] = []
    for (let more = true; more; ) {
      const { ids, length, older } = await read({ limit: MAX_PAGE, ...(back[0] && { before: back[0] }) })
      expect(length).toBeLessThanOrEqual(BOUND)
      back.unshift(...ids)
      more = older
    }
    for (let more = true; more; ) {
      const { ids, length, newer } = await read({ limit: MAX_PAGE, after: forth.at(-1) ?? 0 })
      expect(length).toBeLessThanOrEqual(BOUND)
      forth.push(...ids)
      more = newer
    }
    expect(back).toEqual(chapters)
    expect(forth).toEqual(chapters)
  })

  test("around one of them, with as much on either side", async () => {
    const { ids, length, older, newer } = await read({ limit: MAX_PAGE, around: chapters[40]! })
    expect(length).toBeLessThanOrEqual(BOUND)
    expect({ older, newer }).toEqual({ older: true, newer: true })
    expect(ids).toEqual(chapters.slice(24, 56))
  })

  test("and of the classic lists, which take as many at once", async () => {
    const { sql } = app.db
    expect((await messagesBefore(sql, novel, Number.MAX_SAFE_INTEGER, 500)).map(({ id }) => id)).toEqual(
      chapters.slice(-32),
    )
    expect((await messagesAfter(sql, novel, 0, 500)).map(({ id }) => id)).toEqual(chapters.slice(0, 32))
    const window = { from: 0, to: 1_000, limit: 500 }
    expect((await messagesBetween(sql, novel, window)).map(({ id }) => id)).toEqual(chapters.slice(-32))
  })
})

test("what is much when it is drawn counts as that, and walking on none is left out", async () => {
  const link = `https://a.de/?${"&".repeat(140)}`
  const lines = Array.from({ length: 40 }, (_, i) => {
    return {
      room: "links",
      author: "bob",
      at: i,
      text: `${i} ${`${link} `.repeat(50)}`.slice(0, 7_900),
      nonce: `link ${i}`,
    }
  })
  await perform(app, operator, { type: "import", lines })
  const { id: room } = (await findRoom(app.db.sql, "links"))!
  const walked: string[] = []
  for (let after = 0; ; ) {
    const messages = await messagesAfter(app.db.sql, room, after, 500)
    if (messages.length === 0) break
    const drawn = messages.map(({ text }) => renderToString(Text({ children: text! }))).join("")
    expect(drawn.length).toBeLessThanOrEqual(256 * 1024)
    walked.push(...messages.map(({ text }) => text!))
    after = messages.at(-1)!.id
  }
  expect(walked).toEqual(lines.map(({ text }) => text.trim()))
})

test("a message is found in its own room and in no other", async () => {
  expect(await findMessage(app.db.sql, lunch, id(3))).toMatchObject({ text: "3" })
  expect(await findMessage(app.db.sql, lunch, id(3) + 1)).toBeUndefined() // it is there, in the other room
  expect(await findMessage(app.db.sql, 999_999, id(3))).toBeUndefined()
})

import { describe, expect, test } from "bun:test"
import { MAX_TEXT } from "../../protocol/limits.ts"
import { openApp, settle } from "../../test/world.ts"
import { changes } from "../changes.ts"
import { readClock } from "../live/clock.ts"
import { perform } from "../perform.ts"
import { findRoom } from "../rooms/rows.ts"

let number = 0
const line = (part: object = {}) => {
  const whole = { room: "ubuntu", author: "ann", at: 1_570_472_456_000, text: "hello", nonce: `n${++number}`, ...part }
  return whole
}

test("lines come in in their order, with their times, rooms and authors", async () => {
  await using app = await openApp()
  const owner = await settle(app, "owner")
  const lines = [line({ text: "one", at: 5 }), line({ text: "two", at: 3, author: "bob" }), line({ room: "Debian" })]
  const { answer, changes } = await perform(app, owner, { type: "import", lines })
  expect(answer).toEqual({ added: 3, known: 0, refused: [] })
  expect(changes.map((change) => [change.kind, "name" in change ? change.name : ""])).toEqual([
    ["room", "ubuntu"],
    ["person", "ann"],
    ["message", ""],
    ["person", "bob"],
    ["message", ""],
    ["room", "Debian"],
    ["message", ""],
  ])
  const ticks = changes.map((change) => change.tick)
  expect(ticks).toEqual(ticks.map((_, i) => ticks[0]! + i))
  expect(changes.filter((change) => change.kind === "message")).toMatchObject([
    { text: "one", at: 5, author: { name: "ann" } },
    { text: "two", at: 3, author: { name: "bob" } },
    { text: "hello" },
  ])
})

test("a second run adds nothing and tells nothing", async () => {
  await using app = await openApp()
  const owner = await settle(app, "owner")
  const lines = [line(), line(), line({ author: "bob" })]
  await perform(app, owner, { type: "import", lines })
  const { tick } = await readClock(app.db.sql)
  const again = await perform(app, owner, { type: "import", lines: [...lines, line({ text: "new" })] })
  expect(again.answer).toEqual({ added: 1, known: 3, refused: [] })
  expect(again.changes).toMatchObject([{ kind: "message", text: "new", tick: tick + 1 }])
})

test("two lines of one nonce are one, also in one batch, unless they are of two authors", async () => {
  await using app = await openApp()
  const owner = await settle(app, "owner")
  const same = { nonce: "same" }
  const lines = [line({ text: "one", ...same }), line({ text: "two", ...same }), line({ author: "bob", ...same })]
  const { answer, changes } = await perform(app, owner, { type: "import", lines })
  expect(answer).toEqual({ added: 2, known: 1, refused: [] })
  const said = changes.flatMap((change) => (change.kind === "message" ? [[change.author.name, change.text]] : []))
  expect(said).toEqual([
    ["ann", "one"],
    ["bob", "hello"],
  ])
  const again = await perform(app, owner, { type: "import", lines })
  expect(again).toEqual({ answer: { added: 0, known: 3, refused: [] }, changes: [] })
})

describe("a line that cannot be taken", () => {
  const bad: [what: string, part: object][] = [
    ["no text", { text: " \n " }],
    ["too long a text", { text: "x".repeat(MAX_TEXT + 1) }],
    ["no author", { author: "  " }],
    ["too long an author", { author: "x".repeat(41) }],
    ["an author with a line in the name", { author: "a\nb" }],
    ["an author with a letter that nobody sees", { author: "ann\u3164" }],
    ["an author with a joiner that nobody sees", { author: "an\u034fn" }],
    ["an author in other clothes", { author: "ann\ufe0f" }],
    ["an author that shows the other way round", { author: "a\u202eb" }],
    ["a room whose name cannot be", { room: "a/b" }],
    ["no room", { room: "" }],
    ["half a millisecond", { at: 0.5 }],
    ["a time that is none", { at: Number.NaN }],
    ["a time beyond all calendars", { at: 9e15 }],
  ]
  test.each(bad)("with %s is refused by its number and does not stop the others", async (_, part) => {
    await using app = await openApp()
    const owner = await settle(app, "owner")
    const lines = [line(), line({ room: "new room", author: "new author", ...part }), line()]
    const { answer } = await perform(app, owner, { type: "import", lines })
    expect(answer).toMatchObject({ added: 2, known: 0, refused: [{ index: 1, reason: expect.stringMatching(/\w+/) }] })
  })

  test.each(bad)("with %s leaves nothing behind: no room, no author", async (_, part) => {
    await using app = await openApp()
    const owner = await settle(app, "owner")
    const { tick } = await readClock(app.db.sql)
    await perform(app, owner, { type: "import", lines: [line({ room: "new room", author: "new author", ...part })] })
    const span = { person: null, watching: null, after: tick, upTo: tick + 100, limit: 100 }
    expect(await changes(app.db.sql, span)).toEqual([])
  })
})

describe("an author", () => {
  test("keeps a name that could not register here", async () => {
    await using app = await openApp()
    const owner = await settle(app, "owner")
    const names = ["❤\ufe0f ann", "]Zero[", "|", "ann {away}", "¯\\_(ツ)_/¯", "<script>", "`", "Ω"]
    const { answer, changes } = await perform(app, owner, {
      type: "import",
      lines: names.map((author) => line({ author })),
    })
    expect(answer.refused).toEqual([])
    expect(changes.flatMap((change) => (change.kind === "message" ? [change.author.name] : []))).toEqual(names)
  })

  test("is the one who is here under that very name, and another under one that only looks like it", async () => {
    await using app = await openApp()
    const owner = await settle(app, "owner")
    const { changes } = await perform(app, owner, {
      type: "import",
      lines: ["owner", "OWNER", "OWNER", "оwner"].map((author) => line({ author })),
    })
    const said = changes.flatMap((change) => (change.kind === "message" ? [change.author] : []))
    expect(said[0]).toEqual({ id: owner.person.id, name: "owner" })
    expect(said.map(({ name }) => name)).toEqual(["owner", "OWNER", "OWNER", "оwner"])
    expect(new Set(said.map(({ id }) => id)).size).toBe(3)
  })

  test("keeps those away who would look alike, and of two in one batch who do, both are kept", async () => {
    await using app = await openApp()
    const owner = await settle(app, "owner")
    const lines = ["l33t", "I33t"].map((author) => line({ author }))
    const { answer } = await perform(app, owner, { type: "import", lines })
    expect(answer).toEqual({ added: 2, known: 0, refused: [] })
    const named = await app.db.sql<{ name: string }>`
      select name from people where id <> ${owner.person.id} order by id`
    expect(named).toEqual([{ name: "l33t" }, { name: "I33t" }])
    const nobody = { person: null, session: null, address: "local" }
    for (const username of ["l33t", "I33t", "L33T", "|33t".replace("|", "1")])
      await expect(
        perform(app, nobody, { type: "register", username, password: "a good long one", invite: "" }),
      ).rejects.toMatchObject({ code: expect.stringMatching(/taken|forbidden/) })
  })

  test("cannot sign in until the owner makes a password link", async () => {
    await using app = await openApp()
    const owner = await settle(app, "owner")
    await perform(app, owner, { type: "import", lines: [line({ author: "]Zero[" })] })
    const nobody = { person: null, session: null, address: "local" }
    const signIn = (password: string) => perform(app, nobody, { type: "signIn", username: "]Zero[", password })
    for (const password of ["", "null", "password"])
      await expect(signIn(password)).rejects.toMatchObject({ code: "unauthorized" })
    const { path } = (await perform(app, owner, { type: "makePasswordLink", username: "]Zero[" })).answer
    await perform(app, nobody, { type: "setPassword", token: path.split("/").at(-1)!, password: "a good long one" })
    expect((await signIn("a good long one")).answer).toMatch(/^[\w-]{43}$/)
  })
})

test("a room is the one that its name leads to", async () => {
  await using app = await openApp()
  const owner = await settle(app, "owner")
  const lines = ["Lunch Plans", "lunch-plans", "LUNCH plans"].map((room) => line({ room }))
  const { changes } = await perform(app, owner, { type: "import", lines })
  expect(changes.filter((change) => change.kind === "room")).toMatchObject([{ name: "Lunch Plans" }])
  expect(await findRoom(app.db.sql, "lunch-plans")).toMatchObject({ name: "Lunch Plans" })
})

test("only the owner may", async () => {
  await using app = await openApp()
  await settle(app, "owner")
  const member = await settle(app, "bob")
  const { tick } = await readClock(app.db.sql)
  await expect(perform(app, member, { type: "import", lines: [line()] })).rejects.toMatchObject({ code: "forbidden" })
  expect((await readClock(app.db.sql)).tick).toBe(tick)
})

test("half a character in an author's name is shown as one that is missing, and kept in every database", async () => {
  await using app = await openApp()
  const owner = await settle(app, "owner")
  const { changes } = await perform(app, owner, { type: "import", lines: [line({ author: "a\ud800b" })] })
  expect(changes).toContainEqual(expect.objectContaining({ kind: "person", name: "a\ufffdb" }))
})

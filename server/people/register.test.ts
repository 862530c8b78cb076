import { describe, expect, test } from "bun:test"
import type { CommandOf } from "../../protocol/command.ts"
import { openApp, PASSWORD, settle } from "../../test/world.ts"
import type { App } from "../app.ts"
import { operator } from "../caller.ts"
import { perform } from "../perform.ts"
import { joinedRooms } from "../rooms/rows.ts"
import { readPlace } from "./place.ts"
import { findAccount } from "./rows.ts"
import { findSession } from "./session.ts"

const stranger = { person: null, session: null, address: "local" }

const register = (app: App, username: string, part: Partial<CommandOf<"register">> = {}) =>
  perform(app, stranger, { type: "register", username, password: PASSWORD, ...part })

const everyone = async ({ db }: App) =>
  (await db.sql<{ name: string; role: string }>`select name, role from people order by name`).map(
    ({ name, role }) => `${name}: ${role}`,
  )

test("the first to come owns the place, names it and says who may join", async () => {
  await using app = await openApp()
  const { answer: token, changes } = await register(app, "ann", { place: " The  Den ", registration: "invite" })
  expect(await readPlace(app.db.sql)).toEqual({
    name: "The  Den",
    registration: "invite",
    invite: expect.stringMatching(/^[\w-]{16}$/),
  })
  const session = await findSession(app.db.sql, token)
  expect(session!.person).toMatchObject({ name: "ann", role: "owner" })
  expect(changes.map(({ kind }) => kind)).toEqual(["person", "room", "member"])
  expect((await joinedRooms(app.db.sql, session!.person.id, { limit: 100 })).rooms.map(({ slug }) => slug)).toEqual([
    "talk",
  ])
})

test("whoever comes later is a member in the same room, and names nothing", async () => {
  await using app = await openApp()
  await register(app, "ann", { registration: "open", place: "Den" })
  const { changes } = await register(app, "bob", { registration: "closed", place: "Mine" })
  expect(changes.map(({ kind }) => kind)).toEqual(["person", "member"])
  expect(await everyone(app)).toEqual(["ann: owner", "bob: member"])
  expect(await readPlace(app.db.sql)).toMatchObject({ name: "Den", registration: "open" })
})

describe("of two who come first at the same moment", () => {
  test("one owns the place and the other is a member, where it is open", async () => {
    await using app = await openApp()
    await Promise.all([register(app, "ann"), register(app, "bob")])
    const roles = (await everyone(app)).map((one) => one.split(": ")[1])
    expect(roles.toSorted()).toEqual(["member", "owner"])
  })

  test("one owns the place and the other needs the invite, where it is not", async () => {
    await using app = await openApp()
    const both = await Promise.allSettled([
      register(app, "ann", { registration: "invite" }),
      register(app, "bob", { registration: "invite" }),
    ])
    expect(both.map(({ status }) => status).toSorted()).toEqual(["fulfilled", "rejected"])
    expect(await everyone(app)).toHaveLength(1)
  })

  test("and of one name, one has it", async () => {
    await using app = await openApp()
    const both = await Promise.allSettled([register(app, "ann"), register(app, "ANN")])
    expect(both.map(({ status }) => status).toSorted()).toEqual(["fulfilled", "rejected"])
    expect(both.find(({ status }) => status === "rejected")).toMatchObject({ reason: { code: "taken" } })
    expect(await everyone(app)).toHaveLength(1)
  })
})

describe("a place by invitation", () => {
  test("lets in whoever has the link's code, and nobody else", async () => {
    await using app = await openApp()
    await register(app, "ann", { registration: "invite" })
    const { invite } = await readPlace(app.db.sql)
    for (const wrong of [undefined, "", "x", invite.slice(1), `${invite}x`, invite.toUpperCase(), "é".repeat(16)])
      await expect(register(app, "bob", wrong === undefined ? {} : { invite: wrong })).rejects.toMatchObject({
        code: "forbidden",
      })
    await register(app, "bob", { invite })
    await register(app, "cyd", { invite })
    expect(await everyone(app)).toHaveLength(3)
  })

  test("does not take the old code once there is a new one", async () => {
    await using app = await openApp()
    const { answer } = await register(app, "ann", { registration: "invite" })
    const { invite } = await readPlace(app.db.sql)
    const session = (await findSession(app.db.sql, answer))!
    const owner = { person: session.person, session: session.id, address: "local" }
    await perform(app, owner, { type: "changeSettings", newInvite: true })
    await expect(register(app, "bob", { invite })).rejects.toMatchObject({ code: "forbidden" })
    await register(app, "bob", { invite: (await readPlace(app.db.sql)).invite })
  })
})

test("a closed place lets nobody in, not by the link either", async () => {
  await using app = await openApp()
  await register(app, "ann", { registration: "closed" })
  const { invite } = await readPlace(app.db.sql)
  for (const part of [{}, { invite }])
    await expect(register(app, "bob", part)).rejects.toMatchObject({ code: "forbidden" })
})

test("REGISTRATION decides over what the owner set, but lets the first in", async () => {
  await using app = await openApp(undefined, { REGISTRATION: "closed" })
  await register(app, "ann", { registration: "open" })
  await expect(register(app, "bob")).rejects.toMatchObject({ code: "forbidden" })
})

test("a name that is taken, or looks like one that is, is refused before anything is done", async () => {
  await using app = await openApp()
  await settle(app, "Alison")
  for (const name of ["Alison", "alison", "ALISON", "AIison", "A1ison", "Ａlison", " Alison "])
    await expect(register(app, name)).rejects.toMatchObject({ code: "taken", field: "username" })
  expect(await everyone(app)).toEqual(["Alison: owner"])
})

test("a weak password, a name that is none, and a place without a name are refused by their field", async () => {
  await using app = await openApp()
  for (const [part, field] of [
    [{ password: "1234567" }, "password"],
    [{ password: "\u{1f600}".repeat(7) }, "password"],
    [{ username: "a b" }, "username"],
    [{ place: "x".repeat(81) }, "place"],
  ] as const)
    await expect(register(app, "ann", part)).rejects.toMatchObject({ field })
  expect(await everyone(app)).toEqual([])
  const eight = "\u{1f9c0}\u{1f697}\u{1f332}\u{1f3bb}\u{1f9e6}\u{1f98a}\u{1f511}\u{1f30b}"
  await register(app, "ann", { password: eight, place: "\u{1f600}".repeat(80) })
})

test("the password is kept by argon2id, and typed on another machine it is the same", async () => {
  await using app = await openApp()
  await register(app, "ann", { password: "Cafe\u0301 au lait" })
  const { password } = (await findAccount(app.db.sql, "ann"))!
  const [memory, passes] = password!
    .match(/^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=1\$/)!
    .slice(1)
    .map(Number)
  expect(memory).toBeGreaterThanOrEqual(19_456)
  expect(passes).toBeGreaterThanOrEqual(2)
  await perform(app, stranger, { type: "signIn", username: "ann", password: "Caf\u00e9 au lait" })
})

test.each(["password1", "12345678", "QWERTYUIOP", "iloveyou ", "ｐａｓｓｗｏｒｄ", "anna.banana", "Anna.Banana"])(
  "%j is no password: it would be guessed first",
  async (password) => {
    await using app = await openApp()
    const nobody = { person: null, session: null, address: "local" }
    const registering = perform(app, nobody, { type: "register", username: "anna.banana", password })
    await expect(registering).rejects.toMatchObject({ code: "invalid", field: "password" })
    const other = `${password.trim()} and more`
    await perform(app, nobody, { type: "register", username: "anna.banana", password: other })
  },
)

test("what is imported before the first visit takes neither the place nor a name from whoever comes first", async () => {
  for (const imported of ["Ann", "ann"]) {
    await using app = await openApp()
    const line = { room: "talk", author: imported, at: 0, text: "said elsewhere", nonce: "import-1" }
    await perform(app, operator, { type: "import", lines: [line, { ...line, author: "bob", nonce: "import-2" }] })
    await register(app, "Ann")
    expect(await everyone(app)).toEqual(["Ann: owner", "bob: member"])
    const [first] = await app.db.sql<{ name: string }>`select name from said order by id limit 1`
    expect(first).toEqual({ name: "Ann" }) // what she said elsewhere is hers
    await expect(register(app, "bob")).rejects.toMatchObject({ code: "taken" })
    await expect(register(app, "ANN")).rejects.toMatchObject({ code: "taken" })
  }
})

test("nobody gets a password link to a place that has no owner yet", async () => {
  await using app = await openApp()
  const line = { room: "talk", author: "bob", at: 0, text: "said elsewhere", nonce: "import-1" }
  await perform(app, operator, { type: "import", lines: [line] })
  const link = () => perform(app, operator, { type: "makePasswordLink", username: "bob" })
  await expect(link()).rejects.toMatchObject({ code: "not_found", message: expect.stringContaining("in a browser") })
  await register(app, "ann")
  expect((await link()).answer.name).toBe("bob")
})

import { expect, test } from "bun:test"
import { openApp, PASSWORD, type SignedIn, settle } from "../../test/world.ts"
import type { App } from "../app.ts"
import type { Caller } from "../caller.ts"
import { perform } from "../perform.ts"
import { joinedRooms } from "../rooms/rows.ts"
import { sessionStands } from "../standing.ts"
import { listPeople } from "./rows.ts"
import { findSession } from "./session.ts"

const stranger: Caller = { person: null, session: null, address: "local" }

const expel = (app: App, caller: Caller, username: string) => perform(app, caller, { type: "expel", username })
const signIn = (app: App, username: string, password = PASSWORD) =>
  perform(app, stranger, { type: "signIn", username, password })
const roomsOf = async ({ db }: App, { person }: SignedIn) =>
  (await joinedRooms(db.sql, person.id, { limit: 100 })).rooms.map(({ slug }) => slug)

/** Lets someone in by a link, with the password that all have; answers them as they are then. */
async function letIn(app: App, owner: Caller, username: string): Promise<SignedIn> {
  const { answer } = await perform(app, owner, { type: "makePasswordLink", username })
  const token = answer.path.split("/").at(-1)!
  const session = await perform(app, stranger, { type: "setPassword", token, password: PASSWORD })
  const { id, person } = (await findSession(app.db.sql, session.answer))!
  return { person, session: id, address: "local" }
}

test("whoever is removed is signed out everywhere and in no room, and what they said stays", async () => {
  await using app = await openApp()
  const [ann, bob] = [await settle(app, "ann"), await settle(app, "bob")]
  await perform(app, bob, { type: "open", name: "lunch" })
  await perform(app, bob, { type: "post", room: "lunch", text: "it stays" })
  await letIn(app, ann, "bob") // which ended the session that he had
  await signIn(app, "bob")
  const { answer, changes } = await expel(app, ann, " BOB ")
  expect(answer).toEqual({ name: "bob", newInvite: false })
  expect(changes.map(({ kind }) => kind)).toEqual(["ended", "ended", "member", "member"])
  for (const change of changes) {
    if (change.kind === "ended") expect(await sessionStands(app.db.sql, change.session)).toBe(false)
    if (change.kind === "member") expect(change).toMatchObject({ person: { id: bob.person.id }, present: false })
  }
  expect(await roomsOf(app, bob)).toEqual([])
  expect(await app.db.sql`select text from said where author = ${bob.person.id}`).toEqual([{ text: "it stays" }])
  expect((await listPeople(app.db.sql, "", 10)).map(({ name, standing }) => [name, standing])).toEqual([
    ["bob", "removed"],
  ])
  expect((await expel(app, ann, "bob")).changes).toEqual([])
})

test("nothing that they knew lets them in again, and nobody else gets their name", async () => {
  await using app = await openApp()
  const ann = await settle(app, "ann")
  await settle(app, "bob")
  await letIn(app, ann, "bob")
  const { answer } = await perform(app, ann, { type: "makePasswordLink", username: "bob" })
  await expel(app, ann, "bob")
  await expect(signIn(app, "bob")).rejects.toMatchObject({ code: "unauthorized" })
  const used = perform(app, stranger, {
    type: "setPassword",
    token: answer.path.split("/").at(-1)!,
    password: PASSWORD,
  })
  await expect(used).rejects.toMatchObject({ code: "not_found" })
  const register = { type: "register", username: "Bob", password: PASSWORD } as const
  await expect(perform(app, stranger, register)).rejects.toMatchObject({ code: "taken" })
})

test.each([
  ["they are removed", (app: App, ann: SignedIn) => expel(app, ann, "bob")],
  ["they get another password", ({ db }: App) => db.tx((sql) => sql`update people set password = 'another'`)],
])("who is being signed in while %s is not in after all", async (_, happens) => {
  await using app = await openApp()
  const ann = await settle(app, "ann")
  await settle(app, "bob")
  await letIn(app, ann, "bob")
  const signing = signIn(app, "bob").then(
    () => "in",
    ({ code }) => code,
  )
  await happens(app, ann)
  expect(await signing).toBe("unauthorized")
})

test("what their sockets still ask for is refused", async () => {
  await using app = await openApp()
  const [ann, bob] = [await settle(app, "ann"), await settle(app, "bob")]
  await expel(app, ann, "bob")
  for (const command of [
    { type: "post", room: "talk", text: "still here" },
    { type: "join", room: "talk" },
    { type: "open", name: "talk" },
    { type: "open", name: "mine" },
  ] as const)
    await expect(perform(app, bob, command)).rejects.toMatchObject({ code: "unauthorized" })
  expect(await app.db.sql`select id from messages`).toEqual([])
  expect(await app.db.sql`select name from rooms`).toEqual([{ name: "talk" }])
  expect(await roomsOf(app, bob)).toEqual([])
})

test("a password link lets them back in, and they join as anyone does", async () => {
  await using app = await openApp()
  const [ann, bob] = [await settle(app, "ann"), await settle(app, "bob")]
  await expel(app, ann, "bob")
  const again = await letIn(app, ann, "bob")
  expect(await roomsOf(app, bob)).toEqual([])
  await perform(app, again, { type: "post", room: "talk", text: "back" })
  expect(await roomsOf(app, bob)).toEqual(["talk"])
  await signIn(app, "bob")
})

test("only the owner removes, never themself, and only whom there is", async () => {
  await using app = await openApp()
  const [ann, bob] = [await settle(app, "ann"), await settle(app, "bob")]
  await expect(expel(app, stranger, "bob")).rejects.toMatchObject({ code: "unauthorized" })
  await expect(expel(app, bob, "bob")).rejects.toMatchObject({ code: "forbidden" })
  await expect(expel(app, bob, "ann")).rejects.toMatchObject({ code: "forbidden" })
  await expect(expel(app, ann, "ann")).rejects.toMatchObject({ code: "forbidden" })
  await expect(expel(app, ann, "carl")).rejects.toMatchObject({ code: "not_found", field: "username" })
  for (const who of [ann, bob]) expect(await roomsOf(app, who)).toEqual(["talk"])
})

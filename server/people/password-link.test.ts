import { expect, test } from "bun:test"
import { openApp, PASSWORD, type SignedIn, settle } from "../../test/world.ts"
import type { App } from "../app.ts"
import { perform } from "../perform.ts"
import { LINK_HOURS, mustBeGoodLink } from "./password-link.ts"
import { findSession, insertSession } from "./session.ts"

const stranger = { person: null, session: null, address: "local" }

async function link(app: App, owner: SignedIn, username: string): Promise<string> {
  const { answer } = await perform(app, owner, { type: "makePasswordLink", username })
  expect(answer.path).toMatch(/^\/password\/[\w-]{43}$/)
  return answer.path.split("/").at(-1)!
}
const use = (app: App, token: string, password = PASSWORD) =>
  perform(app, stranger, { type: "setPassword", token, password })
const signIn = (app: App, username: string, password = PASSWORD) =>
  perform(app, stranger, { type: "signIn", username, password })

test("a link sets a new password once, and signs in", async () => {
  await using app = await openApp()
  const [owner, bob] = [await settle(app, "ann"), await settle(app, "bob")]
  const token = await link(app, owner, "BOB")
  expect(await mustBeGoodLink(app.db.sql, token)).toMatchObject({ id: bob.person.id, name: "bob" })
  const { answer } = await use(app, token)
  expect((await findSession(app.db.sql, answer))!.person.id).toBe(bob.person.id)
  await signIn(app, "bob")
  await expect(use(app, token, "another good one")).rejects.toMatchObject({ code: "not_found" })
  await signIn(app, "bob")
})

test("it ends every session that there was, and tells the feeds", async () => {
  await using app = await openApp()
  const [owner, bob] = [await settle(app, "ann"), await settle(app, "bob")]
  const other = (await findSession(app.db.sql, await app.db.tx((sql) => insertSession(sql, bob.person.id))))!.id
  const { answer, changes } = await use(app, await link(app, owner, "bob"))
  expect(changes.map((one) => one.kind === "ended" && one.session).sort()).toEqual([bob.session, other].sort())
  const standing = await app.db.sql<{
    id: string
  }>`select id from sessions where person = ${bob.person.id} and ended is null`
  expect(standing.map(({ id }) => id)).toEqual([(await findSession(app.db.sql, answer))!.id])
  expect(await app.db.sql`select id from sessions where id = ${owner.session}`).toHaveLength(1)
})

test("used twice at the same moment it sets one password", async () => {
  await using app = await openApp()
  const owner = await settle(app, "ann")
  const token = await link(app, owner, "ann")
  const both = await Promise.allSettled([use(app, token, "the first good one"), use(app, token, "the second good one")])
  expect(both.map(({ status }) => status).toSorted()).toEqual(["fulfilled", "rejected"])
  const works = await Promise.allSettled(
    ["the first good one", "the second good one"].map((password) => signIn(app, "ann", password)),
  )
  expect(works.map(({ status }) => status)).toEqual(both.map(({ status }) => status))
})

test("a newer link makes the older worthless, and another person's does not", async () => {
  await using app = await openApp()
  const owner = await settle(app, "ann")
  await settle(app, "bob")
  const older = await link(app, owner, "bob")
  const anns = await link(app, owner, "ann")
  const newer = await link(app, owner, "bob")
  await expect(use(app, older)).rejects.toMatchObject({ code: "not_found" })
  await use(app, newer)
  await use(app, anns)
})

test("it is good for an hour", async () => {
  await using app = await openApp()
  const owner = await settle(app, "ann")
  const token = await link(app, owner, "ann")
  const [{ expires }] = (await app.db.sql`select expires from password_links`) as [{ expires: number }]
  expect(Math.abs(expires - Date.now() - LINK_HOURS * 3_600_000)).toBeLessThan(60_000)
  const passes = (milliseconds: number) =>
    app.db.tx((sql) => sql`update password_links set expires = ${Date.now() + milliseconds}`)
  await passes(-1)
  await expect(use(app, token)).rejects.toMatchObject({ code: "not_found" })
  await passes(60_000)
  await use(app, token)
})

test("a weak password does not use the link up", async () => {
  await using app = await openApp()
  const owner = await settle(app, "ann")
  const token = await link(app, owner, "ann")
  await expect(use(app, token, "1234567")).rejects.toMatchObject({ code: "invalid", field: "password" })
  await use(app, token)
})

test("only the owner makes one, and for someone who is here", async () => {
  await using app = await openApp()
  const [owner, bob] = [await settle(app, "ann"), await settle(app, "bob")]
  for (const [caller, code] of [
    [bob, "forbidden"],
    [stranger, "unauthorized"],
  ] as const)
    await expect(perform(app, caller, { type: "makePasswordLink", username: "bob" })).rejects.toMatchObject({ code })
  await expect(link(app, owner, "nobody")).rejects.toMatchObject({ code: "not_found", field: "username" })
  expect(await app.db.sql`select * from password_links`).toEqual([])
})

test.each(["", "x", "x".repeat(10_000), "'", "%"])("%j is nobody's link", async (token) => {
  await using app = await openApp()
  const owner = await settle(app, "ann")
  await link(app, owner, "ann")
  await expect(use(app, token)).rejects.toMatchObject({ code: "not_found" })
})

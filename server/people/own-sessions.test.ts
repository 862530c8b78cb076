import { expect, test } from "bun:test"
import { openApp, PASSWORD, type SignedIn, settle } from "../../test/world.ts"
import type { App } from "../app.ts"
import type { Caller } from "../caller.ts"
import { perform } from "../perform.ts"
import { LONGEST_DAYS, sessionStands } from "../standing.ts"
import { listSessions } from "./own-sessions.ts"
import { isPassword } from "./password.ts"
import { findSession, insertSession } from "./session.ts"

const NEW = "quite another good one"
const stranger: Caller = { person: null, session: null, address: "local" }

/** Someone with a password, and the sessions of so many of their browsers. */
async function registered(app: App, username: string, browsers = 3): Promise<SignedIn[]> {
  const { answer } = await perform(app, stranger, { type: "register", username, password: PASSWORD })
  const all: SignedIn[] = []
  for (let token = answer; all.length < browsers; ) {
    const { id, person } = (await findSession(app.db.sql, token))!
    all.push({ person, session: id, address: "local" })
    if (all.length < browsers) token = await app.db.tx((sql) => insertSession(sql, person.id, `Browser ${all.length}`))
  }
  return all
}

const standing = async (app: App, all: SignedIn[]) =>
  Promise.all(all.map(({ session }) => sessionStands(app.db.sql, session)))

test("one sees one's own sessions that stand, by what they were begun on, the last used first", async () => {
  await using app = await openApp()
  const [one, two, three] = await registered(app, "ann")
  await registered(app, "bob")
  const agent = "Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101 Firefox/153.0"
  await perform(app, { ...stranger, agent }, { type: "signIn", username: "ann", password: PASSWORD })
  await app.db.tx(async (sql) => {
    await sql`update sessions set seen = ${Date.now() - 1_000_000} where id = ${one!.session}`
    await sql`update sessions set seen = ${Date.now() - 500_000} where id = ${two!.session}`
    await sql`update sessions set at = ${Date.now() - (LONGEST_DAYS + 1) * 86_400_000} where id = ${three!.session}`
  })
  const listed = await listSessions(app.db.sql, one!.person.id)
  expect(listed.map(({ device }) => device)).toEqual(["Firefox on Linux", "Browser 1", ""])
  expect(listed.slice(1).map(({ id }) => id)).toEqual([two!.session, one!.session])
})

test("one ends one of them, and nobody else's", async () => {
  await using app = await openApp()
  const all = await registered(app, "ann")
  const bob = await settle(app, "bob")
  const [one, two] = all as [SignedIn, SignedIn]
  const end = (who: SignedIn, session: string) => perform(app, who, { type: "endSession", session })
  expect((await end(bob, two.session)).changes).toEqual([])
  expect((await end(one, "nobody's")).changes).toEqual([])
  expect((await end(one, two.session)).changes).toMatchObject([{ kind: "ended", session: two.session }])
  expect((await end(one, two.session)).changes).toEqual([])
  expect(await standing(app, all)).toEqual([true, false, true])
  await expect(end(two, one.session)).rejects.toMatchObject({ code: "unauthorized" })
  expect(await standing(app, all)).toEqual([true, false, true])
})

test("one ends all but the one that one asks by", async () => {
  await using app = await openApp()
  const all = await registered(app, "ann")
  const bob = await settle(app, "bob")
  const { answer, changes } = await perform(app, all[1]!, { type: "endOtherSessions" })
  expect([answer, changes.length]).toEqual([2, 2])
  expect(await standing(app, [...all, bob])).toEqual([false, true, false, true])
  expect((await perform(app, all[1]!, { type: "endOtherSessions" })).answer).toBe(0)
})

test("a new password takes the old one, ends all sessions, the one that asks by its cookie too, and older links", async () => {
  await using app = await openApp()
  const all = await registered(app, "ann")
  const [ann] = all as [SignedIn]
  const { answer: link } = await perform(app, ann, { type: "makePasswordLink", username: "ann" })
  const { answer: token, changes } = await perform(app, ann, { type: "changePassword", old: PASSWORD, password: NEW })
  expect(changes.map(({ kind }) => kind)).toEqual(["ended", "ended", "ended"])
  expect(await standing(app, all)).toEqual([false, false, false])
  expect((await findSession(app.db.sql, token))!.person).toEqual(ann.person)
  const signIn = (password: string) => perform(app, stranger, { type: "signIn", username: "ann", password })
  await expect(signIn(PASSWORD)).rejects.toMatchObject({ code: "unauthorized" })
  await signIn(NEW)
  const used = { type: "setPassword", token: link.path.split("/").at(-1)!, password: PASSWORD } as const
  await expect(perform(app, stranger, used)).rejects.toMatchObject({ code: "not_found" })
})

test("a wrong old password, a weak new one and the same again change nothing", async () => {
  await using app = await openApp()
  const all = await registered(app, "ann")
  const change = (old: string, password: string) => perform(app, all[0]!, { type: "changePassword", old, password })
  for (const [old, password, field] of [
    ["wrong horse battery", NEW, "old"],
    ["", NEW, "old"],
    [PASSWORD, "password1", "password"],
    [PASSWORD, "short", "password"],
    [PASSWORD, PASSWORD, "password"],
  ] as const)
    await expect(change(old, password)).rejects.toMatchObject({ code: "invalid", field })
  expect(await standing(app, all)).toEqual([true, true, true])
  await expect(perform(app, stranger, { type: "changePassword", old: PASSWORD, password: NEW })).rejects.toMatchObject({
    code: "unauthorized",
  })
  const nobody = await settle(app, "nopassword")
  await expect(perform(app, nobody, { type: "changePassword", old: PASSWORD, password: NEW })).rejects.toMatchObject({
    code: "invalid",
    field: "old",
  })
})

test("whoever is removed, or changes it twice, while the new one is made has not changed it", async () => {
  await using app = await openApp()
  const owner = await settle(app, "owner")
  const [ann] = (await registered(app, "ann")) as [SignedIn]
  const change = (password: string) =>
    perform(app, ann, { type: "changePassword", old: PASSWORD, password }).then(
      () => "done",
      ({ code }) => code,
    )
  const both = await Promise.all([change(NEW), change(`${NEW} two`)])
  expect(both.toSorted()).toEqual(["done", "unauthorized"])
  const [bob] = (await registered(app, "bob")) as [SignedIn]
  const changing = perform(app, bob, { type: "changePassword", old: PASSWORD, password: NEW }).catch(({ code }) => code)
  await perform(app, owner, { type: "expel", username: "bob" })
  expect(await changing).toBe("unauthorized")
  await expect(perform(app, stranger, { type: "signIn", username: "bob", password: NEW })).rejects.toMatchObject({
    code: "unauthorized",
  })
})

test("whoever changes their password does not wait for a flood of strangers who sign in", async () => {
  await using app = await openApp()
  const [ann] = await registered(app, "ann", 1)
  let served = 0
  const flood = Array.from({ length: 40 }, async (_, i) => {
    await isPassword("a guess", null, { address: `10.0.${i}.1` })
    served++
  })
  await perform(app, ann!, { type: "changePassword", old: PASSWORD, password: NEW })
  expect(served).toBeLessThan(10) // those who were being served, and one between the two that it takes
  await Promise.all(flood)
}, 30_000)

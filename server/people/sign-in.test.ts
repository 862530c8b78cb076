import { expect, test } from "bun:test"
import { openApp, PASSWORD, settle } from "../../test/world.ts"
import type { App } from "../app.ts"
import { operator } from "../caller.ts"
import { readClock } from "../live/clock.ts"
import { accountOf } from "../names/spelling.ts"
import { perform } from "../perform.ts"
import { findSession, insertSession } from "./session.ts"

const stranger = { person: null, session: null, address: "local" }
const signIn = (app: App, username: string, password = PASSWORD, address = "local") =>
  perform(app, { ...stranger, address }, { type: "signIn", username, password })
const register = (app: App, username: string) =>
  perform(app, stranger, { type: "register", username, password: PASSWORD })

test("one signs in by one's name in any spelling, each time to a session of its own", async () => {
  await using app = await openApp()
  const { answer: first } = await register(app, "Ann")
  const tokens = [first]
  for (const name of ["Ann", "ann", "ANN", "  ann ", "ａｎｎ"]) tokens.push((await signIn(app, name)).answer)
  expect(new Set(tokens).size).toBe(6)
  const sessions = await Promise.all(tokens.map((token) => findSession(app.db.sql, token)))
  expect(new Set(sessions.map((session) => session!.id)).size).toBe(6)
  expect(new Set(sessions.map((session) => session!.person.name))).toEqual(new Set(["Ann"]))
})

test("an imported namesake, spelled as one types it, keeps nobody out", async () => {
  await using app = await openApp()
  await register(app, "Ben")
  const line = { room: "talk", author: "ben", at: 0, text: "said elsewhere", nonce: "import-1" }
  await perform(app, operator, { type: "import", lines: [line] })
  for (const name of ["ben", "Ben", "BEN"]) {
    const session = await findSession(app.db.sql, (await signIn(app, name)).answer)
    expect(session!.person.name).toBe("Ben")
  }
  expect((await perform(app, operator, { type: "makePasswordLink", username: "Ben" })).answer.name).toBe("Ben")
  const forTheOther = perform(app, operator, { type: "makePasswordLink", username: "ben" })
  expect(await forTheOther.catch((error) => error.code)).toBe("taken")
})

test("a wrong name and a wrong password are the same refusal", async () => {
  await using app = await openApp()
  await register(app, "ann")
  await settle(app, "nopassword")
  await signIn(app, "ann")
  const refusals = []
  for (const [name, password] of [
    ["ann", "wrong horse battery"],
    ["ann", ""],
    ["ann", `${PASSWORD} `],
    ["nobody", PASSWORD],
    ["", PASSWORD],
    ["nopassword", PASSWORD],
    ["%", PASSWORD],
    ["' or 1=1 --", PASSWORD],
  ] as const)
    refusals.push(await signIn(app, name, password).catch((error) => JSON.stringify(error)))
  expect(new Set(refusals).size).toBe(1)
  expect(refusals[0]).toStartWith('{"code":"unauthorized"')
})

test("nobody's name takes as long to refuse as somebody's", async () => {
  await using app = await openApp()
  await register(app, "ann")
  const time = async (name: string) => {
    const began = performance.now()
    await signIn(app, name, "wrong horse battery").catch(() => {})
    return performance.now() - began
  }
  await time("nobody") // makes the hash that stands in for nobody's
  const known: number[] = []
  const unknown: number[] = []
  for (let i = 0; i < 8; i++) {
    known.push(await time("ann"))
    unknown.push(await time("nobody"))
  }
  const middle = (times: number[]) => times.toSorted((a, b) => a - b)[times.length >> 1]!
  expect(middle(unknown) / middle(known)).toBeGreaterThan(0.5)
  expect(middle(unknown) / middle(known)).toBeLessThan(2)
})

test("signing out ends this session and no other, and twice does no harm", async () => {
  await using app = await openApp()
  const ann = await settle(app, "ann")
  const other = { ...ann, session: (await findSession(app.db.sql, await anotherSession(app, ann.person.id)))!.id }
  const signOut = () => perform(app, ann, { type: "signOut", session: ann.session })
  const { tick } = await readClock(app.db.sql)
  const ended = { kind: "ended" as const, tick: tick + 1, person: ann.person.id, session: ann.session }
  expect((await signOut()).changes).toEqual([ended])
  const standing = () => app.db.sql<{ id: string }>`select id from sessions where ended is null`
  expect(await standing()).toEqual([{ id: other.session }])
  expect((await signOut()).changes).toEqual([])
  expect((await perform(app, stranger, { type: "signOut", session: other.session })).changes).toEqual([])
  expect(await standing()).toHaveLength(1)
})

test("a flood of sign-ins is hashed two at a time, and the event loop goes on meanwhile", async () => {
  await using app = await openApp()
  await register(app, "ann")
  let turns = 0
  const ticking = setInterval(() => turns++, 1)
  const flood = Array.from({ length: 60 }, (_, i) => signIn(app, "ann", "wrong horse battery", `1.1.1.${i % 5}`))
  const answers = await Promise.allSettled(flood)
  clearInterval(ticking)
  const codes = answers.map((one) => (one.status === "rejected" ? one.reason.code : "in"))
  expect(codes).toEqual(Array(60).fill("unauthorized"))
  expect(turns).toBeGreaterThan(20)
}, 30_000)

const anotherSession = (app: App, person: number) => app.db.tx((sql) => insertSession(sql, person))

test("signing in, registering and setting a password end the session that the browser had", async () => {
  await using app = await openApp()
  const { answer: first } = await register(app, "ann")
  await register(app, "bob")
  const ended: unknown[] = []
  const { publish } = app.bus
  app.bus.publish = (event) => {
    if (event.kind === "ended") ended.push(event.person)
    publish(event)
  }
  const holding = async (token: string) => {
    const session = (await findSession(app.db.sql, token))!
    return { person: session.person, session: session.id, address: "local" }
  }
  const ann = await holding(first)
  const { answer: second } = await perform(app, ann, { type: "signIn", username: "bob", password: PASSWORD })
  expect(await findSession(app.db.sql, first)).toBeUndefined()
  const bob = await holding(second)
  const { answer: third } = await perform(app, bob, { type: "register", username: "cyd", password: PASSWORD })
  expect(await findSession(app.db.sql, second)).toBeUndefined()
  const { path } = (await perform(app, operator, { type: "makePasswordLink", username: "ann" })).answer
  const token = path.split("/").at(-1)!
  await perform(app, await holding(third), { type: "setPassword", token, password: "another good one" })
  expect(await findSession(app.db.sql, third)).toBeUndefined()
  expect(ended).toEqual([ann.person.id, bob.person.id, expect.any(Number)])
  // A sign-in that is refused ends nothing.
  const still = await signIn(app, "bob")
  const refused = perform(app, await holding(still.answer), { type: "signIn", username: "ann", password: "wrong" })
  await expect(refused).rejects.toMatchObject({ code: "unauthorized" })
  expect(await findSession(app.db.sql, still.answer)).toBeDefined()
})

test("forty people sign in behind one address at once; who comes from elsewhere waits for two of them, and a known browser for none", async () => {
  await using app = await openApp()
  await register(app, "ann")
  const order: string[] = []
  const from = (address: string, device?: string) =>
    perform(app, { ...stranger, address, device }, { type: "signIn", username: "ann", password: PASSWORD }).then(
      () => order.push(device ? "known" : address),
      (error) => order.push(error.code),
    )
  const crowd = Array.from({ length: 40 }, () => from("1.1.1.1"))
  await new Promise((resolve) => setImmediate(resolve))
  await Promise.all([...crowd, from("2.2.2.2"), from("1.1.1.1", app.devices.cookieFor(undefined, accountOf("ann")))])
  expect(order.filter((one) => one === "1.1.1.1")).toHaveLength(40)
  expect(order.indexOf("2.2.2.2")).toBeLessThan(12)
  expect(order.indexOf("known")).toBeLessThan(12)
}, 30_000)

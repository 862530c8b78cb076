import { expect, test } from "bun:test"
import { cookieOf, openApp, PASSWORD, register, settle, until, visitor, world } from "../../test/world.ts"
import type { App } from "../app.ts"
import { Hub } from "../live/hub.ts"
import { perform } from "../perform.ts"
import { LONGEST_DAYS, SESSION_DAYS, sessionStands } from "../standing.ts"
import { findSession, insertSession, MOST_SESSIONS } from "./session.ts"
import { GRACE_MS, useSession } from "./session-use.ts"
import { watchSessions } from "./session-watch.ts"

const HOUR = 60 * 60 * 1000
const DAY = 24 * HOUR
const stranger = { person: null, session: null, address: "local" }

/** As if so much of the time of these had passed. */
async function age(app: App, what: "at" | "seen" | "turned" | "offered_at" | "former_until", milliseconds: number) {
  const then = Date.now() - milliseconds
  await app.db.tx(async (sql) => {
    if (what === "at") await sql`update sessions set at = ${then}`
    if (what === "seen") await sql`update sessions set seen = ${then}`
    if (what === "turned") await sql`update sessions set turned = ${then}`
    if (what === "offered_at") await sql`update sessions set offered_at = ${then}`
    if (what === "former_until") await sql`update sessions set former_until = ${then}`
  })
}

test("a session is over that was not used for 90 days, or has lasted a year, however much it is used", async () => {
  await using app = await openApp()
  const ann = await settle(app, "ann")
  const token = await app.db.tx((sql) => insertSession(sql, ann.person.id))
  const stands = async () => {
    const found = (await findSession(app.db.sql, token)) !== undefined
    expect(await sessionStands(app.db.sql, ann.session)).toBe(found)
    const say = perform(app, ann, { type: "post", room: "talk", text: "hello" })
    expect(
      await say.then(
        () => true,
        ({ code }) => code,
      ),
    ).toBe(found ? true : "unauthorized")
    return found
  }
  for (const [what, days] of [
    ["seen", SESSION_DAYS],
    ["at", LONGEST_DAYS],
  ] as const) {
    await age(app, what, (days - 0.01) * DAY)
    expect([what, await stands()]).toEqual([what, true])
    await age(app, what, (days + 0.01) * DAY)
    expect([what, await stands()]).toEqual([what, false])
    await age(app, what, 0)
  }
})

test("a feed that stays open keeps its session in use, and ends when that has lasted a year", async () => {
  await using app = await openApp()
  const [ann, bob] = [await settle(app, "ann"), await settle(app, "bob")]
  const hub = new Hub(app.db, async () => [], { tick: app.hub.tick })
  const ended: string[] = []
  const inert = { name: "", watching: null, hear() {}, note() {}, enter() {}, leave() {}, isIn: () => false }
  for (const { person, session } of [ann, bob])
    hub.welcome(
      { ...inert, person: person.id, session, end: (why) => void ended.push(`${person.name} ${why}`) },
      new Set(),
      hub.tick,
    )
  expect(hub.sessions()).toEqual(new Set([ann.session, bob.session]))
  const begun = Date.now() - LONGEST_DAYS * DAY
  await age(app, "seen", 2 * HOUR)
  await app.db.tx((sql) => sql`update sessions set at = ${begun + 1_500} where id = ${bob.session}`) // over in a moment
  const watch = watchSessions(app.db, hub, { look: 20, note: 20 })
  await until("the feed of the one that is over has ended", () => ended.length > 0, 10_000)
  const seen = async () =>
    (await app.db.sql<{ seen: number }>`select seen from sessions where id = ${ann.session}`)[0]!.seen
  await until("the other is noted as used", async () => (await seen()) > Date.now() - HOUR)
  expect(ended[0]).toBe("bob signed_out")
  expect(ended).not.toContain("ann signed_out")
  await watch.close()
})

test("a person has so many sessions at most: one more ends the one that was not used for longest", async () => {
  await using app = await openApp()
  const { answer: first } = await perform(app, stranger, { type: "register", username: "ann", password: PASSWORD })
  const { person } = (await findSession(app.db.sql, first))!
  const tokens = [first]
  for (let i = 1; i < MOST_SESSIONS; i++) tokens.push(await app.db.tx((sql) => insertSession(sql, person.id)))
  for (const [i, token] of tokens.entries()) {
    const { id } = (await findSession(app.db.sql, token))!
    await app.db.tx(
      (sql) => sql`update sessions set seen = ${Date.now() - (MOST_SESSIONS - i) * 1_000} where id = ${id}`,
    )
  }
  const { answer: newest, changes } = await perform(app, stranger, {
    type: "signIn",
    username: "ann",
    password: PASSWORD,
  })
  expect(changes).toMatchObject([{ kind: "ended" }])
  const standing = await Promise.all([...tokens, newest].map((token) => findSession(app.db.sql, token)))
  expect(standing.map((one) => one !== undefined)).toEqual([false, ...Array(MOST_SESSIONS).fill(true)])
})

// The token.

type Got = { status: number; cookie: string }

async function ask(url: string, cookie: string, path = "/api/v1/me", init = {}): Promise<Got> {
  const answer = await visitor(url, cookie).fetch(path, init)
  await answer.text()
  return { status: answer.status, cookie: cookieOf(answer) }
}

test("once a day a session gets another token, and the one before is good for a minute once that is used", async () => {
  await using place = await world()
  const { cookie: old } = await register(place.url, "ann")
  expect(await ask(place.url, old)).toEqual({ status: 200, cookie: "" })
  await age(place.app, "turned", DAY + 1)
  const { cookie: next } = await ask(place.url, old)
  expect(next).toMatch(/^parlour-\d+=[\w-]{43}$/)
  expect(next).not.toBe(old)
  expect(await ask(place.url, old)).toEqual({ status: 200, cookie: "" })
  expect(await ask(place.url, next)).toEqual({ status: 200, cookie: "" })
  expect(await ask(place.url, old)).toEqual({ status: 200, cookie: "" })
  await age(place.app, "former_until", 1)
  expect((await ask(place.url, old)).status).toBe(401)
  expect(await ask(place.url, next)).toEqual({ status: 200, cookie: "" })
  const [row] = await place.app.db.sql<{ lasts: number }>`select former_until - turned as lasts from sessions`
  expect(row!.lasts).toBeLessThanOrEqual(GRACE_MS)
})

test("of many who ask with the same token at once, one is given the next, and all are let in", async () => {
  await using place = await world()
  const { cookie: old } = await register(place.url, "ann")
  await age(place.app, "turned", DAY + 1)
  const answers = await Promise.all(Array.from({ length: 20 }, () => ask(place.url, old)))
  const given = answers.flatMap(({ cookie }) => (cookie ? [cookie] : []))
  expect([answers.every(({ status }) => status === 200), given.length]).toEqual([true, 1])
  const mixed = Array.from({ length: 20 }, (_, i) => ask(place.url, i % 2 ? old : given[0]!))
  expect((await Promise.all(mixed)).map(({ status }) => status)).toEqual(Array(20).fill(200))
})

test("an answer that is lost, and with it the next token, signs nobody out; nor does a program that keeps the first", async () => {
  await using place = await world()
  const { cookie: old } = await register(place.url, "ann")
  await age(place.app, "turned", DAY + 1)
  const lost = (await ask(place.url, old)).cookie
  for (let day = 0; day < 3; day++) {
    await age(place.app, "offered_at", HOUR + 1)
    expect(await ask(place.url, old)).toEqual({ status: 200, cookie: expect.stringMatching(/^parlour-\d+=./) })
  }
  expect((await ask(place.url, lost)).status).toBe(401)
})

test("neither a handshake nor a form gives out another token", async () => {
  await using place = await world()
  const { cookie } = await register(place.url, "ann")
  await age(place.app, "turned", DAY + 1)
  const post = { method: "POST", body: new URLSearchParams({ message: "x" }) }
  expect(await ask(place.url, cookie, "/chat/talk/", post)).toEqual({ status: 303, cookie: "" })
  const socket = visitor(place.url, cookie).socket("/events")
  await new Promise((resolve) => {
    socket.onmessage = resolve
  })
  socket.close()
  const [row] = await place.app.db.sql<{ offered: string | null }>`select offered from sessions`
  expect(row!.offered).toBeNull()
})

test("whoever has ended gets no other token", async () => {
  await using app = await openApp()
  const { answer: token } = await perform(app, stranger, { type: "register", username: "ann", password: PASSWORD })
  await age(app, "turned", DAY + 1)
  const session = (await findSession(app.db.sql, token))!
  await perform(app, { ...stranger, ...session, session: session.id }, { type: "signOut", session: session.id })
  expect(await useSession(app.db, session, token, () => true)).toBeNull()
})

test("that a session is used is noted once an hour, and costs nothing otherwise", async () => {
  await using app = await openApp()
  const { answer: token } = await perform(app, stranger, { type: "register", username: "ann", password: PASSWORD })
  const use = async () => {
    const before = Date.now()
    await useSession(app.db, (await findSession(app.db.sql, token))!, token, () => true)
    return (await findSession(app.db.sql, token))!.seen >= before
  }
  await age(app, "seen", HOUR - 10_000)
  expect(await use()).toBe(false)
  await age(app, "seen", HOUR + 1)
  expect(await use()).toBe(true)
})

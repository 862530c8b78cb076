import { expect, test } from "bun:test"
import { connect } from "node:net"
import { setTimeout as sleep } from "node:timers/promises"
import type { Event } from "../../protocol/event.ts"
import { openApp, PASSWORD, type SignedIn, settle, until, world } from "../../test/world.ts"
import { type App, createApp } from "../app.ts"
import type { Sql } from "../db/sql.ts"
import { follow } from "../follow.ts"
import { perform } from "../perform.ts"
import { MOST_JOINED } from "../rooms/membership.ts"
import { mustBeReadable, roomsOf } from "../rooms/rows.ts"
import { sessionStands } from "../standing.ts"
import { BATCH } from "./removal.ts"
import { findSession, hashOf, insertSession, MOST_SESSIONS } from "./session.ts"

const stranger = { person: null, session: null, address: "local" }

/** So many rooms, with everyone who is named in all of them. */
async function furnish({ db, hub }: App, count: number, ...people: SignedIn[]): Promise<void> {
  await db.tx(async (sql) => {
    const [{ tick }] = (await sql<{ tick: number }>`select tick from clock`) as [{ tick: number }]
    for (let i = 1; i <= count; i++) {
      const id = tick + i
      await sql`insert into rooms (id, slug, name, at, tick) values (${id}, ${`r${i}`}, ${`r${i}`}, 0, ${id})`
    }
    for (const [nth, { person }] of people.entries())
      await sql`
        insert into members (room, person, present, tick)
        select id, ${person.id}, 1, id + ${(nth + 1) * count} from rooms where id > ${tick}`
    await sql`update clock set tick = tick + ${(people.length + 1) * count}`
  })
  await hub.heal()
}

/** Counts what each transaction asks and changes, from now on. */
function counting(app: App): { statements: number; changes: number }[] {
  const all: { statements: number; changes: number }[] = []
  const { tx } = app.db
  app.db.tx = (work, person) =>
    tx(async (sql) => {
      const one = { statements: 0, changes: 0 }
      const counted = Object.assign((...query: Parameters<Sql>) => {
        one.statements++
        return sql(...query)
      }, sql.takeTicks && { takeTicks: sql.takeTicks }) as Sql
      const result = await work(counted)
      const changes = (result as { changes?: Event[] } | null)?.changes ?? result
      one.changes = Array.isArray(changes) ? changes.length : 0
      all.push(one)
      return result
    }, person)
  return all
}

const expel = (app: App, owner: SignedIn, username: string) => perform(app, owner, { type: "expel", username })
const rooms = async ({ db }: App, { person }: SignedIn) => (await roomsOf(db.sql, person.id)).size

async function linkFor(app: App, owner: SignedIn, username: string): Promise<string> {
  const { answer } = await perform(app, owner, { type: "makePasswordLink", username })
  return answer.path.split("/").at(-1)!
}

test("who is in as many rooms, by as many sessions, as there may be is denied by one small commit, and soon in no room", async () => {
  await using app = await openApp()
  const [ann, bob, cyd] = [await settle(app, "ann"), await settle(app, "bob"), await settle(app, "cyd")]
  await furnish(app, MOST_JOINED - 1, bob, cyd)
  await app.db.tx(async (sql) => {
    for (let i = 1; i < MOST_SESSIONS; i++) await insertSession(sql, bob.person.id)
  })
  const commits = counting(app)
  const heard: Event[] = []
  const { publish } = app.bus
  app.bus.publish = (event) => {
    heard.push(event)
    publish(event)
  }
  const { changes } = await expel(app, ann, "bob")
  expect(changes.filter(({ kind }) => kind === "ended")).toHaveLength(MOST_SESSIONS)
  expect(await sessionStands(app.db.sql, bob.session)).toBe(false)
  await until("bob is in no room", async () => (await rooms(app, bob)) === 0, 20_000)
  await until("nothing is left to do", async () => (await app.db.sql`select 1 from removals`).length === 0)
  expect(Math.max(...commits.map(({ statements }) => statements))).toBeLessThan(20)
  expect(Math.max(...commits.map(({ changes }) => changes))).toBeLessThanOrEqual(BATCH + MOST_SESSIONS)
  expect(heard.filter(({ kind }) => kind === "member")).toHaveLength(MOST_JOINED)
  const ticks = heard.map(({ tick }) => tick)
  expect(ticks).toEqual(Array.from({ length: ticks.length }, (_, i) => ticks[0]! + i))
  expect(await rooms(app, cyd)).toBe(MOST_JOINED)
}, 30_000)

test("whatever a member may do many times over, one command asks and writes as much as when they had done it once", async () => {
  await using app = await openApp()
  const [ann, bob] = [await settle(app, "ann"), await settle(app, "bob")]
  await furnish(app, MOST_JOINED - 10, bob)
  await app.db.tx(async (sql) => {
    for (let i = 1; i < MOST_SESSIONS; i++) await insertSession(sql, bob.person.id)
    for (let i = 0; i < 1_000; i++) {
      const token = await insertSession(sql, bob.person.id)
      await sql`update sessions set ended = 1, tick = 1 where hash = ${hashOf(token)}`
    }
  })
  const link = await linkFor(app, ann, "bob")
  const commits = counting(app)
  await perform(app, bob, { type: "join", room: "r1991" }).catch(() => {})
  await perform(app, bob, { type: "leave", room: "r1" })
  await perform(app, bob, { type: "open", name: "another" })
  await perform(app, bob, { type: "post", room: "another", text: "hello" })
  await perform(app, stranger, { type: "setPassword", token: link, password: PASSWORD })
  await perform(app, stranger, { type: "signIn", username: "bob", password: PASSWORD })
  await perform(app, bob, { type: "signOut", session: bob.session })
  expect(Math.max(...commits.map(({ statements }) => statements))).toBeLessThan(20)
  expect(Math.max(...commits.map(({ changes }) => changes))).toBeLessThanOrEqual(MOST_SESSIONS + 1)
}, 30_000)

test("one room too many is refused, until one of them is left", async () => {
  await using app = await openApp()
  const [ann, bob] = [await settle(app, "ann"), await settle(app, "bob")]
  await furnish(app, MOST_JOINED - 1, bob)
  await perform(app, ann, { type: "open", name: "another" })
  const tooMany = { code: "forbidden", message: expect.stringMatching(/^You are in 2,000 rooms.* Leave one first\.$/) }
  for (const command of [
    { type: "join", room: "another" },
    { type: "open", name: "another" },
    { type: "open", name: "a new one" },
    { type: "post", room: "another", text: "hello" },
  ] as const)
    await expect(perform(app, bob, command)).rejects.toMatchObject(tooMany)
  await perform(app, bob, { type: "post", room: "r1", text: "hello" })
  await perform(app, bob, { type: "leave", room: "r1" })
  await perform(app, bob, { type: "join", room: "another" })
  expect(await rooms(app, bob)).toBe(MOST_JOINED)
}, 30_000)

test("a removal that a stop broke off is carried on by whoever starts next, and by two at once", async () => {
  await using app = await openApp()
  const [ann, bob] = [await settle(app, "ann"), await settle(app, "bob")]
  await furnish(app, 5 * BATCH, bob)
  await app.removals.close() // as if it died right after the first commit
  await expel(app, ann, "bob")
  await sleep(100)
  expect(await rooms(app, bob)).toBe(4 * BATCH + 1)
  const others = [await createApp(app.config), await createApp(app.config)]
  await until("bob is in no room", async () => (await rooms(app, bob)) === 0, 10_000)
  await until("nothing is left to do", async () => (await app.db.sql`select 1 from removals`).length === 0)
  for (const other of others) await other.close()
}, 20_000)

test("who is let in again while that goes on comes back to no room, and those they join then stay theirs", async () => {
  await using app = await openApp()
  const [ann, bob] = [await settle(app, "ann"), await settle(app, "bob")]
  await furnish(app, 5 * BATCH, bob)
  const { removals } = app
  await removals.close()
  await expel(app, ann, "bob")
  const link = await linkFor(app, ann, "bob")
  const set = () => perform(app, stranger, { type: "setPassword", token: link, password: PASSWORD })

  // Nobody carries it on: whoever comes in would find themself in rooms, and is asked to wait.
  app.removals = { ...removals, finish: async () => {} }
  await expect(set()).rejects.toMatchObject({ code: "try_again" })
  expect(await rooms(app, bob)).toBe(4 * BATCH + 1)

  const other = await createApp(app.config)
  app.removals = other.removals
  const { answer: token } = await set()
  const session = (await findSession(app.db.sql, token))!
  const again = { ...bob, person: session.person, session: session.id }
  expect(await rooms(app, again)).toBe(0)
  await perform(app, again, { type: "join", room: "r7" })
  await sleep(200)
  expect(await rooms(app, again)).toBe(1)
  await other.close()
}, 20_000)

test("who was removed reads, hears and says nothing in the rooms that they are still to be taken out of", async () => {
  await using app = await openApp()
  const [ann, bob] = [await settle(app, "ann"), await settle(app, "bob")]
  await furnish(app, 2 * BATCH, bob)
  const { removals } = app
  await removals.close()
  await expel(app, ann, "bob")
  expect(await rooms(app, bob)).toBe(BATCH + 1)
  const last = `r${2 * BATCH}`
  const reader = { person: bob.person.id, session: bob.session }
  await expect(mustBeReadable(app.db.sql, last, reader)).rejects.toMatchObject({ code: "unauthorized" })
  for (const type of ["join", "leave", "typing"] as const)
    await expect(perform(app, bob, { type, room: last })).rejects.toMatchObject({ code: "unauthorized" })
  await expect(perform(app, bob, { type: "post", room: last, text: "here" })).rejects.toMatchObject({
    code: "unauthorized",
  })
  // A request that was let in before, and opens its feed only now.
  const heard: unknown[] = []
  const listener = { ...reader, name: "bob", after: "0", room: null }
  for await (const one of follow(app, listener, AbortSignal.timeout(5_000))) heard.push(one)
  expect(heard).toEqual([{ kind: "bye", reason: "signed_out" }])
}, 20_000)

test("a form that was held back since before they were removed is answered with nothing of the place", async () => {
  await using place = await world()
  const [ann, bob] = [await place.person("ann"), await place.person("bob")]
  await ann.fetch("/chat/", { method: "POST", body: new URLSearchParams({ name: "hushroom" }) })
  const [none, near] = ["post_type=get_chat&name=%2f", "name=hushroon"] // a name that no room can have, or that one nearly has
  const forms = [["/chat/talk/"], ["/chat/"], ["/chat/", near], ["/place"], ["/chat/talk/post/"]] as [string, string?][]
  const held = forms.map(([path, body = none]) => holdBackForm(place.url, path, bob.cookie, body))
  await sleep(200)
  await ann.fetch("/place/expel", { method: "POST", body: new URLSearchParams({ username: "bob" }) })
  await ann.fetch("/chat/talk/", { method: "POST", body: new URLSearchParams({ message: "hushtext" }) })
  for (const [i, { send }] of held.entries()) {
    const answer = await send()
    expect([forms[i], answer.slice(0, 12)]).toEqual([forms[i], "HTTP/1.1 401"])
    expect(answer).not.toMatch(/hush|\/join\//)
  }
})

/** The head of a request, whose body comes later. */
function holdBackForm(url: string, path: string, cookie: string, body: string): { send(): Promise<string> } {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  const head = [`POST ${path} HTTP/1.1`, `host: ${hostname}:${port}`, `cookie: ${cookie}`, "accept: text/html"]
  head.push("content-type: application/x-www-form-urlencoded", `content-length: ${body.length}`, "connection: close")
  socket.write(`${head.join("\r\n")}\r\n\r\n`)
  return {
    async send() {
      socket.write(body)
      let answer = ""
      for await (const bytes of socket) answer += bytes
      return answer
    },
  }
}

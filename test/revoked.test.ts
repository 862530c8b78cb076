// Who was removed reads no more, whatever they had asked for before: while it waits for its turn, and while it is being read. Generated
// from the table of routes, so that whoever adds one has it tried here.
import { afterAll, beforeAll, expect, test } from "bun:test"
import { readClient } from "../server/http/assets.ts"
import { serve } from "../server/http/serve.ts"
import { hashOf, insertSession } from "../server/people/session.ts"
import { ofPerson, type Turn, Turns } from "../server/turns.ts"
import { asks, type One, requestOf, type Subject } from "./asks.ts"
import { type OpenApp, openApp, register, settle, until, type Visitor, visitor } from "./world.ts"

/** What nobody is to be told who is in the place no more. */
const INSIDE = /hush|\/join\/[A-Za-z0-9]{16}/

const FEED = "a feed"
/** Questions before a feed's head is answered: who asks, what its page begins with, and whether they stand. */
const FEED_LOOKS = 5

let app: OpenApp
let stop: () => Promise<void>
let turns: Turns
let ann: Visitor
let subject: Subject

beforeAll(async () => {
  app = await openApp()
  turns = new Turns()
  app.turns = turns
  const { stop: end, url } = await serve(app)
  stop = () => end(true)
  ann = await register(url, "hushann")
  const open = await ann.fetch("/api/v1/rooms", sent({ name: "hushroom" }))
  expect(open.status).toBe(201)
  const said = await ann.fetch("/api/v1/rooms/hushroom/messages", sent({ text: "hushtext" }))
  const { id } = (await said.json()) as { id: number }
  subject = {
    room: "hushroom",
    message: id,
    file: (await readClient()).assets.style,
    far: 1,
    long: "hushroom",
    since: 1,
  }
})
afterAll(async () => {
  await stop()
  await app[Symbol.asyncDispose]()
})

const sent = (fields: object) => ({
  method: "POST",
  body: JSON.stringify(fields),
  headers: { "content-type": "application/json" },
})

/** Somebody new, with a cookie that lets in. */
async function member(name: string): Promise<Visitor> {
  const { person } = await settle(app, name)
  return visitor(ann.url, await cookieFor(person.id), person.id, name)
}

async function cookieFor(person: number): Promise<string> {
  const token = await app.db.tx((sql) => insertSession(sql, person))
  return `${ann.cookie.split("=")[0]}=${token}`
}

/** Its process is not told, as when another one did it. */
const endSession = (token: string) =>
  app.db.tx(async (sql) => void (await sql`update sessions set ended = 1, tick = 1 where hash = ${hashOf(token)}`))

const routed = Object.entries(asks).filter(([, { who }]) => who === "person" || who === "address")
const reads = routed.filter(([name, { who, method }]) => who === "person" && name.startsWith("GET") && !method)

type Told = { name: string; status: number; to: string; body: string }

/** As somebody, or as a stranger: without a way to come back, which a page's address is part of. */
async function ask(name: string, one: One, who: Visitor, headers = {}): Promise<Told> {
  const { path, init } = requestOf(name, one, subject, 1)
  const answer = await who.fetch(path, { ...init, headers: { ...init.headers, ...headers } } as never)
  const to = answer.headers.get("location") ?? ""
  const isFeed = name === "GET /events" && answer.status === 200
  if (isFeed) await answer.body?.cancel()
  return { name, status: answer.status, to, body: isFeed ? FEED : await answer.text() }
}

/** What it tells of the place, but for what the asker said themself. */
const tells = ({ body, to }: Told) =>
  INSIDE.test(body.replaceAll(/\/chat\/hushroom[/\w?=&-]*|%2Fchat%2Fhushroom[%\w.=-]*/g, "")) ||
  INSIDE.test(to.replace(/^\/login\?next=.*/, "").replace("/chat/hushroom/", ""))

test("what waited for its turn while they were removed is answered as a stranger's would be, by every route", async () => {
  const bob = await member("bob")
  const waiting: Promise<Told>[] = []
  const turn: Turn = await turns.take(ofPerson(bob.id))
  for (const [name, one] of routed) waiting.push(ask(name, one, bob))
  await until("all wait", () => turns.waiting === waiting.length)
  const body = new URLSearchParams({ username: "bob", newInvite: "on" })
  expect((await ann.fetch("/place/expel", { method: "POST", body })).status).toBe(303)
  turn.end()
  const told = await Promise.all(waiting)

  const stranger = visitor(ann.url)
  for (const [i, [name, one]] of routed.entries()) {
    const { status, to } = await ask(name, one, stranger)
    expect({ name, status: told[i]!.status, to: told[i]!.to }).toEqual({ name, status, to })
    expect([name, tells(told[i]!)]).toEqual([name, false])
  }
}, 60_000)

test("whenever a session ends while something is read, nothing of it is answered", async () => {
  const cyd = await member("cyd")
  const { sql } = app.db
  /** Asks; right before so many questions have been asked of the database the session ends. Answers whether that came first. */
  const endBefore = async (question: number, name: string, one: One): Promise<{ ended: boolean; told: Told }> => {
    const cookie = await cookieFor(cyd.id)
    const end = () => endSession(cookie.split("=")[1]!)
    let asked = 0
    let ended = false
    app.db.sql = Object.assign(async (...query: Parameters<typeof sql>) => {
      if (++asked === question) {
        ended = true
        await end()
      }
      return sql(...query)
    }, sql) as typeof sql
    try {
      const told = await ask(name, one, visitor(ann.url, cookie))
      return { ended, told }
    } finally {
      app.db.sql = sql
      await end()
    }
  }
  for (const [name, one] of reads) {
    if (one.headers) continue // a socket is told nothing before its feed has looked
    let question = 1
    for (; ; question++) {
      const { ended, told } = await endBefore(question, name, one)
      // A feed goes on to ask when its head is on its way, and ends itself by what it is told then.
      if (!ended || (told.body === FEED && question > FEED_LOOKS)) break
      const isSent = [301, 303, 401].includes(told.status)
      expect({ name, question, isSent, tells: tells(told) }).toEqual({ name, question, isSent: true, tells: false })
    }
    expect([name, question > 1]).toEqual([name, true])
  }
}, 120_000)

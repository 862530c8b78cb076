// The cost of each route, generated from the table of routes: whoever asks for it pays from their own budget, is refused when
// that is used up, and nobody else is. How long others wait is measured by `bin/bench hammer`; here it is that there is
// something that makes it so.
import { afterAll, beforeAll, describe, expect, test } from "bun:test"
import { readClient } from "../server/http/assets.ts"
import { routes } from "../server/http/routes.ts"
import { serve } from "../server/http/serve.ts"
import { nextTick } from "../server/live/clock.ts"
import { findPerson } from "../server/people/rows.ts"
import { perform } from "../server/perform.ts"
import { type Turn, Turns } from "../server/turns.ts"
import { asks, LONG_ONES, LONGEST, type One, requestOf, SHORT_ONES, type Subject, stray } from "./asks.ts"
import { processorMs } from "./processor.ts"
import { type OpenApp, openApp, register, settle, until, type Visitor, visitor } from "./world.ts"

const client = await readClient()
/** Of a person's reads, at the same time. */
const MOST_UNDERWAY = 1
/** Milliseconds of the loop's own processor time, client and all. */
const MOST_MS = 50

/** Time that can be passed; what is held is held for no time. */
let passed = 0
const clock = {
  now: () => performance.now() + passed,
  soon: (work: () => void) => void setImmediate(work),
  later: (work: () => void, ms: number) => void setTimeout(work, Math.min(ms, 5)),
}

class Watched extends Turns {
  taken: string[] = []
  ran: string[] = []
  most = 0
  #underway = 0

  override async take(who: string): Promise<Turn> {
    this.taken.push(who)
    const turn = await super.take(who)
    this.most = Math.max(this.most, ++this.#underway)
    let isOver = false
    return {
      end: (least) => {
        if (!isOver) this.#underway--
        isOver = true
        turn.end(least)
      },
    }
  }

  override async run<Result>(who: string, work: () => Promise<Result>): Promise<Result> {
    this.ran.push(who)
    return super.run(who, () => {
      this.most = Math.max(this.most, ++this.#underway)
      return work().finally(() => this.#underway--)
    })
  }

  /** All are done that read, on sockets that were opened before, too. */
  async #idle(): Promise<void> {
    await until("nobody reads", () => this.#underway + this.waiting === 0)
  }

  async overdraw(who: string): Promise<void> {
    await this.#idle()
    const turn = await super.take(who)
    passed += 100_000
    turn.end()
  }

  /** All debts are paid. */
  async repay(): Promise<void> {
    await this.#idle()
    passed += 1_000_000
  }
}

let app: OpenApp
let stop: () => Promise<void>
let turns: Watched
let ann: Visitor
let bob: Visitor
let subject: Subject

beforeAll(async () => {
  app = await openApp()
  turns = new Watched(clock)
  app.turns = turns
  const { stop: end, url } = await serve(app)
  stop = () => end(true)
  ann = await register(url, "ann")
  bob = await register(url, "bob")
  const cyd = await settle(app, "cyd")
  await perform(app, cyd, { type: "open", name: "crowded" })
  await fill(ann, cyd.person.id)
  const message = app.hub.tick
  await perform(app, await settle(app, "eli"), { type: "open", name: "long" })
  const since = await speakLong(cyd.person.id)
  subject = { room: "crowded", message, file: client.assets.style, far: 1, long: "long", since }
})
afterAll(async () => {
  await stop()
  await app[Symbol.asyncDispose]()
})

/** Thousands of rooms, half of them this person's and somebody in each, thousands of people, and hundreds of messages. All names are
 *  found by their beginning, as they are when they are given. */
async function fill({ id }: Visitor, somebody: number): Promise<void> {
  await app.db.tx(async (sql) => {
    for (let doubled = 2; doubled < 4_000; doubled *= 2) {
      const tick = (await nextTick(sql, 20_000)) - 20_000
      await sql`
        insert into rooms (id, slug, name, found, at, tick)
        select ${tick} + row_number() over (order by id), slug || ${`-${doubled}`}, name || ${`-${doubled}`},
          found || ${`-${doubled}`}, at, 0 from rooms`
      await sql`
        insert into people (id, name, found, password, role, at, tick)
        select ${tick} + row_number() over (order by id), name || ${`-${doubled}`}, found || ${`-${doubled}`},
          null, 'member', 0, 0 from people`
    }
    await sql`
      insert into members (room, person, present, tick)
      select id, ${id}, 1, 0 from rooms where slug like 'talk-%' and length(slug) < 30`
    await sql`
      insert into members (room, person, present, tick)
      select id, ${somebody}, 1, 0 from rooms
      where id not in (select room from members where person = ${somebody})`
    const [room] = await sql<{ id: number }>`select id from rooms where slug = 'crowded'`
    await sql`
      insert into members (room, person, present, tick)
      select ${room!.id}, id, 1, 0 from people where id not in (select person from members where room = ${room!.id})`
    const tick = (await nextTick(sql, 500)) - 500
    await sql`
      insert into messages (id, room, author, text, at, tick)
      select ${tick} + row_number() over (order by id), ${room!.id}, ${id}, 'words and words', 0, 0
      from rooms order by id limit 500`
  })
  await app.hub.heal()
  expect(await findPerson(app.db.sql, id)).toBeDefined()
  const [unfound] = await app.db.sql<{ count: number }>`
    select (select count(*) from rooms where found is null) + (select count(*) from people where found is null) as count`
  expect(Number(unfound!.count)).toBe(0)
}

/** Answers the tick before. */
async function speakLong(author: number): Promise<number> {
  const count = SHORT_ONES + LONG_ONES
  const first = await app.db.tx(async (sql) => {
    const tick = (await nextTick(sql, count)) - count
    await sql`
      insert into messages (id, room, author, text, at, tick)
      select ${tick} + nth, (select id from rooms where slug = 'long'), ${author},
        case when nth > ${SHORT_ONES} then ${LONGEST} else 'x' end, ${Date.now()}, ${tick} + nth
      from (select row_number() over (order by id) as nth from people order by id limit ${count}) as numbers`
    return tick
  })
  await app.hub.heal()
  return first
}

const declared = () =>
  new Set(
    routes(app, client)
      .routes.filter(({ path, method }) => !(path === "/*" && method === "ALL"))
      .map(({ method, path }) => `${method} ${path}`),
  )

/** Asks as whoever it is about, or as somebody else who could: bob, or a stranger with another address. */
async function ask(name: string, one: One, who = ann, number = 0): Promise<Response> {
  const { path, init } = requestOf(name, one, subject, number)
  const asker = one.who === "person" ? who : visitor(ann.url)
  const answer = await asker.fetch(path, init as never)
  if (answer.status !== 101) await answer.text()
  return answer
}

test("every route says here how it is asked", () => {
  expect([...declared()].toSorted()).toEqual(Object.keys(asks).toSorted())
})

describe.each(Object.entries({ ...asks, ...stray }))("%s", (name, one) => {
  const laneOf = ({ id }: Visitor) => (one.who === "person" ? `person ${id}` : `${one.who} 127.0.0.1`)

  test("is paid for by whoever asks, and refused when their budget is used up, while others are answered", async () => {
    await turns.repay()
    turns.taken = []
    const usual = await ask(name, one)
    expect(turns.taken).toContain(laneOf(ann))
    expect(usual.status).not.toBe(429)

    await turns.overdraw(laneOf(ann))
    const refused = await ask(name, one, ann, 1)
    expect(refused.status).toBe(429)
    expect(Number(refused.headers.get("retry-after"))).toBeWithin(50, 61)
    if (one.who === "person") expect((await ask(name, one, bob, 2)).status).not.toBe(429)
    else expect((await ann.fetch("/api/v1/me")).status).toBe(200)
    await turns.repay()
    expect((await ask(name, one, ann, 3)).status).not.toBe(429)
  })

  test("is answered however often it is asked at once, a few at a time", async () => {
    await turns.repay()
    turns.most = 0
    const answers = await Promise.all(Array.from({ length: 16 }, (_, i) => ask(name, one, ann, 10 + i)))
    for (const { status } of answers) expect(status).not.toBe(429)
    if (one.who === "person") expect(turns.most).toBeLessThanOrEqual(MOST_UNDERWAY)
  })

  test("costs a bounded time of the processor in a place of thousands", async () => {
    const costs: number[] = []
    for (let i = 0; i < 4; i++) {
      await turns.repay()
      const before = processorMs()
      await ask(name, one, ann, 100 + i)
      costs.push(processorMs() - before)
    }
    expect(Math.min(...costs)).toBeLessThan(MOST_MS)
  })
})

test("what is drawn about a command that was refused is read, too, and waits for a turn of its own", async () => {
  const dan = await register(ann.url, "dan")
  turns.ran = []
  const form = { method: "POST", body: new URLSearchParams({ message: "" }), headers: { accept: "text/html" } }
  const answer = await dan.fetch("/chat/crowded/", form)
  const mine = `person ${dan.id}`
  expect([answer.status, turns.ran.filter((who) => who === mine)]).toEqual([422, [mine]])
})

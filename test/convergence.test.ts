// The promise that matters most. Whatever the timing and however bad the bus, a client that applies what it hears ends
// up with exactly what the database says, never hears a room it may not, and is never told a thing twice.
//
// `SEEDS=1000 bun test test/convergence.test.ts` tries more; `SEED=17` tries one.
import { describe, expect, test } from "bun:test"
import { type Cursor, cursorAt, parseCursor } from "../protocol/cursor.ts"
import type { Change, Event, Notice } from "../protocol/event.ts"
import { DEFAULT_ROOM } from "../protocol/limits.ts"
import { apply, emptyState, type State } from "../protocol/state.ts"
import type { App } from "../server/app.ts"
import { changes, happenings } from "../server/changes.ts"
import type { Sql } from "../server/db/sql.ts"
import { follow } from "../server/follow.ts"
import { alone, type Bus } from "../server/live/bus.ts"
import { readClock } from "../server/live/clock.ts"
import type { Feed } from "../server/live/feed.ts"
import { Hub, type Told } from "../server/live/hub.ts"
import { perform } from "../server/perform.ts"
import { findRoom } from "../server/rooms/rows.ts"
import { openApp, random, type SignedIn, settle, until } from "./world.ts"

const ALL = 1_000_000

const seeds = process.env.SEED
  ? [Number(process.env.SEED)]
  : Array.from({ length: Number(process.env.SEEDS ?? 100) }, (_, i) => i + 1)

/** Seeds at once: they mostly wait. */
const ABREAST = 10

describe("chaos", () => {
  for (let first = 0; first < seeds.length; first += ABREAST) {
    const some = seeds.slice(first, first + ABREAST)
    test(`every client equals the database, seeds ${some[0]} to ${some.at(-1)}`, async () => {
      await Promise.all(
        some.map((seed) =>
          chaos(seed).catch((error) => {
            throw new Error(`seed ${seed}: ${error instanceof Error ? error.stack : error}`)
          }),
        ),
      )
    }, 60_000)
  }

  test("is noticed by these clients where the hub is broken", async () => {
    class NeverHeals extends Hub {
      override heal = async () => {}
    }
    class KeepsTelling extends Hub {
      override leave(): void {}
    }
    class WithoutReplay extends Hub {
      override welcome = (feed: Feed, rooms: Set<number>) => super.welcome(feed, rooms, this.tick)
    }
    for (const broken of [NeverHeals, KeepsTelling, WithoutReplay]) {
      const runs = await Promise.allSettled([1, 2, 3, 4, 5].map((seed) => chaos(seed, broken, 300)))
      expect(
        runs.map((run) => run.status),
        broken.name,
      ).toContain("rejected")
    }
  }, 60_000)
})

async function chaos(seed: number, hub = Hub, patience = 10_000): Promise<void> {
  const dice = random(seed)
  const bus = badBus(dice)
  await using app = await openApp((hub) => ({ ...alone(hub), ...bus.to(() => app.hub) }))
  app.hub = new hub(app.db, happenings, await readClock(app.db.sql))
  const truth = app.db.sql // before it is slowed down
  const names = ["ann", "bob", "cyd", "dan"]
  const people: SignedIn[] = []
  for (const name of names) people.push(await settle(app, name))
  const [ann, bob, cyd, dan] = people as [SignedIn, SignedIn, SignedIn, SignedIn]
  const rooms = [DEFAULT_ROOM, "lunch", "music", "quiet"]
  for (const name of rooms) await perform(app, ann, { type: "open", name })
  await perform(app, bob, { type: "join", room: "lunch" })
  await app.hub.heal()
  const quiet = (await findRoom(app.db.sql, "quiet"))!.id
  const start = { epoch: app.hub.epoch, tick: app.hub.tick }
  slow(app, dice)

  const log = new Memberships(bus.sent)
  const clients = [
    ...people.map((who) => new Client(app, who, null, start.tick, truth)),
    new Client(app, bob, null, start.tick, truth), // on another device
    new Client(app, dan, quiet, start.tick, truth), // looks at a room without being in it
    new Client(app, cyd, quiet, start.tick, truth),
  ]
  const done = new AbortController()
  const reading = clients.map(async (client) => {
    await Bun.sleep(dice() * 60) // each comes late, and to another moment
    await client.read(dice, done.signal).catch((error: Error) => client.fail(error))
  })

  await Promise.all(
    people.map(async (who, i) => {
      for (let n = 0; n < 20; n++) {
        const room = rooms[Math.floor(dice() * rooms.length)]!
        const kind = dice()
        const own = room !== "quiet" || who === ann // the watchers stay outside of what they watch
        if (kind < 0.55) await (own && perform(app, who, { type: "post", room, text: `${who.person.name} ${n}` }))
        else if (kind < 0.7) await (own && perform(app, who, { type: "join", room }))
        else if (kind < 0.85) await perform(app, who, { type: "leave", room })
        else if (kind < 0.9) await perform(app, who, { type: "open", name: `${seed} ${i} ${n}` })
        else await perform(app, who, { type: "post", room: "nowhere", text: "lost" }).catch(() => {})
        await Bun.sleep(dice() * 2)
      }
    }),
  )
  // One last thing that everyone hears, by which to know that all before it has been heard.
  const { answer: last } = await perform(app, ann, { type: "open", name: "the end" })
  await bus.quiet()
  await app.hub.heal()
  const heardAll = () => clients.every((client) => client.failure || client.state.rooms.has(last.id))
  await until("everyone hears the last thing", heardAll, patience)
  done.abort()
  await Promise.all(reading)

  log.read()
  for (const client of clients) {
    if (client.failure) throw client.failure
    await client.mustEqualTruth(last.tick)
    log.mustHaveAllowed(client)
  }
}

/** Loses a fifth, repeats a fifth, and brings everything in any order. */
function badBus(dice: () => number) {
  const sent: Event[] = []
  let underway = 0
  return {
    sent,
    quiet: () => until("the bus is quiet", () => underway === 0),
    to: (hub: () => Hub): Pick<Bus, "publish"> => ({
      publish(event) {
        sent.push(event)
        if (dice() < 0.2) return
        for (let copies = dice() < 0.2 ? 2 : 1; copies > 0; copies--) {
          underway++
          setTimeout(
            () =>
              void hub()
                .deliver(event)
                .finally(() => underway--),
            dice() * 8,
          )
        }
      },
    }),
  }
}

/** Reads grow old on their way back, as over a network, and transactions take their time. */
function slow(app: App, dice: () => number): void {
  const { sql, tx } = app.db
  app.db.sql = async <Row>(...query: Parameters<typeof sql>) => {
    const rows = await sql<Row>(...query)
    if (dice() < 0.3) await Bun.sleep(dice() * 5)
    return rows
  }
  app.db.tx = (work, of) =>
    tx((inside) => {
      const slow = async <Row>(...query: Parameters<typeof inside>) => {
        const rows = await inside<Row>(...query)
        if (dice() < 0.1) await Bun.sleep(dice() * 2)
        return rows
      }
      return work(Object.assign(slow, { ...inside })) // with the ticks of a group
    }, of)
}

/** What was heard, and how far the database had come when it was: between the two it must have been allowed. */
type Heard = { change: Change; committed: number }

/** A client as the browser's is: applies what it hears, loses its connection, comes back with its cursor. */
class Client {
  readonly state = emptyState()
  readonly heard: Heard[] = []
  readonly who: SignedIn
  readonly watching: number | null
  failure: Error | null = null
  readonly #app: App
  readonly #start: number
  readonly #truth: Sql
  #cursor: Cursor

  constructor(app: App, who: SignedIn, watching: number | null, start: number, truth: Sql) {
    this.#app = app
    this.who = who
    this.watching = watching
    this.#start = start
    this.#truth = truth
    this.#cursor = cursorAt(app.hub.epoch, start)
  }

  fail(error: Error): void {
    this.failure = error
  }

  async read(dice: () => number, done: AbortSignal): Promise<void> {
    while (!done.aborted) {
      const cut = new AbortController()
      if (dice() < 0.6) setTimeout(() => cut.abort(), dice() * 60)
      await this.#once(AbortSignal.any([done, cut.signal]))
      await Bun.sleep(dice() * 20)
    }
  }

  async #once(signal: AbortSignal): Promise<void> {
    const { person, session } = this.who
    const who = { person: person.id, name: person.name, session, after: this.#cursor, room: this.watching }
    let last = parseCursor(this.#cursor).tick
    let live = false
    for await (const one of follow(this.#app, who, signal)) {
      if (!("json" in one)) {
        if (one.kind === "reset" || one.kind === "bye") throw new Error(`${person.name} is told ${JSON.stringify(one)}`)
        if (one.kind === "live") {
          if (live) throw new Error("live is told twice")
          live = true
        }
        this.#cursor = one.cursor
        continue
      }
      const { change } = one
      if (change.tick <= last) throw new Error(`${person.name} hears tick ${change.tick} after tick ${last}`)
      last = change.tick
      this.#cursor = cursorAt(this.#app.hub.epoch, last)
      apply(this.state, change)
      const { tick } = await readClock(this.#truth)
      this.heard.push({ change, committed: tick })
    }
  }

  /** Whoever joins a room draws it afresh, so what was said there before need not have been heard. */
  async mustEqualTruth(upTo: number): Promise<void> {
    const { id, name } = this.who.person
    const span = { person: id, watching: this.watching, after: this.#start, upTo, limit: ALL }
    const all = await changes(this.#app.db.sql, span)
    const joined = new Map<number, number>()
    for (const change of all)
      if (change.kind === "member" && change.person.id === id) joined.set(change.room, change.tick)
    const mustKnow = all.filter((change) => {
      if (change.kind === "room" || change.kind === "person") return true
      if (change.kind === "member" && change.person.id === id) return true
      return change.room === this.watching || change.tick > (joined.get(change.room) ?? this.#start)
    })
    const truth = emptyState()
    for (const change of mustKnow) apply(truth, change)
    expect(part(this.state, truth), `what ${name} knows`).toEqual(plain(truth))
    expect(mustKnow.length, "there is something to know").toBeGreaterThan(0)
  }
}

const plain = (state: State) => ({
  messages: [...state.messages.values()].sort((a, b) => a.id - b.id),
  rooms: [...state.rooms.values()].sort((a, b) => a.id - b.id),
  people: [...state.people.values()].sort((a, b) => a.id - b.id),
  members: [...state.members.values()].sort((a, b) => a.tick - b.tick),
})

/** Of what one knows, that of which the other speaks. */
function part(known: State, of: State) {
  const only = <Key, Value>(map: Map<Key, Value>, keys: Map<Key, unknown>) =>
    new Map([...map].filter(([key]) => keys.has(key)))
  return plain({
    tick: 0,
    messages: only(known.messages, of.messages),
    rooms: known.rooms,
    people: known.people,
    members: only(known.members, of.members),
  })
}

/** Who was in which room when, by the changes that were committed. */
class Memberships {
  readonly #sent: Event[]
  readonly #turns = new Map<string, { tick: number; present: boolean }[]>()

  constructor(sent: Event[]) {
    this.#sent = sent
  }

  read(): void {
    const members = this.#sent.filter((event) => event.kind === "member").sort((a, b) => a.tick - b.tick)
    for (const { room, person, tick, present } of members) {
      const key = `${room}/${person.id}`
      this.#turns.set(key, [...(this.#turns.get(key) ?? []), { tick, present }])
    }
  }

  /** Each thing of a room that was heard could have been read there at some moment between its tick and the hearing. */
  mustHaveAllowed({ heard, who, watching }: Client): void {
    for (const { change, committed } of heard) {
      if (change.kind !== "message" && change.kind !== "member") continue
      if (change.room === watching) continue
      if (change.kind === "member" && change.person.id === who.person.id) continue
      const turns = this.#turns.get(`${change.room}/${who.person.id}`) ?? []
      const before = turns.findLast((turn) => turn.tick < change.tick)?.present ?? false
      const since = turns.some((turn) => turn.present && turn.tick >= change.tick && turn.tick <= committed)
      if (!before && !since)
        throw new Error(
          `${who.person.name} heard ${JSON.stringify(change)} (at ${committed}) of a room they were not in`,
        )
    }
  }
}

describe("what does not commit", () => {
  test("is never announced, and its author is told", async () => {
    const sent: Event[] = []
    await using app = await openApp((hub) => ({ ...alone(hub), publish: (event) => void sent.push(event) }))
    const ann = await settle(app, "ann")
    const post = { type: "post", room: DEFAULT_ROOM, text: "hello" } as const
    await perform(app, ann, post)
    expect(sent.at(-1)).toMatchObject({ kind: "message", text: "hello" })
    const { tx } = app.db
    app.db.tx = (work, of) =>
      tx(async (sql) => {
        await work(sql)
        throw new Error("disk full")
      }, of)
    const before = sent.length
    const clock = await readClock(app.db.sql)
    expect(perform(app, ann, { ...post, text: "lost" })).rejects.toThrow("disk full")
    app.db.tx = tx
    await perform(app, ann, { ...post, text: "next" })
    expect(sent.slice(before)).toMatchObject([{ text: "next", tick: clock.tick + 1 }])
  })

  test("a refusal inside a group commit does not undo its neighbours", async () => {
    await using app = await openApp()
    const ann = await settle(app, "ann")
    const heard = listen(app, ann)
    const said = await Promise.allSettled(
      ["one", "refused", "two", "refused", "three"].map((text) =>
        perform(app, ann, { type: "post", room: text === "refused" ? "nowhere" : DEFAULT_ROOM, text }),
      ),
    )
    expect(said.map((one) => one.status)).toEqual(["fulfilled", "rejected", "fulfilled", "rejected", "fulfilled"])
    const ids = said.flatMap((one) =>
      one.status === "fulfilled" && "id" in one.value.answer ? [one.value.answer.id] : [],
    )
    expect(ids).toEqual([ids[0]!, ids[0]! + 1, ids[0]! + 2])
    await until("all is heard", () => heard.messages().length === 3)
    expect(heard.messages()).toEqual(["one", "two", "three"])
    await heard.end()
  })
})

describe("a nonce", () => {
  test("makes one message, however many come at the same time", async () => {
    await using app = await openApp()
    const ann = await settle(app, "ann")
    const heard = listen(app, ann)
    const post = (text: string) => perform(app, ann, { type: "post", room: DEFAULT_ROOM, text, nonce: "n1" })
    const outcomes = await Promise.all(Array.from({ length: 30 }, (_, i) => post(`attempt ${i}`)))
    expect(new Set(outcomes.map(({ answer }) => answer.id)).size).toBe(1)
    expect(outcomes.filter(({ changes }) => changes.length > 0).length).toBe(1)
    const { answer, changes: none } = await post("much later")
    expect([answer.text, none.length]).toEqual(["attempt 0", 0])
    await perform(app, ann, { type: "post", room: DEFAULT_ROOM, text: "another", nonce: "n2" })
    await until("the other is heard", () => heard.messages().includes("another"))
    expect(heard.messages()).toEqual(["attempt 0", "another"])
    await heard.end()
  })

  test("belongs to its author: another's is another message", async () => {
    await using app = await openApp()
    const [ann, bob] = [await settle(app, "ann"), await settle(app, "bob")]
    const post = (who: SignedIn) => perform(app, who, { type: "post", room: DEFAULT_ROOM, text: "hi", nonce: "same" })
    const [anns, bobs] = await Promise.all([post(ann), post(bob)])
    expect(anns.answer.id).not.toBe(bobs.answer.id)
  })
})

describe("reset", () => {
  const WIDEST = 50_000
  const MOST = 2_000

  test("is told to a client whose cursor is of another history, and it hears what happens from there", async () => {
    await using app = await openApp()
    const ann = await settle(app, "ann")
    const { epoch, tick } = app.hub
    const heard = listen(app, ann, cursorAt("0ther", tick - 1))
    await until("ann is live", () => heard.kinds().includes("live"))
    await perform(app, ann, { type: "post", room: DEFAULT_ROOM, text: "hello" })
    await until("the message is heard", () => heard.messages().length > 0)
    expect(heard.kinds()).toEqual(["hello", "reset", "live", "message"])
    expect(heard.all[1]).toEqual({ kind: "reset", cursor: cursorAt(epoch, tick) })
    await heard.end()
  })

  test("is told to a client whose cursor is from the future", async () => {
    await using app = await openApp()
    const ann = await settle(app, "ann")
    const { epoch, tick } = app.hub
    for (const ahead of [cursorAt(epoch, tick + 1), String(tick + 1), cursorAt(epoch, 10 ** 14)]) {
      const heard = listen(app, ann, ahead)
      await until("ann is live", () => heard.kinds().includes("live"))
      expect(heard.all).toContainEqual({ kind: "reset", cursor: cursorAt(epoch, tick) })
      await heard.end()
    }
  })

  test("is not told to a client that heard of it before this process did", async () => {
    await using app = await openApp((hub) => ({ ...alone(hub), publish() {} })) // the bus is silent
    const ann = await settle(app, "ann")
    await perform(app, ann, { type: "post", room: DEFAULT_ROOM, text: "hello" })
    const { epoch } = app.hub
    const { tick } = await readClock(app.db.sql)
    expect(app.hub.tick).toBeLessThan(tick)
    const heard = listen(app, ann, cursorAt(epoch, tick))
    await until("ann is live", () => heard.kinds().includes("live"))
    expect(heard.all).toEqual([
      {
        kind: "hello",
        cursor: cursorAt(epoch, tick),
        person: { id: ann.person.id, name: "ann" },
        at: expect.any(Number),
      },
      { kind: "live", cursor: cursorAt(epoch, tick) },
    ])
    await heard.end()
  })

  test("is told when too much was missed, and not for one message less", async () => {
    await using app = await openApp()
    const ann = await settle(app, "ann")
    const start = { epoch: app.hub.epoch, tick: app.hub.tick }
    const line = (i: number) => ({ room: DEFAULT_ROOM, author: "ann", at: i, text: `${i}`, nonce: `${i}` })
    await perform(app, ann, { type: "import", lines: Array.from({ length: MOST }, (_, i) => line(i)) })

    const enough = listen(app, ann, cursorAt(start.epoch, start.tick))
    await until("ann is live", () => enough.kinds().includes("live"))
    expect(enough.kinds()).not.toContain("reset")
    expect(enough.messages()).toEqual(Array.from({ length: MOST }, (_, i) => `${i}`))
    await enough.end()

    await perform(app, ann, { type: "import", lines: [line(MOST)] })
    const tooMuch = listen(app, ann, cursorAt(start.epoch, start.tick))
    await until("ann is live", () => tooMuch.kinds().includes("live"))
    expect(tooMuch.kinds()).toEqual(["hello", "reset", "live"])
    await tooMuch.end()
  })

  test("is told when too many ticks have passed, and not for one less", async () => {
    await using app = await openApp((hub) => ({ ...alone(hub), publish() {} }))
    const ann = await settle(app, "ann")
    await app.hub.heal()
    const start = { epoch: app.hub.epoch, tick: app.hub.tick }
    const passes = (ticks: number) => app.db.tx((sql) => sql`update clock set tick = tick + ${ticks}`)
    for (const [ticks, kinds] of [
      [WIDEST, ["hello", "live"]],
      [1, ["hello", "reset", "live"]],
    ] as const) {
      await passes(ticks)
      await app.hub.heal()
      const heard = listen(app, ann, cursorAt(start.epoch, start.tick))
      await until("ann is live", () => heard.kinds().includes("live"))
      expect(heard.kinds()).toEqual([...kinds])
      await heard.end()
    }
  })
})

test("whoever comes without a cursor hears from now on", async () => {
  await using app = await openApp()
  const ann = await settle(app, "ann")
  await perform(app, ann, { type: "post", room: DEFAULT_ROOM, text: "before" })
  const heard = listen(app, ann, null)
  await until("ann is live", () => heard.kinds().includes("live"))
  await perform(app, ann, { type: "post", room: DEFAULT_ROOM, text: "after" })
  await until("something is heard", () => heard.messages().length > 0)
  expect(heard.messages()).toEqual(["after"])
  await heard.end()
})

test("a session that ends while its feed is being opened ends the feed", async () => {
  await using app = await openApp()
  const ann = await settle(app, "ann")
  await perform(app, ann, { type: "signOut", session: ann.session })
  const heard = listen(app, ann, null) // it was let in a moment before, and is told nothing any more
  await heard.ended
  expect(heard.kinds()).toEqual(["bye"])
  expect(heard.all.at(-1)).toEqual({ kind: "bye", reason: "signed_out" })
})

test("a client that takes nothing is let go, holds nothing, and is told so when it comes back", async () => {
  await using app = await openApp()
  const ann = await settle(app, "ann")
  const who = { person: ann.person.id, name: "ann", session: ann.session, room: null }
  const stop = new AbortController()
  const feed = follow(app, { ...who, after: null }, stop.signal)
  const { value: hello } = await feed.next()
  await until("the feed is live", () => app.hub.listening === 1)
  const lines = (from: number, to: number) =>
    Array.from({ length: to - from }, (_, i) => {
      return { room: DEFAULT_ROOM, author: "ann", at: i, text: `${from + i}`, nonce: `${from + i}` }
    })
  await perform(app, ann, { type: "import", lines: lines(0, 3_999) })
  expect(app.hub.listening).toBe(1)
  await perform(app, ann, { type: "import", lines: lines(3_999, 4_001) })
  expect(app.hub.listening).toBe(0)
  const left: (Told | Notice)[] = []
  for await (const one of feed) left.push(one)
  expect(left).toEqual([{ kind: "bye", reason: "behind" }])
  const back = listen(app, ann, (hello as { cursor: Cursor }).cursor)
  await until("ann is live", () => back.kinds().includes("live"))
  expect(back.kinds()).toEqual(["hello", "reset", "live"]) // not a word is left out in silence
  await back.end()
})

/** What someone hears, as it comes. */
function listen(app: App, { person, session }: SignedIn, after: Cursor | null = cursorAt(app.hub.epoch, app.hub.tick)) {
  const all: (Change | Notice)[] = []
  const stop = new AbortController()
  const ended = (async () => {
    const who = { person: person.id, name: person.name, session, after, room: null }
    for await (const one of follow(app, who, stop.signal)) all.push("json" in one ? one.change : one)
  })()
  return {
    all,
    ended,
    kinds: () => all.map((one) => one.kind),
    messages: () => all.flatMap((one) => (one.kind === "message" ? [`${one.text}`] : [])),
    async end() {
      stop.abort()
      await ended
    },
  }
}

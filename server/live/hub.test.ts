import { describe, expect, test } from "bun:test"
import type { Change, Ended, Farewell } from "../../protocol/event.ts"
import { type OpenApp, openApp, type SignedIn, settle, until } from "../../test/world.ts"
import { happenings } from "../changes.ts"
import type { Epoch } from "../db/epoch.ts"
import { endOne } from "../people/session.ts"
import { perform } from "../perform.ts"
import { alone } from "./bus.ts"
import { readClock } from "./clock.ts"
import type { Feed } from "./feed.ts"
import { Hub, type Told, type Topic } from "./hub.ts"

/** A listener that writes down what it hears. */
class Listener implements Feed {
  readonly heard: Change[] = []
  readonly ended: Farewell[] = []
  readonly topics = new Set<Topic>()
  readonly person: number
  readonly name: string
  readonly session: string
  readonly watching: number | null
  readonly #hub: Hub

  constructor(hub: Hub, { person, session }: SignedIn, watching: number | null = null) {
    this.#hub = hub
    this.person = person.id
    this.name = person.name
    this.session = session
    this.watching = watching
  }

  hear({ change, json }: Told): void {
    expect(JSON.parse(json)).toEqual(change)
    this.heard.push(change)
  }
  enter(topic: Topic): void {
    this.topics.add(topic)
    this.#hub.enter(topic, this)
  }
  leave(topic: Topic): void {
    this.topics.delete(topic)
    this.#hub.leave(topic, this)
  }
  isIn(topic: Topic): boolean {
    return this.topics.has(topic)
  }
  end(reason: Farewell): void {
    this.ended.push(reason)
  }
  get ticks(): number[] {
    return this.heard.map(({ tick }) => tick)
  }
}

/** A place whose bus is silent, with ann, who listens, in "talk"; `say` commits, and tells nobody. */
async function withHub(
  work: (place: {
    app: OpenApp
    hub: Hub
    ann: SignedIn
    listener: Listener
    room: number
    say(text: string): Promise<Change>
  }) => Promise<void>,
): Promise<void> {
  await using app = await openApp((hub) => ({ ...alone(hub), publish() {} }))
  const ann = await settle(app, "ann")
  await app.hub.close() // a timer has it look for what it missed; ours does so when it is told to
  const hub = new Hub(app.db, happenings, await readClock(app.db.sql))
  app.hub = hub
  const listener = new Listener(hub, ann)
  const room = (await app.db.sql<{ id: number }>`select id from rooms`)[0]!.id
  hub.welcome(listener, new Set([room]), hub.tick)
  const say = async (text: string) => (await perform(app, ann, { type: "post", room, text })).answer
  await work({ app, hub, ann, listener, room, say })
}

/** Commits so many messages at once, and tells nobody. */
async function imported(app: OpenApp, ann: SignedIn, count: number): Promise<Change[]> {
  const lines = Array.from({ length: count }, (_, i) => ({
    room: "talk",
    author: "ann",
    at: i,
    text: "x",
    nonce: `${i}`,
  }))
  return (await perform(app, ann, { type: "import", lines })).changes as Change[]
}

test("what comes in order is told in that very turn", () =>
  withHub(async ({ hub, listener, say }) => {
    const one = await say("one")
    void hub.deliver(one)
    expect(listener.heard).toEqual([one])
    expect(hub.tick).toBe(one.tick)
  }))

test("what comes again is dropped", () =>
  withHub(async ({ hub, listener, say }) => {
    const [one, two] = [await say("one"), await say("two")]
    for (const event of [one, one, two, one, two]) await hub.deliver(event)
    expect(listener.heard).toEqual([one, two])
  }))

test("a gap is filled from the database, in order, and what was delayed is then dropped", () =>
  withHub(async ({ hub, listener, say }) => {
    const said = [await say("one"), await say("two"), await say("three")] as const
    await hub.deliver(said[2])
    await hub.deliver(said[0])
    await hub.deliver(said[1])
    expect(listener.heard).toEqual([...said])
  }))

/** Counts what is asked of the database from now on. */
function countingQuestions({ db }: OpenApp): () => number {
  const { sql } = db
  let asked = 0
  db.sql = ((...query: Parameters<typeof sql>) => {
    asked++
    return sql(...query)
  }) as typeof sql
  return () => asked
}

test("what comes a little early waits for what is before it, and nothing is asked of the database", () =>
  withHub(async ({ app, hub, listener, say }) => {
    const said: Change[] = []
    for (let n = 0; n < 5; n++) said.push(await say(`${n}`))
    const asked = countingQuestions(app)
    const [first, ...others] = said
    const early = hub.deliver(others.at(-1)!)
    for (const event of others.slice(0, -1).toReversed()) void hub.deliver(event)
    expect(listener.heard).toEqual([])
    void hub.deliver(first!)
    expect(listener.heard).toEqual(said)
    await early
    for (const event of said) await hub.deliver(event)
    expect([listener.heard, asked()]).toEqual([said, 0])
  }))

test("of what comes early so much is kept; the rest is found again, too", () =>
  withHub(async ({ app, hub, ann, listener }) => {
    const changes = await imported(app, ann, 2_500)
    await Promise.all(changes.slice(1).map((change) => hub.deliver(change)))
    expect(listener.ticks).toEqual(changes.map(({ tick }) => tick))
  }))

test("what was never said in this history is forgotten again, and holds up nothing", () =>
  withHub(async ({ app, hub, listener, say }) => {
    const one = await say("one")
    await hub.deliver({ ...one, tick: one.tick + 1_000 })
    expect(listener.heard).toEqual([one])
    const asked = countingQuestions(app)
    await Bun.sleep(50)
    expect(asked()).toBe(0)
    const two = await say("two")
    await hub.deliver(two)
    expect(listener.heard).toEqual([one, two])
  }))

test("repairs that are asked for while one runs are one", () =>
  withHub(async ({ app, hub }) => {
    const asked = countingQuestions(app)
    await hub.heal()
    const once = asked()
    await Promise.all(Array.from({ length: 100 }, () => hub.heal()))
    expect(asked()).toBe(2 * once)
    const running = hub.heal()
    await Promise.resolve()
    await Promise.all([running, ...Array.from({ length: 100 }, () => hub.heal())])
    expect(asked()).toBe(4 * once)
  }))

test("what was lost last is found when the clock is asked", () =>
  withHub(async ({ hub, listener, say }) => {
    const one = await say("one")
    expect(listener.heard).toEqual([])
    await hub.heal()
    expect(listener.heard).toEqual([one])
  }))

test("many repairs at once tell each thing once", () =>
  withHub(async ({ hub, listener, say }) => {
    const said: Change[] = []
    for (let n = 0; n < 20; n++) said.push(await say(`${n}`))
    await Promise.all([hub.heal(), ...said.toReversed().map((event) => hub.deliver(event)), hub.heal()])
    expect(listener.heard).toEqual(said)
  }))

test("a gap wider than one reading is filled to its end", () =>
  withHub(async ({ app, hub, ann, listener }) => {
    const changes = await imported(app, ann, 1_500)
    await hub.deliver(changes.at(-1)!)
    expect(listener.ticks).toEqual(changes.map(({ tick }) => tick))
  }))

test("a repair that fails says so, and silences none of those after it", () =>
  withHub(async ({ app, hub, listener, say }) => {
    const one = await say("one")
    const { sql } = app.db
    app.db.sql = async () => {
      throw new Error("disk gone")
    }
    await expect(hub.heal()).rejects.toThrow("disk gone")
    app.db.sql = sql
    await hub.heal()
    expect(listener.heard).toEqual([one])
  }))

test("a place that is closed while something is looked for, or about to be, asks its database nothing afterwards", async () => {
  const app = await openApp((hub) => ({ ...alone(hub), publish() {} }))
  const ann = await settle(app, "ann")
  await imported(app, ann, 1_200)
  const early = (await perform(app, ann, { type: "post", room: "talk", text: "its neighbours are missing" })).answer
  const { sql } = app.db
  app.db.sql = async (...query) => {
    await Bun.sleep(20)
    return sql(...query)
  }
  const looking = [app.hub.heal(), app.hub.deliver(early)]
  await app[Symbol.asyncDispose]()
  expect(await Promise.allSettled(looking)).toEqual(looking.map(() => ({ status: "fulfilled", value: undefined })))
  expect(await app.hub.heal()).toBeUndefined()
})

describe("welcome", () => {
  test("says what was told since, then everything from now on", () =>
    withHub(async ({ hub, ann, listener, say }) => {
      const [one, two] = [await say("one"), await say("two")]
      await hub.heal()
      const late = new Listener(hub, ann)
      expect(hub.welcome(late, new Set([one.kind === "message" ? one.room : 0]), one.tick)).toBe(true)
      expect(late.heard).toEqual([two])
      const three = await say("three")
      await hub.heal()
      expect(late.heard).toEqual([two, three])
      expect(listener.heard).toEqual([one, two, three])
    }))

  test("asks to read on when the memory does not reach back, and has said nothing yet", () =>
    withHub(async ({ app, hub, ann }) => {
      const before = hub.tick
      await imported(app, ann, 9_000)
      await hub.heal()
      const late = new Listener(hub, ann)
      expect(hub.welcome(late, new Set(), before)).toBe(false)
      expect([late.heard, late.topics.size]).toEqual([[], 0])
      expect(hub.welcome(late, new Set(), hub.tick - 100)).toBe(true)
    }))
})

const ending = (hub: Hub, { person, session }: SignedIn): Ended => {
  return { kind: "ended", tick: hub.tick + 1, person: person.id, session }
}

test("what is remembered is bounded by its length, too: of long messages the memory does not reach so far back", () =>
  withHub(async ({ hub, ann }) => {
    const before = hub.tick
    const long = "x".repeat(100_000)
    for (let i = 1; i <= 100; i++)
      await hub.deliver({
        kind: "message",
        tick: before + i,
        id: before + i,
        room: 1,
        author: ann.person,
        text: long,
        at: 0,
      })
    expect(hub.welcome(new Listener(hub, ann), new Set(), before)).toBe(false)
    expect(hub.welcome(new Listener(hub, ann), new Set(), hub.tick - 20)).toBe(true)
  }))

describe("an ended session", () => {
  test("ends its feeds and nobody else's", () =>
    withHub(async ({ app, hub, ann, listener }) => {
      const bob = await settle(app, "bob")
      const others = [new Listener(hub, { ...ann, session: "another" }), new Listener(hub, bob)]
      for (const other of others) hub.welcome(other, new Set(), hub.tick)
      await hub.deliver(ending(hub, ann))
      expect([listener, ...others].map(({ ended }) => ended)).toEqual([["signed_out"], [], []])
    }))

  test("ends them in their place in the order: what comes after it they do not hear, whatever came first", () =>
    withHub(async ({ app, hub, ann, listener, say }) => {
      const before = await say("before")
      await app.db.tx((sql) => endOne(sql, ann.session))
      await settle(app, "bob")
      const heard: unknown[][] = []
      listener.end = () => heard.push([...listener.heard])
      await hub.heal() // the bus lost all of it
      expect(heard).toEqual([[before]])
    }))

  test("of a feed that has gone is nobody's", () =>
    withHub(async ({ hub, ann, listener }) => {
      expect(hub.listening).toBe(1)
      hub.dismiss(listener)
      expect(hub.listening).toBe(0)
      await hub.deliver(ending(hub, ann))
      hub.endAll("restart")
      expect(listener.ended).toEqual([])
    }))
})

test("before a restart everyone is sent away with that word", () =>
  withHub(async ({ app, hub, listener }) => {
    const bob = new Listener(hub, await settle(app, "bob"))
    await hub.heal()
    hub.welcome(bob, new Set(), hub.tick)
    hub.endAll("restart")
    expect([listener.ended, bob.ended]).toEqual([["restart"], ["restart"]])
  }))

/** As a failover does it, which loses what came after the tick. */
function beginAnew({ db, hub }: OpenApp, began: number): void {
  ;(db.epochs as Epoch[]).push({ name: `after${db.epochs.length}`, began })
  hub.beginAnew(began)
}

describe("when another epoch begins", () => {
  test("everyone is sent away with a word, those who arrive too, and who comes back hears what happens then", () =>
    withHub(async ({ app, hub, ann, listener, room, say }) => {
      const late = new Listener(hub, ann)
      hub.arrive(late)
      beginAnew(app, hub.tick)
      expect([listener.ended, late.ended]).toEqual([["restart"], ["restart"]])
      const back = new Listener(hub, ann)
      hub.welcome(back, new Set([room]), hub.tick)
      const next = await say("next")
      await hub.deliver(next)
      expect([listener.heard, late.heard, back.heard]).toEqual([[], [], [next]])
      expect(hub.listening).toBe(1)
    }))

  test("what was told in the one before is told to nobody who comes back, and whoever heard what is lost is known", () =>
    withHub(async ({ app, hub, ann, room, say }) => {
      const before = hub.epoch
      await say("kept")
      await hub.heal()
      const began = hub.tick
      await say("lost")
      await hub.heal()
      expect(hub.welcome(new Listener(hub, ann), new Set([room]), began - 1)).toBe(true) // it was remembered
      expect(hub.newestIn(room)).toBe(began + 1)
      beginAnew(app, began)
      expect([hub.tick, hub.newestIn(room)]).toEqual([began, 0])
      const back = new Listener(hub, ann)
      expect(hub.welcome(back, new Set([room]), began - 1)).toBe(false)
      expect(hub.welcome(back, new Set([room]), began)).toBe(true)
      expect(back.heard).toEqual([])
      expect([hub.isOurs(before, began), hub.isOurs(before, began + 1)]).toEqual([true, false])
      expect(hub.isOurs(hub.epoch, began)).toBe(true)
    }))

  test.each([
    ["the clock", 1],
    ["what changed", 2],
  ])("a repair that was reading %s tells nothing of it", (_, which) =>
    withHub(async ({ app, hub, ann, room, say }) => {
      const one = await say("one")
      const { sql } = app.db
      const { promise: held, resolve: letGo } = Promise.withResolvers<void>()
      let asked = 0
      app.db.sql = (async (...query: Parameters<typeof sql>) => {
        const rows = await sql(...query)
        if (++asked >= which) await held
        return rows
      }) as typeof sql
      const old = hub.heal()
      await until("it reads", () => asked >= which)
      app.db.sql = sql
      beginAnew(app, hub.tick)
      const back = new Listener(hub, ann)
      hub.welcome(back, new Set([room]), hub.tick)
      const began = hub.tick
      letGo()
      await old
      expect([back.heard, hub.tick]).toEqual([[], began])
      await hub.heal()
      expect(back.heard).toEqual([one])
    }),
  )

  test("what came early in the one before is not told in this", () =>
    withHub(async ({ app, hub, ann, room, say }) => {
      const lost = [await say("lost one"), await say("lost two")] as const
      const early = hub.deliver({ ...lost[1], text: "of before" } as Change)
      beginAnew(app, hub.tick)
      const back = new Listener(hub, ann)
      hub.welcome(back, new Set([room]), hub.tick)
      await hub.deliver(lost[0])
      await early
      expect(back.heard).toEqual([lost[0]])
      await hub.deliver(lost[1])
      expect(back.heard).toEqual([...lost])
    }))

  test("a repair that waits for an answer of before holds up none of those after it", () =>
    withHub(async ({ app, hub, say }) => {
      const one = await say("one")
      const { sql } = app.db
      let asked = false
      app.db.sql = () => {
        asked = true
        return new Promise(() => {})
      }
      void hub.heal()
      await until("it waits", () => asked)
      void hub.heal() // and one behind it
      app.db.sql = sql
      beginAnew(app, hub.tick)
      await hub.heal()
      expect(hub.tick).toBe(one.tick)
    }))
})

test("a session that ends ends the feed that is still being told what it missed, which hears nothing else", () =>
  withHub(async ({ hub, ann, say }) => {
    const late = new Listener(hub, ann)
    hub.arrive(late)
    await say("not for whoever is not there yet")
    await hub.heal()
    await hub.deliver(ending(hub, ann))
    expect([late.ended, late.heard]).toEqual([["signed_out"], []])
    hub.dismiss(late)
    await hub.deliver(ending(hub, ann))
    expect(late.ended).toEqual(["signed_out"])
  }))

test("who was still arriving when everyone was sent away is sent away too", () =>
  withHub(async ({ hub, ann }) => {
    hub.endAll("restart")
    const late = new Listener(hub, ann)
    expect(hub.welcome(late, new Set(), hub.tick)).toBe(true)
    expect([late.ended, [...late.topics]]).toEqual([["restart"], []])
  }))

test("each change is published once to its topic: a room's in the room, the rest in the place", () =>
  withHub(async ({ app, hub, ann }) => {
    const published: [Topic, string][] = []
    hub.publish = (topic, json) => published.push([topic, JSON.parse(json).kind])
    const { answer } = await perform(app, ann, { type: "open", name: "lunch" })
    await perform(app, ann, { type: "post", room: answer.id, text: "soup" })
    await settle(app, "bob", { inside: false })
    await hub.heal()
    expect(published).toEqual([
      ["place", "room"],
      [`room ${answer.id}`, "member"],
      [`room ${answer.id}`, "message"],
      ["place", "person"],
    ])
  }))

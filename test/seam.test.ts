// The seam between what a client missed and what happens next, with the interleaving in our hands: reads are held until
// the worst has happened, then let go. Each scenario is also put to builds that are broken on purpose, one for each way
// to get the seam wrong; a scenario that does not notice them would prove nothing.
import { describe, expect, test } from "bun:test"
import { cursorAt } from "../protocol/cursor.ts"
import type { Change, Notice } from "../protocol/event.ts"
import { DEFAULT_ROOM } from "../protocol/limits.ts"
import type { App } from "../server/app.ts"
import { happenings } from "../server/changes.ts"
import type { Sql } from "../server/db/sql.ts"
import { follow } from "../server/follow.ts"
import { alone } from "../server/live/bus.ts"
import { readClock } from "../server/live/clock.ts"
import type { Feed } from "../server/live/feed.ts"
import { Hub, type Told } from "../server/live/hub.ts"
import { perform } from "../server/perform.ts"
import { roomsOf } from "../server/rooms/rows.ts"
import { comes, openApp, type SignedIn, settle, until } from "./world.ts"

type Place = { app: App; ann: SignedIn; bob: SignedIn }
/** How this place is built: with which hub, and with what else done to it. */
type Build = { hub: typeof Hub; change?: (place: Place) => void }

const sound: Build = { hub: Hub }

async function withPlace<Result>(build: Build, work: (place: Place) => Promise<Result>): Promise<Result> {
  await using app = await openApp((hub) => ({ ...alone(hub), publish: (event) => void app.hub.deliver(event) }))
  app.hub = new build.hub(app.db, happenings, await readClock(app.db.sql))
  const place = { app, ann: await settle(app, "ann"), bob: await settle(app, "bob") }
  build.change?.(place)
  return await work(place)
}

const say = async ({ app, ann }: Place, text: string, room: string = DEFAULT_ROOM) =>
  (await perform(app, ann, { type: "post", room, text })).answer

/** Follows as bob, from `after` on, and collects what he hears, in words. */
function listen({ app, bob }: Place, after: number, room: string | null = null) {
  const stop = new AbortController()
  const heard: string[] = []
  const who = { person: bob.person.id, name: "bob", session: bob.session, room }
  const reading = (async () => {
    for await (const one of follow(app, { ...who, after: cursorAt(app.hub.epoch, after) }, stop.signal))
      heard.push(inWords("json" in one ? one.change : one))
  })()
  return {
    heard,
    async end() {
      stop.abort()
      await reading
      return heard
    },
  }
}

function inWords(one: Change | Notice): string {
  switch (one.kind) {
    case "message":
      return `${one.text}`
    case "member":
      return `${one.person.name} is ${one.present ? "in" : "out"}`
    case "room":
    case "person":
      return one.name
    default:
      return `(${one.kind})`
  }
}

const isRead = (kind: "what was missed" | "who is where", [strings]: Parameters<Sql>) =>
  strings[0]?.trim().startsWith(kind === "what was missed" ? "select * from said" : "select room from members")

/** Holds the answers of the reads of one kind until they are let go: what they read is old by then. */
function hold(app: App, kind: "what was missed" | "who is where") {
  const { sql } = app.db
  let arrived = () => {}
  let letGo = () => {}
  const arrival = new Promise<void>((resolve) => {
    arrived = resolve
  })
  const gate = new Promise<void>((resolve) => {
    letGo = resolve
  })
  app.db.sql = async <Row>(...query: Parameters<Sql>) => {
    const rows = await sql<Row>(...query)
    if (isRead(kind, query)) {
      arrived()
      await gate
    }
    return rows
  }
  return { arrival, letGo }
}

// The scenarios. Each answers what bob heard from the moment he came until the last word.

const isOver = (heard: string[]) => comes(() => heard.includes("the end"), 300)

/** While what was missed is read, more is said. */
async function saidDuringBacklog(place: Place): Promise<string[]> {
  const after = (await readClock(place.app.db.sql)).tick
  await say(place, "missed")
  const reads = hold(place.app, "what was missed")
  const bob = listen(place, after)
  await reads.arrival
  await say(place, "meanwhile")
  reads.letGo()
  await until("bob is live", () => bob.heard.includes("(live)"))
  await say(place, "the end")
  await isOver(bob.heard)
  return bob.end()
}

/** After what was missed, while it is read where he is, more is said. */
async function saidDuringMembership(place: Place): Promise<string[]> {
  const after = (await readClock(place.app.db.sql)).tick
  await say(place, "missed")
  const reads = hold(place.app, "who is where")
  const bob = listen(place, after)
  await reads.arrival
  await say(place, "meanwhile")
  reads.letGo()
  await until("bob is live", () => bob.heard.includes("(live)"))
  await say(place, "the end")
  await isOver(bob.heard)
  return bob.end()
}

/** While it is read where he is, he leaves. */
async function leftDuringMembership(place: Place): Promise<string[]> {
  const { app, bob } = place
  await perform(app, place.ann, { type: "open", name: "lunch" })
  await perform(app, bob, { type: "join", room: "lunch" })
  const after = (await readClock(app.db.sql)).tick
  const reads = hold(app, "who is where")
  const listener = listen(place, after)
  await reads.arrival
  await say(place, "before", "lunch")
  await perform(app, bob, { type: "leave", room: "lunch" })
  await say(place, "secret", "lunch")
  reads.letGo()
  await until("bob is live", () => listener.heard.includes("(live)"))
  await say(place, "secret too", "lunch")
  await say(place, "the end")
  await isOver(listener.heard)
  return listener.end()
}

/** While what was missed is read, he joins another room, on another device. */
async function joinedDuringBacklog(place: Place): Promise<string[]> {
  const { app, bob } = place
  await perform(app, place.ann, { type: "open", name: "lunch" })
  const after = (await readClock(app.db.sql)).tick
  await say(place, "missed")
  const reads = hold(app, "what was missed")
  const listener = listen(place, after)
  await reads.arrival
  await perform(app, bob, { type: "join", room: "lunch" })
  await say(place, "soup", "lunch")
  reads.letGo()
  await until("bob is live", () => listener.heard.includes("(live)"))
  await say(place, "bread", "lunch")
  await say(place, "the end")
  await isOver(listener.heard)
  return listener.end()
}

/** More is said, where bob is not, than the hub remembers. */
async function sayMoreThanIsRemembered({ app, ann }: Place): Promise<void> {
  const lines = Array.from({ length: 9_000 }, (_, i) => ({
    room: "busy",
    author: "ann",
    at: i,
    text: "x",
    nonce: `${i}`,
  }))
  await perform(app, ann, { type: "import", lines })
}

/** While what was missed is read, he joins another room, and so much is said that the memory no longer reaches back. */
async function joinedBeforeSecondReading(place: Place): Promise<string[]> {
  const { app, bob } = place
  await perform(app, place.ann, { type: "open", name: "lunch" })
  const after = (await readClock(app.db.sql)).tick
  await say(place, "missed")
  const reads = hold(app, "what was missed")
  const listener = listen(place, after)
  await reads.arrival
  await perform(app, bob, { type: "join", room: "lunch" })
  await say(place, "soup", "lunch")
  await sayMoreThanIsRemembered(place)
  reads.letGo()
  await until("bob is live", () => listener.heard.includes("(live)"))
  await say(place, "bread", "lunch")
  await say(place, "the end")
  await isOver(listener.heard)
  return listener.end()
}

/** Before he comes back, the memory has forgotten what he missed. */
async function awayTooLongForMemory(place: Place): Promise<string[]> {
  const after = (await readClock(place.app.db.sql)).tick
  await say(place, "missed")
  await sayMoreThanIsRemembered(place)
  await say(place, "missed too")
  const bob = listen(place, after)
  await until("bob is live", () => bob.heard.includes("(live)"))
  await say(place, "the end")
  await isOver(bob.heard)
  return bob.end()
}

/** Live and in order: coming, going, coming again. */
async function cameAndWent(place: Place): Promise<string[]> {
  const { app, bob } = place
  await perform(app, place.ann, { type: "open", name: "lunch" })
  const after = (await readClock(app.db.sql)).tick
  const listener = listen(place, after)
  await until("bob is live", () => listener.heard.includes("(live)"))
  await say(place, "not yet", "lunch")
  await perform(app, bob, { type: "join", room: "lunch" })
  await say(place, "soup", "lunch")
  await perform(app, bob, { type: "leave", room: "lunch" })
  await say(place, "secret", "lunch")
  await perform(app, bob, { type: "join", room: "lunch" })
  await say(place, "welcome back", "lunch")
  await say(place, "the end")
  await isOver(listener.heard)
  return listener.end()
}

const scenarios = {
  saidDuringBacklog: {
    promise: "what is said while the missed is read is heard once, after it",
    run: saidDuringBacklog,
    hears: ["(hello)", "missed", "meanwhile", "(live)", "the end"],
  },
  saidDuringMembership: {
    promise: "what is said while it is read where one is, is heard once",
    run: saidDuringMembership,
    hears: ["(hello)", "missed", "meanwhile", "(live)", "the end"],
  },
  leftDuringMembership: {
    promise: "whoever leaves while it is read where they are hears nothing of what is said there next",
    run: leftDuringMembership,
    hears: ["(hello)", "before", "bob is out", "(live)", "the end"],
  },
  joinedDuringBacklog: {
    promise: "whoever joins while the missed is read hears that room from then on",
    run: joinedDuringBacklog,
    hears: ["(hello)", "missed", "bob is in", "soup", "(live)", "bread", "the end"],
  },
  joinedBeforeSecondReading: {
    promise: "whoever joins before a second reading hears that room from then on",
    run: joinedBeforeSecondReading,
    hears: ["(hello)", "missed", "bob is in", "soup", "busy", "(live)", "bread", "the end"],
  },
  awayTooLongForMemory: {
    promise: "what the memory has forgotten is read from the database",
    run: awayTooLongForMemory,
    hears: ["(hello)", "missed", "busy", "missed too", "(live)", "the end"],
  },
  cameAndWent: {
    promise: "leaving a room closes it, from the very next event, and joining opens it",
    run: cameAndWent,
    hears: ["(hello)", "(live)", "bob is in", "soup", "bob is out", "bob is in", "welcome back", "the end"],
  },
}
type Scenario = keyof typeof scenarios

describe("at the seam nothing is lost, repeated or overheard", () => {
  for (const { promise, run, hears } of Object.values(scenarios))
    test(promise, async () => expect(await withPlace(sound, run)).toEqual(hears))
})

// The broken builds, each with a scenario that must notice.

/** Subscribes, and never says what was told between the reading and that. */
class WithoutReplay extends Hub {
  override welcome(feed: Feed, rooms: Set<number>, _seen: number): boolean {
    return super.welcome(feed, rooms, this.tick)
  }
}

/** Replays in one turn, and subscribes in a later one. */
class InTwoSteps extends Hub {
  override welcome(feed: Feed, rooms: Set<number>, seen: number): boolean {
    const { person, name, session, watching } = feed
    const inert = { enter() {}, leave() {}, isIn: () => false, end() {} }
    const listener = { person, name, session, watching, hear: (told: Told) => feed.hear(told), ...inert }
    if (!super.welcome(listener, new Set(rooms), seen)) return false
    this.dismiss(listener)
    setTimeout(() => super.welcome(feed, rooms, this.tick), 300) // what is said next may take its time
    return true
  }
}

/** Replays from one too early. */
class OnceMore extends Hub {
  override welcome(feed: Feed, rooms: Set<number>, seen: number): boolean {
    return super.welcome(feed, rooms, seen - 1)
  }
}

/** Takes what it remembers for all that there was. */
class BelievesItsMemory extends Hub {
  override welcome(feed: Feed, rooms: Set<number>, seen: number): boolean {
    let oldest = seen
    while (!super.welcome(feed, rooms, oldest)) oldest++
    return true
  }
}

/** Believes the rooms as they were read, whatever was told since. */
class BelievesWhatWasRead extends Hub {
  override welcome(feed: Feed, rooms: Set<number>, seen: number): boolean {
    const asRead = new Set(rooms)
    const done = super.welcome(feed, rooms, seen)
    if (done) for (const room of asRead) feed.enter(`room ${room}`)
    return done
  }
}

/** Leaving closes nothing. */
class KeepsTelling extends Hub {
  override leave(): void {}
}

/** Reads where a person is before what they missed, instead of after. */
function readsRoomsFirst({ app, bob }: Place): void {
  const { sql } = app.db
  let first: Set<number> | undefined
  app.db.sql = async <Row>(...query: Parameters<Sql>) => {
    if (isRead("what was missed", query)) first ??= await roomsOf(sql, bob.person.id)
    if (first && isRead("who is where", query)) return [...first].map((room) => ({ room })) as Row[]
    return sql<Row>(...query)
  }
}

describe("a build that is broken here is noticed", () => {
  const broken: [string, Build, Scenario[]][] = [
    ["no replay of what was told meanwhile", { hub: WithoutReplay }, ["saidDuringBacklog", "saidDuringMembership"]],
    ["subscribing in a later turn than the replay", { hub: InTwoSteps }, ["saidDuringBacklog"]],
    ["replaying from one too early", { hub: OnceMore }, ["saidDuringBacklog"]],
    ["replaying what is remembered as if it were all", { hub: BelievesItsMemory }, ["joinedBeforeSecondReading"]],
    ["reading the membership first", { hub: Hub, change: readsRoomsFirst }, ["joinedBeforeSecondReading"]],
    ["believing the membership as it was read", { hub: BelievesWhatWasRead }, ["leftDuringMembership"]],
    ["leaving that closes nothing", { hub: KeepsTelling }, ["cameAndWent"]],
  ]
  for (const [name, build, by] of broken)
    test(name, async () => {
      for (const scenario of by)
        expect(await withPlace(build, scenarios[scenario].run), scenario).not.toEqual(scenarios[scenario].hears)
    })
})

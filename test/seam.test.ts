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

type Reads = "what was missed" | "who is where"

const isRead = (kind: Reads, [strings]: Parameters<Sql>) =>
  strings[0]?.trim().startsWith(kind === "what was missed" ? "select * from said" : "select room from members")

/** Holds the answers of the reads of one kind until they are let go: what they read is old by then. */
function hold(app: App, kind: Reads) {
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

// The scenarios. Each is what is done, and what bob hears from the moment he came until the last word.

/** A story that bob comes into, and what he hears of it. */
type Story = {
  promise: string
  /** Also when his reading is held until the worst has happened. */
  held?: Reads
  /** Before he goes. */
  before?: (place: Place) => Promise<unknown>
  /** Before he comes back. */
  missed?: (place: Place) => Promise<unknown>
  /** While he reads. */
  meanwhile?: (place: Place) => Promise<unknown>
  /** When he is live. */
  live?: (place: Place) => Promise<unknown>
  hears: string[]
}

async function toldIn(story: Story, place: Place): Promise<string[]> {
  await perform(place.app, place.ann, { type: "open", name: "lunch" })
  await story.before?.(place)
  const after = (await readClock(place.app.db.sql)).tick
  await story.missed?.(place)
  const reads = story.held && hold(place.app, story.held)
  const bob = listen(place, after)
  await reads?.arrival
  await story.meanwhile?.(place)
  reads?.letGo()
  await until("bob is live", () => bob.heard.includes("(live)"))
  await story.live?.(place)
  await say(place, "the end")
  await comes(() => bob.heard.includes("the end"), 300)
  return bob.end()
}

const saysMissed = (place: Place) => say(place, "missed")
const saysMeanwhile = (place: Place) => say(place, "meanwhile")
const saysBread = (place: Place) => say(place, "bread", "lunch")
const bobJoins = ({ app, bob }: Place) => perform(app, bob, { type: "join", room: "lunch" })
const bobLeaves = ({ app, bob }: Place) => perform(app, bob, { type: "leave", room: "lunch" })

/** On another device. */
async function bobJoinsForSoup(place: Place): Promise<void> {
  await bobJoins(place)
  await say(place, "soup", "lunch")
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

const scenarios = {
  saidDuringBacklog: {
    promise: "what is said while the missed is read is heard once, after it",
    held: "what was missed",
    missed: saysMissed,
    meanwhile: saysMeanwhile,
    hears: ["(hello)", "missed", "meanwhile", "(live)", "the end"],
  },
  saidDuringMembership: {
    promise: "what is said while it is read where one is, is heard once",
    held: "who is where",
    missed: saysMissed,
    meanwhile: saysMeanwhile,
    hears: ["(hello)", "missed", "meanwhile", "(live)", "the end"],
  },
  leftDuringMembership: {
    promise: "whoever leaves while it is read where they are hears nothing of what is said there next",
    held: "who is where",
    before: bobJoins,
    async meanwhile(place) {
      await say(place, "before", "lunch")
      await bobLeaves(place)
      await say(place, "secret", "lunch")
    },
    live: (place) => say(place, "secret too", "lunch"),
    hears: ["(hello)", "before", "bob is out", "(live)", "the end"],
  },
  joinedDuringBacklog: {
    promise: "whoever joins while the missed is read hears that room from then on",
    held: "what was missed",
    missed: saysMissed,
    meanwhile: bobJoinsForSoup,
    live: saysBread,
    hears: ["(hello)", "missed", "bob is in", "soup", "(live)", "bread", "the end"],
  },
  joinedBeforeSecondReading: {
    promise: "whoever joins before a second reading hears that room from then on",
    held: "what was missed",
    missed: saysMissed,
    async meanwhile(place) {
      await bobJoinsForSoup(place)
      await sayMoreThanIsRemembered(place)
    },
    live: saysBread,
    hears: ["(hello)", "missed", "bob is in", "soup", "busy", "(live)", "bread", "the end"],
  },
  awayTooLongForMemory: {
    promise: "what the memory has forgotten is read from the database",
    async missed(place) {
      await say(place, "missed")
      await sayMoreThanIsRemembered(place)
      await say(place, "missed too")
    },
    hears: ["(hello)", "missed", "busy", "missed too", "(live)", "the end"],
  },
  cameAndWent: {
    promise: "leaving a room closes it, from the very next event, and joining opens it",
    async live(place) {
      await say(place, "not yet", "lunch")
      await bobJoinsForSoup(place)
      await bobLeaves(place)
      await say(place, "secret", "lunch")
      await bobJoins(place)
      await say(place, "welcome back", "lunch")
    },
    hears: ["(hello)", "(live)", "bob is in", "soup", "bob is out", "bob is in", "welcome back", "the end"],
  },
} satisfies Record<string, Story>
type Scenario = keyof typeof scenarios

describe("at the seam nothing is lost, repeated or overheard", () => {
  for (const story of Object.values(scenarios))
    test(story.promise, async () =>
      expect(await withPlace(sound, (place) => toldIn(story, place))).toEqual(story.hears),
    )
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
      for (const scenario of by) {
        const story = scenarios[scenario]
        expect(await withPlace(build, (place) => toldIn(story, place)), scenario).not.toEqual(story.hears)
      }
    })
})

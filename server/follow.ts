// The way out. One client's view of the world in order: what it missed, then what happens, with nothing lost, repeated
// or stale at the seam.
//
// Why it is right. The hub's tick says how far it has told; all of that is committed, so reading the rows up to it
// misses nothing. While we read, more is told; the hub remembers that. When the reading has reached a tick from which
// the hub remembers everything, one synchronous step hands over what it remembers and opens the topics. Before that
// step the feed hears from the database alone, after it from the hub alone, and nothing can come in between.
import { type Cursor, cursorAt, parseCursor } from "../protocol/cursor.ts"
import type { Change, Notice } from "../protocol/event.ts"
import { Refusal } from "../protocol/refusal.ts"
import type { App } from "./app.ts"
import { changes, type Reading, ticksOfChanges } from "./changes.ts"
import type { Feed } from "./live/feed.ts"
import { type Told, told } from "./live/hub.ts"
import { FEW, fitting } from "./messages/rows.ts"
import { BUNDLE, type Heard, Queue } from "./queue.ts"
import { mustBeReadable, roomsOf } from "./rooms/rows.ts"
import { nextRound } from "./rounds.ts"
import { sessionStands } from "./standing.ts"
import { ofPerson } from "./turns.ts"

/** A client that missed more changes than this is better off drawing afresh. */
const MOST_MISSED = 2_000
/** Nor are more ticks than this searched for what it missed. */
const WIDEST_GAP = 50_000
/** Feeds that one person may have open at one process: tabs, devices, programs. */
export const MOST_FEEDS = 50
/** Changes that are read at once of what was missed: at first, and at most; and ticks that are searched for them. Reading
 *  holds up everybody. */
const FIRST_PAGE = 50
const PAGE = 500
const WIDEST_READ = 2_000

/** Who listens, from where, and the open room that they look at, if any. */
export type Listener = { person: number; session: string; after: Cursor | null; room: string | number | null }

/** A feed that also takes what is said of the feed itself, and tells when it can take more. */
export type Client = Feed & {
  readonly name: string
  readonly gone: boolean
  /** Enough is waiting to be taken; `drained` resolves when it no longer is. */
  readonly full: boolean
  drained(): Promise<void>
  note(notice: Notice): void
  /** Runs `work` at once; what it tells goes out together. */
  bundled(work: () => void): void
}

/** Who may look at what is decided before a feed is opened, so that the refusal can still be an answer. */
export async function watched(app: App, listener: Listener): Promise<number | null> {
  const { person, room } = listener
  mustHaveRoom(app, person)
  return room === null ? null : (await mustBeReadable(app.db.sql, room, listener)).id
}

function mustHaveRoom({ hub, throttle }: App, person: number): void {
  if (throttle && hub.feedsOf(person) >= MOST_FEEDS)
    throw new Refusal("slow_down", `You have Parlour open ${MOST_FEEDS} times over. Close it somewhere, and come back.`)
}

/** Tells a client what it missed, then opens it to what happens. Resolves when it is live, or gone. */
export async function welcome(app: App, { after }: Listener, client: Client): Promise<void> {
  const { db, hub } = app
  mustHaveRoom(app, client.person) // in the turn in which it is counted: many may have been let in at once
  hub.arrive(client)
  // From here on the hub ends this feed with its session. So one look is enough, and it comes before anything is told: the
  // session may have ended since its request was let in, when nobody could tell this feed so.
  if (!(await sessionStands(db.sql, client.session))) return client.end("signed_out")
  const { person } = client
  const { epoch, tick } = after === null ? { epoch: hub.epoch, tick: hub.tick } : parseCursor(after)
  if (tick > hub.tick) await hub.heal() // it may have heard the newest from another process

  const forked = !hub.isOurs(epoch ?? hub.epoch, tick)
  let seen = forked ? hub.tick : tick
  // Cut off between the two, a client whose history forked comes back with the cursor of the first: its own, so that it
  // is told again.
  const begin = forked && after !== null ? after : cursorAt(hub.epoch, seen)
  client.note({ kind: "hello", cursor: begin, person: { id: person, name: client.name }, at: Date.now() })
  if (forked) client.note({ kind: "reset", cursor: cursorAt(hub.epoch, seen) })

  for (;;) {
    const upTo = hub.tick
    if (await isWorthTelling(app, client, seen, upTo)) await tellMissed(app, client, seen, upTo)
    else client.note({ kind: "reset", cursor: cursorAt(hub.epoch, upTo) })
    seen = upTo
    // To be let into two thousand rooms takes half a millisecond: it is part of the turn, and paid for.
    const isOver = await inTurn(app, client, async () => {
      const rooms = await roomsOf(db.sql, person)
      if (client.gone) return true
      if (!hub.welcome(client, rooms, seen)) return false
      if (client.gone)
        hub.dismiss(client) // what was replayed was too much for it
      else client.note({ kind: "live", cursor: cursorAt(hub.epoch, hub.tick) })
      return true
    })
    if (isOver) return
  }
}

/** Whether it missed few enough. No two changes have one tick, so that only a wide gap has to be searched for how many of
 *  them this client may see. */
async function isWorthTelling(app: App, client: Client, after: number, upTo: number): Promise<boolean> {
  if (upTo - after > WIDEST_GAP) return false
  let left = MOST_MISSED
  for (let seen = after; left >= 0 && upTo - seen > left && !client.gone; ) {
    const { page, through } = await readMissed(ticksOfChanges, app, client, { after: seen, upTo, limit: PAGE })
    left -= page.length
    seen = through
  }
  return left >= 0
}

/** Tells what was missed as fast as the client takes it. While it takes nothing, nothing is kept for it: the rest is read
 *  again when it does. So twice what it took last is read next: of long messages few are read for nothing, and short ones
 *  are soon read by the page. Before many are read it is asked how long they are. */
async function tellMissed(app: App, client: Client, after: number, upTo: number): Promise<void> {
  let limit = FIRST_PAGE
  for (let seen = after; seen < upTo && !client.gone; ) {
    const { told, through } = await tellNext(app, client, { after: seen, upTo, limit })
    seen = through
    limit = Math.min(2 * Math.max(told, 1), PAGE)
    if (client.full) await client.drained()
  }
}

/** Tells of the next page what the client takes; answers how many changes that was, and through which tick. */
async function tellNext(app: App, client: Client, part: Part): Promise<{ told: number; through: number }> {
  const { page, through } = await readMissed(changes, app, client, await affordable(app, client, part))
  const told = tell(client, page)
  return { told, through: told < page.length ? page[told]!.tick - 1 : through }
}

/** As much of it as can be read without holding everybody up. */
async function affordable(app: App, client: Client, part: Part): Promise<Part> {
  if (part.limit <= FEW) return part
  const { page, through } = await readMissed(ticksOfChanges, app, client, part)
  const limit = fitting(page)
  return limit === page.length ? { ...part, upTo: through } : { ...part, upTo: page[limit - 1]!.tick, limit }
}

/** What is read next of what was missed: after a tick, no further than another, at most so many changes. */
type Part = { after: number; upTo: number; limit: number }

/** The next of what the client missed, and the tick through which that is all. */
async function readMissed<Row extends { tick: number }>(
  read: Reading<Row>,
  app: App,
  client: Client,
  { after, upTo, limit }: Part,
): Promise<{ page: Row[]; through: number }> {
  await nextRound() // many may come back at once, and others wait for the event loop, too
  const end = Math.min(upTo, after + WIDEST_READ)
  const { person, watching } = client
  const page = await inTurn(app, client, () => read(app.db.sql, { person, watching, after, upTo: end, limit }))
  return { page, through: page.length < limit ? end : page.at(-1)!.tick }
}

/** Tells changes in bundles until the client has enough; answers how many it was told. */
function tell(client: Client, changes: Change[]): number {
  let next = 0
  while (next < changes.length && !client.full && !client.gone) {
    const bundle: Told[] = []
    for (let size = 0; size < BUNDLE && next < changes.length; next++) {
      const one = told(changes[next]!)
      bundle.push(one)
      size += one.json.length
    }
    client.bundled(() => {
      for (const one of bundle) client.hear(one)
    })
  }
  return next
}

/** Reading for a feed takes its turn with what its person reads otherwise. */
const inTurn = <Result>({ turns }: App, { person }: Client, read: () => Promise<Result>): Promise<Result> =>
  turns ? turns.run(ofPerson(person), read) : read()

/** The same as a stream to loop over, of what has its place in the order. Ends when the signal is aborted, and of itself after
 *  a `bye`. */
export async function* follow(
  app: App,
  who: Listener & { name: string },
  signal: AbortSignal,
): AsyncGenerator<Told | Notice> {
  for await (const bundle of followInBundles(app, who, signal))
    for (const one of bundle) {
      if (signal.aborted) return
      yield one as Told | Notice // it asked for nothing fleeting
    }
}

/** And with what waits together, at most a bundle of it, for those who send it on; and if they want, with what is fleeting. */
export async function* followInBundles(
  app: App,
  who: Listener & { name: string },
  signal: AbortSignal,
  takesHints = false,
): AsyncGenerator<Heard[]> {
  const queue = new Queue(app, who, await watched(app, who), takesHints)
  const leave = () => queue.close()
  signal.addEventListener("abort", leave, { once: true })
  if (signal.aborted) return
  welcome(app, who, queue).catch((error) => queue.fail(error))
  try {
    for (let next = await queue.next(); next; next = await queue.next()) yield next
  } finally {
    signal.removeEventListener("abort", leave)
    queue.close()
  }
}

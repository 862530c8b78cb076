// What can be said on paper: how much each part of a place has to do, what it holds at most, and how many of each part are
// needed. What waiting does to all of that the simulation shows.
import { type Grouped, groupAt, mostThrough } from "./formulas.ts"
import { here } from "./here.ts"
import type { Constants } from "./measured.ts"
import { type Case, sendingTime } from "./simulate.ts"

/** What is wanted: messages a second in all, each heard by so many; microseconds there and back between machines. */
export type Ask = { connections: number; messages: number; audience: number; distance: number }

/** Sockets of one process: what was measured, and what `LimitNOFILE` has to allow. */
export const MOST_SOCKETS = 18_000
/** No part is planned to be busier, so that what comes in bursts finds room. */
export const COMFORT = 0.6
/** Places whose databases one Postgres server has, and its processors. */
export const PLACES_A_SERVER = 4
export const SERVER_PROCESSORS = 8
/** One machine takes so many processes beside its database. */
const ON_ONE_MACHINE = 2
/** Bytes around each piece that goes out: Ethernet, IP, TCP with its times, TLS. */
export const AROUND = 14 + 20 + 32 + 22

export const clockOf = (c: Constants, distance: number): Grouped => ({
  fixed: c.group - c.hold + c.rounds * distance,
  each: c.hold,
  most: c.largestGroup,
})

/** Posts a second that the clock of one place takes. */
export const mostPosts = (c: Constants, distance: number): number => mostThrough(clockOf(c, distance)) * 1e6

/** Groups a second, of all processes of a place together. The clock is either always held, or each post is a group. */
function groupsOf(posts: number, c: Constants, distance: number): number {
  const size = groupAt(posts / 1e6, clockOf(c, distance))
  return posts / Math.min(size, c.largestGroup)
}

export type Setup = { places: number; databases: number; processes: number; distance: number }

export const databasesFor = (places: number): number => Math.ceil(places / PLACES_A_SERVER)

/** As few places as the clock allows, and as few processes as can be comfortable. */
export function setupFor(ask: Ask, c: Constants): Setup {
  const places = Math.ceil(ask.messages / (COMFORT * mostPosts(c, ask.distance)))
  const databases = databasesFor(places)
  const one = { ...ask, connections: ask.connections / places, messages: ask.messages / places }
  let processes = Math.ceil(one.connections / MOST_SOCKETS)
  const least = processes
  while (processes < 20 * least && processBusy(one, processes, c) > COMFORT) processes++
  const distance = places === 1 && processes <= ON_ONE_MACHINE ? 0 : ask.distance
  return { places, databases, processes, distance }
}

/** The part of its time that each process of one place is busy. */
export function processBusy(one: Ask, processes: number, c: Constants): number {
  const groups = groupsOf(one.messages, c, one.distance)
  const [posts, mine] = [one.messages / processes, groups / processes]
  const own = posts * (c.accept + c.write + c.hear) + mine * c.writeGroup
  const others = (one.messages - posts) * c.hear + (groups - mine) * c.bundle
  const size = one.messages / groups
  const sending =
    groups * sendingTime(size, one.connections / processes, Math.min(one.audience, one.connections) / processes, c)
  return (own + others + sending) / 1e6
}

export const caseOf = ({ connections, messages, audience }: Ask, { places, processes, distance }: Setup): Case => ({
  places: Math.min(places, PLACES_A_SERVER),
  processes,
  connections: connections / places,
  audience: Math.min(audience, connections / places),
  load: { perSecond: messages / places },
  distance,
  shared: null,
})

/** Of all processes, in bytes; the kernel's part too, and what each knows of who is here in the others. */
export const memoryOf = ({ connections }: Ask, { places, processes }: Setup, c: Constants): number =>
  places * processes * (c.rest + here(connections / places, processes, c).memory) +
  connections * (c.connection + c.connectionKernel)

/** Bytes a second, if each message goes out by itself. */
export const bytesOut = ({ connections, messages, audience }: Ask, c: Constants): number =>
  messages * Math.min(audience, connections) * (c.wire + AROUND)

/** Seconds until so many are back who were all cut off at once: of the processes, of eight processors of Postgres, and of as
 *  many processors for TLS as there are processes. With Postgres the processes are given more than they need, as in what a
 *  WebSocket takes there is what SQLite takes for it. */
export function storm(connections: number, processes: number, c: Constants) {
  return {
    process: (connections * (c.handshake + c.welcome)) / processes / 1e6,
    postgres: (connections * c.welcomeDatabase) / SERVER_PROCESSORS / 1e6,
    tls: (connections * c.tls) / processes / 1e6,
  }
}

// Several processes on Postgres and Redis, beside one on SQLite: how much can be said, how long the answer takes, how long
// the way from one process to those who listen at another, and what telling a thousand costs each of them. All of it shares
// this machine, so that more processes have no more of it: what is seen is what their number costs.
import { type Cluster, withDatabases, withProcesses } from "../cluster.ts"
import { type Crowd, type Measured, type Paced, pace, saturate, speakEvenly } from "../crowd.ts"
import { median, type Row, short } from "../row.ts"
import { openRooms } from "./posts.ts"

/** Processes on Postgres and Redis; 0 is one on SQLite. */
type Count = 0 | 1 | 2 | 4
type Work<Result> = (cluster: Cluster) => Promise<Result>
const counts: Count[] = [0, 1, 2, 4]
const calls: Record<Count, string> = {
  0: "one on SQLite",
  1: "one on Postgres",
  2: "two on Postgres and Redis",
  4: "four on Postgres and Redis",
}

const SPEAKERS = 20
const LOAD: Crowd = { receivers: 0, senders: SPEAKERS, inFlight: 32, seconds: 4 }
const POSTS_REACH = 15_000
const EVEN = {
  senders: SPEAKERS,
  rooms: Array.from({ length: SPEAKERS }, () => ["talk"]),
  perSecond: 1_000,
  seconds: 5,
}
const ANSWER_REACH = { one: 25, four: 60 }
const PACE = { receivers: 1_000, perSecond: 50, seconds: 5 }
const LATER_REACH = 15
const LISTENERS = 1_000
const COST_REACH = 1.15
const ROUNDS = 3

export const clusterPosts: Row = {
  name: "cluster-posts",
  what: `durable posts of ${SPEAKERS} people, ${LOAD.inFlight} in flight each: one process on Postgres, each in rooms of their own; four in one hot room`,
  reach: `${short(POSTS_REACH)}/s; ${short(POSTS_REACH)}/s together`,
  async measure() {
    const found = await onEach(counts, ({ together, dialect }) => saturate(together, dialect, LOAD))
    const own = await withDatabases((databases) =>
      withProcesses(1, databases, async ({ together, dialect }) =>
        saturate(together, dialect, { ...LOAD, rooms: await openRooms(together) }),
      ),
    )
    const line = (name: string, one: Measured) => {
      const cost = (used: number) => short((used / one.posts) * 1e6)
      return (
        `${name}: ${short(one.posts)} posts/s, answered in ${short(one.p50)} ms (p99 ${short(one.p99)} ms); a post took ${cost(one.server)} µs of the processes' processor time, ` +
        `${cost(one.beside)} µs of the databases', ${cost(one.crowd)} µs of the crowd's; of 2 processors ${short(one.server + one.beside + one.crowd)} were used; ${short(one.missing)} missing`
      )
    }
    const missing = own.missing + counts.reduce<number>((sum, count) => sum + found[count].missing, 0)
    return {
      measured: `${short(own.posts)}/s; ${short(found[4].posts)}/s together, ${short(found[4].posts / found[1].posts)} x one process`,
      met: own.posts >= POSTS_REACH && found[4].posts >= POSTS_REACH && missing === 0,
      notes: [
        line("one on Postgres, rooms of their own", own),
        ...counts.map((count) => line(`${calls[count]}, one hot room`, found[count])),
      ],
      numbers: {
        ownRooms: own.posts,
        ...ofEach("posts", (count) => found[count].posts),
        ...ofEach("p99", (count) => found[count].p99),
        ...ofEach("cost", (count) => (found[count].server / found[count].posts) * 1e6),
        ...ofEach("databases", (count) => (found[count].beside / found[count].posts) * 1e6),
        missing,
      },
      plots: [
        {
          title: "Durable posts a second in one hot room",
          bars: counts.map((count) => ({ name: calls[count], value: found[count].posts })),
        },
      ],
    }
  },
}

export const clusterAnswers: Row = {
  name: "cluster-answers",
  what: `durable posts at ${short(EVEN.perSecond)}/s in one hot room, from saying to the answer: one process on Postgres; four`,
  reach: `p99 at most ${ANSWER_REACH.one} ms; ${ANSWER_REACH.four} ms`,
  async measure() {
    const found = await onEach(counts, ({ together, dialect }) => speakEvenly(together, dialect, EVEN))
    return {
      measured: `p99 ${short(found[1].p99)} ms; ${short(found[4].p99)} ms`,
      met: found[1].p99 <= ANSWER_REACH.one && found[4].p99 <= ANSWER_REACH.four,
      notes: counts.map((count) => {
        const { p50, p99, max, posts, server, beside } = found[count]
        return `${calls[count]}: p50 ${short(p50)} ms, p99 ${short(p99)} ms, max ${short(max)} ms at ${short(posts)} posts/s; the processes used ${short(server)} processors, the databases ${short(beside)}`
      }),
      numbers: { ...ofEach("p50", (count) => found[count].p50), ...ofEach("p99", (count) => found[count].p99) },
    }
  },
}

export const clusterDelivery: Row = {
  name: "cluster-delivery",
  what: `${PACE.perSecond} messages/s to 1,000 receivers at two processes, Redis between them, beside one process: saying to arrival`,
  reach: `p99 at most ${LATER_REACH} ms later`,
  async measure() {
    const found = await inRounds([1, 2], ({ together, dialect }) => pace(together, dialect, PACE))
    const of = (count: 1 | 2, key: keyof Paced) => median(found[count].map((one) => one[key]))
    const later = median(found[2].map(({ p99 }, round) => p99 - found[1][round]!.p99))
    const missing = of(1, "missing") + of(2, "missing")
    return {
      measured: `p99 ${short(of(2, "p99"))} ms: ${later < 0 ? "" : "+ "}${short(later)} ms`,
      met: later <= LATER_REACH && missing === 0,
      notes: ([1, 2] as const).map((count) => {
        const say = (key: keyof Paced) => short(of(count, key))
        return `${calls[count]}: p50 ${say("p50")} ms, p99 ${say("p99")} ms, max ${say("max")} ms; ${say("cost")} µs a delivery, ${say("missing")} missing; the processes used ${say("server")} processors, the databases ${say("beside")}`
      }),
      numbers: { later, one: of(1, "p99"), two: of(2, "p99"), missing },
    }
  },
}

export const clusterFanOut: Row = {
  name: "cluster-fan-out",
  what: `two processes, at each of them ${short(LISTENERS)} receivers and 10 senders with 8 messages in flight each, all in one room: processor time a delivery, beside one process on SQLite`,
  reach: `at most ${COST_REACH} x`,
  async measure() {
    const found = await inRounds([0, 2], ({ servers: { length }, together, dialect }) =>
      saturate(together, dialect, { receivers: LISTENERS * length, senders: 10 * length, inFlight: 8, seconds: 3 }),
    )
    const cost = ({ server, deliveries }: Measured) => (server / deliveries) * 1e6
    const toOne = median(found[2].map((one, round) => cost(one) / cost(found[0][round]!)))
    const of = (count: 0 | 2, value: (one: Measured) => number) => median(found[count].map(value))
    const missing = [...found[0], ...found[2]].reduce((sum, one) => sum + one.missing, 0)
    const line = (count: 0 | 2) => {
      const say = (key: keyof Measured) => short(of(count, (one) => one[key]))
      return (
        `${calls[count]}: ${short(of(count, cost))} µs a delivery, ${say("deliveries")} deliveries/s and ${say("posts")} posts/s together, ${say("missing")} missing; ` +
        `the processes used ${say("server")} processors, the databases ${say("beside")}, the crowd ${say("crowd")}`
      )
    }
    return {
      measured: `${short(toOne)} x; ${short(of(2, ({ deliveries }) => deliveries))} deliveries/s together`,
      met: toOne <= COST_REACH && missing === 0,
      notes: [
        line(0),
        line(2),
        "the Django Channels original, on such a machine, with one process and every message stored: 6.5 k deliveries/s to 1,000 receivers",
      ],
      numbers: {
        toOne,
        missing,
        one: of(0, ({ deliveries }) => deliveries),
        two: of(2, ({ deliveries }) => deliveries),
      },
    }
  },
}

/** On places of so many processes, one after the other. */
async function onEach<Result>(each: Count[], work: Work<Result>): Promise<Record<Count, Result>> {
  const { 0: zero, 1: one, 2: two, 4: four } = await inRounds(each, work, 1)
  return { 0: zero[0]!, 1: one[0]!, 2: two[0]!, 4: four[0]! }
}

/** In turn, so that a noisy moment meets all alike. */
function inRounds<Result>(each: Count[], work: Work<Result>, rounds = ROUNDS): Promise<Record<Count, Result[]>> {
  return withDatabases(async (databases) => {
    const found: Record<Count, Result[]> = { 0: [], 1: [], 2: [], 4: [] }
    for (let round = 0; round < rounds; round++)
      for (const count of each) found[count].push(await withProcesses(count, databases, work))
    return found
  })
}

const ofEach = (name: string, value: (count: Count) => number) =>
  Object.fromEntries(counts.map((count) => [`${name}${count}`, value(count)]))

// The model against what is known: queues with an answer on paper, and what no place can do.
import { describe, expect, test } from "bun:test"
import { clockOf, memoryOf, mostPosts, processBusy, setupFor } from "./bounds.ts"
import { costOf, PRICES } from "./cost.ts"
import { Time } from "./events.ts"
import { groupAt, line, mostThrough, timeInMD1, timeInMM1 } from "./formulas.ts"
import { here } from "./here.ts"
import { type Constants, constantsOf, meanings, taken } from "./measured.ts"
import { percentileOf } from "./report.ts"
import { type Case, MOST_FLUSHED, sendingTime, simulate } from "./simulate.ts"
import { Disk, Loop, Machine, Thread } from "./stations.ts"

const within = (part: number, value: number, expected: number) =>
  expect(Math.abs(value / expected - 1)).toBeLessThan(part)

/** Mean time from coming to being done, of many who come by chance. */
function meanTime(rate: number, service: (time: Time) => number, processors = 1, seed = 7): number {
  const time = new Time(seed)
  const threads = Array.from({ length: processors }, () => new Machine(time, 1))
  const queue = processors === 1 ? new Thread(threads[0]!) : new Machine(time, processors)
  let [sum, count] = [0, 0]
  const come = () => {
    const at = time.now
    queue.run(service(time), () => {
      sum += time.now - at
      count++
    })
    time.after(time.exponential(1 / rate), come)
  }
  come()
  time.run(300_000 / rate)
  return sum / count
}

/** Round figures, so that a test says what it means. */
const simple: Constants = {
  ...(Object.fromEntries(Object.keys(meanings).map((name) => [name, 0])) as Constants),
  ...{ accept: 20, write: 20, writeDatabase: 30, hold: 40, rounds: 10, flush: 200, group: 1_040, largestGroup: 256 },
  ...{ publish: 10, publishEach: 5, bundle: 5, hear: 1, flushSocket: 5, flushMessage: 0.05, wire: 236, rest: 7e7 },
  ...{ here: 300, hereBytes: 35, hereFirst: 2, hereAgain: 0.5, hereMoved: 2, hereHold: 0.5 },
  ...{ connection: 4_000, connectionKernel: 4_000, row: 300, log: 600, welcome: 200, handshake: 80 },
}
const quiet: Case = {
  ...{ places: 1, processes: 2, connections: 1_000, audience: 100, distance: 0, shared: null },
  load: { perSecond: 1_000 },
}

describe("queues that have an answer on paper", () => {
  test("one server and chance: M/M/1", () => {
    for (const rate of [0.3, 0.7])
      within(
        0.05,
        meanTime(rate, (time) => time.exponential(1)),
        timeInMM1(rate, 1),
      )
  })

  test("one server that always takes as long: M/D/1", () => {
    for (const rate of [0.3, 0.7])
      within(
        0.05,
        meanTime(rate, () => 1),
        timeInMD1(rate, 1),
      )
  })

  test("two servers and one queue: M/M/2", () => {
    const rate = 1.4
    within(
      0.05,
      meanTime(rate, (time) => time.exponential(1), 2),
      1 / (1 - (rate / 2) ** 2),
    )
  })

  test("what varies varies around the same mean", () => {
    const time = new Time(3)
    let sum = 0
    for (let i = 0; i < 50_000; i++) sum += time.lognormal(0.5)
    within(0.02, sum / 50_000, 1)
  })

  test("a disk serves all who waited with one flush", () => {
    const time = new Time(1)
    const disk = new Disk(time, 100)
    const done: number[] = []
    for (const delay of [0, 10, 50, 99]) time.after(delay, () => disk.sync(() => done.push(time.now)))
    time.run(1_000)
    expect(done).toEqual([100, 200, 200, 200])
  })

  test("an event loop does all that waits in one turn, and then sends", () => {
    const time = new Time(1)
    let published = 0
    const loop = new Loop(new Machine(time, 1), () => {
      const sending = published > 0 ? 50 : 0
      published = 0
      return sending
    })
    const done: number[] = []
    const task = () => {
      published++
      done.push(time.now)
    }
    for (let i = 0; i < 3; i++) loop.run(10, task)
    time.after(5, () => loop.run(10, task))
    time.run(1_000)
    expect(done).toEqual([30, 30, 30, 90])
    expect([loop.busy, loop.turns]).toEqual([140, 2])
  })

  test("a line is found through points that lie on one", () => {
    const { slope, at0 } = line([1, 2, 5].map((x) => [x, 3 + 2 * x]))
    within(1e-9, slope, 2)
    within(1e-9, at0, 3)
  })
})

describe("the clock of a place", () => {
  test("a group fills while the one before it is written", () => {
    const clock = { fixed: 1_000, each: 40, most: 256 }
    const size = groupAt(0.01, clock)
    within(1e-9, size, 0.01 * (clock.fixed + size * clock.each))
    expect(groupAt(0.0001, clock)).toBe(1)
    expect(groupAt(0.025, clock)).toBe(Number.POSITIVE_INFINITY)
  })

  test("no more goes through than full groups do, whoever says it, and that much does", () => {
    const most = mostPosts(simple, 0)
    within(1e-9, most, (256 / (1_000 + 256 * 40)) * 1e6)
    for (const processes of [1, 4]) {
      const load = { senders: 1_024 * processes, inFlight: 1 }
      const { posts, group } = simulate({ ...quiet, processes, audience: 0, load }, { ...simple, write: 0, accept: 0 })
      expect(posts).toBeLessThan(1.03 * most) // two rounds of the next group go beside the one before
      expect(posts).toBeGreaterThan(0.9 * most)
      expect(group).toBeGreaterThan(250)
    }
  })

  test("groups are as large in the simulation as on paper, and as rare", () => {
    const expected = groupAt(0.012, clockOf(simple, 0))
    const { group, posts } = simulate({ ...quiet, processes: 1, audience: 1, load: { perSecond: 12_000 } }, simple)
    within(0.25, group, expected)
    within(0.05, posts, 12_000)
  })

  test("alone, a post takes what a group of one takes", () => {
    const { answer, posts } = simulate(
      { ...quiet, processes: 1, audience: 0, load: { senders: 1, inFlight: 1 } },
      simple,
    )
    within(0.05, answer.p50, (simple.accept + simple.group + simple.hear) / 1000)
    within(0.05, posts, 1e6 / (simple.accept + simple.group + simple.hear))
  })

  test("each further way to the database costs a post as many of them as there are rounds", () => {
    const alone = (distance: number) =>
      simulate({ ...quiet, processes: 1, audience: 0, distance, load: { senders: 1, inFlight: 1 } }, simple).answer.p50
    within(0.02, (alone(1_000) - alone(0)) * 1000, simple.rounds * 1_000 + 1_000)
    expect(mostThrough(clockOf(simple, 1_000))).toBeLessThan(mostThrough(clockOf(simple, 0)))
  })
})

describe("sending", () => {
  test("what goes out together goes out in one piece, up to the runtime's bound", () => {
    const one = sendingTime(1, 1_000, 1_000, simple)
    within(1e-9, one, 1_000 * (simple.flushSocket + simple.flushMessage))
    within(
      1e-9,
      sendingTime(MOST_FLUSHED, 1_000, 1_000, simple),
      1_000 * (simple.flushSocket + MOST_FLUSHED * simple.flushMessage),
    )
    expect(sendingTime(10 * MOST_FLUSHED, 1_000, 1_000, simple)).toBeGreaterThan(10 * 1_000 * simple.flushSocket)
  })

  test("messages to few of many sockets find no company", () => {
    within(0.02, sendingTime(10, 1e6, 10, simple), 10 * sendingTime(1, 1e6, 10, simple))
  })
})

describe("a place in the model", () => {
  const mixed = { ...simple, spread: 0.3 }

  test("every post said is answered, or under way", () => {
    for (const load of [{ perSecond: 3_000 }, { senders: 50, inFlight: 4 }, { perSecond: 60_000 }]) {
      const { said, answered, underWay } = simulate({ ...quiet, load }, mixed, { seconds: 0.5 })
      expect(said).toBe(answered + underWay)
      expect(answered).toBeGreaterThan(100)
      if ("senders" in load) expect(underWay).toBe(200)
    }
  })

  test("the same seed tells the same story, and another seed another", () => {
    const story = (seed: number) => simulate(quiet, mixed, { seed, seconds: 0.5 })
    expect(story(5)).toEqual(story(5))
    expect(story(5).answer.p99).not.toBe(story(6).answer.p99)
  })

  test("the more is said, the longer it takes; and beyond what goes through, no more is answered", () => {
    const at = (perSecond: number) => simulate({ ...quiet, load: { perSecond } }, mixed, { seconds: 1 })
    const [calm, busy, over] = [at(500), at(15_000), at(60_000)]
    expect(busy.answer.p50).toBeGreaterThan(calm.answer.p50)
    expect(over.answer.p50).toBeGreaterThan(5 * busy.answer.p50)
    expect(over.posts).toBeLessThan(1.02 * mostPosts(simple, 0))
    expect(over.busy.clock).toBeGreaterThan(0.95)
  })

  test("the more hear a message, the longer the last of them waits", () => {
    const at = (audience: number) =>
      simulate({ ...quiet, connections: 50_000, audience, load: { perSecond: 0.2 } }, simple, { seconds: 1_000 })
        .delivery
    expect(at(50_000).p50).toBeGreaterThan(5 * at(5_000).p50)
    within(0.1, at(50_000).p50, (simple.accept + simple.group + (50_000 / 2 / 2) * 5.05) / 1000)
  })

  test("each further process makes the others wait longer for the clock, when all of them write", () => {
    const at = (processes: number) =>
      simulate({ ...quiet, processes, load: { perSecond: 4_000 } }, simple, { seconds: 0.5 }).answer.p50
    expect(at(32)).toBeGreaterThan(3 * at(2))
  })

  test("a machine whose processors are all taken serves nobody faster than it can", () => {
    const shared = { processors: 2, crowd: 10, others: 0 }
    const load = { senders: 400, inFlight: 1 }
    const alone = simulate({ ...quiet, processes: 4, load, shared }, simple)
    const beside = simulate({ ...quiet, processes: 4, load, shared: { ...shared, others: 1.5 } }, simple)
    expect(alone.busy.machine).toBeLessThan(1.01)
    expect(beside.busy.machine).toBeGreaterThan(0.95)
    expect(beside.posts).toBeLessThan(0.8 * alone.posts)
  })

  test("a percentile counts what each sample stands for", () => {
    const samples = [
      { took: 1, weight: 98 },
      { took: 5, weight: 2 },
    ]
    expect([percentileOf(samples, 50), percentileOf(samples, 99)]).toEqual([1, 5])
  })
})

describe("what is needed", () => {
  const ask = { connections: 100_000, messages: 1_000, audience: 100, distance: 200 }

  test("nobody is given more than they are comfortable with, and more people never need less", () => {
    let before = 0
    for (const connections of [1_000, 10_000, 100_000, 1_000_000]) {
      const { places, processes } = setupFor({ ...ask, connections }, simple)
      expect(connections / places / processes).toBeLessThanOrEqual(18_000)
      expect(processBusy({ ...ask, connections }, processes, simple)).toBeLessThanOrEqual(0.6)
      expect(places * processes).toBeGreaterThanOrEqual(before)
      before = places * processes
    }
  })

  test("who has more to send than is comfortable is given company", () => {
    const loud = { connections: 1_000, messages: 8_000, audience: 400, distance: 200 }
    const { processes } = setupFor(loud, simple)
    expect(processes).toBeGreaterThan(1)
    expect(processBusy(loud, processes, simple)).toBeLessThanOrEqual(0.6)
    expect(processBusy(loud, processes - 1, simple)).toBeGreaterThan(0.6)
  })

  test("what one clock cannot take goes to several places", () => {
    expect(setupFor(ask, simple).places).toBe(1)
    const { places, databases } = setupFor({ ...ask, messages: 100_000 }, simple)
    expect(places).toBeGreaterThanOrEqual(100_000 / mostPosts(simple, 200))
    expect(databases).toBeLessThanOrEqual(places)
  })

  test("who is here costs nothing where there is one process, and with people and processes it grows as their product", () => {
    const alone = here(10_000, 1, simple)
    expect([alone.memory, alone.first, alone.busyWithout, alone.readWithout]).toEqual([0, 0, 0, 0])
    const [some, many] = [here(100_000, 11, simple), here(1_000_000, 101, simple)]
    within(0.1, many.memory, 10 * some.memory)
    within(0.1, many.readWithout, 100 * some.readWithout)
    within(1e-9, many.held, 0.1)
    const without = { ...simple, here: 0 }
    const setup = setupFor({ ...ask, connections: 1_000_000 }, simple)
    const apart = memoryOf({ ...ask, connections: 1_000_000 }, setup, simple)
    within(0.05, apart - memoryOf({ ...ask, connections: 1_000_000 }, setup, without), setup.processes * 1e6 * 300)
  })

  test("twice the price of everything is twice the cost", () => {
    const twice = Object.fromEntries(Object.entries(PRICES).map(([name, cents]) => [name, 2 * cents])) as typeof PRICES
    const [once, dear] = [PRICES, twice].map((prices) => costOf(100_000, 100, 200, simple, prices).cents)
    within(1e-9, dear!, 2 * once!)
  })

  test("every constant was measured, and says what it is and how", () => {
    const { constants } = taken()
    expect(Object.keys(constants).sort()).toEqual(Object.keys(meanings).sort())
    for (const { value, from } of Object.values(constants)) {
      expect(value).toBeGreaterThanOrEqual(0)
      expect(from.length).toBeGreaterThan(5)
    }
    expect(mostPosts(constantsOf(taken()), 0)).toBeGreaterThan(1_000)
  })
})

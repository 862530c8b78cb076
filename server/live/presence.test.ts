// Several processes by one injected clock, each of which hears of the others what the test lets through.
import { describe, expect, spyOn, test } from "bun:test"
import { random } from "../../test/world.ts"
import type { Moves } from "./bus.ts"
import { Presence, SPANS } from "./presence.ts"

const [ANN, BOB, EVE] = [1, 2, 3]
const { grace, lifetime, tick, beat } = SPANS

/** Processes that hear each other at once, until the test says otherwise. */
function place(count: number) {
  let now = 1_000_000
  const said: Moves[] = []
  const wire = { carries: true }
  const processes: Presence[] = []
  let awake = processes
  const open = () => {
    const one = new Presence(SPANS, () => now)
    one.say = (word) => {
      said.push(word)
      if (wire.carries) for (const other of awake) other.hear(structuredClone(word))
    }
    processes.push(one)
    return one
  }
  for (let i = 0; i < count; i++) open()
  return {
    processes: processes as [Presence, Presence, Presence],
    said,
    wire,
    open,
    /** Time passes for these, tick by tick; answers whom they told of, each. */
    pass(milliseconds: number, alive = processes) {
      const told = alive.map(() => new Set<number>())
      awake = alive
      for (const end = now + milliseconds; now < end; ) {
        now += tick
        for (const [i, one] of alive.entries()) for (const id of one.tick()) told[i]!.add(id)
      }
      awake = processes
      return told.map((ids) => [...ids].sort())
    },
    now: () => now,
  }
}

const here = (presence: Presence) => [...presence.here.keys()].sort()

describe("someone is here", () => {
  test("from their first feed until a while after the last, and everyone is told once", () => {
    const { processes, pass } = place(1)
    processes[0].came(ANN, "ann")
    expect(here(processes[0])).toEqual([ANN])
    expect(pass(tick)).toEqual([[ANN]])
    expect(pass(10 * grace)).toEqual([[]])
    processes[0].went(ANN)
    expect(pass(grace - tick)).toEqual([[]])
    expect(here(processes[0])).toEqual([ANN])
    expect(pass(tick)).toEqual([[ANN]])
    expect(here(processes[0])).toEqual([])
  })

  test("all the time, if they come back in time", () => {
    const { processes, pass } = place(1)
    processes[0].came(ANN, "ann")
    pass(tick)
    for (let i = 0; i < 5; i++) {
      processes[0].went(ANN)
      expect(pass(grace - tick)).toEqual([[]])
      processes[0].came(ANN, "ann")
    }
    expect(pass(2 * grace)).toEqual([[]])
    expect(here(processes[0])).toEqual([ANN])
  })

  test("in every process, while they are in any", () => {
    const { processes, pass } = place(3)
    processes[0].came(ANN, "ann")
    expect(pass(2 * tick)).toEqual([[ANN], [ANN], [ANN]])
    processes[1].came(ANN, "ann")
    processes[0].went(ANN)
    expect(pass(3 * grace)).toEqual([[], [], []])
    expect(processes[2].here.get(ANN)).toBe("ann")
    processes[1].went(ANN)
    expect(pass(grace + 2 * tick)).toEqual([[ANN], [ANN], [ANN]])
    expect(processes.map(here)).toEqual([[], [], []])
  })

  test("by the name they have now", () => {
    const { processes, pass } = place(2)
    processes[0].came(ANN, "ann")
    pass(tick)
    processes[0].came(ANN, "Ann")
    pass(2 * tick)
    expect(processes[1].here.get(ANN)).toBe("Ann")
  })
})

describe("a process that dies", () => {
  test("takes its people along, and from the kill until all are told is less than 30 seconds", () => {
    const { processes, pass, now } = place(2)
    const [dying, other] = processes
    dying.came(ANN, "ann")
    other.came(BOB, "bob")
    pass(10 * beat)
    dying.table(-1) // the last it ever says, and it is heard at once
    const killedAt = now()
    let told: number[] = []
    for (let i = 0; i < 100 && told.length === 0; i++) told = pass(tick, [other])[0]!
    expect(told).toEqual([ANN])
    expect(here(other)).toEqual([BOB])
    expect(now() - killedAt).toBeGreaterThanOrEqual(lifetime)
    // One tick later than seen here at worst: that of the feeds which were owed.
    expect(now() - killedAt + tick).toBeLessThan(30_000)
  })

  test("does so too for one that starts meanwhile, and finds what it had written", () => {
    const { processes, pass, open, now } = place(1)
    processes[0].came(ANN, "ann")
    const table = processes[0].table(-1)
    const killedAt = now()
    pass(lifetime - tick, [])
    const late = open()
    late.read([{ ...table, age: lifetime - tick }])
    expect(here(late)).toEqual([ANN])
    pass(2 * tick, [late])
    expect(here(late)).toEqual([])
    expect(now() - killedAt + tick).toBeLessThan(30_000)
    late.read([{ ...table, age: lifetime + tick }])
    expect(here(late)).toEqual([])
  })

  test("stays gone, whatever it had said comes again, and in whatever order", () => {
    const { processes, pass, said } = place(2)
    const [dying, other] = processes
    dying.came(ANN, "ann")
    pass(tick)
    dying.came(EVE, "eve")
    const table = dying.table(-1)
    pass(5 * beat)
    expect(here(other)).toEqual([ANN, EVE])
    const before = said.filter(({ process }) => process === dying.process)
    pass(2 * lifetime, [other])
    for (const word of [...before, ...before.toReversed()]) other.hear(word)
    other.read([{ ...table, age: 2 * lifetime }])
    expect(pass(tick, [other])).toEqual([[]])
    expect(here(other)).toEqual([])
  })

  test("and one that only slept: its people go, and come back with it; it never doubts the others", () => {
    const { processes, pass } = place(3)
    const [sleeper, other, third] = processes
    sleeper.came(ANN, "ann")
    other.came(BOB, "bob")
    pass(2 * tick)
    expect(pass(2 * lifetime, [other, third])).toEqual([[ANN], [ANN]])
    expect(pass(beat)).toEqual([[], [ANN], [ANN]])
    expect(processes.map(here)).toEqual([
      [ANN, BOB],
      [ANN, BOB],
      [ANN, BOB],
    ])
  })
})

test("of a process that stops in good order those who move on are never away, and the others go soon", () => {
  const { processes, pass } = place(2)
  const [stopping, other] = processes
  stopping.came(ANN, "ann")
  stopping.came(EVE, "eve")
  pass(2 * tick)
  other.read([{ ...stopping.table(-1), leaving: true }])
  other.came(ANN, "ann")
  expect(pass(grace, [other])).toEqual([[]])
  expect(pass(tick, [other])).toEqual([[EVE]])
  expect(here(other)).toEqual([ANN])
})

test("what is read after something newer was heard counts from the next word on, whoever was forgotten meanwhile", () => {
  const { processes, pass, open } = place(1)
  processes[0].came(ANN, "ann")
  pass(tick)
  const table = processes[0].table(-1)
  pass(3 * beat)
  const late = open()
  pass(beat)
  expect([here(late), late.versionOf(table.process)]).toEqual([[], 0])
  late.read([{ ...table, age: 4 * beat }])
  pass(beat)
  expect(here(late)).toEqual([ANN])
  expect(late.versionOf(table.process)).toBe(table.version)
})

describe("what was lost on the way", () => {
  test("waits for the whole table, and nothing is taken out of its order", () => {
    const { processes, pass, wire } = place(2)
    const [one, other] = processes
    one.came(ANN, "ann")
    pass(tick)
    wire.carries = false
    one.came(BOB, "bob")
    pass(tick)
    wire.carries = true
    one.came(EVE, "eve")
    pass(tick)
    expect(here(other)).toEqual([ANN])
    other.read([one.table(-1)])
    expect(here(other)).toEqual([ANN, BOB, EVE])
  })

  test("and does not come in time, is as if nothing had been heard; a process that says nothing new is believed", () => {
    const { processes, pass, wire } = place(2)
    const [one, other] = processes
    one.came(ANN, "ann")
    pass(5 * lifetime)
    expect(here(other)).toEqual([ANN])
    wire.carries = false
    one.came(BOB, "bob")
    pass(tick)
    wire.carries = true
    pass(lifetime + tick)
    expect(here(other)).toEqual([])
    other.read([one.table(-1)])
    expect(here(other)).toEqual([ANN, BOB])
  })

  test.each(Array.from({ length: 40 }, (_, seed) => seed))(
    "losses, repeats, reorderings and deaths, seed %p: nobody stays who is not here",
    (seed) => {
      const dice = random(seed)
      const upTo = (count: number) => Math.floor(dice() * count)
      const { processes, pass, said, wire, open, now } = place(3)
      wire.carries = false
      let alive: Presence[] = [...processes]
      /** Who has a feed open where; and when they were last seen to have one. */
      const open_ = new Map<Presence, Set<number>>(alive.map((one) => [one, new Set()]))
      const lastHere = new Map<number, number>()
      let carried = 0
      for (let step = 0; step < 300; step++) {
        const one = alive[upTo(alive.length)]!
        const id = 1 + upTo(6)
        if (dice() < 0.6) {
          if (dice() < 0.5) {
            open_.get(one)!.add(id)
            one.came(id, `person ${id}`)
          } else if (open_.get(one)!.delete(id)) one.went(id)
        }
        if (dice() < 0.02 && alive.length > 1) {
          alive = alive.filter((other) => other !== one)
          open_.delete(one)
          const born = open()
          alive.push(born)
          open_.set(born, new Set())
        }
        for (const ids of open_.values()) for (const id of ids) lastHere.set(id, now())
        pass(tick, alive)
        for (; carried < said.length; carried++)
          for (const other of alive) {
            if (dice() < 0.3) continue
            other.hear(said[carried]!)
            if (dice() < 0.2) other.hear(said[Math.max(0, carried - upTo(9))]!) // again, and out of order
          }
        if (dice() < 0.2) one.read(alive.map((other) => other.table(-1)))
        for (const other of alive)
          for (const id of other.here.keys()) expect(now() - lastHere.get(id)!).toBeLessThan(30_000 + grace)
      }
      pass(lifetime + grace + 2 * tick, alive)
      for (const one of alive) one.read(alive.map((other) => other.table(-1)))
      pass(2 * tick, alive)
      const truth = [...new Set([...open_.values()].flatMap((ids) => [...ids]))].sort()
      for (const one of alive) expect(here(one)).toEqual(truth)
    },
  )
})

test("what changes goes out once a tick, together; while nothing changes a process only says that it is there", () => {
  const { processes, pass, said } = place(1)
  for (let id = 1; id <= 5_000; id++) processes[0].came(id, `person ${id}`)
  pass(tick)
  expect(said.map(({ came, left }) => [came.length, left.length])).toEqual([[5_000, 0]])
  pass(10 * beat)
  expect(said.length).toBe(11)
  expect(said.slice(1).every(({ came, left }) => came.length + left.length === 0)).toBe(true)
  expect(processes[0].table(said[0]!.version).people).toBeNull()
  expect(processes[0].table(-1).people!.length).toBe(5_000)
})

test("a table is looked through for what has changed in it: the other processes are asked only for who may have moved", () => {
  const crowd = 200
  const asked = (others: number) => {
    const { processes, open, wire } = place(1)
    wire.carries = false
    const writers = Array.from({ length: others }, open)
    for (const [i, one] of writers.entries())
      for (let n = 0; n < crowd; n++) one.came((i + 1) * crowd + n, `person ${n}`)
    const tables = writers.map((one) => one.table(-1))
    writers.at(-1)!.came(ANN, "ann")
    const changed = writers.at(-1)!.table(-1)
    const lookUps = spyOn(Map.prototype, "get")
    processes[0].read(tables)
    const atFirst = lookUps.mock.calls.length
    processes[0].read([changed])
    const then = lookUps.mock.calls.length - atFirst
    lookUps.mockRestore()
    expect(processes[0].here.size).toBe(others * crowd + 1)
    return { atFirst: atFirst / others, then }
  }
  const [few, many] = [asked(3), asked(30)]
  expect(many.then).toBeLessThan(few.then + crowd)
  expect(many.atFirst).toBeLessThan(few.atFirst + crowd)
})

test("someone by another name in another process keeps the name of the one that was known first, until they leave that", () => {
  const { processes, pass } = place(3)
  const [one, two, watcher] = processes
  one.came(ANN, "ann")
  pass(2 * tick)
  two.came(ANN, "Ann")
  pass(2 * tick)
  expect(watcher.here.get(ANN)).toBe("ann")
  one.went(ANN)
  pass(grace + 2 * tick)
  expect(watcher.here.get(ANN)).toBe("Ann")
  two.came(EVE, "eve")
  watcher.read([two.table(-1)])
  expect(watcher.here.get(ANN)).toBe("Ann")
})

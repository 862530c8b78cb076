import { expect, test } from "bun:test"
import { type Clock, type Turn, Turns } from "./turns.ts"

/** An event loop whose time we set: what is to come soon comes in the next round, and nothing takes time but what we say. */
function loop() {
  let now = 0
  const soon: (() => void)[] = []
  const later: { at: number; work: () => void }[] = []
  const clock: Clock = {
    now: () => now,
    soon: (work) => soon.push(work),
    later: (work, ms) => later.push({ at: now + ms, work }),
  }
  /** All that follows without time passing. */
  const settle = async () => {
    for (let i = 0; i < 50; i++) await Promise.resolve()
  }
  const round = async () => {
    await settle()
    for (const work of soon.splice(0)) {
      work()
      await settle()
    }
    const due = later.filter(({ at }) => at <= now)
    for (const one of due) {
      later.splice(later.indexOf(one), 1)
      one.work()
      await settle()
    }
  }
  return {
    clock,
    round,
    settle,
    now: () => now,
    pass: (ms: number) => {
      now += ms
    },
    /** Rounds of the loop until so much time has passed; one in which nothing is done takes a millisecond. */
    async until(end: number) {
      while (now < end) {
        const before = now
        await round()
        if (now === before && soon.length === 0) now++
      }
    },
  }
}

/** Reads over and over, so many at a time, each of which takes so long; answers what came of it. */
function hammer(
  turns: Turns,
  who: string,
  time: ReturnType<typeof loop>,
  { atOnce, ms }: { atOnce: number; ms: number },
) {
  const done = { worked: 0, refused: 0, stop: false, waits: [] as number[] }
  const go = async () => {
    while (!done.stop) {
      const asked = time.now()
      try {
        const turn = await turns.take(who)
        done.waits.push(time.now() - asked)
        time.pass(ms)
        done.worked += ms
        turn.end()
      } catch {
        done.refused++
      }
    }
  }
  for (let i = 0; i < atOnce; i++) void go()
  return done
}

/** As whoever does not care whether it is their turn at once. */
const take = async (turns: Turns, who: string): Promise<Turn> => turns.take(who)

test("one read of a person is under way, the rest wait, and another person does not", async () => {
  const time = loop()
  const turns = new Turns(time.clock)
  const under: Turn[] = []
  for (let i = 0; i < 16; i++) void take(turns, "person 1").then((turn) => under.push(turn))
  await time.round()
  expect([under.length, turns.waiting]).toEqual([1, 15])
  const other = await turns.take("person 2")
  other.end()
  under[0]!.end()
  under[0]!.end() // has no second place to give back
  await time.round()
  expect([under.length, turns.waiting]).toEqual([2, 14])
})

test("whoever comes while others have much waiting is served next, and lanes are served in turn", async () => {
  const time = loop()
  const turns = new Turns(time.clock)
  const order: string[] = []
  const read = (who: string) =>
    turns.run(`person ${who}`, async () => {
      order.push(who)
      time.pass(4) // more than begins in one round
    })
  for (const who of ["ann", "ann", "ann", "ann", "ann", "ann", "bob", "bob", "cyd"]) {
    void read(who)
    await time.settle() // as the runtime does, between two requests
  }
  await time.until(200)
  expect(order).toEqual(["ann", "ann", "bob", "cyd", "ann", "bob", "ann", "ann", "ann"])
})

test("one person, however many requests they have under way, takes half of the loop's time at most", async () => {
  for (const ms of [0.05, 1, 5, 40]) {
    const time = loop()
    const turns = new Turns(time.clock)
    const done = hammer(turns, "person 1", time, { atOnce: 64, ms })
    await time.until(2_000)
    done.stop = true
    expect(done.worked).toBeWithin(150, 1_000 + 20 + 2 * ms)
  }
})

test("what was read is taken from a budget afterwards; whoever overdraws it is refused, after a while, until time has paid", async () => {
  const time = loop()
  const turns = new Turns(time.clock)
  const done = hammer(turns, "person 1", time, { atOnce: 16, ms: 10 })
  await time.until(60_000)
  // 6 s at once and a fifth of the time; a refusal holds for a second.
  expect(done.worked).toBeWithin(14_000, 6_000 + 12_000 + 4_000)
  expect(done.refused).toBeGreaterThan(16)
  expect(done.refused).toBeLessThan(16 * 60)
  done.stop = true
  await time.until(62_000)
  const turn = await turns.take("person 2") // is none of their business
  time.pass(15_999)
  turn.end()
  const refused = take(turns, "person 2").catch((error) => error)
  await time.until(time.now() + 1_500)
  expect(await refused).toMatchObject({ code: "slow_down", after: 50, message: expect.stringMatching(/in 50 seconds/) })
  time.pass(50_000)
  ;(await turns.take("person 2")).end()
})

test("what follows a turn of a known cost takes half of the loop's time, however much of it comes at once", async () => {
  const time = loop()
  const turns = new Turns(time.clock)
  const looked: number[] = []
  for (let i = 0; i < 100; i++)
    void turns.wait("person 1", 5).then(() => {
      looked.push(time.now())
      time.pass(5)
    })
  await time.until(500)
  expect(looked.length).toBeWithin(45, 56)
  await time.until(1_100)
  expect(looked.length).toBe(100)
})

test("after one read that took very long nobody's lane is closed for as long again", async () => {
  const time = loop()
  const turns = new Turns(time.clock)
  const turn = await turns.take("person 1")
  time.pass(5_000)
  turn.end()
  let done = false
  void turns.run("person 1", async () => {
    done = true
  })
  await time.until(time.now() + 900)
  expect(done).toBe(false)
  await time.until(time.now() + 200)
  expect(done).toBe(true)
})

test("time is shared by all who are under way: whoever waits in a crowd for a slow database pays their part, and no more", async () => {
  const time = loop()
  const turns = new Turns(time.clock)
  const crowd: Turn[] = []
  for (let id = 1; id <= 100; id++) void take(turns, `person ${id}`).then((turn) => crowd.push(turn))
  await time.until(10)
  time.pass(9_000)
  for (const turn of crowd) turn.end()
  const refused: unknown[] = []
  for (let id = 1; id <= 100; id++)
    for (let i = 0; i < 4; i++)
      void take(turns, `person ${id}`).then(
        (turn) => turn.end(),
        (error) => refused.push(error),
      )
  await time.until(time.now() + 3_000)
  expect([crowd.length, refused.length]).toEqual([100, 0])
})

test("nobody who reads like a person is refused or held up: thirty tabs at once, and hundreds behind one address", async () => {
  const time = loop()
  const turns = new Turns(time.clock)
  const waits: number[] = []
  let refused = 0
  const read = (who: string, ms: number) => {
    const asked = time.now()
    turns
      .run(who, async () => time.pass(ms))
      .then(
        () => waits.push(time.now() - asked),
        () => refused++,
      )
  }
  for (let tab = 0; tab < 30; tab++) for (let i = 0; i < 3; i++) read("person 1", 4)
  await time.until(2_000)
  expect([waits.length, refused]).toEqual([90, 0])
  expect(Math.max(...waits)).toBeLessThan(2 * 90 * 4 + 100)

  for (let person = 0; person < 400; person++) for (let i = 0; i < 8; i++) read("address 1.1.1.1", 0.5)
  await time.until(time.now() + 10_000)
  expect([waits.length, refused]).toEqual([90 + 3_200, 0])
})

test("lanes are forgotten when they owe nothing, and strangers have only so many", async () => {
  const time = loop()
  const turns = new Turns(time.clock)
  for (let n = 0; n < 50_000; n++) {
    ;(await turns.take(`address 10.${n >> 16}.${(n >> 8) & 255}.${n & 255}`)).end()
    time.pass(0.15)
    if (n % 10 === 0) await time.round()
  }
  expect(turns.size).toBeLessThan(20_300)
  time.pass(20_000)
  await time.round()
  ;(await turns.take("person 1")).end()
  expect(turns.size).toBe(1)
})

test("nor do those who have whole blocks of addresses by the ten thousand make more of them", async () => {
  const time = loop()
  const turns = new Turns(time.clock)
  for (let n = 0; n < 60_000; n++) {
    ;(await turns.take(`address 2001:${n % 50}:${n.toString(16)}:0::/64`)).end()
    time.pass(0.15)
    if (n % 10 === 0) await time.round()
  }
  expect(turns.size).toBeLessThan(40_100)
})

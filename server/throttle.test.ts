import { expect, test } from "bun:test"
import type { Command } from "../protocol/command.ts"
import { MAX_TYPED } from "../protocol/limits.ts"
import { Refusal } from "../protocol/refusal.ts"
import { folded } from "../protocol/text.ts"
import type { Caller } from "./caller.ts"
import { accountMeant } from "./names/spelling.ts"
import { Throttle } from "./throttle.ts"

const ann: Caller = { person: { id: 1, name: "ann", role: "member" }, session: "s", address: "1.1.1.1" }
const bob: Caller = { person: { id: 2, name: "bob", role: "member" }, session: "t", address: "1.1.1.1" }
const stranger = (address: string): Caller => ({ person: null, session: null, address })
const post: Command = { type: "post", room: 1, text: "x" }
const signIn = (username: string): Command => ({ type: "signIn", username, password: "x" })

/** A throttle whose time we set, and how many of a command it lets through at once. */
function throttle() {
  let now = 0
  const limits = new Throttle(
    (name) => folded(name.trim()),
    () => now,
  )
  const letsThrough = (caller: Caller, command: Command, attempts = 100) => {
    let count = 0
    for (let i = 0; i < attempts; i++)
      try {
        limits.take(caller, command)
        count++
      } catch (error) {
        if (!(error instanceof Refusal) || error.code !== "slow_down") throw error
      }
    return count
  }
  return { limits, letsThrough, wait: (seconds: number) => (now += seconds * 1000) }
}

test("a burst goes through, then so many a second", () => {
  const { letsThrough, wait } = throttle()
  expect(letsThrough(ann, post)).toBe(40)
  expect(letsThrough(ann, post)).toBe(0)
  wait(1)
  expect(letsThrough(ann, post)).toBe(5)
  wait(0.1)
  expect(letsThrough(ann, post)).toBe(0)
  wait(0.1)
  expect(letsThrough(ann, post)).toBe(1)
  wait(3_600)
  expect(letsThrough(ann, post)).toBe(40)
})

test("the refusal says how long to wait, and then it goes", () => {
  const { limits, letsThrough, wait } = throttle()
  letsThrough(stranger("1.1.1.1"), signIn("ann"))
  expect(() => limits.take(stranger("1.1.1.1"), signIn("ann"))).toThrow(/Try again in 5 seconds/)
  wait(4.9)
  expect(() => limits.take(stranger("1.1.1.1"), signIn("ann"))).toThrow(/Try again in a second/)
  wait(0.1)
  limits.take(stranger("1.1.1.1"), signIn("ann"))
})

test("one person's haste is not another's, and one kind of command not another", () => {
  const { letsThrough } = throttle()
  letsThrough(ann, post)
  expect(letsThrough(bob, post)).toBe(40)
  expect(letsThrough(ann, { type: "join", room: 1 })).toBe(40)
})

test("a person has one allowance wherever they are", () => {
  const { letsThrough } = throttle()
  letsThrough(ann, post)
  expect(letsThrough({ ...ann, session: "u", address: "2.2.2.2" }, post)).toBe(0)
})

test("whoever guesses at one person's password locks nobody else out, nor that person elsewhere", () => {
  const { letsThrough } = throttle()
  expect(letsThrough(stranger("6.6.6.6"), signIn("ann"))).toBe(20)
  expect(letsThrough(stranger("6.6.6.6"), signIn("bob"))).toBe(20)
  expect(letsThrough(stranger("1.1.1.1"), signIn("ann"))).toBe(20)
})

test("another spelling of the name is no new chance to guess", () => {
  const { letsThrough } = throttle()
  letsThrough(stranger("6.6.6.6"), signIn("bob"))
  for (const spelling of ["BOB", " bob", "bob   ", "ｂｏｂ", "bob\n", `bob${" ".repeat(200)}`])
    expect([spelling, letsThrough(stranger("6.6.6.6"), signIn(spelling))]).toEqual([spelling, 0])
})

test("nor is one that is filled up with what nobody sees, wherever, to whatever length", () => {
  const limits = new Throttle(
    accountMeant,
    () => 0,
    (_, account) => (account === "b" ? "a browser" : null),
  )
  const from = { ...stranger("6.6.6.6"), device: "of b" }
  const tries = (name: string) => {
    try {
      limits.take(from, signIn(name))
      return 1
    } catch {
      return 0
    }
  }
  for (let i = 0; i < 100; i++) tries("bob")
  let more = 0
  for (const unseen of ["\u00ad", "\u200b", "\u034f", "\u180b"])
    for (let at = 0; at <= 3; at++)
      for (const length of [1, 100, 198, 199, 200, 201, MAX_TYPED - 3])
        more += tries(`${"bob".slice(0, at)}${unseen.repeat(length)}${"bob".slice(at)}`)
  expect(more).toBe(0)
})

test("the start of a very long name is enough to tell it by, so that memory stays bounded", () => {
  const { letsThrough } = throttle()
  letsThrough(stranger("6.6.6.6"), signIn("x".repeat(1_000_000)))
  expect(letsThrough(stranger("6.6.6.6"), signIn(`${"x".repeat(999_999)}y`))).toBe(0)
})

test("signing out is never refused", () => {
  const { letsThrough } = throttle()
  expect(letsThrough(ann, { type: "signOut", session: "s" }, 1_000)).toBe(1_000)
})

test("who tries names one after the other comes to an end, and only they", () => {
  const { limits, letsThrough, wait } = throttle()
  const trying = (address: string, names: number) => {
    let count = 0
    for (let i = 0; i < names; i++) count += letsThrough(stranger(address), signIn(`name${i}`), 1)
    return count
  }
  expect(trying("1.1.1.1", 300)).toBe(100)
  expect(trying("2.2.2.2", 50)).toBe(50)
  wait(10)
  expect(trying("1.1.1.1", 300)).toBe(10)
  limits.take(ann, post)
})

test("a refusal leaves nothing behind: whatever a stranger makes up, they have as few buckets as they have tries", () => {
  const fresh: Partial<Record<Command["type"], (n: number) => Command>> = {
    signIn: (n) => signIn(`name${n}`),
    register: (n) => ({ type: "register", username: `name${n}`, password: `password ${n}` }),
    setPassword: (n) => ({ type: "setPassword", token: `token${n}`, password: `password ${n}` }),
  }
  for (const make of Object.values(fresh)) {
    const { limits, letsThrough } = throttle()
    let through = 0
    for (let n = 0; n < 20_000; n++) through += letsThrough(stranger("6.6.6.6"), make(n), 1)
    expect(through).toBeWithin(20, 101)
    expect(limits.size).toBeLessThanOrEqual(3 * through)
  }
})

test("however many addresses strangers have, what is kept is bounded, and who comes from elsewhere is let in", () => {
  const { limits, letsThrough, wait } = throttle()
  for (let n = 0; n < 50_000; n++) letsThrough(stranger(`2001:db8:${n.toString(16)}:0::/64`), signIn(`name${n}`), 1)
  expect(limits.size).toBeLessThan(65_000)
  expect(letsThrough(stranger("1.1.1.1"), signIn("ann"))).toBeGreaterThanOrEqual(20)
  expect(letsThrough(ann, post)).toBe(40)
  wait(4 * 60 * 60)
  limits.take(ann, post)
  expect(limits.size).toBeLessThan(5)
})

test("a flood of refusals costs the same, however many buckets there are", () => {
  const took = (others: number) => {
    const { limits, letsThrough } = throttle()
    for (let n = 0; n < others; n++) letsThrough(stranger(`10.${n >> 16}.${(n >> 8) & 255}.${n & 255}`), signIn("x"), 1)
    letsThrough(stranger("6.6.6.6"), signIn("ann"))
    const before = process.cpuUsage()
    for (let n = 0; n < 20_000; n++)
      try {
        limits.take(stranger("6.6.6.6"), signIn("ann"))
      } catch {
        // as it should be
      }
    const { user, system } = process.cpuUsage(before)
    return user + system
  }
  took(0) // compiled by now
  expect(took(15_000)).toBeLessThan(5 * took(10) + 200_000) // it was a hundred times as much
})

test("guessing at one account from everywhere comes to an end, and locks neither a new browser out nor a known one", () => {
  let now = 0
  const known = (device: string | undefined, account: string) => (device === `of ${account}` ? device : null)
  const limits = new Throttle(folded, () => now, known)
  const tries = (address: string, count: number, device?: string) => {
    let through = 0
    for (let i = 0; i < count; i++)
      try {
        limits.take({ ...stranger(address), device }, signIn("ann"))
        through++
      } catch (error) {
        if (!(error instanceof Refusal) || error.code !== "slow_down") throw error
      }
    return through
  }
  let guesses = 0
  for (let hour = 0; hour < 24; hour++) {
    for (let n = 0; n < 200; n++) guesses += tries(`198.51.${n % 40}.${n % 250}`, 3)
    now += 60 * 60 * 1000
  }
  // 100 and 120 an hour from everywhere, and from each of the 40 blocks 5, and 6 an hour.
  expect(guesses).toBeLessThan(100 + 24 * 120 + 40 * (5 + 24 * 6) + 100)
  for (let n = 0; n < 200; n++) tries(`198.51.${n % 40}.${n % 250}`, 5)
  expect(tries("1.1.1.1", 100)).toBe(5)
  expect(tries("198.51.1.1", 100, `of ${folded("ann")}`)).toBe(20)
  expect(tries("198.51.1.1", 100, "of somebody else")).toBe(0)
})

test("names that strangers make up, however many, leave no account without its budget", () => {
  const { letsThrough } = throttle()
  const address = (n: number) => `10.${n % 40}.7.${Math.floor(n / 40) % 250}`
  for (let n = 0; n < 30_000; n++) letsThrough(stranger(address(n)), signIn(`name${n}`), 1)
  let guesses = 0
  for (let n = 0; n < 10_000; n++) guesses += letsThrough(stranger(address(n)), signIn("ann"), 2)
  // What a few accounts share from everywhere, and each of the 40 blocks; and nobody is locked out.
  expect(guesses).toBeWithin(100, 4 * 100 + 40 * 4 * 5 + 1)
  expect(letsThrough(stranger("1.1.1.1"), signIn("ann"))).toBeGreaterThanOrEqual(5)
})

test("of what was taken other processes are told only when more than half of a bucket is used", () => {
  const { limits, letsThrough, wait } = throttle()
  letsThrough(ann, post, 20)
  expect(limits.spent()).toEqual([])
  wait(2)
  letsThrough(ann, post, 25)
  expect(limits.spent()).toEqual([{ name: "person post 1", spent: 35 * 200, most: 8_000 }])
  expect(limits.spent()).toEqual([])
})

test("messages have a budget of bytes a day, which only who fills a disk comes to know", () => {
  const { letsThrough, wait } = throttle()
  const long: Command = { type: "post", room: 1, text: "\u{1F600}".repeat(8_000) } // 32 KB
  let said = 0
  for (let second = 0; second < 24 * 60 * 60; second += 60) {
    said += letsThrough(ann, long, 40)
    wait(60)
  }
  expect(said * 32_000).toBeWithin(150_000_000, 201_000_000)
  expect(letsThrough(bob, long)).toBe(40)
})

test("each coming and going is told to everyone in the room, so that one leaves the same one only so often", () => {
  const { limits, wait } = throttle()
  for (let i = 0; i < 5; i++) limits.takeLeaving(1, 7)
  expect(() => limits.takeLeaving(1, 7)).toThrow(/Try again in 30 seconds/)
  limits.takeLeaving(1, 8)
  limits.takeLeaving(2, 7)
  wait(30)
  limits.takeLeaving(1, 7)
})

import { expect, test } from "bun:test"
import type { Command } from "../protocol/command.ts"
import type { Caller } from "./caller.ts"
import { skeletonOf } from "./people/names.ts"
import { Throttle } from "./throttle.ts"

const ann: Caller = { person: { id: 1, name: "ann", role: "member" }, session: "s", address: "1.1.1.1" }
const bob: Caller = { person: { id: 2, name: "bob", role: "member" }, session: "t", address: "1.1.1.1" }
const stranger = (address: string): Caller => ({ person: null, session: null, address })
const post: Command = { type: "post", room: 1, text: "x" }
const signIn = (username: string): Command => ({ type: "signIn", username, password: "x" })

/** A throttle whose time we set, and how many of a command it lets through at once. */
function throttle() {
  let now = 0
  const limits = new Throttle(skeletonOf, () => now)
  const letsThrough = (caller: Caller, command: Command, attempts = 100) => {
    let count = 0
    for (let i = 0; i < attempts; i++)
      try {
        limits.take(caller, command)
        count++
      } catch (error) {
        expect(error).toMatchObject({ code: "slow_down" })
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
  for (const spelling of ["BOB", " bob", "bob   ", "b0b", "Вob", "ｂｏｂ", "bob\n", `bob${" ".repeat(200)}`])
    expect([spelling, letsThrough(stranger("6.6.6.6"), signIn(spelling))]).toEqual([spelling, 0])
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

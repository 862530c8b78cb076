// Dice are worth what they differ by: a seed, and each person in it, is a story of its own.
import { expect, test } from "bun:test"
import { type Dice, diceOf } from "./chance.ts"

const throws = (dice: Dice) => Array.from({ length: 4 }, () => dice()).join()

test("a seed throws the same dice again, and no other seed does", () => {
  const seeds = [
    ...Array.from({ length: 2_000 }, (_, n) => n),
    ...Array.from({ length: 2_000 }, (_, n) => 2 ** 32 - 1 - n),
  ]
  expect(throws(diceOf(7))).toBe(throws(diceOf(7)))
  expect(new Set(seeds.map((seed) => throws(diceOf(seed)))).size).toBe(seeds.length)
})

test("what one person throws is their own, seed by seed", () => {
  for (const whom of ["ann", "bob", "the rooms"]) {
    const stories = Array.from({ length: 2_000 }, (_, seed) => throws(diceOf(seed).for(whom)))
    expect(new Set(stories).size).toBe(stories.length)
  }
})

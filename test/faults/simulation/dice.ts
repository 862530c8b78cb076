// Chance for a million seeds: each must be a story of its own, down to the last bit. (sfc32 by Chris Doty-Humphrey; the seed
// is mixed as MurmurHash3 ends.)
import type { Dice } from "../chance.ts"

export function diceOf(seed: number, whom: string): Dice {
  let [a, b, c] = [mixed(seed), mixed(Math.floor(seed / 2 ** 32)), 0]
  for (let i = 0; i < whom.length; i++) c = mixed(c ^ whom.charCodeAt(i))
  let counter = 1
  const dice = (() => {
    const sum = (((a + b) | 0) + counter) | 0
    counter = (counter + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = (((c << 21) | (c >>> 11)) + sum) | 0
    return (sum >>> 0) / 2 ** 32
  }) as Dice
  for (let warm = 0; warm < 12; warm++) dice()
  dice.upTo = (most) => Math.floor(dice() * most)
  dice.among = (things) => things[Math.floor(dice() * things.length)]!
  dice.for = (another) => diceOf(seed, another)
  return dice
}

function mixed(value: number): number {
  let hash = (value + 0x9e3779b9) | 0
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return hash ^ (hash >>> 16)
}

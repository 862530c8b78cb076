// Chance by a seed, as whole runs need it: the same seed throws the same dice for the nemesis and for each worker.
import { random } from "../world.ts"

export type Dice = {
  /** From 0 up to, and without, 1. */
  (): number
  upTo(most: number): number
  among<One>(things: readonly One[]): One
  /** Dice of their own for someone, so that what others throw changes nothing. */
  for(whom: string): Dice
}

export function diceOf(seed: number): Dice {
  const throws = random(Math.imul(seed, 2_654_435_761) >>> 0)
  for (let warm = 0; warm < 4; warm++) throws() // seeds that are neighbours begin alike
  const dice = (() => throws()) as Dice
  dice.upTo = (most) => Math.floor(throws() * most)
  dice.among = (things) => things[Math.floor(throws() * things.length)]!
  dice.for = (whom) => diceOf([...whom].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) >>> 0, seed))
  return dice
}

// What stands in a field, at the bound of some size or beyond it: length, depth, number. By dice.
import { MAX_DEPTH, MAX_VALUES } from "../../protocol/json.ts"
import * as limits from "../../protocol/limits.ts"
import type { Dice } from "../faults/chance.ts"
import { families } from "./texts.ts"

const { MAX_USERNAME, MAX_REF, MAX_ROOM_NAME, MAX_NONCE, MAX_TYPED, MAX_PASSWORD, MAX_TEXT, MAX_TYPED_TEXT } = limits
const BOUNDS = [MAX_USERNAME, MAX_REF, MAX_ROOM_NAME, MAX_NONCE, MAX_TYPED, MAX_PASSWORD, MAX_TEXT, MAX_TYPED_TEXT]
const DEPTHS = [1, MAX_DEPTH - 1, MAX_DEPTH, MAX_DEPTH + 1, 1_000, 40_060, 60_000]
const COUNTS = [0, 1, MAX_VALUES - 4, MAX_VALUES, MAX_VALUES + 1, 10_000]

/** A length at a bound, about it, twice it, or anything below `most`. */
export function lengthBy(dice: Dice, most: number): number {
  const bound = dice.among(BOUNDS)
  const length = dice.among([
    0,
    1,
    dice.upTo(100),
    bound - 1,
    bound,
    bound,
    bound + 1,
    2 * bound,
    dice.upTo(most),
    most,
  ])
  return Math.min(length, most)
}

/** One that is too long for something, mostly by far. */
export const longBy = (dice: Dice, most: number): string =>
  dice.among(families).of(dice() < 0.5 ? most : Math.min(most, dice.among([1, 2]) * dice.among(BOUNDS)))

export const textBy = (dice: Dice, most = 60_000): string => {
  const one = dice.among(families)
  if (dice() < 0.85) return one.of(lengthBy(dice, most))
  return one.of(dice.upTo(most / 8)) + dice.among(families).of(dice.upTo(most / 8)) + one.of(dice.upTo(9))
}

/** A number that is one, or nearly. */
export const numberBy = (dice: Dice): number | string =>
  dice.among([0, 1, -1, 1.5, 2 ** 31, 2 ** 53, 2 ** 63, 1e300, -0, dice.upTo(1_000), dice.upTo(2 ** 31)])

/** JSON as text, as no serializer would write it. */
export function jsonBy(dice: Dice, most = 60_000): string {
  const depth = (each: number) => Math.min(dice.among(DEPTHS), Math.floor(most / each))
  const count = () => Math.min(dice.among(COUNTS), Math.floor(most / 10))
  const makes: (() => string)[] = [
    () => JSON.stringify(textBy(dice, Math.floor(most / 6))),
    () => JSON.stringify(textBy(dice, 100)),
    () => `${numberBy(dice)}`,
    () => dice.among(["null", "true", "false", "[]", "{}", '""', "1e999", "-1e-999", "9".repeat(dice.upTo(most))]),
    () => nested(depth(2), "[", "]"),
    () => nested(depth(6), '{"a":', "}").replace(":}", ":1}"),
    () => `[${Array(count()).fill("1").join()}]`,
    () => `{${Array.from({ length: count() }, (_, i) => `"k${i}":1`).join()}}`,
    () => `[${Array(count()).fill('"a"').join()}]`,
    () => `{"toJSON":1,"__proto__":{"type":"post"},"constructor":{"prototype":{}},"length":${numberBy(dice)}}`,
    () => "[".repeat(depth(1)),
  ]
  return dice.among(makes)()
}

const nested = (levels: number, open: string, close: string): string => open.repeat(levels) + close.repeat(levels)

/** Bytes of any kind. */
export function bytesBy(dice: Dice, most: number): Buffer {
  const length = dice.upTo(dice() < 0.8 ? Math.min(300, most) : most)
  const kind = dice.among(["any", "zero", "one", "ascii"] as const)
  const bytes = Buffer.alloc(length)
  for (let at = 0; at < length; at++)
    bytes[at] = kind === "any" ? dice.upTo(256) : kind === "zero" ? 0 : kind === "one" ? 255 : 32 + dice.upTo(95)
  return bytes
}

// What is sent over sockets: commands by a grammar, and frames that no library would send.

import { command, spoken } from "../../protocol/command.ts"
import { MOST_AT_ONCE } from "../../server/http/socket.ts"
import type { Dice } from "../faults/chance.ts"
import { frame } from "../raw-socket.ts"
import { fieldsOf } from "../schemas.ts"
import { short } from "./http.ts"
import { families } from "./texts.ts"
import { bytesBy, jsonBy, longBy, textBy } from "./values.ts"

/** Bytes of a frame: what may be sent, and a little more. */
const LARGEST = 128 * 1024

export type Said = { words: string; bytes: Buffer }

const fields = fieldsOf(command)
const SPOKEN = Object.keys(fieldsOf(spoken))
const TYPES = [...Object.keys(fields), "ping", "x", "__proto__"]
const KEYS = [...new Set(Object.values(fields).flat()), "message", "toJSON", "__proto__"]

/** What each field may be, in a command that is done. */
const GOOD: Record<string, string> = {
  room: '"talk"',
  text: '"hello"',
  message: '"hello"',
  name: '"garden"',
  username: '"mallory"',
  password: '"four words make it"',
  lines: "[]",
}

/** A command that could be done, but for one of its fields, which is at some bound, or beyond it, or anything; or nearly one.
 *  Some are sent more often than a socket may have under way. */
export function commandBy(dice: Dice): Said {
  const type = dice.among(dice() < 0.8 ? SPOKEN : TYPES)
  const keys = ["ref", "type", "message", ...(Object.hasOwn(fields, type) ? fields[type]! : [])]
  if (dice() < 0.2) keys.push(dice.among(KEYS))
  const odd = dice() < 0.9 ? keys[dice.upTo(keys.length)] : null
  const anything = (most: number) =>
    dice.among([
      () => JSON.stringify(longBy(dice, most / 6)),
      () => JSON.stringify(textBy(dice, most / 6)),
      () => jsonBy(dice, most),
    ])()
  const value = (key: string): string => {
    if (key === odd) return anything(LARGEST - 2_000)
    if (key === "ref") return `${dice.upTo(1_000)}`
    return key === "type" ? JSON.stringify(type) : Object.hasOwn(GOOD, key) ? GOOD[key]! : '"x"'
  }
  const text = dice() < 0.95 ? `{${keys.map((key) => `"${key}":${value(key)}`).join()}}` : jsonBy(dice, LARGEST)
  const one = frame(1, Buffer.from(text))
  const times = one.length < 2_000 && dice() < 0.15 ? 2 * MOST_AT_ONCE : 1
  return { words: `frame ${short(text)}, ${times} times`, bytes: Buffer.concat(Array(times).fill(one)) }
}

/** Each field of each command that anyone may send, as long as a frame can be of each family of text, as deep, and as many. */
export function everyBound(dice: Dice): Said[] {
  const long = families.map(({ name, of }) => ({ name, value: longest(of) }))
  const values = [
    ...long,
    { name: "depth", value: "[".repeat(60_000) + "]".repeat(60_000) },
    { name: "values", value: `[${Array(50_000).fill("1").join()}]` },
  ]
  const all = SPOKEN.flatMap((type) =>
    ["ref", ...fields[type]!].flatMap((key) =>
      values.map(({ name, value }) => {
        const good = fields[type]!.map((one) => `"${one}":${GOOD[one] ?? '"x"'}`).join()
        const text = `{"type":"${type}",${good},"${key}":${value}}`
        return { words: `${type} with a ${key} of ${name}`, bytes: frame(1, Buffer.from(text)) }
      }),
    ),
  )
  return all
    .map((one) => [dice(), one] as const)
    .sort(([a], [b]) => a - b)
    .map(([, one]) => one)
}

/** As JSON, with room for the other fields. */
function longest(of: (units: number) => string): string {
  const each = Buffer.byteLength(JSON.stringify(of(1_000))) / 1_000
  return JSON.stringify(of(Math.floor((LARGEST - 2_000) / each)))
}

/** Frames that are none, or in no order. */
export function framesBy(dice: Dice): Said {
  const count = 1 + dice.upTo(dice() < 0.9 ? 5 : 400)
  const data = bytesBy(dice, LARGEST)
  const makes: [string, () => Buffer][] = [
    ["any opcode", () => frame(dice.upTo(16), data)],
    ["reserved bits", () => frame(dice.upTo(16) | (dice.upTo(8) << 4), data)],
    [
      "fragments of nothing",
      () => Buffer.concat([frame(1, Buffer.alloc(0), false), ...Array(count).fill(frame(0, Buffer.alloc(0), false))]),
    ],
    [
      "a message in fragments",
      () =>
        Buffer.concat([
          frame(1, Buffer.from('{"type":'), false),
          ...Array(count).fill(frame(0, Buffer.from(" "), false)),
          frame(0, Buffer.from('"ping"}')),
        ]),
    ],
    ["a fragment of nothing before", () => frame(0, data)],
    ["a ping", () => Buffer.concat(Array(count).fill(frame(9, data.subarray(0, 125))))],
    ["a ping that is too long", () => frame(9, Buffer.alloc(126 + dice.upTo(1_000)))],
    ["pongs", () => Buffer.concat(Array(count).fill(frame(10, Buffer.alloc(0))))],
    [
      "a close",
      () =>
        frame(
          8,
          dice() < 0.5
            ? Buffer.alloc(0)
            : Buffer.concat([Buffer.from([dice.upTo(20), dice.upTo(256)]), data.subarray(0, 100)]),
        ),
    ],
    ["a length that is not", () => frame(1, data, true, dice.among([0, 126, 65_536, 2 ** 31, 2 ** 52]))],
    ["no mask", () => Buffer.concat([Buffer.from([0x81, Math.min(125, data.length)]), data.subarray(0, 125)])],
    ["bytes that are no text", () => frame(1, Buffer.from([0xff, 0xc0, 0x80, 0xed, 0xa0, 0x80]))],
    ["binary", () => frame(2, data)],
    ["garbage", () => data],
  ]
  const [words, make] = dice.among(makes)
  return { words: `${words}, ${count} times`, bytes: make() }
}

// Every schema of what comes in has a bound on each of its sizes, and the bound comes first: what is measured last is worked on
// first, however long it is.
import { describe, expect, test } from "bun:test"
import * as v from "valibot"
import { placesOf } from "../test/schemas.ts"
import { command, parseCommand, parseRef, ref } from "./command.ts"
import { MAX_REF } from "./limits.ts"

const unbounded = (schema: v.GenericSchema): string[] =>
  placesOf(schema).flatMap(({ path, bound }) => (bound === null ? [path] : []))

test("each string and each list of every command has a bound, which is looked at first", () => {
  expect(unbounded(command)).toEqual([])
  expect(unbounded(ref)).toEqual([])
})

describe("the test finds", () => {
  test.each([
    ["a string without a bound", v.object({ a: v.string() })],
    ["one that is worked on before it is measured", v.pipe(v.string(), v.trim(), v.maxLength(9))],
    [
      "one that is only checked",
      v.pipe(
        v.string(),
        v.check((text) => text.length < 9),
      ),
    ],
    ["one in a list", v.pipe(v.array(v.string()), v.maxLength(9))],
    ["a list without a bound", v.array(v.number())],
    ["one that may be left out", v.object({ a: v.optional(v.string()) })],
    ["one among others", v.union([v.number(), v.string()])],
  ])("%s", (_, schema) => {
    expect(unbounded(schema).length).toBeGreaterThan(0)
  })

  test.each([
    ["anything", v.unknown()],
    ["a record", v.record(v.string(), v.number())],
  ])("%s, which it does not know", (_, schema) => {
    expect(() => unbounded(v.object({ a: schema }))).toThrow("do not know")
  })
})

test("what is longer than its bound is refused, whatever it is made of, before anything works on it", () => {
  const long = `a${"\u0301\u0327".repeat(500_000)}`
  const all: Record<string, unknown>[] = [
    { type: "post", room: "talk", text: long },
    { type: "post", room: long, text: "x" },
    { type: "post", room: "talk", text: "x", nonce: long },
    { type: "open", name: long },
    { type: "register", username: long, password: "long enough" },
    { type: "register", username: "ann", password: long },
    { type: "register", username: "ann", password: "long enough", place: long },
    { type: "register", username: "ann", password: "long enough", invite: long },
    { type: "changeSettings", name: long },
    { type: "setPassword", token: long, password: "long enough" },
    { type: "signOut", session: long },
    { type: "import", lines: Array(1_001).fill({ room: "a", author: "b", at: 1, text: "c", nonce: "d" }) },
  ]
  const began = performance.now()
  for (const one of all)
    expect(() => parseCommand(one)).toThrow(expect.objectContaining({ message: expect.stringMatching(/^[A-Z].*\.$/) }))
  expect(performance.now() - began).toBeLessThan(500)
})

test("a ref is a whole number or a short text, and nothing else comes back", () => {
  for (const good of [undefined, 0, -1, Number.MAX_SAFE_INTEGER, "", "a", "x".repeat(MAX_REF)])
    expect(parseRef(good)).toBe(good as never)
  for (const bad of [null, 1.5, Number.NaN, 2 ** 53, "x".repeat(MAX_REF + 1), [], {}, [[1]], true])
    expect(() => parseRef(bad)).toThrow(expect.objectContaining({ code: "invalid", field: "ref" }))
})

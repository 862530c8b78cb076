import { describe, expect, test } from "bun:test"
import fc from "fast-check"
import { MAX_DEPTH, MAX_VALUES, parseJson, parseJsonObject } from "./json.ts"
import { Refusal } from "./refusal.ts"

const nested = (levels: number, open = "[", close = "]") => open.repeat(levels) + close.repeat(levels)
const objects = (levels: number) => `${'{"a":'.repeat(levels)}1${"}".repeat(levels)}`

const depthOf = (value: unknown): number =>
  typeof value === "object" && value !== null ? 1 + Math.max(0, ...Object.values(value).map(depthOf)) : 0

test("what is not too deep and not too much is just what the parser makes of it", () => {
  fc.assert(
    fc.property(fc.json({ maxDepth: 12, stringUnit: "binary" }), (text) => {
      expect(parseJson(text)).toEqual(JSON.parse(text))
    }),
    { numRuns: 1_000 },
  )
})

test("how deep it is does not depend on what stands in strings, or around", () => {
  fc.assert(
    fc.property(
      fc.array(fc.string({ unit: fc.constantFrom('"', "\\", "[", "]", "{", "}", ",", "x", "\u2028") }), {
        maxLength: 8,
      }),
      fc.integer({ min: 1, max: 2 * MAX_DEPTH }),
      fc.constantFrom("", " ", "\n\t"),
      (words, levels, space) => {
        let value: unknown = words
        for (let i = 1; i < levels; i++) value = i % 2 ? { [words[0] ?? "a"]: value } : [value]
        const text = space + JSON.stringify(value, null, space)
        if (depthOf(value) <= MAX_DEPTH) expect(parseJson(text)).toEqual(value)
        else expect(() => parseJson(text)).toThrow(expect.objectContaining({ code: "malformed" }))
      },
    ),
  )
})

describe("what would fill a stack or take long is refused, and in no time:", () => {
  test.each([
    ["arrays", nested(MAX_DEPTH + 1)],
    ["arrays, very deep", nested(1_000_000)],
    ["objects", objects(MAX_DEPTH + 1)],
    ["objects, very deep", objects(200_000)],
    ["arrays that do not end", "[".repeat(1_000_000)],
    ["objects that do not end", '{"a":'.repeat(200_000)],
    ["in a field", `{"type":"post","ref":${nested(60_000)}}`],
    ["behind a string that looks like an end", `["]]]]]]]]]]]",${nested(MAX_DEPTH)}]`],
    ["behind a string with escapes", `["\\\\\\"]]",${nested(MAX_DEPTH)}]`],
    ["many values", `[${"1,".repeat(MAX_VALUES)}1]`],
    ["many empty arrays", `[${"[],".repeat(MAX_VALUES)}[]]`],
    ["many keys", `{${Array.from({ length: MAX_VALUES + 1 }, (_, i) => `"k${i}":1`).join()}}`],
  ])("%s", (_, text) => {
    const began = performance.now()
    expect(() => parseJson(text)).toThrow(
      expect.objectContaining({ code: "malformed", message: expect.stringMatching(/\.$/) }),
    )
    expect(performance.now() - began).toBeLessThan(500)
  })
})

test("at the bounds all is well", () => {
  expect(parseJson(nested(MAX_DEPTH))).toBeArray()
  expect(parseJson(objects(MAX_DEPTH))).toBeObject()
  expect(parseJson(`[${"1,".repeat(MAX_VALUES - 3)}1]`)).toHaveLength(MAX_VALUES - 2)
  expect(parseJson(`[${"1,".repeat(2 * MAX_VALUES)}1]`, "", 3 * MAX_VALUES)).toHaveLength(2 * MAX_VALUES + 1)
})

test("quotes and backslashes without end are passed over once", () => {
  const text = `"${'\\"\\\\'.repeat(400_000)}"`
  const before = process.cpuUsage()
  expect(parseJson(text)).toHaveLength(800_000)
  const { user, system } = process.cpuUsage(before)
  expect((user + system) / 1_000).toBeLessThan(1_000) // by the square it would be minutes
})

test("no text does anything but become a value or a refusal", () => {
  const signs = fc.constantFrom(...'[]{}",:\\0e-.tfn \n\u0000\ud800')
  fc.assert(
    fc.property(fc.string({ unit: signs, maxLength: 200 }), (text) => {
      try {
        parseJson(text)
      } catch (error) {
        expect(error).toBeInstanceOf(Refusal)
      }
    }),
    { numRuns: 5_000 },
  )
})

test("an object is one: no list, no text, no null", () => {
  expect(parseJsonObject('{"__proto__":{"admin":true}}', "no")).not.toHaveProperty("admin")
  for (const text of ["[]", "null", "1", '"{}"', "{", ""])
    expect(() => parseJsonObject(text, "An object, please.")).toThrow("An object, please.")
})

// Every schema of what comes in has a bound on each of its sizes, and the bound comes first: what is measured last is worked on
// first, however long it is.
import { describe, expect, test } from "bun:test"
import * as v from "valibot"
import { command, parseCommand, parseRef, ref } from "./command.ts"
import { MAX_REF } from "./limits.ts"

type Schema = {
  type: string
  kind: string
  pipe?: Schema[]
  requirement?: unknown
  options?: Schema[]
  entries?: Record<string, Schema>
  item?: Schema
  wrapped?: Schema
}

/** What has no size. */
const PLAIN = new Set(["literal", "picklist", "number", "boolean"])

/** The places in a schema where something may be as long as anybody likes. */
export function unbounded(schema: Schema, path = "command"): string[] {
  const [own = schema, ...steps] = schema.pipe ?? [schema]
  const isBounded = steps[0]?.type === "max_length"
  switch (own.type) {
    case "variant":
    case "union":
      return own.options!.flatMap((option) => unbounded(option, path))
    case "object":
      return Object.entries(own.entries!).flatMap(([key, entry]) => unbounded(entry, `${nameOf(own, path)}.${key}`))
    case "optional":
      return unbounded(own.wrapped!, path)
    case "array":
      return [...(isBounded ? [] : [path]), ...unbounded(own.item!, `${path}[]`)]
    case "string":
      return isBounded ? [] : [path]
    default:
      return PLAIN.has(own.type) ? [] : [`${path}, whose kind (${own.type}) this test does not know`]
  }
}

const nameOf = ({ entries }: Schema, path: string): string =>
  (entries?.type as { literal?: string } | undefined)?.literal ?? path

test("each string and each list of every command has a bound, which is looked at first", () => {
  expect(unbounded(command as unknown as Schema)).toEqual([])
  expect(unbounded(ref as unknown as Schema)).toEqual([])
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
    ["anything", v.unknown()],
    ["a record", v.record(v.string(), v.number())],
  ])("%s", (_, schema) => {
    expect(unbounded(schema as unknown as Schema).length).toBeGreaterThan(0)
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

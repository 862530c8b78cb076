import { describe, expect, test } from "bun:test"
import fc from "fast-check"
import { lengthOf, MAX_USERNAME } from "../../protocol/limits.ts"
import { Refusal } from "../../protocol/refusal.ts"
import { skeletonOf, username } from "./names.ts"

const refused = (code: string, words?: RegExp) =>
  expect.objectContaining({ code, field: "username", ...(words && { message: expect.stringMatching(words) }) })

describe("a username", () => {
  test.each(["ann", "Ann_B", "a", "7", "anne-marie", "j.r", "Łukasz", "Ωmega", "日本", "नमस्ते", "محمد", "_x_"])(
    "may be %s",
    (name) => expect(username(name)).toBe(name),
  )

  test("is taken without the space around it, and in one spelling of its accents", () => {
    expect(username("  ann\n")).toBe("ann")
    expect(username("rene\u0301")).toBe("rené")
  })

  test.each(["", " ", "\t\n"])("is not %j", (name) =>
    expect(() => username(name)).toThrow(refused("invalid", /^Choose a username/)),
  )

  test.each([
    "ann b",
    "]Zero[",
    "ann@home",
    "<b>",
    "ann\u200b",
    "ann\u202e",
    "ann\u200d",
    "ann\ufe0f",
    "ann\u034f",
    "\u3164",
    "ann\u115f",
    "ann\0",
    "\ud800",
    "😀",
    "a/b",
    "ann\u00a0b",
  ])("is not %j: letters, digits and . _ - only, and none that nobody sees", (name) =>
    expect(() => username(name)).toThrow(refused("invalid", /letters, digits/)),
  )

  test.each(["...", "-", "_._", "\u0301", "\u0301a", "x\u0317\u0323\u0331"])("is not %j: it needs a letter", (name) =>
    expect(() => username(name)).toThrow(refused("invalid", /needs a letter/)),
  )

  test("has 40 characters at most, whatever the characters", () => {
    for (const letter of ["x", "é", "語", "𝔞"]) {
      expect(lengthOf(username(letter.repeat(MAX_USERNAME)))).toBe(MAX_USERNAME)
      expect(() => username(letter.repeat(MAX_USERNAME + 1))).toThrow(refused("too_large"))
    }
  })
})

describe("two names are the same to the eye", () => {
  test.each([
    ["Ann", "ANN", "by case"],
    ["ann", "аnn", "by a Cyrillic а"],
    ["Ann", "Αnn", "by a Greek Α"],
    ["paypal", "рауpal", "by three Cyrillic letters"],
    ["Bob", "Воb", "by a Cyrillic В"],
    ["BOB", "ВОВ", "by a Cyrillic word"],
    ["Nick", "Νick", "by a Greek Ν"],
    ["ann", "ɑnn", "by a phonetic ɑ"],
    ["Straße", "STRASSE", "by case, where one letter becomes two"],
    ["вова", "ВОВА", "by case, in Cyrillic"],
    ["νίκος", "ΝΊΚΟΣ", "by case, in Greek"],
    ["ann", "ａｎｎ", "by width"],
    ["ann", "𝓪𝓷𝓷", "by a mathematical script"],
    ["fin", "ﬁn", "by a ligature"],
    ["Ali", "AIi", "by I and l"],
    ["bill", "bi11", "by 1 and l"],
    ["bill", "BILL", "by case, where there is an i"],
    ["Bob", "B0b", "by 0 and O"],
    ["corn", "com", "by rn and m"],
    ["rené", "rene\u0301", "by the spelling of an accent"],
  ])("%s and %s, %s", (one, other) => expect(skeletonOf(one)).toBe(skeletonOf(other)))

  test.each([
    ["ann", "anna"],
    ["ann", "ánn"],
    ["bob", "bod"],
    ["日本", "本日"],
    ["a.b", "ab"],
  ])("but not %s and %s", (one, other) => expect(skeletonOf(one)).not.toBe(skeletonOf(other)))

  test("and case never tells two names apart", () => {
    const letters = fc.string({
      unit: fc.constantFrom(..."AbIilL10oOmMrnß._-ÄéВвоΝνςΣσłŁıдЖ"),
      minLength: 1,
      maxLength: 20,
    })
    fc.assert(
      fc.property(letters, (name) => {
        expect(skeletonOf(name.toUpperCase())).toBe(skeletonOf(name.toLowerCase()))
      }),
    )
  })
})

test("whatever is typed is a name without space or control, or is refused", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (typed) => {
      try {
        const name = username(typed)
        expect(username(name)).toBe(name)
        expect(name).not.toMatch(/[\s\p{C}]/u)
        expect(skeletonOf(name)).not.toBe("")
      } catch (error) {
        expect(error).toBeInstanceOf(Refusal)
      }
    }),
    { numRuns: 2_000 },
  )
})

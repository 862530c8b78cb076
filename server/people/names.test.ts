import { describe, expect, test } from "bun:test"
import fc from "fast-check"
import { lengthOf, MAX_USERNAME } from "../../protocol/limits.ts"
import { Refusal } from "../../protocol/refusal.ts"
import { looksOf } from "../names/looks.ts"
import { isReserved, username } from "./names.ts"

const refused = (code: string, words?: RegExp) =>
  expect.objectContaining({ code, field: "username", ...(words && { message: expect.stringMatching(words) }) })

describe("a username", () => {
  test.each(["ann", "Ann_B", "a", "7", "anne-marie", "j.r", "Łukasz", "Ωμέγα", "日本", "नमस्ते", "محمد", "_x_"])(
    "may be %s",
    (name) => expect(username(name)).toBe(name),
  )

  test.each(["בן\u05beדוד", "Տեր\u058aՊետրոսյան", "عبدُاللَّٰه".normalize("NFC"), "ه\u200d.ش"])("may be %s", (name) =>
    expect(username(name)).toBe(name),
  )

  test("has a hyphen, whichever the keyboard has", () => {
    for (const hyphen of ["\u2010", "\u2011"]) expect(username(`Anne${hyphen}Marie`)).toBe("Anne-Marie")
    for (const name of ["בן\u05be", "\u05beבן", "a\u058ab", "Տեր\u058a"])
      expect(() => username(name)).toThrow(refused("invalid"))
  })

  test("is taken without the space around it, and in one spelling of its accents", () => {
    expect(username("  ann\n")).toBe("ann")
    expect(username("rene\u0301")).toBe("rené")
  })

  test.each(["", " ", "\t\n", "\u3164", "\u2800 \u200b"])("is not %j", (name) =>
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
    "ann\u115f",
    "ann\0",
    "\ud800",
    "😀",
    "a/b",
    "ann\u00a0b",
  ])("is not %j: letters, digits and . _ - only, and none that nobody sees", (name) =>
    expect(() => username(name)).toThrow(refused("invalid", /letters, digits/)),
  )

  test.each([
    "...",
    "-",
    "_._",
    "\u0301",
    "\u0301a",
    "x\u0317\u0323\u0331",
    "ل\u064e\u0651\u0670\u0655",
    "ل\u064e\u0651\u0323",
  ])("is not %j: it needs a letter", (name) =>
    expect(() => username(name)).toThrow(refused("invalid", /needs a letter/)),
  )

  test("has 40 characters at most, whatever the characters", () => {
    for (const letter of ["x", "é", "語", "𝔞"]) {
      expect(lengthOf(username(letter.repeat(MAX_USERNAME)))).toBe(MAX_USERNAME)
      expect(() => username(letter.repeat(MAX_USERNAME + 1))).toThrow(refused("too_large"))
    }
  })
})

test.each(["аnn", "Μaria", "анна-maria", "日本и", "שרהa"])("%s mixes alphabets, and is refused", (name) =>
  expect(() => username(name)).toThrow(refused("invalid", /one alphabet/)),
)

test.each(["annː", "annʰ", "ᵃnn", "محـمد"])("%s has a letter that only hangs beside another, and is refused", (name) =>
  expect(() => username(name)).toThrow(refused("invalid", /only hangs beside/)),
)

test("what the place itself would speak by is kept for its owner, in any spelling", () => {
  for (const name of [
    "admin",
    "Admin",
    "A.D.M.I.N",
    "owner",
    "Parlour",
    "system",
    "everyone",
    "here",
    "room",
    "ｒｏｏｔ",
    "adm1n",
    "ADMlN",
    "аӏӏ",
    "systern",
    "r00t",
  ])
    expect([name, isReserved(name)]).toEqual([name, true])
  for (const name of ["adam", "ownera", "hero", "rooms"]) expect([name, isReserved(name)]).toEqual([name, false])
})

test("whatever is typed is a name without space or control, or is refused", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (typed) => {
      try {
        const name = username(typed)
        expect(username(name)).toBe(name)
        expect(name).not.toMatch(/[\s\p{Cc}\p{Cn}\p{Co}\p{Cs}]/u)
        expect(looksOf(name).every((look) => / ./.test(look))).toBe(true)
      } catch (error) {
        expect(error).toBeInstanceOf(Refusal)
      }
    }),
    { numRuns: 2_000 },
  )
})

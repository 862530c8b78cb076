import { expect, test } from "bun:test"
import { graphemes } from "../protocol/text.ts"
import { initialOf, lookOf } from "./avatar.tsx"

test("a name has one look, however it is written", () => {
  expect(lookOf("Ann")).toBe(lookOf("Ann"))
  expect(lookOf("ANN")).toBe(lookOf("ann"))
  expect(lookOf("Ann")).toMatch(/^hue-\d+ shape-\d$/)
})

test("names that are alike do not look alike", () => {
  const looks = Array.from({ length: 20 }, (_, index) => lookOf(`user${index}`))
  expect(new Set(looks).size).toBeGreaterThan(14)
})

test("the initial is the first letter or digit, without what is stacked on it", () => {
  expect(initialOf("ann")).toBe("A")
  expect(initialOf("__xX_dark")).toBe("X")
  expect(initialOf("7up")).toBe("7")
  expect(initialOf("李娜")).toBe("李")
  expect(initialOf("Z̷̢̛algo")).toBe("Z")
  expect(initialOf("👩‍🚀 jo")).toBe("👩‍🚀")
  expect(initialOf("--")).toBe("-")
})

test.each([
  ["გიორგი", "გ"], // its capital is for headlines, and a box in most fonts
  ["ßeta", "ß"],
  ["ﬁn", "ﬁ"],
  ["ŉdebele", "ŉ"],
  ["émile", "É"],
  ["e\u0301mile", "É"],
  ["ёлка", "Ё"],
  ["ωmega", "Ω"],
  ["արամ", "Ա"],
  ["นภา", "น"],
  ["น้ำ", "น้ำ"],
  ["किरण", "कि"],
  ["സ\u0d4dന", "സ\u0d4dന"],
  ["ﾀﾛｳ", "ﾀ"],
  ["👍🏽 jo", "👍🏽"],
  [
    "\u{1f3f4}\u{e0067}\u{e0062}\u{e0073}\u{e0063}\u{e0074}\u{e007f}",
    "\u{1f3f4}\u{e0067}\u{e0062}\u{e0073}\u{e0063}\u{e0074}\u{e007f}",
  ],
  ["🏳\u200d🌈 x", "🏳\u200d🌈"],
  ["a\u0301\u0302\u0303\u0304", "Á"],
  ["", ""],
])("the initial of %s is %s: one sign, whole, as it is seen", (name, initial) => expect(initialOf(name)).toBe(initial))

test("an initial is one sign of the name for every letter that there is, and never of another script's making", () => {
  const wrong: string[] = []
  for (let code = 0x21; code <= 0x1ffff; code++) {
    const letter = String.fromCodePoint(code)
    if (!/\p{L}/u.test(letter) || (code >= 0x3400 && code < 0xa000) || (code >= 0xac00 && code < 0xe000)) continue
    const initial = initialOf(`${letter}x`)
    const sign = graphemes(`${letter}x`)[0]! // some letters stand with the next
    if (
      graphemes(initial).length !== 1 ||
      ![sign, sign.toUpperCase()].map((one) => one.normalize("NFC")).includes(initial.normalize("NFC"))
    )
      wrong.push(`U+${code.toString(16)} ${initial}`)
  }
  expect(wrong).toEqual([])
})

/** Ink apart on the wheel, in degrees. */
const apart = (one: number, two: number): number => Math.abs(((one - two + 540) % 360) - 180)

test("of thirty people who talk hardly two look alike", async () => {
  const { people } = await import("./made-up.ts")
  const css = await Bun.file(`${import.meta.dirname}/../client/style/avatar.css`).text()
  const turns = [150, ...[...css.matchAll(/\.shape-[2-6] \{\s*--turn: (\d+)/g)].map(([, turn]) => Number(turn))]
  expect(turns).toHaveLength(6)
  const names = [
    ...people,
    ..."Ann Bo Chidi Dilnoza Edda Ines José Kateryna Mona Nils Olu Petra Quinn Rui Sam Tove Uma Vik".split(" "),
  ]
  const faces = names.map((name) => {
    const [hue, shape] = lookOf(name).match(/\d+/g)!.map(Number) as [number, number]
    return { first: (hue - 1) * 15, second: (hue - 1) * 15 + turns[shape - 1]! }
  })
  let [alike, pairs] = [0, 0]
  for (const [index, one] of faces.entries())
    for (const two of faces.slice(index + 1)) {
      pairs++
      if (apart(one.first, two.first) <= 30 && apart(one.second, two.second) <= 30) alike++
    }
  expect(alike / pairs).toBeLessThan(0.12)
})

import { describe, expect, test } from "bun:test"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { realNames } from "../../test/real-names.ts"
import { isReserved, username } from "../people/names.ts"
import { hidesItsScript, looksOf, looksOfRoom } from "./looks.ts"

const alike = (one: string, other: string, looks = looksOf): boolean => {
  const found = new Set(looks(one))
  return looks(other).some((look) => found.has(look))
}

/** The name, if someone may be called so. */
function mayBe(name: string): string | null {
  try {
    return username(name)
  } catch {
    return null
  }
}

/** All pairs of the table, but for its first line, which says of which Unicode it is. */
const pairs = readFileSync(join(import.meta.dirname, "look-alikes.txt"), "utf8")
  .trimEnd()
  .split("\n")
  .slice(1)
  .map((line) => line.split("\t") as [one: string, like: string])

describe("two names are the same to the eye", () => {
  test.each([
    ["Ann", "ANN", "by case"],
    ["ann", "аnn", "by a Cyrillic а"],
    ["Ann", "Αnn", "by a Greek Α"],
    ["paypal", "рауpal", "by three Cyrillic letters"],
    ["Bob", "Воb", "by a Cyrillic В"],
    ["BOB", "ВОВ", "by a Cyrillic word"],
    ["Nick", "Νick", "by a Greek Ν"],
    ["vic", "νic", "by a Greek nu, which as a capital is like another letter"],
    ["uwe", "υwe", "by a Greek upsilon"],
    ["fin", "ſin", "by a long s, as it looks"],
    ["sin", "ſin", "by a long s, as it is read"],
    ["Bvic", "Вνic", "by one letter that is alike as a capital, and one that is as a small one"],
    ["o", "σ", "by a sigma"],
    ["ann", "ɑnn", "by a phonetic ɑ"],
    ["Straße", "STRASSE", "by case, where one letter becomes two"],
    ["вова", "ВОВА", "by case, in Cyrillic"],
    ["νίκος", "ΝΊΚΟΣ", "by case, in Greek"],
    ["ann", "ａｎｎ", "by width"],
    ["ann", "𝓪𝓷𝓷", "by a mathematical script"],
    ["fin", "ﬁn", "by a ligature"],
    ["Ali", "AIi", "by I and l"],
    ["Ali", "aIi", "by I and l, and case"],
    ["lan", "Ian", "by a capital I"],
    ["Ali", "ALl", "by capitals with an l for the I"],
    ["bill", "bi11", "by 1 and l"],
    ["bill", "BILL", "by case, where there is an i"],
    ["Bob", "B0b", "by 0 and O"],
    ["corn", "com", "by rn and m"],
    ["rené", "rene\u0301", "by the spelling of an accent"],
    ["ann", "ann.", "by a full stop"],
    ["ann", "_ann_", "by lines"],
    ["j.r", "jr", "by a full stop within"],
    ["ann", "annˑ", "by a sign of length"],
    ["Marcel·la", "Marcella", "by a dot within"],
    ["ג׳ורג׳", "גורג", "by Hebrew's signs within"],
    ["Mарія", "Марія", "by one Latin letter"],
    ["می\u200cشا", "میشا", "by a joiner"],
    ["ก\u0e35\u0e48", "ก\u0e48\u0e35", "by the order of marks, in Thai"],
    ["น\u0e49\u0e33", "น\u0e4d\u0e49\u0e32", "by the order of a mark that stands within a letter"],
    ["ก\u0e48า", "ก\u0e48\u0e48า", "by a mark that is there twice, in Thai"],
    ["कंक", "कंंक", "by a mark that is there twice, in Devanagari"],
    ["दिंक", "दंिक", "by the order of marks, in Devanagari"],
    ["e\u0302\u0301x", "e\u0301\u0302x", "by the order of accents"],
    ["a\u0323\u0331b", "a\u0331\u0323b", "by the order of marks below"],
    ["فقه", "ڧقه", "by a qaf that is drawn as a feh before another letter"],
    ["ڤال", "ڨال", "by one with three dots"],
  ])("%s and %s, %s", (one, other) => expect(alike(one, other)).toBe(true))

  test.each([
    ["ann", "anna"],
    ["ann", "ánn"],
    ["bob", "bod"],
    ["日本", "本日"],
    ["Ella", "Elia"],
    ["Lila", "Ilia"],
    ["Lan", "Ian"],
    ["nan", "van"],
    ["Uma", "Yma"],
    ["ông", "ống"],
    ["ก่า", "ก้า"],
    ["شريف", "شريق"],
  ])("but not %s and %s", (one, other) => expect(alike(one, other)).toBe(false))

  test("as rooms, too, where words part by whatever sign", () => {
    for (const other of ["tаlk", "TALK", "talk.", "«talk»", "ta\u2060lk", "t\u0430lk!"])
      expect(alike("talk", other, looksOfRoom)).toBe(true)
    for (const [one, other] of [
      ["v1.0", "v10"],
      ["lunch plans", "lunchplans"],
      ["C", "C++"],
      ["🌷", "🌹"],
      ["👍", "👍🏽"],
      ["👍🏿", "👍🏽"],
      ["\u{1f3f4}\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}", "\u{1f3f4}"],
      ["?!", "talk"],
    ] as const)
      expect(alike(one, other, looksOfRoom)).toBe(false)
    expect(looksOfRoom("...")).not.toEqual(looksOfRoom("!!!"))
  })

  test("a word that mixes alphabets to look like one is known", () => {
    for (const name of ["tаlk", "Аdmin room", "lunсh-plans"]) expect([name, hidesItsScript(name)]).toEqual([name, true])
    for (const name of ["Talk", "Кафе-bar", "IT-отдел", "ΔE", "日本Taro", "λ-calculus", "µTorrent", "Привет"])
      expect([name, hidesItsScript(name)]).toEqual([name, false])
  })
})

test("marks make one look in whatever order they come, and however often, on letters of every script", () => {
  const letters = [..."aoกดकगমதമකဂតດאبሀ"]
  for (const letter of letters)
    for (const [one, other] of [
      ["\u0301", "\u0323"],
      ["\u0301", "\u0304"],
      ["\u0e34", "\u0e48"],
      ["\u093f", "\u0902"],
      ["\u05b8", "\u05bc"],
      ["\u064f", "\u0651"],
    ] as const) {
      const looks = looksOf(`${letter}${one}${other}x`)
      for (const same of [`${other}${one}`, `${one}${one}${other}`, `${one}${other}${one}`])
        expect(looksOf(`${letter}${same}x`).some((look) => looks.includes(look))).toBe(true)
      expect(looksOf(`${letter}${one}x`).some((look) => looks.includes(look))).toBe(false)
    }
})

describe("of all pairs that Unicode calls confusable", () => {
  // In the midst of words of its script and of others, as people would write them.
  const around = ["", "x", "an", "Ивa", "νικ", "日", "म", "م", "ა", "א"]

  test("no two can be taken beside each other", () => {
    let tried = 0
    const missed: string[] = []
    for (const [letter, like] of pairs)
      for (const before of around) {
        const [one, other] = [mayBe(before + letter + before), mayBe(before + like + before)]
        if (one === null || other === null) continue
        tried++
        if (!alike(one, other)) missed.push(`${one} ${other}`)
      }
    expect(missed).toEqual([])
    expect(tried).toBeGreaterThan(2_000)
  }, 60_000)

  test("nor can a name of a real person and its disguise, letter by letter", () => {
    const disguises = new Map<string, string[]>()
    for (const [letter, like] of pairs)
      for (const [from, to] of [
        [letter, like],
        [like, letter],
      ] as const)
        disguises.set(from, [...(disguises.get(from) ?? []), to])
    let tried = 0
    const missed: string[] = []
    for (const [, name] of realNames)
      for (const [at, letter] of [...name].entries())
        for (const other of disguises.get(letter) ?? []) {
          const letters = [...name]
          letters[at] = other
          const [one, two] = [mayBe(name), mayBe(letters.join(""))]
          if (one === null || two === null || one === two) continue
          tried++
          if (!alike(one, two)) missed.push(`${one} ${two}`)
        }
    expect(missed).toEqual([])
    expect(tried).toBeGreaterThan(2_000)
  }, 60_000)
})

test("nobody of six hundred real people in fifty languages is refused, nor taken for another of them", () => {
  expect(realNames.length).toBeGreaterThan(500)
  expect(new Set(realNames.map(([language]) => language)).size).toBeGreaterThanOrEqual(40)
  const known = new Map<string, string>()
  for (const [language, typed] of realNames) {
    const name = username(typed)
    expect([language, name]).toEqual([language, typed.normalize("NFC")])
    expect(isReserved(name)).toBe(false)
    for (const look of looksOf(name)) expect([name, known.get(look) ?? name]).toEqual([name, name])
    for (const look of looksOf(name)) known.set(look, name)
  }
})

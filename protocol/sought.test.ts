import { expect, test } from "bun:test"
import fc from "fast-check"
import { plain } from "./sought.ts"

/** A name, and how others type it who look for it. */
const found: [name: string, ...typed: string[]][] = [
  ["Ann's room", "ann\u2019s", "ann\u02bcs", "ann`s", "ann\u00b4s", "anns"],
  ["O\u2019Brien", "O'Brien", "o\u00b4brien", "obrien"],
  ["Мар\u02bcяна", "мар'яна", "мар\u2019яна"],
  ["G\u02bbayrat", "g'ayrat", "g\u2018ayrat", "g`ayrat"],
  ["ג\u05f3ורג\u05f3", "ג'ורג'"],
  ["צה\u05f4ל", 'צה"ל', "צה\u201dל"],
  ["Jean-Luc", "jean\u2011luc", "jean\u2010luc", "jean\u2013luc", "jean luc", "jean_l", "jean ", "jean-", "-luc"],
  ["release-notes", "release no", "Release_No", "release  no", "release \u2013 no", "release\u00a0no", "release -"],
  ["Summer_party plans", "summer p", "summer-party-p", "party_plans", "summer_party "],
  ["a - b", "a b", "a-b", "a_b", "a - b", "a --", "- b"],
  ["_meta", "_meta", "meta", " meta", "-m"],
  ["日本\u3000語", "日本 語", "日本-語"],
  ["C++", "c++"],
  ["v1.0", "v1.0"],
  ["-", "-", "_", "--", "\u2014"],
  ["_ _", "_", "- -"],
  ["בן\u05beדוד", "בן-דוד"],
  ["Տեր\u058aՊետրոսյան", "տեր-պետ"],
  ["Marcel\u00b7la", "marcella", "marcel\u2027la", "marce\u0140la"],
  ["ジョン・スミス", "ジョンスミス", "ｼﾞｮﾝ･ｽﾐｽ"],
  ["مهدی", "مهدي", "مهدى"],
  ["کریم", "كريم"],
  ["محم\u0640د", "محمد"],
  ["ٱلله", "الله"],
  ["വിപി\u0d7b", "വിപിന\u0d4d\u200d", "വിപിന\u0d4d"],
  ["കാ\u0d7c", "കാര\u0d4d\u200d"],
]

test.each(found)("%s is found by how others type it", (name, ...typed) => {
  for (const one of typed) expect(plain(name)).toContain(plain(one))
})

test("what differs by more than a key is not found", () => {
  for (const [name, typed] of [
    ["Jean-Luc", "jeanluc"],
    ["release-notes", "releasenotes"],
    ["release notes", "releasenotes"],
    ["releasenotes", "release notes"],
    ["v1.0", "v1 0"],
    ["talk", "-"],
    ["مهدی", "مهدو"],
    ["വിപി\u0d7b", "വിപി\u0d7c"],
  ] as const)
    expect(plain(name)).not.toContain(plain(typed))
})

test("is a fixed point, whatever signs are put together", () => {
  const part = fc.constantFrom(
    ..."'`\u00b4\u1fbd\u2019\u02bcn\u0149\u00b7\u0140l\u0301\u0640يىیئ\u0654ك\u06a9\u0671\u2033 -_\u2011\u2014\u3000\u2028\u0d7b\u3099かｶﾞ·",
  )
  fc.assert(
    fc.property(fc.array(part, { maxLength: 8 }), (parts) => {
      const once = plain(parts.join(""))
      expect(plain(once)).toBe(once)
    }),
    { numRuns: 3_000 },
  )
})

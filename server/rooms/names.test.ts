import { expect, test } from "bun:test"
import fc from "fast-check"
import { lengthOf, MAX_ROOM_NAME } from "../../protocol/limits.ts"
import { Refusal } from "../../protocol/refusal.ts"
import { roomName, slugOf, slugsFor } from "./names.ts"

const refused = (code: string, words?: RegExp) =>
  expect.objectContaining({ code, field: "name", ...(words && { message: expect.stringMatching(words) }) })

const spellings = [
  ["Lunch plans", "lunch plans", "lunch-plans", "  LUNCH \t plans ", "ｌｕｎｃｈ plans"],
  ["café", "CAFÉ", "cafe\u0301"],
  ["Ωμέγα", "ωμέγα"],
  ["日本語"],
  ["مرحبا"],
  ["❤️", "❤"],
  ["🤷‍♂️ help", "🤷‍♂ help", "🤷♂ help"],
  ["🏳️‍🌈 Pride", "🏳‍🌈 pride"],
  ["കാർ", "കാര\u0d4d\u200d"],
  ["کشور\u200cها", "کشورها"],
  ["a.b", "A.B"],
]

for (const [name, ...others] of spellings as [string, ...string[]][])
  test(`${name} and its other spellings are one room`, () => {
    expect(roomName(name)).toBe(name.normalize("NFC"))
    for (const other of others) {
      expect(roomName(other)).not.toBe("")
      expect(slugOf(other)).toBe(slugOf(name))
    }
  })

test.each(["", "   ", "\t\n", "\u3164", "\u115f\u1160", "\ufe0f", "\u034f "])("%j is no name", (name) =>
  expect(() => roomName(name)).toThrow(refused("invalid", /^Give the room a name/)),
)

test.each([".", "..", "...", "．．", "‥", "․"])("%s is only dots, which an address takes for a way back", (name) =>
  expect(() => roomName(name)).toThrow(refused("invalid", /more than dots/)),
)

test.each(["a/b", "a\\b", "a?b", "a#b", "50%", "a\0b", "a\u200bb", "a\u202eb", "a\ud800b", "\ue000"])(
  "%j cannot stand in an address",
  (name) => expect(() => roomName(name)).toThrow(refused("invalid", /cannot hold/)),
)

test.each([
  ["質問ある？", "質問ある？"],
  ["雑談／質問", "雑談／質問"],
  ["50％オフ", "50％オフ"],
  ["a＼b", "a＼b"],
  ["＃talk", "＃talk"],
  ["℀", "a／c"],
  ["a﹖", "a？"],
  ["⁉️ help", "!？-help"],
])("%s, in which nothing ends an address as it is typed, is at one in which nothing does: %s", (name, slug) => {
  expect(roomName(name)).toBe(name)
  expect(slugOf(name)).toBe(slug)
  expect(slugOf(slug)).toBe(slug)
  expect(slugsFor(slug)).toContain(slug)
  expect(new URL(`/chat/${encodeURIComponent(slug)}/`, "http://here").pathname).toBe(
    `/chat/${encodeURIComponent(slug)}/`,
  )
})

test("an address is its own address, for every character and with marks that move", () => {
  const wrong: string[] = []
  for (let code = 0; code <= 0x10ffff; code++) {
    if ((code >= 0x3400 && code < 0xa000) || (code >= 0xac00 && code < 0xe000) || code > 0x1ffff) continue
    for (const typed of [`T${String.fromCodePoint(code)}\u0308EAM`, `${String.fromCodePoint(code)} \u030c`]) {
      const slug = slugOf(typed)
      if (slugOf(slug) !== slug) wrong.push(`U+${code.toString(16)}`)
    }
  }
  expect(wrong).toEqual([])
}, 60_000)

test.each([
  "T\u0308EAM",
  "J\u030caz",
  "W\u030aow",
  "\u0399\u0308\u0301x",
  "e\u034f\u0301x",
  "Stra\u00dfe",
  "\u039f\u0394\u039f\u03a3",
  "\u0130zmir",
])("%s has an address that leads to it", (name) => expect(slugOf(slugOf(name))).toBe(slugOf(name)))

test.each(["talk", "Room 1 2", "  Lunch   plans ", "Q&A (new)", "a/b"])(
  "%j can be one room only, so that one is asked for at each post",
  (name) => expect(slugsFor(name)).toEqual([slugOf(name)]),
)

test("a name of thousands of marks costs nothing, and is too long", () => {
  const begun = performance.now()
  for (const typed of [`a${"\u0301\u0327".repeat(60_000)}`, `a${" ".repeat(120_000)}b`]) {
    expect(() => roomName(typed)).toThrow(refused("too_large"))
    expect(slugsFor(typed)).toEqual([])
    slugOf(typed)
  }
  expect(performance.now() - begun).toBeLessThan(500)
})

test.each(["messages", "Messages", "MESSAGES ", "ｍessages"])("%j is kept for Parlour", (name) =>
  expect(() => roomName(name)).toThrow(refused("taken")),
)

test("a name of 80 characters is taken, and not of one more, as it is typed and in the address", () => {
  for (const character of ["x", "é", "\u{1f600}"]) {
    expect(roomName(character.repeat(MAX_ROOM_NAME))).toBe(character.repeat(MAX_ROOM_NAME))
    expect(() => roomName(character.repeat(MAX_ROOM_NAME + 1))).toThrow(refused("too_large"))
  }
  expect(() => roomName("ﷺ".repeat(5))).toThrow(refused("too_large")) // folds to 18 characters each
})

test("whatever is typed is refused, or is a room that is found again by its address", () => {
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: "binary" }), fc.string({ unit: "grapheme" })), (typed) => {
      let name: string
      try {
        name = roomName(typed)
      } catch (error) {
        expect(error).toBeInstanceOf(Refusal)
        return
      }
      const slug = slugOf(name)
      expect(slugOf(typed)).toBe(slug)
      expect(slugOf(slug)).toBe(slug)
      expect(decodeURIComponent(encodeURIComponent(slug))).toBe(slug)
      expect(new URL(`/chat/${encodeURIComponent(slug)}/`, "http://here").pathname.split("/").length).toBe(4)
      expect(slug).not.toMatch(/[/\\?#%\s]|^\.*$/)
      expect(lengthOf(slug)).toBeLessThanOrEqual(MAX_ROOM_NAME)
    }),
    { numRuns: 2_000 },
  )
}, 20_000)

test("a mark stands upon a letter of its own script, and marks are not piled: all that Unicode has, upon each of some letters", () => {
  const letters = { Latn: "k", Cyrl: "к", Hebr: "כ", Arab: "ك", Thai: "ก", Deva: "क", Hira: "か" }
  const taken: string[] = []
  for (let code = 0x300; code <= 0x1ffff; code++) {
    if (code >= 0xd800 && code <= 0xdfff) continue
    const mark = String.fromCodePoint(code)
    if (!/^\p{M}$/u.test(mark) || /[\p{sc=Zinh}\p{sc=Zyyy}\p{DI}]/u.test(mark)) continue
    for (const [script, letter] of Object.entries(letters)) {
      if (new RegExp(`\\p{scx=${script}}`, "u").test(mark)) continue
      const name = `tal${letter}${mark}`
      try {
        taken.push(roomName(name))
      } catch {}
    }
    for (const sign of [" ", "-", "!", "\u{1f600}"])
      try {
        taken.push(roomName(`talk ${sign}${mark}`))
      } catch {}
  }
  expect(taken).toEqual([])
  for (const piled of [`a${"\u0301".repeat(4)}`, `k${"\u0303\u0304\u0301\u0302".repeat(19)}`, `ก${"\u0e31".repeat(7)}`])
    expect(() => roomName(piled)).toThrow(/piled/)
  for (const fine of ["ế", "ạ̈", "שָׁלוֹם", "مُحَمَّدٌ", "ที่นี่", "क़िला", "か゚", "1️⃣", "r̥̄"])
    expect(roomName(fine)).toBe(fine.normalize("NFC"))
})

import { describe, expect, test } from "bun:test"
import fc from "fast-check"
import { parseSpoken } from "./command.ts"
import { plain } from "./sought.ts"
import { byName, composed, folded, graphemes, inOrder, isBlank, unpiled } from "./text.ts"

/** Every character there is, but half ones. */
function* allCharacters(): Generator<string> {
  for (let code = 0; code <= 0x10ffff; code++) if (code < 0xd800 || code > 0xdfff) yield String.fromCodePoint(code)
}

const codesOf = (text: string) => Array.from(text, (one) => one.codePointAt(0)!.toString(16)).join(" ")

describe("what can be seen", () => {
  test("is none of the characters that Unicode says nobody sees, and all others", () => {
    const unseen = /[\s\p{Z}\p{DI}\p{Cc}\p{Cf}\p{NChar}\u2800\ufffc\u{1d159}\u{16fe4}\u{13440}\u{13441}\u{13442}]/u
    const aroundNumbers = /[\u0600-\u0605\u06dd\u070f\u0890\u0891\u08e2\u{110bd}\u{110cd}]/u // Prepended_Concatenation_Mark
    const wrong: string[] = []
    for (const one of allCharacters())
      if (isBlank(one) !== (unseen.test(one) && !aroundNumbers.test(one))) wrong.push(codesOf(one))
    expect(wrong).toEqual([])
  })

  test.each([
    ["", "nothing"],
    ["\u2800", "an empty Braille cell"],
    ["\ufffc", "the place of an object"],
    ["\u200b", "a space without width"],
    ["\u2060", "a word joiner"],
    ["\u3164", "a Hangul filler"],
    ["\uffa0", "its narrow one"],
    ["\u115f\u1160", "fillers of Jamo"],
    ["\u034f", "a grapheme joiner"],
    ["\ufe0f", "a selector alone"],
    ["\u{e0041}", "a tag"],
    ["\u{e0100}", "another selector"],
    ["\u202e", "an override"],
    ["\u00ad", "a soft hyphen"],
    ["\u17b4\u17b5", "vowels inherent in Khmer"],
    ["\u0085", "next line"],
    ["\u180e", "a Mongolian separator"],
    ["\u061c", "an Arabic mark of direction"],
    ["\u2028\u2029", "separators"],
    ["\u{1d173}", "the beginning of a musical beam"],
    ["\u1680", "an Ogham space"],
    ["\u200b \u2800\n\u00a0\u3000", "several of them"],
  ])("%j is not: %s", (text) => {
    expect(isBlank(text)).toBe(true)
    expect(() => parseSpoken({ type: "post", room: 1, text })).toThrow("Write something first")
  })

  test.each([
    ".",
    "\u200b.",
    "\u2800x",
    "\u0301",
    "\ufffd",
    "\u{1f469}\u200d\u{1f4bb}",
    "\ufdfd",
    "\u2801",
    "\u06dd",
    "\u0600",
  ])("%j is", (text) => expect(isBlank(text)).toBe(false))
})

describe("folding", () => {
  test("is a fixed point, for every character and after every accent that is known to move", () => {
    const marks = ["", "\u0308", "\u034f\u0301", "\u0345"]
    const wrong: string[] = []
    for (const one of allCharacters()) {
      if (
        /[\p{Cn}\p{Co}]|[\u{3400}-\u{3fff}\u{4e00}-\u{9fff}\u{ac00}-\u{d7a3}\u{17000}-\u{18d8f}\u{20000}-\u{323af}]/u.test(
          one,
        )
      )
        continue
      for (const mark of marks) {
        const once = folded(one + mark)
        if (folded(once) !== once) wrong.push(codesOf(one + mark))
        const bare = plain(one + mark)
        if (plain(bare) !== bare) wrong.push(`plain ${codesOf(one + mark)}`)
      }
    }
    expect(wrong).toEqual([])
  }, 60_000)

  test("is a fixed point, whatever is put together", () => {
    const part = fc.oneof(
      fc.string({ unit: "binary", maxLength: 4 }),
      fc.constantFrom(
        "\u0308",
        "\u030c",
        "\u0345",
        "\u034f",
        "\u0301",
        "I",
        "\u0130",
        "\u0131",
        "\u03a3",
        "\u1e9e",
        " ",
        "\ufe0f",
      ),
    )
    fc.assert(
      fc.property(fc.array(part, { maxLength: 8 }), (parts) => {
        const text = parts.join("").toWellFormed()
        expect(folded(folded(text))).toBe(folded(text))
        expect(plain(plain(text))).toBe(plain(text))
      }),
      { numRuns: 3_000 },
    )
  }, 20_000)

  test.each([
    ["Ann", "ANN"],
    ["Straße", "STRASSE"],
    ["ΟΔΟΣ", "οδος"],
    ["ILHAN", "ılhan"],
    ["İpek", "ipek"],
    ["ａｎｎ", "ann"],
    ["ﬁn", "FIN"],
    ["T\u0308EAM", "\u1e97eam"],
    ["René", "RENE\u0301"],
    ["Ჰaერი", "ჰAერი"],
    ["ꭰ", "Ꭰ"],
    ["ann\u200b", "ann"],
  ])("makes one of %s and %s", (one, other) => expect(folded(one)).toBe(folded(other)))

  test.each([
    ["Émile", "emile"],
    ["Łukasz", "lukasz"],
    ["Ørsted", "orsted"],
    ["ÆØÅ", "aeoa"],
    ["Ёлка", "елка"],
    ["Ελένη", "ελενη"],
    ["שָׁלוֹם", "שלום"],
    ["مُحَمَّد", "محمد"],
    ["Nguyễn", "nguyen"],
  ])("without accents %s is looked for as %s", (one, other) => expect(plain(one)).toBe(other))

  test("keeps what is a letter's own: vowels of India, the voice of Japanese", () => {
    expect(plain("नमस्ते")).toBe("नमस्ते")
    expect(plain("がくせい")).toBe("がくせい")
    expect(plain("กำ")).toBe(plain("กํา"))
  })

  test("costs no more than what it is given, however marks are piled", () => {
    for (const pile of ["\u0301\u0327", "\u0327\u0301", "\u0345\u0308", "\u093c\u094d", "\ufdfa"]) {
      const text = `a${pile.repeat(200_000)}`
      const begun = performance.now()
      for (const work of [composed, folded, plain]) work(text)
      expect(performance.now() - begun).toBeLessThan(500) // by the square it would be minutes
    }
  })

  test("is a fixed point of what grows beyond every length, too", () => {
    for (const sign of ["\ufdfa", "\u00df", "\u0390", "\u{1f600}", "\u1f82", "\ufb4f\u0301"])
      for (const work of [folded, plain]) expect(work(work(sign.repeat(400)))).toBe(work(sign.repeat(400)))
  })

  test("never leaves half a character at its end", () => {
    expect(composed("\u{1f600}".repeat(300), 3).isWellFormed()).toBe(true)
    expect(folded("\u{1f600}".repeat(300), 3).isWellFormed()).toBe(true)
  })
})

describe("order", () => {
  test("is by letters and numbers, the same however it was before", () => {
    const names = [
      "book club 10",
      "zebra",
      "Ärger",
      "book club 2",
      "_meta",
      "Éclair",
      "10 things",
      "book club 1",
      "apple",
    ]
    const ordered = [
      "_meta",
      "10 things",
      "apple",
      "Ärger",
      "book club 1",
      "book club 2",
      "book club 10",
      "Éclair",
      "zebra",
    ]
    expect(names.toSorted(inOrder)).toEqual(ordered)
    expect(names.toReversed().toSorted(inOrder)).toEqual(ordered)
  })

  test("is never left to chance: equal to the collator is not equal", () => {
    expect(inOrder("a", "a\u200b")).not.toBe(0)
    expect(inOrder("a\u0301", "\u00e1")).not.toBe(0)
    expect(byName({ id: 1, name: "a" }, { id: 2, name: "a" })).toBeLessThan(0)
    const text = fc.string({ unit: "binary", maxLength: 6 })
    fc.assert(
      fc.property(text, text, (one, other) =>
        expect(Math.sign(inOrder(one, other))).toBe(-Math.sign(inOrder(other, one)) + 0),
      ),
    )
  })
})

describe("marks upon a letter", () => {
  test.each([
    ["Tibetan", "\u0f67\u0f90\u0fb5\u0fa8\u0fb3\u0fba\u0fbc\u0fbb\u0f82"],
    ["Tibetan", "བསྒྲུབས"],
    ["Burmese", "ဖြို့"],
    ["Burmese", "မြွှေ့"],
    ["Thai", "กำ่ที่น้ำ"],
    ["Hebrew with points and cantillation", "בְּרֵאשִׁ֖ית"],
    ["Vietnamese, decomposed", "Vi\u0065\u0323\u0302t"],
    ["Khmer", "ស្ត្រី"],
    ["Devanagari", "र्क्ष्य"],
    ["IPA", "t\u0361\u0283\u02b0\u0329\u0301"],
    ["a keycap", "1\ufe0f\u20e3"],
    ["Arabic", "ٱللَّٰهِ"],
  ])("are kept in %s: %s", (_, text) => expect(unpiled(text)).toBe(text))

  test.each([
    "H\u0301",
    "ก\u0e47",
    "ก\u0e31\u0e35",
    "\u0f40\u0f72",
    "\u0915\u0941",
    "\u1000\u102d",
    "ه\u064e\u064f\u0650",
  ])("are thrown off when they are piled: %s and so on", (text) => {
    const [letter, ...marks] = text
    const piled = `${letter}${marks.join("").repeat(40)}`
    expect(graphemes(unpiled(piled)).length).toBe(1)
    expect([...unpiled(piled)].length).toBeLessThanOrEqual(7)
  })
})

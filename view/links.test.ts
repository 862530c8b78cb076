import { describe, expect, test } from "bun:test"
import fc from "fast-check"
import { cases } from "./links.cases.ts"
import { pieces } from "./links.ts"
import { bareCases } from "./links-bare.cases.ts"
import { endsCases } from "./links-ends.cases.ts"
import { pathOf } from "./timeline.tsx"

const links = (text: string): string[] =>
  pieces(text).flatMap((piece) =>
    typeof piece === "string" ? [] : [piece.href ? `${piece.link}>${piece.href}` : piece.link],
  )

describe.each(Object.entries({ ...cases, ...bareCases, ...endsCases }))("in %s", (_, ofKind) => {
  test.each(ofKind)("%s", (text, ...expected) => expect(links(text)).toEqual(expected))
})

test.each([
  ["https://a.example./x", "https://a.example./x"],
  ["https://a.example.:443/x.", "https://a.example.:443/x"],
  ["www.a.example./x", "www.a.example./x>https://www.a.example./x"],
  ["http://127.0.0.1./x", "http://127.0.0.1./x"],
  ["https://a.example.", "https://a.example"],
  ["https://a.example.:)", "https://a.example"],
  ["https://a.example../x", "https://a.example"],
  ["a.org./x", "a.org>https://a.org"],
  ["ann@a.org./", "ann@a.org>mailto:ann@a.org"],
])("of %s the full stop behind a name is part of it where a path follows", (text, link) => {
  expect(links(text)).toEqual([link])
})

test("each sign of a sentence, each quote and each bracket beyond ASCII ends an address, but the one within words", () => {
  const ends = /(?!\u2019)[\p{Term}\p{STerm}\p{QMark}\p{Ps}\p{Pe}\p{Pi}\p{Pf}\u2022\u2025\u2026\u203b]/u
  const wrong: string[] = []
  for (let code = 0x80; code <= 0x1ffff; code++) {
    const sign = String.fromCodePoint(code)
    if (!ends.test(sign)) continue
    const [link] = links(`https://a.example/a${sign}b`)
    if (link !== "https://a.example/a") wrong.push(`U+${code.toString(16)} ${link}`)
    if (links(`${sign}https://a.example/a${sign}`)[0] !== "https://a.example/a")
      wrong.push(`around: U+${code.toString(16)}`)
  }
  expect(wrong).toEqual([])
})

test("each letter, mark, digit and symbol of any script stays in a path, and all other punctuation", () => {
  const ends =
    /(?!\u2019)[\p{DI}\p{Term}\p{QMark}\u2022\u2025\u2026\u203b\u275b-\u2760\u2800\ufe10-\ufe19\u{1e95e}\u{1e95f}\u{1f676}-\u{1f678}]/u
  const wrong: string[] = []
  for (let code = 0x80; code <= 0x1ffff; code++) {
    const sign = String.fromCodePoint(code)
    if (!/[\p{L}\p{M}\p{N}\p{So}\p{Po}\p{Pc}\p{Pd}]/u.test(sign) || ends.test(sign)) continue
    const text = `https://a.example/a${sign}b`
    if (links(text)[0] !== text) wrong.push(`U+${code.toString(16)}`)
  }
  expect(wrong).toEqual([])
})

test("each wide sign and each drawn one that is no emoji stays within a path, and is left out at its end", () => {
  const wide = /(?=[\uff01-\uff5e\uffe0-\uffe6])[\p{P}\p{S}]/u
  // Letters and digits in rings stand for words, Braille is a script.
  const drawn = /(?![\p{Emoji}\u2460-\u24ff\u2800-\u28ff])(?:[\u2190-\u21ff]|(?=[\u2200-\u2bff])\p{So})/u
  const endsWithin = /[\p{Ps}\p{Pe}\p{Term}\p{QMark}\u275b-\u2760\uff1c\uff1e\uff5c]/u
  const wrong: string[] = []
  for (let code = 0x80; code <= 0xffff; code++) {
    const sign = String.fromCodePoint(code)
    if ((!wide.test(sign) && !drawn.test(sign)) || endsWithin.test(sign)) continue
    const within = `https://a.example/a${sign}b`
    for (const [text, link] of [
      [within, within],
      [`https://a.example/a${sign}`, "https://a.example/a"],
      [`https://a.example/a${sign}${sign}!`, "https://a.example/a"],
      [`https://a.example/a${sign}.${sign} b`, "https://a.example/a"],
    ] as const)
      if (links(text)[0] !== link) wrong.push(`U+${code.toString(16)} in ${text}`)
  }
  expect(wrong).toEqual([])
})

test("no host goes on past what is drawn as a blank, or not at all", () => {
  const wrong: string[] = []
  for (let code = 0x80; code <= 0xe01ef; code++) {
    const sign = String.fromCodePoint(code)
    if (!/[\p{DI}\p{Z}\p{Cf}]/u.test(sign)) continue
    for (const text of [
      `https://a.example${sign}.b.example/`,
      `www.a.example${sign}${sign}.b.example`,
      `a.org${sign}.b.org`,
    ])
      if (links(text).some((link) => /a\.(?:example|org).*b\./u.test(link)))
        wrong.push(`U+${code.toString(16)} in ${text}`)
  }
  expect(wrong).toEqual([])
})

test("a room's own address is one link, wherever it stands", () => {
  for (const slug of [
    ..."()[]{}<>!'*_~.,:;|^`\"&+=@$-’”»）。、和é\u0301👍～♪☆ㅋ",
    "1)-first",
    ":)",
    "a-(b",
    "(:",
    "¡ay!",
    "ann's",
  ]) {
    const address = `https://chat.example${pathOf({ slug })}`
    for (const text of [address, `(${address})`, `_${address}_`, `*${address}*`, `"${address}".`, `'${address}'`])
      expect([text, links(text)]).toEqual([text, [address]])
    expect(decodeURIComponent(pathOf({ slug }))).toBe(`/chat/${slug}/`)
  }
})

test("nothing in a mail address is read as anything else by who writes the letter", () => {
  expect(links("ann%2Cbob@a.org")).toEqual(["ann%2Cbob@a.org>mailto:ann%252Cbob@a.org"])
})

const part = fc.constantFrom(
  ..."https:// http://a.b mailto:a@b www. example.org a@b.org ( ) [ ] . , ; : ' ’ _ * | x é 网 ～ ♪ ㅋ ， 。 》 🌷 < > - = ^ ״ → 和 ב- a: .et \u20e3 \\ @ / ? # \u200d \u202e \ufe0f".split(
    " ",
  ),
  " ",
  "\n",
)

test("the pieces put together are the text, and a link is shown as it leads", () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(part, fc.string({ unit: "binary", maxLength: 3 })), { maxLength: 20 }), (parts) => {
      const text = parts.join("")
      expect(
        pieces(text)
          .map((piece) => (typeof piece === "string" ? piece : piece.link))
          .join(""),
      ).toBe(text)
      for (const piece of pieces(text)) {
        if (typeof piece === "string") continue
        const { link, href = link } = piece
        const mail = `mailto:${link.replaceAll("%", "%25")}`
        expect([`https://${link}`, mail, link]).toContain(href)
        const url = new URL(href)
        expect(url.protocol).toMatch(/^(https?|mailto):$/)
        expect(url.username + url.password).toBe("")
        expect(link).not.toMatch(/[\s\p{Cc}<>"`|\\]|[\u202a-\u202e\u2066-\u2069\u200b\u200e\u200f]/u)
      }
    }),
    { numRuns: 5_000 },
  )
})

test("the first fifty addresses of a text are links, and what follows stands as it is", () => {
  const text = "https://a.example/b, ".repeat(80)
  const found = pieces(text)
  expect(found.filter((piece) => typeof piece !== "string")).toHaveLength(50)
  expect(found.map((piece) => (typeof piece === "string" ? piece : piece.link)).join("")).toBe(text)
})

test("hostile text takes no longer than other text", () => {
  const size = 100_000
  for (const unit of [
    ..."https:// https://a https://a/( ) https://a/) mailto: mailto:a@ http://. ( ) https://a) https://a( \u{1f389} . a: a. a.b. www. www.a. a@ a@b. a.org. a-a .org @ _ 网 网a. é é. xn--".split(
      " ",
    ),
    "a",
    "a@b.org,",
    "example.org/",
    "https://a/,",
    "https://a/'s",
    "https://a/x→",
    "https://a/?+https://",
    "https://a/和",
    "https://a/->",
    "_https://a/.*_",
    "__a",
    "ב-",
    "a_b:",
    "https://a/～",
    "_https://a/♪_",
    "'https://a/b",
    "f'a.org/'",
    "ㅋ",
    "a’",
    "a’a@",
    "a.org’",
    "a.org’a.a",
  ]) {
    const text = unit.repeat(size / unit.length)
    const began = performance.now()
    pieces(text)
    expect([unit, performance.now() - began < 1_000]).toEqual([unit, true]) // by the square it would be many seconds
  }
})

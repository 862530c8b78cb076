import { expect, test } from "bun:test"
import { renderToString } from "preact-render-to-string"
import { pieces } from "./links.ts"
import { isOnlyEmoji, Text, tidy } from "./text.tsx"

const links = (text: string): string[] =>
  pieces(text).flatMap((piece) => (typeof piece === "string" ? [] : [piece.link]))

test("web and mail addresses become links", () => {
  expect(links("see https://example.org/a?b=c#d and http://x.y or write to mailto:ann@example.org")).toEqual([
    "https://example.org/a?b=c#d",
    "http://x.y",
    "mailto:ann@example.org",
  ])
})

test("nothing else becomes a link", () => {
  for (const text of [
    "javascript:alert(1)",
    "data:text/html,x",
    "ftp://example.org",
    "https://",
    "http:// x",
    "mailto:",
    "mailto:nobody",
    "https://[",
    "xhttps://example.org",
    "vbscript:https",
  ])
    expect(links(text)).toEqual([])
})

test("the punctuation of the sentence is not part of an address", () => {
  expect(links("At https://a.example. Or https://b.example/x, https://c.example/?q! https://d.example…")).toEqual([
    "https://a.example",
    "https://b.example/x",
    "https://c.example/?q",
    "https://d.example",
  ])
  expect(links("地址在 https://example.org/地图。")).toEqual(["https://example.org/地图"])
})

test("brackets belong to an address only where it opens them", () => {
  expect(links("(https://a.example/b)")).toEqual(["https://a.example/b"])
  expect(links("https://a.example/Foo_(bar)")).toEqual(["https://a.example/Foo_(bar)"])
  expect(links("(see https://a.example/Foo_(bar).)")).toEqual(["https://a.example/Foo_(bar)"])
  expect(links("[words](https://a.example)and")).toEqual(["https://a.example"])
  expect(links('<https://a.example> "https://b.example"')).toEqual(["https://a.example", "https://b.example"])
})

test("an address ends before signs that hide or reorder text", () => {
  expect(links("https://good.example/\u202egpj.exe")).toEqual(["https://good.example/"])
  expect(links("https://good.example\u200b.evil.example")).toEqual(["https://good.example"])
})

test("a link opens elsewhere, and tells neither window nor referrer", () => {
  expect(renderToString(Text({ children: "https://a.example/?a&b" }))).toBe(
    '<a href="https://a.example/?a&amp;b" target="_blank" rel="noopener noreferrer" dir="ltr">https://a.example/?a&amp;b</a>',
  )
})

test("the name of a host in another script says what it is to machines", () => {
  expect(renderToString(Text({ children: "https://аррӏе.example/ü" }))).toContain('title="xn--80ak6aa92e.example"')
  expect(renderToString(Text({ children: "https://apple.example/ü" }))).not.toContain("title")
  expect(renderToString(Text({ children: "https://2130706433/" }))).toContain('title="127.0.0.1"')
  expect(renderToString(Text({ children: "http://0x7f.1:80/" }))).toContain('title="127.0.0.1"')
  expect(renderToString(Text({ children: "https://\u217dom.example/" }))).toContain('title="com.example"')
  for (const plain of ["https://Apple.Example:8443/a", "www.Apple.example", "apple.org/a", "mailto:ann@apple.org"])
    expect(renderToString(Text({ children: plain }))).not.toContain("title")
})

test("marks piled upon an address are drawn no higher than on other words, and it leads where it says", () => {
  const html = renderToString(Text({ children: `https://a.example/x${"\u0301".repeat(90)}` }))
  expect(html.match(/>[^<]*</)![0].match(/\u0301/g)).toHaveLength(5)
})

test("markup in a message is text", () => {
  const html = renderToString(Text({ children: `<img src=x onerror="alert(1)"> https://a.example/"onclick=x` }))
  expect(html).not.toContain("<img")
  expect(html).toContain('href="https://a.example/"')
})

test("hostile text takes no longer to be looked at for emoji than other text", () => {
  for (const unit of ["\u{1f389}", "\u{1f389}\u200d", "1\u20e3", "\u{1f1ee}", "e\u0301", " ", "(", "\n\n"]) {
    const text = unit.repeat(100_000 / unit.length)
    const began = performance.now()
    isOnlyEmoji(text)
    tidy(text)
    expect([unit, performance.now() - began < 1_000]).toEqual([unit, true]) // by the square it would be many seconds
  }
})

test("a few emoji alone are large, words are not", () => {
  for (const text of ["🌷", "👍🏽 🎉", "👩‍👩‍👧", "🇮🇸", "❤️"]) expect(isOnlyEmoji(text)).toBe(true)
  for (const text of ["", "5", "ok 🌷", "🌷🌷🌷🌷", "#"]) expect(isOnlyEmoji(text)).toBe(false)
})

test.each([
  ["\u2615\ufe0f", "with a selector that it does not need"],
  ["\u{1f5a5}", "without one that it does"],
  ["\u2764", "a heart, as some keyboards send it"],
  ["\u{1f3f3}\u200d\u{1f308}", "a flag without its selector"],
  ["\u{1f3f4}\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}".repeat(3), "three flags of England"],
  [
    "\u{1f469}\u{1f3fd}\u200d\u2764\ufe0f\u200d\u{1f48b}\u200d\u{1f469}\u{1f3fb} ".repeat(3),
    "three of ten characters each",
  ],
  ["1\ufe0f\u20e3", "a keycap"],
  ["#\u20e3", "a keycap without its selector"],
  ["\u00a9\ufe0f", "a sign of print as an emoji"],
  ["\u2139\ufe0f", "a letter as an emoji"],
  ["\u{1f44d}\u{1f3ff}\n\u{1f389}", "one below the other"],
])("%s is large: %s", (text) => expect(isOnlyEmoji(text)).toBe(true))

test.each([
  ["\u00a9", "a sign of print"],
  ["\u2192", "an arrow"],
  ["\u2764\ufe0e", "a heart that wants to be text"],
  ["\u{1f1e6}", "half a flag"],
  ["12", "digits"],
  ["\u{1f44d}!", "with words"],
  ["\u2615".repeat(4), "four"],
  ["\u{1f9d1}\u200d", "a joiner that joins nothing"],
])("%s is not: %s", (text) => expect(isOnlyEmoji(text)).toBe(false))

test("a flood of blank lines is drawn as two, and no more marks on a letter than a language puts there", () => {
  expect(tidy("one\n\n\n\n\n  \n\ntwo\n\n\nthree\n\nfour")).toBe("one\n\n\ntwo\n\n\nthree\n\nfour")
  expect(tidy(`H${"\u0301".repeat(40)}i`)).toBe(`H${"\u0301".repeat(5)}i`)
  for (const text of [
    "\u0e01\u0e35\u0e48",
    "\u05d1\u05b0\u05bc\u05e8\u05b5\u05d0\u05e9\u05c1\u05b4\u0596\u05d9\u05ea",
    "1\ufe0f\u20e3",
    "Vi\u1ec7t",
  ])
    expect(tidy(text)).toBe(text)
  const begun = performance.now()
  tidy("\n ".repeat(4_000))
  tidy(`\n${" ".repeat(8_000)}`)
  expect(performance.now() - begun).toBeLessThan(500)
})

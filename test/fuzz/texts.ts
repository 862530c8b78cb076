// Families of text, each as long as one likes: what a work on text may grow faster than its length for. Made by us.

export type Family = { name: string; of(units: number): string }

/** So many UTF-16 units of it, repeated. */
const filled = (piece: string, units: number): string => piece.repeat(Math.ceil(units / piece.length)).slice(0, units)
const family = (name: string, piece: string, before = "", after = ""): Family => ({
  name,
  of: (units) => (before + filled(piece, Math.max(0, units - before.length - after.length)) + after).slice(0, units),
})

export const families: Family[] = [
  family("letters", "a"),
  family("words", "word "),
  family("spaces", " ", "a", "b"),
  family("spaces at the end", " ", "a"),
  family("line ends", "\r\n", "a", "b"),
  family("lines", "a\n"),
  family("marks of one class", "\u0301", "a"),
  {
    name: "marks of two classes, in the wrong order",
    of: (units) => `a${"\u0301".repeat(Math.ceil(units / 2))}${"\u0327".repeat(Math.ceil(units / 2))}`.slice(0, units),
  },
  family("marks in turns", "\u0301\u0327", "a"),
  family("letters that come apart", "\ufdfa"),
  family("jamo", "\u1112\u1161\u11ab"),
  family("emoji", "\u{1f600}"),
  family("joined emoji", "\u{1f468}\u200d\u{1f469}\u200d\u{1f467}\u200d"),
  family("flags", "\u{1f1e6}\u{1f1f6}"),
  family("tags", "\u{e0067}", "\u{1f3f4}"),
  family("variation selectors", "\ufe0f", "a"),
  family("joiners", "\u200d", "a", "b"),
  family("right to left", "\u05d0\u0627"),
  family("turned about", "\u202e\u2066"),
  family("halves of characters", "\ud83d"),
  family("halves the other way", "\ude00\ud83d"),
  family("controls", "\u0001\u007f\u009b"),
  family("nothing", "\0"),
  family("invisible", "\u2800\u3164\u034f"),
  family("addresses", "https://a.example/b "),
  family("addresses without a blank", "http://a"),
  family("an address that does not end", "a.", "https://"),
  family("brackets", "(", "https://a.example/"),
  family("punctuation", ".,;:!?)'\"", "https://a.example/"),
  family("short addresses", "http://a.b "),
  family("bare hosts", "\u0436.\u0440\u0444 "),
  family("mail", "a@b.example,"),
  family("at signs", "@", "mailto:"),
  family("slashes", "/"),
  family("dots", "."),
  family("percent signs", "%25%"),
  family("entities", "&amp;<>\"'"),
  family("backslashes and quotes", '\\"'),
  family("wide letters", "\uff21\u7f51"),
  family("upper case that grows", "\u00df\u0130\u1e9e"),
  family("look-alikes", "\u0430\u03bd\u1d00"),
  family("digits", "9"),
  family("keys of objects", "__proto__"),
]

/** What costs most to draw: as many links as a message has, on one line or on many, and of signs that are written as entities. */
export const linked: Family[] = [
  family("short links", "a.de "),
  family("lines of links", "a.de a.de\n"),
  family("links of entities", `https://a.de/?${"&".repeat(140)} `),
  family("lines of links of entities", `https://a.de/?${"&".repeat(140)}\n`),
  family("mail one after the other", "a@b.de,"),
  family("links to hosts that are written otherwise", "https://\u0436\u0436\u0436.\u0440\u0444/ "),
  family("ampersands", "&"),
  family("apostrophes", "'"),
]

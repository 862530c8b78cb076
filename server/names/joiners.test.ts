import { describe, expect, test } from "bun:test"
import { username } from "../people/names.ts"
import { placeName } from "../people/place.ts"
import { roomName } from "../rooms/names.ts"
import { strayIn } from "./joiners.ts"

const words = {
  "Persian, parted by a non-joiner": "می\u200cخواهم",
  "Persian of two words": "نازنین\u200cزهرا",
  "Sinhala: Sri Lanka": "ශ්\u200dරී",
  "Bengali: a ra of its own": "র\u200d্যাব",
  "Malayalam: a chillu of old": "ന\u0d4d\u200dമ",
  "Hindi: half a letter": "क्\u200dष",
  "Marathi: parted": "क्\u200cष",
  "Mongolian with a selector": "ᠮᠣᠩᠭᠣᠯ\u180b",
  "Japanese: this form of the letter": "葛\u{e0100}",
  // These part what does not join anyway, or stand at an end: so people type them, and no name is another by them.
  "Persian: countries": "کشور\u200cها",
  "Persian: Azardokht": "آذر\u200cدخت",
  "Persian: Nuroddin": "نور\u200cالدین",
  "Persian: after a hamza": "جزء\u200cها",
  "Kurdish: Halabja": "هه\u200cڵه\u200cبجه\u200c",
  "Persian: of the Hijra": "ه\u200d.ش",
  "Persian: marks between": "کشو\u064eر\u064e\u200cها",
}
const emoji = {
  "a family": "\u{1f468}\u200d\u{1f469}\u200d\u{1f467}",
  "someone at a computer": "\u{1f469}\u200d\u{1f4bb}",
  Scotland: "\u{1f3f4}\u{e0067}\u{e0062}\u{e0073}\u{e0063}\u{e0074}\u{e007f}",
  "a red heart": "\u2764\ufe0f",
  "a keycap": "1\ufe0f\u20e3",
  "a rainbow": "\u{1f3f3}\ufe0f\u200d\u{1f308}",
  // As many keyboards and programs type them, without the selector.
  "a ball with its selector, as some keyboards type it": "\u26bd\ufe0f",
  "a cup with its selector": "\u2615\ufe0f",
  "a tile with its selector": "\u{1f004}\ufe0f",
  "a ball with the selector of print": "\u26bd\ufe0e",
  "a rainbow, bare": "\u{1f3f3}\u200d\u{1f308}",
  "someone who shrugs": "\u{1f937}\u200d\u2642",
  "someone of some skin who shrugs": "\u{1f937}\u{1f3fd}\u200d\u2642",
  "a heart on fire": "\u2764\u200d\u{1f525}",
  "a pirate's flag": "\u{1f3f4}\u200d\u2620",
  "a cat at a computer": "\u{1f431}\u200d\u{1f4bb}",
  "a family with skins": "\u{1f468}\u{1f3fd}\u200d\u{1f469}\u{1f3fb}\u200d\u{1f467}\u{1f3ff}",
  "a couple": "\u{1f469}\u200d\u2764\u200d\u{1f468}",
}

describe("what joins, and selects, stays where it belongs:", () => {
  test.each(Object.entries(words))("%s", (_, word) => {
    expect(strayIn(word)).toBeNull()
    for (const name of [placeName, roomName, username]) expect(name(word)).toBe(word.normalize("NFC"))
  })

  test.each(Object.entries(emoji))("%s", (_, sign) => {
    for (const name of [placeName, roomName]) expect(name(`${sign} Devs`)).toBe(`${sign} Devs`)
    expect(() => username(`${sign}devs`)).toThrow(/letters, digits/)
  })
})

describe("elsewhere it is refused, by its name, and never taken out:", () => {
  test.each([
    ["ann\u200d", "U+200D"],
    ["a\u200db", "U+200D"],
    ["a\u200cb", "U+200C"],
    ["\u200cمی", "U+200C"],
    ["می\u200c\u200cخواهم", "U+200C"],
    ["\u200dه", "U+200D"],
    ["\u{1f468}\u200d\u200d\u{1f469}", "U+200D"],
    ["\u{1f468}\u200d", "U+200D"],
    ["\u{1f468}\u200da", "U+200D"],
    ["a\u200d\u{1f468}", "U+200D"],
    ["क्\u200d\u200dष", "U+200D"],
    ["ann\ufe0f", "U+FE0F"],
    ["1\ufe0f", "U+FE0F"],
    ["a\u{e0100}", "U+E0100"],
    ["a\u180b", "U+180B"],
    ["a\u{e0067}\u{e007f}", "U+E0067"],
    ["a\u202eb", "U+202E"],
    ["a\u2066b", "U+2066"],
    ["a\u00adb", "U+00AD"],
    ["a\u034fb", "U+034F"],
    ["a\u3164b", "U+3164"],
    ["a\ufeffb", "U+FEFF"],
    ["talk\u2800", "U+2800"],
    ["a\u{1d159}", "U+1D159"],
    ["a\u{16fe4}", "U+16FE4"],
  ])("%j holds %s", (name, sign) => {
    expect(strayIn(name)).toBe(sign)
    for (const take of [placeName, roomName, username]) expect(() => take(name)).toThrow(sign)
  })

  test("what surrounds numbers of Arabic is seen", () => {
    for (const sign of "\u0600\u06dd\u08e2\u070f") expect(roomName(`${sign}a`)).toBe(`${sign}a`)
  })

  test("no name that is taken differs from what was typed, but in its spaces and spelling", () => {
    for (let code = 0; code <= 0x10ffff; code++) {
      if (code >= 0xd800 && code <= 0xdfff) continue
      const typed = `a${String.fromCodePoint(code)}b`
      if (!/[\p{DI}\p{Cf}\p{Cc}\p{Zl}\p{Zp}\u2800]/u.test(typed)) continue
      for (const take of [placeName, roomName, username]) {
        try {
          expect(take(typed).replace(/\s/g, " ")).toBe(typed.normalize("NFC").replace(/\s/g, " "))
        } catch (error) {
          expect(error).toMatchObject({ code: "invalid" })
        }
      }
    }
  })
})

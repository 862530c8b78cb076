import { expect, test } from "bun:test"
import { username } from "../people/names.ts"
import { looksOf, looksOfRoom } from "./looks.ts"
import { takenApart } from "./taken-apart.ts"

const alike = (one: string, other: string, looks = looksOf): boolean => {
  const found = new Set(looks(one))
  return looks(other).some((look) => found.has(look))
}

/** Of Unicode's core specification: letters, and how not to spell them. As code points. */
const NOT_SO: Record<string, string> = {
  Devanagari:
    "0904=0905 0946; 0906=0905 093E; 0908=0930 094D 0907; 090A=0909 0941; 090D=090F 0945; 090E=090F 0946; 0910=090F 0947; " +
    "0911=0905 0949; 0911=0906 0945; 0912=0905 094A; 0912=0906 0946; 0913=0905 094B; 0913=0906 0947; 0914=0905 094C; " +
    "0914=0906 0948; 0972=0905 0945; 0973=0905 093A; 0974=0905 093B; 0974=0906 093A; 0975=0905 094F; 0976=0905 0956; 0977=0905 0957; " +
    "0931 094D 0939=0930 094D 200D 0939; 0928=0928 094D 093E; 0917=0917 094D 200D 093E; 0915 094D 0937=0915 094D 0937 094D 093E",
  Bengali: "0986=0985 09BE; 09E0=098B 09C3; 09E1=098C 09E2; 09CE=09A4 09CD 200D; 0994=0993 09D7",
  Gurmukhi:
    "0A06=0A05 0A3E; 0A07=0A72 0A3F; 0A08=0A72 0A40; 0A09=0A73 0A41; 0A0A=0A73 0A42; 0A0F=0A72 0A47; 0A10=0A05 0A48; " +
    "0A13=0A73 0A4B; 0A14=0A05 0A4C",
  Gujarati:
    "0A86=0A85 0ABE; 0A8D=0A85 0AC5; 0A8F=0A85 0AC7; 0A90=0A85 0AC8; 0A91=0A85 0AC9; 0A91=0A86 0AC5; 0A93=0A85 0ACB; " +
    "0A93=0A86 0AC7; 0A94=0A85 0ACC; 0A94=0A86 0AC8; 0A95 0AC9=0A95 0AC5 0ABE",
  Oriya: "0B06=0B05 0B3E; 0B10=0B0F 0B57; 0B14=0B13 0B57",
  Tamil: "0B86=0B85 0BC2; 0B94=0B92 0BD7",
  Telugu:
    "0C13=0C12 0C55; 0C14=0C12 0C4C; 0C60=0C0B 0C3E; 0C61=0C0C 0C3E; 0C15 0C40=0C15 0C3F 0C55; 0C15 0C47=0C15 0C46 0C55; 0C15 0C4B=0C15 0C4A 0C55",
  Kannada: "0C8A=0C89 0CBE; 0C94=0C92 0CCC; 0CE0=0C8B 0CBE; 0C93=0C92 0CD5",
  Malayalam:
    "0D08=0D07 0D57; 0D0A=0D09 0D57; 0D10=0D0E 0D46; 0D13=0D12 0D3E; 0D14=0D12 0D57; " +
    "0D7A=0D23 0D4D 200D; 0D7B=0D28 0D4D 200D; 0D7C=0D30 0D4D 200D; 0D7D=0D32 0D4D 200D; 0D7E=0D33 0D4D 200D; 0D7F=0D15 0D4D 200D",
  Sinhala:
    "0D86=0D85 0DCF; 0D87=0D85 0DD0; 0D88=0D85 0DD1; 0D8C=0D8B 0DDF; 0D8E=0D8D 0DD8; 0D90=0D8F 0DDF; 0D92=0D91 0DCA; 0D93=0D91 0DD9; " +
    "0D95=0D94 0DCA; 0D96=0D94 0DDF; 0D9A 0DDB=0D9A 0DD9 0DD9",
  Burmese: "1029=101E 103C; 102A=101E 103C 1031 102C 103A",
  Khmer: "1780 17C4=1780 17C1 17B6; 1780 17C4=1780 17B6 17C1; 1780 17BE=1780 17C1 17B8; 17A4=17A2 17B6",
  Thai: "0E41 0E01=0E40 0E40 0E01",
  Lao: "0EC1 0E81=0EC0 0EC0 0E81",
  Mongolian: "1823=1824; 1825=1826",
  Japanese: "308A=30EA",
  Arabic:
    "0628 064B=0628 064E 064E; 0628 064D=0628 0650 0650; 0626=0649 0654; 0673=0627 065F; 0675=0674 0627; 0676=0674 0648; 0677=0674 06C7; 0678=0674 0649",
  Brahmi: "11006=11005 11038; 1100C=1100B 1103E; 11010=1100F 11042",
  Sharada: "1118E=1118D 111BC; 111C4=1118F 11180",
  Takri: "11681=11680 116AD; 11687=11686 116B2; 11688=11680 116B4; 11689=11680 116B5",
  Khojki:
    "11201=11200 1122C; 11202=11240 1122E; 11203=11206 1122C; 11205=11200 11231; 11207=11200 11233; 11207=11200 1122C 11231",
  Khudawadi: "112B1=112B0 112E0; 112B6=112B0 112E5; 112B7=112B0 112E6; 112B8=112B0 112E7; 112B9=112B0 112E8",
  Tirhuta: "11482=11481 114B0; 11489=114AA 114B5; 1148A=114AA 114B6; 1148C=1148B 114BA; 1148E=1148D 114BA",
  Modi: "1160A=11600 11639; 1160B=11600 1163A; 1160C=11601 11639; 1160D=11601 1163A",
  Latin:
    "2C62=004C 0334; 1D6C=0062 0334; 1D71=0070 0334; A7C4=0043 0321; A7C6=005A 0321; 1D80=0062 0321; A794=0063 0321; A795=0068 0321; " +
    "1D83=0261 0321; 1D85=006C 0321; 01AB=0074 0321; 1D8C=0076 0321; 1DF18=0292 0321; 2C64=0052 0322; 0256=0064 0322; 1D8F=0061 0322; " +
    "1D92=0065 0322; 1D96=0069 0322; 1DF1B=006F 0322; 1D99=0075 0322; 1D90=0251 0322; 1D97=0254 0322; 1DF05=026E 0322; 1DF1C=02A7 0322",
}
const textOf = (codes: string) => String.fromCodePoint(...codes.split(" ").map((code) => Number.parseInt(code, 16)))
const pairs = Object.entries(NOT_SO).flatMap(([script, lines]) =>
  lines.split("; ").map((line) => [script, ...line.split("=").map(textOf)] as [string, string, string]),
)
/** A letter of each script, to stand around them. */
const AROUND: Record<string, string> = {
  Devanagari: "क",
  Bengali: "ম",
  Gurmukhi: "ਕ",
  Gujarati: "ક",
  Oriya: "କ",
  Tamil: "க",
  Telugu: "క",
  Kannada: "ಕ",
  Malayalam: "ക",
  Sinhala: "ක",
  Burmese: "က",
  Khmer: "ក",
  Thai: "ก",
  Lao: "ກ",
  Mongolian: "ᠪ",
  Japanese: "か",
  Arabic: "ب",
  Brahmi: "𑀓",
  Sharada: "𑆑",
  Takri: "𑚊",
  Khojki: "𑈈",
  Khudawadi: "𑊺",
  Tirhuta: "𑒏",
  Modi: "𑘎",
  Latin: "x",
}

test.each(pairs)("%s: %s and %s are one to the eye", (script, one, other) => {
  const by = AROUND[script]!
  for (const [a, b] of [
    [one, other],
    [by + one + by, by + other + by],
  ] as const) {
    expect([a, username(a), username(b)]).toEqual([a, a.normalize("NFC"), b.normalize("NFC")]) // both are spelled by someone
    for (const looks of [looksOf, looksOfRoom]) expect(alike(a, b, looks)).toBe(true)
    expect(alike(a, by + b)).toBe(false)
  }
})

test("a dot upon a letter that has one is not seen", () => {
  for (const letter of ["i", "j", "į", "ị", "ɨ", "ʝ", "і", "ј", "ı"])
    for (const [one, other] of [
      ["", "\u0307"],
      ["\u0323", "\u0323\u0307"],
      ["", "\u0307\u0307"],
    ] as const)
      expect([letter, alike(`a${letter}${one}n`, `a${letter}${other}n`)]).toEqual([letter, true])
  expect(alike("jan", "j\u0307an")).toBe(true)
  expect(alike("JAN", "j\u0307an")).toBe(true)
  expect(alike("zan", "z\u0307an")).toBe(false)
  expect(alike("jan", "j\u030can")).toBe(false)
})

test("names that differ in such a letter differ", () => {
  for (const [one, other] of [
    ["ओम", "औम"],
    ["ओम", "आम"],
    ["कोमल", "कमल"],
    ["कोमल", "कामल"],
    ["কোন", "কান"],
    ["සෙන", "සෛන"],
    ["ඍ", "ඎ"],
    ["កោ", "កេ"],
    ["កោ", "កា"],
    ["ແກ", "ເກ"],
    ["ണൻ", "ണൽ"],
    ["さり", "さい"],
    ["ᠪᠣ", "ᠪᠥ"],
  ] as const)
    expect([one, alike(one, other)]).toEqual([one, false])
})

test("once taken apart a name is as it is, for every letter and pair of the table", () => {
  const wrong: string[] = []
  const seen = (text: string) => {
    const apart = takenApart(text)
    if (takenApart(apart) !== apart) wrong.push(text)
  }
  for (let code = 0; code <= 0x1ffff; code++) if (code < 0xd800 || code > 0xdfff) seen(String.fromCodePoint(code))
  const signs = [...new Set(pairs.flatMap(([, one, other]) => [...one, ...other, "\u0307", "i"]))]
  for (const one of signs) for (const two of signs) seen(one + two)
  expect(wrong).toEqual([])
}, 30_000)

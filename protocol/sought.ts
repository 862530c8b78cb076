// What is looked for and what is looked through: names as people write them who know how they sound, with whatever sign their
// keyboard has for another's.
import { MAX_TYPED } from "./limits.ts"
import { composed, cut, decomposed, folded, isPlain } from "./text.ts"

/** Accents, points and harakat. The vowels of other scripts are marks, too, but belong to the word, and so do Japan's. */
const ACCENTS = /(?![\u3099\u309a])(?=\p{Mn})\p{Script=Inherited}|[\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7]/gu

/** Apostrophes that folding would take for a space with an accent. */
const EARLY = /[\u00b4\u0384\u1fbd\u1fbf\u1ffd]/g
/** What hangs beside letters or between them and is often left out: apostrophes, Hebrew's geresh, the dots of Catalan and of
 *  Japanese, the stroke that draws Arabic out. */
const LEFT_OUT = /['`\u2018\u2019\u201b\u02b9-\u02bf\u02c8\u2032\u2035\ua78b\ua78c\u05f3\u00b7\u2027\u30fb\u0640]/g

/** Signs that stand for others: letters with their stroke or their partner within them; a yeh and a kaf of Persian; and what one
 *  puts around words. */
const PLAIN: Record<string, string> = {
  ł: "l",
  ø: "o",
  đ: "d",
  ð: "d",
  ħ: "h",
  ı: "i",
  ŧ: "t",
  æ: "ae",
  œ: "oe",
  þ: "th",
  "\u0649": "\u064a",
  "\u06cc": "\u064a",
  "\u06a9": "\u0643",
  "\u0671": "\u0627",
}
const LETTERS = /[łøđðħıŧæœþ\u0649\u06cc\u06a9\u0671]/g
const QUOTES = /[\u201c-\u201f\u05f4\u2033]/g

/** Malayalam's letters without a vowel were spelled with a virama, and a joiner that nobody sees, until Unicode 5.1. */
const CHILLUS = "\u0d23\u0d28\u0d30\u0d32\u0d33\u0d15"
/** In the older spelling of letters: one for both, once the joiner is folded away. */
export const withoutChillus = (text: string): string =>
  text.replace(/[\u0d7a-\u0d7f]/g, (chillu) => `${CHILLUS[chillu.charCodeAt(0) - 0xd7a]}\u0d4d`)

/** What parts words: a blank, a hyphen or a low line, which are typed for each other, as a blank is a hyphen in a room's address. */
const PARTING = /[\s_\u2010-\u2015\u2212\u05be\u058a\u1806-]+/g

/** By one blank, whatever parts them and however often. At either end nothing is parted: what is typed may go on. But names that
 *  are of nothing else are found, too. */
function parted(text: string): string {
  const words = text.replace(PARTING, " ")
  return words.trim() || words
}

/** Folded, without accents, and with one sign for those that are typed for each other. */
export function plain(text: string, most = MAX_TYPED): string {
  const letters = folded(cut(text, most).replace(EARLY, ""), most)
  if (isPlain(letters)) return parted(letters.replace(LEFT_OUT, ""))
  const bare = decomposed(withoutChillus(letters), most)
    .replace(ACCENTS, "")
    .replace(LEFT_OUT, "")
    .replace(QUOTES, '"')
    .replace(LETTERS, (letter) => PLAIN[letter]!)
  return parted(cut(composed(bare, bare.length), most))
}

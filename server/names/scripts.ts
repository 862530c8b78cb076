// Which scripts a word may mix: one beside what all of them share, or those that one language writes side by side (UTS 39,
// "highly restrictive"). Two alphabets in one word are how a name is made to look like another's.

/** All of Unicode 17 that letters have, as their four-letter codes. */
const SCRIPTS =
  "Latn Cyrl Grek Arab Hebr Deva Beng Guru Gujr Orya Taml Telu Knda Mlym Sinh Thai Laoo Tibt Mymr Geor Armn Ethi Khmr Mong " +
  "Hani Hira Kana Hang Bopo Thaa Syrc Nkoo Cher Cans Tfng Yiii Vaii Olck Java Bali Sund Lana Talu Tale Cham Kali Lepc Limb Lisu " +
  "Mtei Mand Newa Osge Phag Plrd Rjng Rohg Samr Saur Sylo Tagb Tglg Hano Buhd Batk Bugi Cakm Adlm Aghb Ahom Armi Avst Bamu " +
  "Bass Bhks Brah Cari Chrs Copt Cpmn Cprt Diak Dogr Dsrt Dupl Egyp Elba Elym Gara Glag Gong Gonm Goth Gran Gukh Hatr Hluw Hmng " +
  "Hmnp Hung Ital Kawi Khar Khoj Kits Kthi Krai Lina Linb Lyci Lydi Mahj Maka Mani Marc Medf Mend Merc Mero Modi Mroo Mult Nagm " +
  "Nand Narb Nbat Nshu Ogam Onao Orkh Osma Ougr Palm Pauc Perm Phli Phlp Phnx Prti Runr Sarb Sgnw Shaw Shrd Sidd Sidt Sind Sogd " +
  "Sogo Sora Soyo Sunu Takr Tang Tayo Tirh Tnsa Todr Tols Toto Tutg Ugar Vith Wara Wcho Xpeo Xsux Yezi Zanb Berf"
/** Beside Latin letters, too. */
const TOGETHER = [
  ["Latn", "Hani", "Hira", "Kana"],
  ["Latn", "Hani", "Bopo"],
  ["Latn", "Hani", "Hang"],
]

/** Codes of scripts that this runtime's Unicode does not know yet have no letters in it. */
function wordsOf(...codes: string[]): RegExp[] {
  try {
    return [new RegExp(`^[${codes.map((code) => `\\p{scx=${code}}`).join("")}\\p{sc=Zyyy}\\p{sc=Zinh}]*$`, "u")]
  } catch {
    return []
  }
}

let [together, alone]: RegExp[][] = []

/** Whether the letters of a word belong together. */
export function isOneScript(word: string): boolean {
  if (/^[\p{sc=Latn}\p{sc=Zyyy}\p{sc=Zinh}]*$/u.test(word)) return true
  together ??= TOGETHER.flatMap((codes) => wordsOf(...codes))
  return together.some((fits) => fits.test(word)) || isOfOneAlone(word)
}

/** Whether it is of one script, without those that one language writes beside it. */
export function isOfOneAlone(word: string): boolean {
  alone ??= SCRIPTS.split(" ").flatMap((code) => wordsOf(code))
  return alone.some((fits) => fits.test(word))
}

/** Letters that only modify others, of alphabets whose words need none. Hawaiian, Uzbek and Ukrainian need U+02BB and U+02BC,
 *  Skolt Sámi U+02B9, learned spellings of Arabic their like; Japanese the long mark, Bopomofo its tones. */
const MODIFIERS =
  /(?<!\p{sc=Bopo})(?![\u02b9\u02bb-\u02bf\u3031-\u3035\u30fc\uff70\uff9e\uff9f])(?=\p{Lm})[\p{sc=Zyyy}\p{sc=Latn}\p{sc=Grek}\p{sc=Cyrl}\p{sc=Geor}]|\u0640/u

/** The first letter of a name that only modifies others where no word needs it, or null. */
export const modifierIn = (name: string): string | null => name.match(MODIFIERS)?.[0] ?? null

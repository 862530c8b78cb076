// When two names are the same to the eye (UTS 39, "skeleton"). Letters are alike as they stand, as small letters or as
// capitals: a Greek nu is like v, and a capital one like N; I is like l, i is not. So a name has a look of each kind, and two
// names are alike if they share one.
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { lengthOf } from "../../protocol/limits.ts"
import { composed, decomposed, folded, unadorned, withoutUnseen } from "../../protocol/text.ts"
import { isOneScript } from "./scripts.ts"

const FILE = join(import.meta.dirname, "look-alikes.txt")

/** What each letter is like; and each of several signs, as Hebrew's with points. */
type Table = { alike: Map<string, string>; sequences: [spelled: string, like: string][] }

/** Read when the first name is looked at: a megabyte. */
let table: Table | undefined

/** All pairs of the table: Unicode's, and those letters of it that have another spelling once they are composed. */
export const pairs = (): [one: string, like: string][] =>
  readFileSync(FILE, "utf8")
    .trimEnd()
    .split("\n")
    .filter((line) => !line.startsWith("# "))
    .map((line) => {
      const tab = line.indexOf("\t")
      return [line.slice(0, tab), line.slice(tab + 1)]
    })

function read(): Table {
  const all = pairs()
  return { alike: new Map(all), sequences: all.filter(([one]) => lengthOf(one) > 1) }
}

/** Grows whenever the rule or its table changes: what was kept by an older one is then made anew (server/names/kept.ts). */
export const RULE = 4

/** What parts words, hangs beside a letter or is not seen; but the colour of an emoji's skin is, and its flag. */
const BETWEEN =
  /(?:(?![\u{1f3fb}-\u{1f3ff}\u{e0020}-\u{e007f}])[\p{P}\p{Z}\p{Sk}\p{DI}]|(?=\p{Lm})[\p{sc=Zyyy}\p{sc=Latn}])+/gu
/** As one writes a name: Ian is an ian, whatever an l may look like. */
const INITIALS = /(?<![\p{L}\p{M}])\p{Lu}(?=\p{Ll})/gu

/** The looks of someone's name: ann, ann. and ann_ have them in common. They are compared, never shown. */
export const looksOf = (name: string): string[] => looks(name, (text) => text.replace(BETWEEN, "") || text)

/** The looks of a room's name: where its words part is a part of them, what stands at either end is not. */
export const looksOfRoom = (name: string): string[] =>
  looks(withoutUnseen(name), (text) => text.replace(BETWEEN, "-").replace(/^-|-$/g, "") || text)

/** Whether a word mixes alphabets so that it reads as a word of one: talk with a Cyrillic a. */
export const hidesItsScript = (name: string): boolean =>
  name.split(/[\p{P}\p{Z}]+/u).some((word) => !isOneScript(word) && isOneScript(skeletonOf(decomposed(word))))

function looks(name: string, bare: (text: string) => string): string[] {
  const found = new Set<string>()
  const add = (kind: string, text: string) => found.add(`${kind} ${asDrawn(bare(text))}`)
  // With accents within the letters and beside them, as the table has both; and with ornamental letters as plain ones, for a
  // long s looks like an f, and is an s.
  const spellings = isPlain(name) ? [name] : [composed(name), decomposed(name), unadorned(name)]
  for (const form of new Set(spellings.map(bare).map(asJoined).map(once))) {
    add("shown", skeletonOf(form))
    add("read", folded(skeletonOf(form.replace(INITIALS, (initial) => initial.toLowerCase()))))
    add("small", skeletonOf(form.toLowerCase()))
    add("capital", skeletonOf(form.toUpperCase()))
    add("capital", skeletonOf(form)) // ADMlN, as it is shown, is admin in capitals
  }
  add("small", skeletonOf(decomposed(folded(name))))
  return [...found]
}

/** Has one spelling only. */
const isPlain = (text: string): boolean => /^[\x20-\x7e]*$/.test(text)

/** A mark that comes twice upon one letter lies upon itself. */
const once = (text: string): string => text.replace(/\p{M}{2,}/gu, (marks) => [...new Set(marks)].join(""))

/** And they are drawn in their places, in whatever order they were typed. */
const asDrawn = (text: string): string =>
  text.replace(/\p{M}{2,}/gu, (marks) => [...new Set(marks)].toSorted().join(""))

/** Letters of Arabic that differ where a word ends and are the same before another letter: a feh and a qaf, each with as many
 *  dots; and a tooth without any. */
const JOINED: Record<string, string> = {
  "\u06a7": "\u0641",
  "\u06a8": "\u06a4",
  "\u066f": "\u06a1",
  "\u06ba": "\u0649",
  "\u066e": "\u0649",
}
const asJoined = (text: string): string =>
  text.replace(/[\u06a7\u06a8\u066f\u06ba\u066e](?=\p{M}*\p{Script=Arabic})/gu, (letter) => JOINED[letter]!)

function skeletonOf(text: string): string {
  table ??= read()
  const { alike, sequences } = table
  let spelled = text
  if (!isPlain(text)) for (const [one, other] of sequences) spelled = spelled.replaceAll(one, other)
  return Array.from(spelled, (one) => alike.get(one) ?? one).join("")
}

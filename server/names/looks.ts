// When two names are the same to the eye (UTS 39, "skeleton"). Letters are alike as they stand, as small letters or as
// capitals: a Greek nu is like v, and a capital one like N; I is like l, i is not. So a name has a look of each kind, and two
// names are alike if they share one.
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { composed, decomposed, folded, isPlain, unadorned, withoutUnseen } from "../../protocol/text.ts"
import { isOneScript } from "./scripts.ts"
import { takenApart } from "./taken-apart.ts"

const FILE = join(import.meta.dirname, "look-alikes.txt")

/** Letters that are looked up once: as many as a place's names come to, in most scripts. */
const MOST_KNOWN = 4_000

/** Read when the first name is looked at, and searched as it stands: as a map it would take ten times as much, for ever. */
let table: string | undefined
/** What was found in it. */
const known = new Map<string, string>()
/** Several signs that are like one letter, as Hebrew's with points. */
let sequences: [spelled: string, like: string][] | undefined

const read = (): string => (table ??= readFileSync(FILE, "utf8"))

/** What a letter is like: itself, most often. */
function likeOf(letter: string): string {
  const before = known.get(letter)
  if (before !== undefined) return before
  const lines = read()
  const at = lines.indexOf(`\n${letter}\t`)
  const like = at < 0 ? letter : lines.slice(at + letter.length + 2, lines.indexOf("\n", at + 1))
  if (known.size >= MOST_KNOWN) known.clear()
  known.set(letter, like)
  return like
}

const readSequences = (): [string, string][] =>
  [...read().matchAll(/(?<=\n)([^\t\n]{2,})\t([^\n]*)/gu)].map(([, one, like]) => [one!, like!])

/** Grows whenever the rule or its table changes: what was kept by an older one is then made anew (server/names/kept.ts). */
export const RULE = 6

/** What parts words, hangs beside a letter or is not seen; but the colour of an emoji's skin is, and its flag. */
const BETWEEN =
  /(?:(?![\u{1f3fb}-\u{1f3ff}\u{e0020}-\u{e007f}])[\p{P}\p{Z}\p{Sk}\p{DI}]|(?=\p{Lm})[\p{sc=Zyyy}\p{sc=Latn}])+/gu
const BETWEEN_PLAIN = /[ !-#%-*,-/:;?@[-`{}]+/g
/** As one writes a name: Ian is an ian, whatever an l may look like. */
const INITIALS = /(?<![\p{L}\p{M}])\p{Lu}(?=\p{Ll})/gu
const INITIALS_PLAIN = /(?<![A-Za-z])[A-Z](?=[a-z])/g

const between = (text: string): RegExp => (isPlain(text) ? BETWEEN_PLAIN : BETWEEN)

/** The looks of someone's name: ann, ann. and ann_ have them in common. They are compared, never shown. */
export const looksOf = (name: string): string[] => looks(name, (text) => text.replace(between(text), "") || text)

/** The looks of a room's name: where its words part is a part of them, what stands at either end is not. */
export const looksOfRoom = (name: string): string[] =>
  looks(withoutUnseen(name), (text) => text.replace(between(text), "-").replace(/^-|-$/g, "") || text)

/** Whether a word mixes alphabets so that it reads as a word of one: talk with a Cyrillic a. */
export const hidesItsScript = (name: string): boolean =>
  name.split(/[\p{P}\p{Z}]+/u).some((word) => !isOneScript(word) && isOneScript(skeletonOf(decomposed(word))))

function looks(name: string, bare: (text: string) => string): string[] {
  const found = new Set<string>()
  const add = (kind: string, text: string) => found.add(`${kind} ${asDrawn(bare(text))}`)
  // With accents within the letters and beside them, as the table has both; and with ornamental letters as plain ones, for a
  // long s looks like an f, and is an s.
  const spellings = isPlain(name) ? [name] : [composed(name), decomposed(name), unadorned(name)]
  for (const form of new Set(spellings.map(bare).map(asJoined).map(takenApart).map(once))) {
    add("shown", skeletonOf(form))
    add(
      "read",
      folded(skeletonOf(form.replace(isPlain(form) ? INITIALS_PLAIN : INITIALS, (initial) => initial.toLowerCase()))),
    )
    add("small", skeletonOf(form.toLowerCase()))
    add("capital", skeletonOf(form.toUpperCase()))
    add("capital", skeletonOf(form)) // ADMlN, as it is shown, is admin in capitals
  }
  add("small", skeletonOf(decomposed(folded(name))))
  return [...found]
}

/** A mark that comes twice upon one letter lies upon itself. */
const once = (text: string): string => text.replace(/\p{M}{2,}/gu, (marks) => [...new Set(marks)].join(""))

/** And they are drawn in their places, in whatever order they were typed. */
const asDrawn = (text: string): string =>
  isPlain(text) ? text : text.replace(/\p{M}{2,}/gu, (marks) => [...new Set(marks)].toSorted().join(""))

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
  if (isPlain(text)) return Array.from(text, likeOf).join("")
  let spelled = takenApart(text)
  sequences ??= readSequences()
  for (const [one, other] of sequences) spelled = spelled.replaceAll(one, other)
  return Array.from(spelled, likeOf).join("")
}

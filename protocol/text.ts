// Text as people mean it: what of it can be seen, which spellings are one, and in what order names stand. The one module that
// normalises. Putting marks in order takes the square of a run of them, so every function here cuts before it works; whoever
// must not lose an end asks `isLong` first, and refuses.
import { MAX_TYPED } from "./limits.ts"

/** Times that folding is repeated at most. Two do for all of Unicode; the rest is room for a later one. */
const MOST_FOLDS = 8

/** Not only spaces and what Unicode says nobody sees. Blank although it counts them as signs: the empty Braille cell, notes between
 *  lines and the place of an object that is not there, a musical null, fillers of Khitan and what arranges hieroglyphs. Other
 *  formats (Cf) are ignorable (DI), or are seen: they surround numbers of Arabic. */
const VISIBLE = /[^\s\p{Z}\p{DI}\p{Cc}\p{NChar}\u2800\ufff9-\ufffc\u{1d159}\u{16fe4}\u{13430}-\u{13442}]/u
/** The first sign that nobody sees and that parts nothing: no place for it in a name, but where it joins or selects
 *  (server/names/joiners.ts). Its pattern is made here, so that pages, which ask for none, do not load it. */
export const unseenIn = (text: string): string | undefined =>
  text.match(new RegExp(`(?!${VISIBLE.source})\\P{Zs}|\\p{Cs}`, "u"))?.[0]

/** Whether it is of printable ASCII alone: such text has one spelling, and needs none of the large patterns here. */
export const isPlain = (text: string): boolean => /^[\x20-\x7e]*$/.test(text)

/** Whether nothing of it can be seen. The one question for messages, names, drafts and buttons. */
export const isBlank = (text: string): boolean => !/[!-~]/.test(text) && !VISIBLE.test(text)

/** Whether folding would cut it. */
export const isLong = (text: string, most = MAX_TYPED): boolean => text.length > most

/** The beginning, never with half a character at its end. */
export const cut = (text: string, most: number): string =>
  isLong(text, most) ? text.slice(0, most).toWellFormed() : text

/** As it is kept and shown: the accents of a letter in one spelling (NFC). */
export const composed = (text: string, most = MAX_TYPED): string => cut(text, most).normalize("NFC")

/** Letters apart from their marks (NFD). */
export const decomposed = (text: string, most = MAX_TYPED): string => cut(text, most).normalize("NFD")

/** The same, with wide, narrow and ornamental letters as plain ones (NFKD). */
export const unadorned = (text: string, most = MAX_TYPED): string => cut(text, most).normalize("NFKD")

/** One spelling of key strokes: the same ones on another machine may give other code points (NFKC). */
export const typed = (text: string, most: number): string => cut(text, most).normalize("NFKC")

/** Without what nobody sees; but the letters that make a flag of a black one are seen, as England or Scotland. */
export const withoutUnseen = (text: string): string =>
  isPlain(text) ? text : text.replace(/\p{DI}(?<!\u{1f3f4}[\u{e0020}-\u{e007f}]{1,8})/gu, "")

/** Without case, width and what nobody sees: equal for two spellings of one name. A fixed point: folded again, it is the same. */
export function folded(text: string, most = MAX_TYPED): string {
  if (isPlain(text)) return cut(text, most).toLowerCase()
  let before = cut(text, most)
  for (let round = 0; round < MOST_FOLDS; round++) {
    const after = withoutCase(withoutUnseen(before.normalize("NFKC"))).normalize("NFKC")
    if (after === before) break
    before = after
  }
  return cut(before, most)
}

/** Unicode's full case folding. By way of the capitals, for some letters have two small forms; a sigma is the same at the end
 *  of a word, and an i with a dot or without, whatever the language of the keyboard. */
const withoutCase = (text: string): string =>
  text.toUpperCase().toLowerCase().replaceAll("\u03c2", "\u03c3").replaceAll("i\u0307", "i")

/** Marks upon one letter: as many as languages put there. Tibetan stacks letters, Burmese surrounds them. */
const MOST_MARKS = { stacked: 12, own: 8, shared: 5 }
/** And of one and the same. */
const MOST_SAME = 5
const STACKING = /\p{Script=Tibetan}/u
/** Marks of all scripts, and those that Thai and Lao set one above the other. */
const SHARED = /[\p{Script=Inherited}\p{Script=Thai}\p{Script=Lao}]/u

/** Without marks that are piled up to reach over the lines around: more of them than any language has, or one of them again and
 *  again. */
export const unpiled = (text: string): string =>
  text.replace(/\p{M}{3,}/gu, (run) => {
    const times = new Map<string, number>()
    let kept = ""
    let count = 0
    for (const mark of run) {
      const before = times.get(mark) ?? 0
      times.set(mark, before + 1)
      const most = STACKING.test(mark) ? MOST_MARKS.stacked : SHARED.test(mark) ? MOST_MARKS.shared : MOST_MARKS.own
      if (before >= MOST_SAME || count >= most) continue
      kept += mark
      count++
    }
    return kept
  })

/** As soon as it is needed: making one takes a millisecond. */
let segmenter: Intl.Segmenter | undefined
/** For Firefox before 125, which knows no segmenter. */
const nearlyGraphemes = (text: string) => text.match(/\p{RGI_Emoji}|\p{Emoji}\ufe0f|.[\p{M}\u200d]*/gsv) ?? []

/** What one sees as one sign each: a letter with its marks, a family, a flag. Of the first `most` UTF-16 units. */
export function graphemes(text: string, most = MAX_TYPED): string[] {
  if (!Intl.Segmenter) return nearlyGraphemes(cut(text, most))
  segmenter ??= new Intl.Segmenter("en", { granularity: "grapheme" })
  return Array.from(segmenter.segment(cut(text, most)), ({ segment }) => segment)
}

/** A fixed language: servers and browsers of all countries put names in one order. */
const collator = new Intl.Collator("en", { numeric: true })

/** Names in order, the same wherever they are put into it: "book club 2" before "book club 10". */
export const inOrder = (one: string, other: string): number =>
  collator.compare(one, other) || (one < other ? -1 : one > other ? 1 : 0)

/** Rooms, people and whatever else has a name and an id, in order. */
export const byName = (one: { id: number; name: string }, other: { id: number; name: string }): number =>
  inOrder(one.name, other.name) || one.id - other.id

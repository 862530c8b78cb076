// How many guesses a password takes of someone who knows how people make them: of common passwords and words, of names, with
// digits behind them or signs for letters, of repeats and runs, of keys side by side, of years and dates. After zxcvbn (Dan
// Wheeler, 2016): the password is cut into pieces in the way that takes the fewest guesses, each piece by what it is like, and
// what is like nothing by its characters.
import { unadorned } from "../../protocol/text.ts"
import { rankOf } from "./common-passwords.ts"
import { isInOrder, onLatinKey, orderly, rankElsewhere } from "./other-keys.ts"

/** Characters that are looked at: what is longer is no better known for it, and takes the longer to look at. */
const LOOKED_AT = 48
/** Guesses for one character that is like nothing. Few, as most people choose few kinds. */
const BY_CHARACTER = 10
/** Between two words. */
const BY_SEPARATOR = 3
const SEPARATORS = new Set(" -_.,+/")
/** For what is known of the person or the place: it is tried first. */
const OF_THEIRS = 5
/** A word is written with capitals, backwards, or with signs for letters: so many times as many. */
const BY_CAPITALS = 2
const BACKWARDS = 2
const BY_SIGNS = 4
/** Days of a hundred years, and years. */
const DATES = 36_500
const YEARS = 100

/** Guesses that it takes, at most of what a number holds. `known`: what everybody who guesses would try for them. */
export function guessesFor(password: string, known: string[] = []): number {
  const typed = Array.from(password.slice(0, 2 * LOOKED_AT)).slice(0, LOOKED_AT)
  return fewest(typed, { theirs: new Set(known.flatMap(partsOf)), done: new Map() })
}

/** `done`: what was found out about parts of it that are repeated. */
type Known = { theirs: Set<string>; done: Map<string, number> }

/** A name as it is, its parts put together in other ways, and each, but for the small words between them. */
function partsOf(name: string): string[] {
  const plain = plainOf(name)
  const parts = plain.split(/[^\p{L}\p{N}]+/u).filter((part) => part !== "")
  const whole = [plain, ...["", ...SEPARATORS].map((sign) => parts.join(sign))]
  return [...whole.filter((part) => part.length > 2), ...parts.filter((part) => part.length > 3)]
}

/** In small letters, and without accents. */
const plainOf = (text: string): string => unadorned(text).replace(/\p{M}/gu, "").toLowerCase()

/** What stands around a piece: only a word that stands alone is one for certain. `isOnKeys`: each of its keys lies beside the next,
 *  on one keyboard or another. */
type Piece = Letters & { text: string; isAlone: boolean; isOnKeys: boolean }
/** As they were typed, without accents, as they are on the keys of a Latin keyboard, and as they stand in an alphabet. */
type Letters = { typed: string[]; plain: string[]; keys: string[]; orderly: string[] }

function fewest(typed: string[], known: Known): number {
  const key = typed.join("")
  const before = known.done.get(key)
  if (before !== undefined) return before
  const plain = typed.map(plainOf)
  const isLatin = typed.every((one) => one < "\u0370")
  const keys = isLatin ? plain : typed.map((one, at) => (onLatinKey(one) === one ? plain[at]! : onLatinKey(one)))
  const inAlphabet = isLatin ? plain : typed.map(orderly)
  const isLetter = plain.map((one) => /\p{L}/u.test(one))
  /** Of the first so many characters. */
  const best = [1]
  let stretch = 0 // where the keys begin that lie side by side up to here
  for (let end = 1; end <= plain.length; end++) {
    if (end > 1 && !areBeside(keys[end - 2]!, keys[end - 1]!)) stretch = end - 1
    let least = best[end - 1]! * (SEPARATORS.has(plain[end - 1]!) ? BY_SEPARATOR : BY_CHARACTER)
    for (let start = end - 3; start >= 0; start--) {
      if (best[start]! >= least) continue
      const part = plain.slice(start, end)
      const piece = {
        typed: typed.slice(start, end),
        plain: part,
        keys: keys === plain ? part : keys.slice(start, end),
        orderly: inAlphabet === plain ? part : inAlphabet.slice(start, end),
        text: part.join(""),
        isAlone: !isLetter[start - 1] && !isLetter[end],
        isOnKeys: start >= stretch,
      }
      least = Math.min(least, best[start]! * guessesForPiece(piece, known))
    }
    best[end] = least
  }
  known.done.set(key, best[plain.length]!)
  return best[plain.length]!
}

function guessesForPiece(piece: Piece, known: Known): number {
  const { text } = piece
  return Math.min(forWord(piece, known.theirs), forRepeat(piece, known), forRun(piece), forKeys(piece), forDigits(text))
}

// Words.

const LONGEST_WORD = 24
/** Among other letters short words, runs and repeats turn up by chance: then one is worth no less than this, by its length. */
const BY_CHANCE = [0, 0, 0, 500, 2_000, 10_000]
const chanceOf = ({ text, isAlone }: Piece): number => (isAlone ? 0 : (BY_CHANCE[text.length] ?? 0))

function forWord(piece: Piece, theirs: Set<string>): number {
  const { typed, text } = piece
  if (text.length > LONGEST_WORD) return Number.POSITIVE_INFINITY
  const chance = chanceOf(piece)
  const rank = (word: string) =>
    theirs.has(word) ? OF_THEIRS : Math.max(chance, rankOf(word) ?? rankElsewhere(word) ?? Number.POSITIVE_INFINITY)
  let least = Math.min(rank(text), rank(Array.from(text).reverse().join("")) * BACKWARDS)
  if (piece.keys !== piece.plain) least = Math.min(least, rank(piece.keys.join("")))
  if (SIGN.test(text)) for (const letters of lettersFor(text)) least = Math.min(least, rank(letters) * BY_SIGNS)
  if (least === Number.POSITIVE_INFINITY) return least
  return typed.some((one) => one !== one.toLowerCase()) ? least * BY_CAPITALS : least
}

/** Signs that stand for letters. Some stand for one or another. */
const signs: Record<string, string> = {
  "4": "a",
  "@": "a",
  "^": "a",
  "8": "b",
  "(": "c",
  "3": "e",
  "\u20ac": "e",
  "6": "g",
  "9": "g",
  "#": "h",
  "1": "il",
  "!": "il",
  "|": "il",
  "0": "o",
  "5": "s",
  $: "s",
  "7": "t",
  "+": "t",
  "2": "z",
}
const SIGN = /[4@^8(3\u20ac69#1!|05$7+2]/

function lettersFor(text: string): string[] {
  return [0, 1].map((nth) => Array.from(text, (one) => signs[one]?.at(nth) ?? signs[one]?.[0] ?? one).join(""))
}

// Repeats and runs.

/** The same over and over: as what is repeated, and how often. */
function forRepeat(piece: Piece, known: Known): number {
  const { typed, plain } = piece
  const length = periodOf(plain)
  if (length === plain.length) return Number.POSITIVE_INFINITY
  return Math.max(chanceOf(piece), fewest(typed.slice(0, length), known) * Math.ceil(plain.length / length))
}

/** Of what is repeated to the end, the last time perhaps not whole. Its own length where nothing is. */
function periodOf(plain: string[]): number {
  for (let period = 1; period <= plain.length / 2; period++) {
    let at = period
    while (at < plain.length && plain[at] === plain[at - period]) at++
    if (at === plain.length) return period
  }
  return plain.length
}

/** Characters that follow one another, in steps of the same size: "abcd", "97531". */
function forRun(piece: Piece): number {
  const { plain } = piece
  if (piece.orderly !== plain && isInOrder(piece.orderly)) return Math.max(chanceOf(piece), 26 * plain.length)
  const codeAt = (at: number) => plain[at]!.codePointAt(0)!
  const step = codeAt(1) - codeAt(0)
  const size = Math.abs(step)
  if (size === 0 || size >= Math.min(plain.length - 1, 5)) return Number.POSITIVE_INFINITY
  for (let at = 2; at < plain.length; at++) if (codeAt(at) - codeAt(at - 1) !== step) return Number.POSITIVE_INFINITY
  const first = "a1z09".includes(plain[0]!) ? 4 : 26
  return Math.max(chanceOf(piece), first * plain.length * (step === 1 ? 1 : 2 * size))
}

// Keys that lie side by side.

const rows = {
  qwerty: ["`1234567890-=", " qwertyuiop[]\\", " asdfghjkl;'", " zxcvbnm,./"],
  qwertz: ["^1234567890\u00df\u00b4", " qwertzuiop\u00fc+", " asdfghjkl\u00f6\u00e4#", " yxcvbnm,.-"],
  azerty: ["\u00b2&\u00e9\"'(-\u00e8_\u00e7\u00e0)=", " azertyuiop^$", " qsdfghjklm\u00f9*", " wxcvbn,;:!"],
  dvorak: ["`1234567890[]", " ',.pyfgcrl/=\\", " aoeuidhtns-", " ;qjkxbmwvz"],
  numbers: ["", "789", "456", "123", "0"],
}
type At = { x: number; y: number }
type Keyboard = Map<string, At>
let made: Keyboard[] | undefined
const keyboards = (): Keyboard[] =>
  (made ??= Object.values(rows).map(
    (lines) => new Map(lines.flatMap((line, y) => Array.from(line, (key, x): [string, At] => [key, { x, y }]))),
  ))
/** With Shift the keys of the upper row give others. */
const shifted = new Map(Array.from("!@#$%^&*()_+", (sign, at) => [sign, "1234567890-="[at]!]))
/** Where one begins, and ways to go on at a turn. */
const KEYS = 40
const BY_TURN = 4

function forKeys({ keys: plain, isOnKeys }: Piece): number {
  if (plain.length < 4 || !isOnKeys) return Number.POSITIVE_INFINITY
  let least = Number.POSITIVE_INFINITY
  for (const keyboard of keyboards()) least = Math.min(least, KEYS * plain.length * BY_TURN ** turnsOn(keyboard, plain))
  return least
}

const placeOn = (keyboard: Keyboard, key: string): At | undefined =>
  keyboard.get(key) ?? keyboard.get(shifted.get(key) ?? "")

/** From one key to another that lies beside it, or is the same. */
function stepOn(keyboard: Keyboard, one: string, other: string): At | null {
  const [from, to] = [placeOn(keyboard, one), placeOn(keyboard, other)]
  if (!from || !to) return null
  const step = { x: to.x - from.x, y: to.y - from.y }
  return Math.abs(step.x) > 1 || Math.abs(step.y) > 1 ? null : step
}

const areBeside = (one: string, other: string): boolean =>
  keyboards().some((keyboard) => stepOn(keyboard, one, other) !== null)

/** Stretches without a turn on the way from key to key; beyond all bounds where two of them do not lie side by side. */
function turnsOn(keyboard: Keyboard, plain: string[]): number {
  let turns = 1
  let direction: At | undefined
  for (let at = 1; at < plain.length; at++) {
    const step = stepOn(keyboard, plain[at - 1]!, plain[at]!)
    if (step === null) return Number.POSITIVE_INFINITY
    if (direction && (direction.x !== step.x || direction.y !== step.y)) turns++
    direction = step
  }
  return turns
}

// Years and dates.

function forDigits(text: string): number {
  if (/^(19|20)\d\d$/.test(text)) return YEARS
  if (!/^\d+([-./ ]\d+){0,2}$/.test(text) || text.length > LONGEST_DATE) return Number.POSITIVE_INFINITY
  const parts = text.split(/[-./ ]/)
  const splits = parts.length === 1 ? splitsOf(text) : [parts]
  return splits.some(([one, two, three]) => isDate(Number(one), Number(two), Number(three)))
    ? DATES
    : Number.POSITIVE_INFINITY
}

const LONGEST_DATE = 10

/** Digits without a sign between them, as three numbers. */
function splitsOf(digits: string): string[][] {
  const all: string[][] = []
  if (digits.length < 6 || digits.length > 8) return all
  for (const [one, two] of [
    [1, 1],
    [1, 2],
    [2, 1],
    [2, 2],
    [4, 1],
    [4, 2],
  ] as const)
    all.push([digits.slice(0, one), digits.slice(one, one + two), digits.slice(one + two)])
  return all.filter((parts) => parts.every((part) => [1, 2, 4].includes(part.length)))
}

/** In any order that people write. */
function isDate(one: number, two: number, three: number): boolean {
  const fits = (day: number, month: number, year: number) =>
    day >= 1 && day <= 31 && month >= 1 && month <= 12 && (year <= 99 || (year >= 1900 && year <= 2050))
  return fits(one, two, three) || fits(two, one, three) || fits(three, two, one)
}

// Where an address begins and where it ends, in text of any language. By properties of characters, not by lists of signs
// (Unicode's own report on it, UTS 58, goes by the same), but for what one sentence of any script ends with: that ends an address,
// too. What is shown is where it leads. Each character is looked at a bounded number of times, however hostile the text.
import { MOST_LINKS } from "../protocol/limits.ts"

/** `href` is where it leads when that is not what stands there: www.example.org, ann@example.org. */
export type Link = { link: string; href?: string }
export type Piece = string | Link

/** Ends of names that are sites and hardly ever anything else: all countries' but those below, and the common ones of old. */
const ZONES =
  "com|org|net|edu|gov|mil|info|biz|dev|xyz|wiki|blog|shop|store|online|site|cloud|social|news|club|museum|coop|aero|asia|" +
  "рф|укр|бел|срб|мкд|қаз|ελ|xn--[a-z0-9\\-]{2,59}|" +
  "a[cdefglmoqruwxz]|b[abdefghijmnorstvwyz]|c[acdfghiklmnoruvwxyz]|d[ejkmoz]|e[cegrstu]|f[ijkmor]|g[abdefghilmnpqrstuwy]|h[kmnrtu]|" +
  "i[delmnoqrst]|j[emop]|k[eghimnprwyz]|l[abcikrstuvy]|m[acdeghklmnopqrstuvwxyz]|n[acefgilopruz]|om|p[aefghklmnrstwy]|qa|r[eosuw]|" +
  "s[abcdeghijklmnorstuvxyz]|t[cdfghjklmnortvwz]|u[agksyz]|v[aceginu]|w[fs]|y[et]|z[amw]"
/** Those that are a file's end, or a word of a large language's and few sites': only before a path. */
const RATHER_A_WORD =
  /^(?:a[dflmostuw]|b[eioy]|c[ci]|d[mo]|e[grt]|hm|i[dlmnst]|j[eo]|k[ei]|la|m[deklmrsuy]|n[aeio]|om|p[almsy]|rs|s[ahotu]|t[fo]|us|v[aeiu]|ye|za)$/i
/** But not these: no sentence has them. A file of notes may. */
const BELOW_A_COUNTRY = /\.(?:ac|com?|edu|gov|net|org)\.(?!md$)[a-z]{2}$/i

/** logo@2x.png is nobody's mailbox. */
const A_FILE = /\.(?:png|jpe?g|gif|svg|webp|avif|css|json|html?|txt|pdf|log)$/i

/** Letters and digits of scripts that part words by blanks: in the others an address begins in the midst of a line. */
const RUN_ON =
  "\\p{sc=Han}\\p{sc=Hira}\\p{scx=Kana}\\p{sc=Bopo}\\p{sc=Hang}\\p{sc=Thai}\\p{sc=Laoo}\\p{sc=Khmr}\\p{sc=Mymr}\\p{sc=Tibt}\\p{sc=Java}\\p{sc=Yiii}"
/** What is no letter, mark or digit. Some letters and marks are drawn as blanks, or not at all, and no host has one: behind it
 *  a name would go on that one takes for another. Said by what it is not: to make the difference of two large classes takes
 *  engines milliseconds each time. */
const NO_NAME = "\\p{C}\\p{Z}\\p{P}\\p{S}\\p{DI}"
const SEEN = `[^${NO_NAME}]`
const WORD = `[^${NO_NAME}${RUN_ON}]`
const LABEL = `${WORD}(?:-{0,61}${WORD}){0,62}`
/** "Site:example.org", but not ann@a.example:example.org; and a word of Hebrew or Arabic that leads a name of another script,
 *  with a hyphen between: no host is written in both. */
const LABELLED = `(?<=(?<![\\w@.\\/:#$%&=~+\\-])(?!mailto:)[a-z]{1,20}:|(?![a-z])\\p{L}:)`
const PREFIXED = "(?<=[\\p{sc=Hebr}\\p{sc=Arab}]-)(?=[a-z0-9])"
const BEFORE =
  `(?:(?<!(?:${WORD}|[@.\\/:#$%&=~+\\-\\\\])_{0,2}|___)|${LABELLED}|${PREFIXED})` +
  "(?![\\p{sc=Hebr}\\p{sc=Arab}]{1,20}-[a-z0-9])"
const SCHEME = "(?<![A-Za-z0-9])(?<scheme>https?:\\/\\/|mailto:)"
/** Within o’brien@example.org, as telephones and people write it: what follows is somebody else's mailbox. */
const APOSTROPHE = "['`\\u00b4\\u2018\\u2019\\u201b\\u2032\\uff07]"
const LOCAL = `${WORD}(?:(?:${WORD}|[._%+'\\-]){0,62}(?:${WORD}|[_+\\-]))?@`
/** Most words are neither: that no @ and no full stop comes is found sooner than that no name does. */
const MAIL = `(?<![a-z]:)(?<mail>(?=[^\\s@\\u02bc]{1,64}@)(?<!${WORD}${APOSTROPHE})${LOCAL}(?:${LABEL}\\.){1,10}(?:${ZONES}|[a-z]{3,24}))`
const ANY_LABEL = `${SEEN}(?:-{0,61}${SEEN}){0,62}`
const WWW = `(?<www>www\\.(?:${ANY_LABEL}\\.){1,10}(?:(?![${RUN_ON}])\\p{L}){2,24})`
const BARE = `(?<bare>(?=[^\\s.]{1,63}\\.)(?:${LABEL}\\.){1,10}(?<zone>${ZONES})(?!${APOSTROPHE}${LOCAL}))`
/** Nothing of the kind goes on like this: a longer name, a call, a path of scp. */
const AFTER = `(?!_{0,2}(?:${WORD}|[@\\(=\\\\])|___|-${WORD}|\\.${WORD}|:(?![0-9])${WORD})`
const START = new RegExp(`${SCHEME}|${BEFORE}(?:${MAIL}|${WWW}|${BARE})${AFTER}`, "giu")

/** A host after its scheme: names of any script, or an address in numbers. */
const HOST = new RegExp(`\\[[0-9a-f:.]{2,45}\\]|(?:[_\\-]|${SEEN})+(?:\\.(?:[_\\-]|${SEEN})+)*`, "iuy")
/** Where a zone in Latin letters, a single word in them or an address in numbers is followed by words of another script
 *  without a blank, the name ends. */
const THEN_WORDS =
  /(?:\.(?:[a-z]{2,}|xn--[a-z0-9-]+)|^(?:\d{1,3}(?:\.\d{1,3}){3}|[a-z0-9-]+(?![^.]*\.)))(?![\p{ASCII}\p{sc=Latin}])(?=[\p{L}\p{N}])/iu
const LAST_OF_NONE = /(?<![_-])[_-]+$/
const GOES_ON = /[/?#@]/
/** After what seems to be a host: more of one, or a name and a password before the host that is meant. */
const NO_HOST = /[@%=$\\]|[+&](?!https?:\/\/)|:[^\s/?#@]{0,100}@|:\/\/|\.\.[\p{L}\p{N}]/uy
/** After a single word: the host goes on by what is none of it, or by a full stop that browsers take for one. */
const NO_WORD = /(?:\p{S}\ufe0f?){1,20}[\p{L}\p{N}-]{0,63}\.[\p{L}\p{N}]|[\u3002\uff0e\uff61][a-z0-9]/iuy
/** A complete domain name may end with a full stop. Before a path, that is not the end of a sentence. */
const WHOLE = /\.(?=(?::\d{1,5})?\/)/y
const PORT = /:\d{1,5}(?!\d)/y
const MAILBOX = /[\p{L}\p{M}\p{N}.!#$%&'*+\-/=?^_`{|}~]{1,64}@/uy

/** No address goes on past these: blanks, what hides or reorders, what delimits, what is left out, and what no one has
 *  assigned. */
const HARD = /[\s\p{C}\p{Z}\p{DI}<>"`|\\\u22ef\u2800\uff1c\uff1e\uff5c]/u
/** Nor past what ends or parts sentences beyond ASCII, quotes or brackets: what Unicode says is such, and dots that it does not
 *  say it of, the mark of a note, ornaments as quotes, Adlam's signs. */
const ENDS =
  /(?!\u2019)[\p{Term}\p{QMark}\p{Ps}\p{Pe}\p{Pi}\p{Pf}\u2022\u2025\u2026\u203b\u275b-\u2760\ufe10-\ufe19\u{1e95e}\u{1e95f}\u{1f676}-\u{1f678}]/u
/** Signs of a sentence, unless more of the address follows; and where emphasis ends, or what is quoted by what else stands
 *  within words. */
const SOFT = /[.,:;!?'*~^\u00b4\u05f4\u2019]/
/** So it is with what ends a line in East Asian chat: any wide sign, what is drawn and stands for no word (Pattern_Syntax has stars,
 *  notes and hearts, but no units), arrows; and laughing or crying, in letters of Korean by themselves and in wide ones. */
const SOFT_DRAWN =
  /(?=[\ufe30-\ufe6f\uff00-\uffef])[\p{P}\p{S}]|(?=[\u2190-\u303f])(?![\p{Emoji}\p{sc=Brai}])(?:[\u2190-\u21ff]|(?=\p{Pat_Syn})\p{So})|[\u3131-\u318e\uff57]/u
/** And those between words and between addresses that are no sign of a sentence to Unicode. */
const BETWEEN = /(?!-)\p{Pd}|[\u00b7\u2027\u30fb\uff65]/u
/** As Chinese writes a dash. */
const LONG_DASH = /^([\u2014\u2015])\1/
const ANOTHER = /^https?:\/\//i
/** Behind these an address is within the other: of what it was saved from, or is to be shown in. */
const HOLDS_ANOTHER = /[a-z0-9/=?#:@%_([{]/i
/** Between two addresses, not within: signs, and a word in a script that has no blanks after one in a script that has. */
const JOINS = new RegExp(
  `(?:(?<=${WORD})[${RUN_ON}]+)?[\\p{S}\\p{Pd}&,.;:!'*\\u00b7\\u2027\\u30fb\\uff65\\u200d\\ufe0f]*$`,
  "u",
)
/** So many UTF-16 units before another address are looked at again. */
const MOST_JOINING = 32
/** Unseen, and part of a word or an emoji where they stand within one. */
const JOINERS = /\u200c|\u200d|\ufe0f/
const JOINED = /[\p{L}\p{M}\p{Emoji_Presentation}\p{Extended_Pictographic}]/u
/** The form of the sign before: of a Mongolian letter, of an ideograph, of a flag. */
const SELECTED =
  /^(?:\p{sc=Mong}[\u180b-\u180f]|\p{Unified_Ideograph}[\ufe00-\ufe02\u{e0100}-\u{e01ef}]|[\u{1f3f4}\u{e0020}-\u{e007e}][\u{e0020}-\u{e007f}])$/u
/** The end of "example.org/ann's": but Hitchhiker's_Guide goes on. */
const SOMEBODYS = /^s(?:$|[\s\p{Z}]|[.,:;!?)\]}"\u201d]+(?:$|[\s\p{Z}]))/u
/** Directly before an address these quote it, and the next that closes so ends it, as `"` does wherever it stands: a list in a
 *  program has no blank behind. After a letter it is an apostrophe, but in words that have no blanks between; and programs have
 *  b'', f'', N''. */
const QUOTE = new RegExp(`(?<=(?<!${WORD})[befnru]{0,2})['\\u0060\\u00b4\\u2018-\\u201b\\u2032]$`, "iu")
/** By what they close with, where that is not the same sign. */
const CLOSES: Record<string, string> = { "`": "'\u00b4", "\u2018": "\u2019", "\u201a": "\u2019", "\u201b": "\u2019" }
/** What stands before an address that is emphasized, or quoted in Hebrew, and behind it. */
const EMPHASIS = /[_*~\u05f3]*$/
const AROUND = /[_\u05f3]/
const EMPHASIZED = /^[.,:;!?'*~]{0,3}_/
const OPENED: Record<string, string> = { ")": "(", "]": "[", "}": "{" }
const OPENERS = "([{"

/** Without any of these there is no address, as in most of what people say. */
const MAYBE = /:\/\/|mailto:|@|\.\S/i

/** Cuts a text into plain pieces and addresses, in order; put together again they are the text. Behind so many links it stays text. */
export function pieces(text: string): Piece[] {
  if (!MAYBE.test(text)) return text === "" ? [] : [text]
  const found: Piece[] = []
  let links = 0
  let done = 0
  START.lastIndex = 0
  for (let match = START.exec(text); match && links < MOST_LINKS; match = START.exec(text)) {
    const { index } = match
    const [end, tried] = endOf(text, match)
    const link = end > index && isSaid(text, index, end, match) ? text.slice(index, end) : ""
    const href = link && addressOf(link, match)
    // What was looked at and is no address is not looked at again: else a row of "https://" would take for ever.
    START.lastIndex = Math.max(href ? end : tried, index + 1)
    if (!href) continue
    if (index > done) found.push(text.slice(done, index))
    found.push(href === link ? { link } : { link, href })
    links++
    done = end
  }
  if (done < text.length) found.push(text.slice(done))
  return found
}

/** Where the address ends, and how far the text was looked at; the beginning itself when it is none. */
function endOf(text: string, match: RegExpExecArray): [end: number, tried: number] {
  const { index, groups = {} } = match
  const after = START.lastIndex
  if (groups.mail !== undefined) return [after, after]
  let host = after
  if (groups.scheme?.toLowerCase() === "mailto:") host = matchAt(MAILBOX, text, after)
  if (groups.scheme !== undefined) {
    if (host === after && groups.scheme.toLowerCase() === "mailto:") return [index, after]
    host = endOfHost(text, host)
    if (host === after || matchAt(NO_HOST, text, host) > host || isNoWord(text, after, host))
      // https://https://example.org is an address behind half of one.
      return [index, text.startsWith("://", host) ? after : Math.max(host, after)]
  }
  const whole = groups.zone === undefined ? matchAt(WHOLE, text, host) : host // without a scheme it may end a sentence
  const path = matchAt(PORT, text, whole)
  const end = endOfPath(text, path, text.slice(Math.max(0, index - 4), index))
  if (groups.zone !== undefined && isRatherAWord(groups.bare!, groups.zone) && text[path] !== "/") return [index, end]
  return [end, end]
}

const isRatherAWord = (name: string, zone: string): boolean => RATHER_A_WORD.test(zone) && !BELOW_A_COUNTRY.test(name)

/** _dmarc.example.org is a name of its own, _example.org_ another's emphasized. */
const isSaid = (text: string, index: number, end: number, { groups = {} }: RegExpExecArray): boolean =>
  groups.scheme !== undefined || text[index - 1] !== "_" || EMPHASIZED.test(text.slice(end, end + 4))

const isNoWord = (text: string, from: number, end: number): boolean =>
  matchAt(NO_WORD, text, end) > end && !text.slice(from, end).includes(".")

/** Where it matches at that place, the end of that; else the place. */
function matchAt(pattern: RegExp, text: string, from: number): number {
  pattern.lastIndex = from
  return from + (pattern.exec(text)?.[0].length ?? 0)
}

function endOfHost(text: string, from: number): number {
  const end = matchAt(HOST, text, from)
  const words = THEN_WORDS.exec(text.slice(from, Math.min(end, from + 255)))
  if (words) return from + words.index + words[0].length
  // No name of a host ends with these: they are emphasis, or a dash.
  return GOES_ON.test(text[end] ?? "") ? end : from + text.slice(from, end).replace(LAST_OF_NONE, "").length
}

/** From where the host ends. A path is what begins with a slash, a query or a fragment. */
function endOfPath(text: string, from: number, before: string): number {
  if (!/[/?#]/.test(text[from] ?? "")) return from
  const open: string[] = []
  const quote = QUOTE.exec(before)?.[0] ?? ""
  const closing = CLOSES[quote] ?? quote
  let at = from
  let end = from
  let last = ""
  let asks = false
  while (at < text.length) {
    const sign = signAt(text, at)
    // In a query a plus is a blank.
    if (/h/i.test(sign) && isAnother(text, at) && !HOLDS_ANOTHER.test(last) && !(asks && last === "+")) {
      end = Math.min(end, at - JOINS.exec(text.slice(Math.max(from, at - MOST_JOINING), at))![0].length)
      break
    }
    if (closing.includes(sign) || isEnd(text, at, sign, last)) break
    const first = at === from
    at += sign.length
    last = sign
    asks ||= sign === "?"
    if (OPENERS.includes(sign)) open.push(sign)
    else if (sign in OPENED) {
      if (open.pop() !== OPENED[sign]) break
      end = at
    } else if (!isSoft(sign) && !BETWEEN.test(sign) && !(sign === "?" && first)) end = at
  }
  // An arrow: https://example.org/a->https://example.org/b
  if (text[at] === ">" && !before.endsWith("<")) while (/[-=]/.test(text[end - 1]!)) end--
  return withoutEmphasis(text, end, before)
}

/** _https://example.org/a_ is emphasis, https://example.org/@name_ a name. */
function withoutEmphasis(text: string, from: number, before: string): number {
  let end = from
  for (const sign of EMPHASIS.exec(before)![0]) {
    if (!AROUND.test(sign) || text[end - 1] !== sign) continue
    do end--
    while (isSoft(text[end - 1]!))
  }
  return end
}

const signAt = (text: string, at: number): string =>
  at < text.length ? String.fromCodePoint(text.codePointAt(at)!) : ""

function isEnd(text: string, at: number, sign: string, before: string): boolean {
  if (sign < "\u0080") return isEndInAscii(text, at, sign) // as almost always
  if (SELECTED.test(before + sign)) return false
  if (sign === "\ufe0f" && text[at + 1] === "\u20e3") return !/[0-9#*]/.test(before) // a key
  if (JOINERS.test(sign)) return !JOINED.test(before) || (sign !== "\ufe0f" && !JOINED.test(signAt(text, at + 1)))
  if (HARD.test(sign) || ENDS.test(sign)) return true
  if (BETWEEN.test(sign)) return LONG_DASH.test(text.slice(at, at + 2))
  return sign === "\u2019" && isSomebodys(text, at + 1)
}

function isEndInAscii(text: string, at: number, sign: string): boolean {
  return sign === "'" ? isSomebodys(text, at + 1) : HARD.test(sign)
}

const isSoft = (sign: string): boolean => SOFT.test(sign) || (sign > "\u2000" && SOFT_DRAWN.test(sign))
const isAnother = (text: string, at: number): boolean => ANOTHER.test(text.slice(at, at + 8))
const isSomebodys = (text: string, at: number): boolean => SOMEBODYS.test(text.slice(at, at + 7))

/** Where the link leads, or nothing when it is no address. */
function addressOf(link: string, { groups = {} }: RegExpExecArray): string | undefined {
  if (groups.mail !== undefined)
    return isLowerOrAll(link) && !A_FILE.test(link) ? `mailto:${link.replaceAll("%", "%25")}` : undefined // or %2C would be a comma
  if (groups.scheme?.toLowerCase() === "mailto:") return /@[^@]+$/.test(link) ? link : undefined
  const href = groups.scheme === undefined ? `https://${link}` : link
  if (groups.zone !== undefined && !isLowerOrAll(groups.bare!)) return undefined
  return AUTHORITY.exec(href)![0].length <= LONGEST_HOST && URL.canParse(href) ? href : undefined
}

/** Of an address all before its path. Parsing normalises it, which takes time by the square of its length; names have 253 units. */
const AUTHORITY = /^[^/]*\/*[^/?#]*/
const LONGEST_HOST = 300

/** Not the end of one sentence and the beginning of the next, with the blank forgotten: "I know.It is". */
function isLowerOrAll(name: string): boolean {
  const zone = name.slice(name.lastIndexOf(".") + 1)
  return zone === zone.toLowerCase() || name === name.toUpperCase()
}

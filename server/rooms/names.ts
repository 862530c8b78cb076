// What a room may be called, and its address: the name in one spelling, so that "Lunch plans", "lunch plans" and
// "lunch-plans" are one room. Letters of any script stay as they are; the address is percent-encoded where it is used.
import { lengthOf, MAX_ROOM_NAME } from "../../protocol/limits.ts"
import { Refusal } from "../../protocol/refusal.ts"
import { composed, isBlank, isLong, isPlain, typed, withoutUnseen } from "../../protocol/text.ts"
import { strayIn } from "../names/joiners.ts"
import { isPiled, strangelyMarked } from "../names/marks.ts"
import { oneSpelling } from "../names/spelling.ts"

/** `/chat/messages` is the list of one of the old designs. */
const RESERVED = new Set(["messages"])
/** What would end a path or begin a query, and what no font has: these cannot stand in an address that is shown as typed. */
const UNFIT = /[/\\?#%\p{Cc}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}]/u
/** Those of them that wide letters fold to, as in 質問ある？, stand wide in the address, where they end nothing. */
const ENDING = /[/\\?#%]/g
const WIDE = 0xfee0

/** The address of whatever was typed, without what nobody sees, so that no two rooms differ in that alone. A fixed point: the
 *  address of an address is itself. Not every one belongs to a name that a room may have. */
export const slugOf = (name: string): string =>
  oneSpelling(name)
    .trim()
    .replace(/\s+/gu, "-")
    .replace(ENDING, (sign) => String.fromCharCode(sign.charCodeAt(0) + WIDE))

/** Addresses at which a room may be that is meant by this name: its own; and as rooms were given theirs until version 0.2, by a
 *  rule that was no fixed point, so that some could not be entered. */
export function slugsFor(name: string): string[] {
  if (isLong(name)) return []
  if (isPlain(name)) return [slugOf(name)] // almost always, and asked at every post
  const early = withoutUnseen(typed(name, name.length)).trim().toLowerCase().replace(/\s+/gu, "-")
  return [...new Set([slugOf(name), name, early])].filter(canBeSlug)
}

/** Whether a database can be asked for it. Postgres takes no NUL, and all of them take half a character for another. */
const canBeSlug = (slug: string): boolean => !/[\p{Cc}\p{Cs}]/u.test(slug)

/** The name as it will be shown, or a refusal that says what is wrong with it. */
export function roomName(written: string): string {
  const trimmed = written.trim()
  const name = composed(trimmed).replace(/[\t-\r\p{Z}]+/gu, " ")
  const slug = slugOf(name)
  if (!isLong(trimmed) && (slug === "" || isBlank(name))) throw refused("Give the room a name.")
  if (isLong(trimmed) || lengthOf(name) > MAX_ROOM_NAME || lengthOf(slug) > MAX_ROOM_NAME)
    throw new Refusal(
      "too_large",
      `A room's name has at most ${MAX_ROOM_NAME} characters. Choose a shorter one.`,
      "name",
    )
  if (UNFIT.test(name) || UNFIT.test(slug))
    throw refused("A room's name cannot hold / \\ ? # % or control characters. Choose another.")
  const stray = strayIn(name)
  if (stray) throw refused(`A room's name cannot hold signs that nobody sees (${stray} is one). Write it anew.`)
  if (isPiled(name)) throw refused("A room's name cannot have marks piled upon a letter. Leave some out.")
  const marked = strangelyMarked(name)
  if (marked)
    throw refused(`A room's name cannot have a mark of another script than its letter's (${marked}). Leave it out.`)
  if (/^\.+$/.test(slug)) throw refused("A room's name needs more than dots.")
  if (RESERVED.has(slug))
    throw new Refusal("taken", `"${name}" is kept for Parlour itself. Choose another name.`, "name")
  return name
}

const refused = (sentence: string) => new Refusal("invalid", sentence, "name")

// What a room may be called, and its address: the name in one spelling, so that "Lunch plans", "lunch plans" and
// "lunch-plans" are one room. Letters of any script stay as they are; the address is percent-encoded where it is used.
import { lengthOf, MAX_ROOM_NAME, MAX_TYPED } from "../../protocol/limits.ts"
import { Refusal } from "../../protocol/refusal.ts"

/** `/chat/messages` is the list of one of the old designs. */
const RESERVED = new Set(["messages"])
/** What would end a path, begin a query, or hide: these cannot stand in an address that is shown as typed. */
const UNFIT = /[/\\?#%\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}]/u

/** The address of whatever was typed, without what nobody sees (\p{DI}: fillers, variation selectors), so that no two
 *  rooms look the same. Not every slug belongs to a name that a room may have. */
export const slugOf = (name: string): string =>
  name
    .slice(0, MAX_TYPED) // the work below grows with the square
    .normalize("NFKC")
    .replace(/\p{DI}/gu, "")
    .trim()
    .toLowerCase()
    .replace(/\s+/gu, "-")

/** Whether a database can be asked for it. Postgres takes no NUL, and all of them take half a character for another. */
export const canBeSlug = (slug: string): boolean => !/[\p{Cc}\p{Cs}]/u.test(slug)

/** The name as it will be shown, or a refusal that says what is wrong with it. */
export function roomName(typed: string): string {
  const name = typed.slice(0, MAX_TYPED).normalize("NFC").trim().replace(/\s+/gu, " ")
  const slug = slugOf(name)
  if (slug === "") throw new Refusal("invalid", "Give the room a name.", "name")
  if (typed.length > MAX_TYPED || lengthOf(name) > MAX_ROOM_NAME || lengthOf(slug) > MAX_ROOM_NAME)
    throw new Refusal(
      "too_large",
      `A room's name has at most ${MAX_ROOM_NAME} characters. Choose a shorter one.`,
      "name",
    )
  if (UNFIT.test(name) || UNFIT.test(slug))
    throw new Refusal("invalid", "A room's name cannot hold / \\ ? # % or invisible characters.", "name")
  if (/^\.+$/.test(slug)) throw new Refusal("invalid", "A room's name needs more than dots.", "name")
  if (RESERVED.has(slug))
    throw new Refusal("taken", `"${name}" is kept for Parlour itself. Choose another name.`, "name")
  return name
}

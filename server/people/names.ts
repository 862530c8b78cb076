// Usernames: what they may be made of, and when two of them are the same to the eye.
import lookAlikes from "unhomoglyph/data.json" with { type: "json" }
import { lengthOf, MAX_TYPED, MAX_USERNAME } from "../../protocol/limits.ts"
import { Refusal } from "../../protocol/refusal.ts"

const alike: Record<string, string> = lookAlikes

/** As the package's own function, which searches by one expression of 6,311 alternatives and takes 150 µs. */
const lookOf = (text: string): string => Array.from(text, (one) => alike[one] ?? one).join("")

/** The name as it will be shown, or a refusal that says what is wrong with it. */
export function username(typed: string): string {
  const name = typed.slice(0, MAX_TYPED).normalize("NFC").trim()
  if (name === "") throw new Refusal("invalid", "Choose a username.", "username")
  if (typed.length > MAX_TYPED || lengthOf(name) > MAX_USERNAME)
    throw new Refusal(
      "too_large",
      `A username has at most ${MAX_USERNAME} characters. Choose a shorter one.`,
      "username",
    )
  if (!/^[\p{L}\p{M}\p{Nd}._-]+$/u.test(name) || /\p{DI}/u.test(name))
    // letters and marks that nobody sees are some
    throw new Refusal("invalid", "A username is made of letters, digits and . _ - without spaces.", "username")
  if (!/^[\p{L}\p{Nd}._-]/u.test(name) || /\p{M}{3}/u.test(name) || !/[\p{L}\p{Nd}]/u.test(name))
    throw new Refusal("invalid", "A username needs a letter or a digit, without marks piled upon it.", "username")
  return name
}

/** The name with case, width and look-alikes folded away (Unicode TR39, "skeleton"): Ann, ANN and Аnn with a Cyrillic
 *  А have one. Two people never share one. It is compared, never shown. */
export function skeletonOf(name: string): string {
  name = name.slice(0, MAX_TYPED)
  // As capitals and then as small letters, for each have look-alikes of their own: В is like B, and в like nothing; I, l
  // and 1 are alike, and i, which is a small I.
  const capitals = lookOf(name.normalize("NFKD").trim().toUpperCase().normalize("NFC"))
  return lookOf(capitals.toLowerCase())
}

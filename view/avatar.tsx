// A face made of a name: two hues, a shape and an initial, always the same for the same name. Classes, not style
// attributes: the content security policy allows no inline styles.
import type { JSX } from "preact"

const HUES = 24
const SHAPES = 6

/** `small` is for lists, where the name stands beside it. */
export const Avatar = ({ name, small }: { name: string; small?: boolean }): JSX.Element => (
  <span class={`avatar ${lookOf(name)}${small ? " small" : ""}`} aria-hidden="true">
    {initialOf(name)}
  </span>
)

/** "hue-7 shape-2" */
export function lookOf(name: string): string {
  const hash = hashOf(name.normalize("NFKC").toLowerCase())
  return `hue-${1 + (hash % HUES)} shape-${1 + (Math.floor(hash / HUES) % SHAPES)}`
}

/** The first letter or digit (or, of a name that has none, its first character), without marks stacked upon it. */
export function initialOf(name: string): string {
  const [first = ""] = name.match(/\p{RGI_Emoji}|[\p{L}\p{N}]/v) ?? [[...name][0]]
  return first.length > 1 ? first : first.toUpperCase()
}

/** FNV-1a, mixed once more so that neighbours such as "user1" and "user2" look different. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5
  for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193)
  hash = Math.imul(hash ^ (hash >>> 16), 0x45d9f3b)
  return (hash ^ (hash >>> 16)) >>> 0
}

// Stands in for view/links.ts in the script that a page starts with (bin/build-client.ts sees to that). What finds links is large and
// comes when the page lives. Until then the links are those that the server drew; a message that is said meanwhile gets its own
// when the real one has come.
import type { Message } from "../protocol/event.ts"
import type { pieces as find, Piece } from "../view/links.ts"

/** By the text. */
let drawn = new Map<string, Piece[]>()
let finds: typeof find | undefined
let met = false

export const pieces: typeof find = (text) => {
  if (finds) return finds(text)
  const known = drawn.get(text)
  met ||= !known
  return known ?? [text]
}

/** Takes them from what the server drew of these. */
export function takeDrawn(app: ParentNode, messages: Message[]): void {
  for (const { text } of messages) if (text !== null) drawn.set(text, [text])
  for (const body of app.querySelectorAll("article .text:has(a)")) {
    const id = Number(body.parentElement?.id.slice(1))
    const text = messages.find((message) => message.id === id)?.text
    if (text) drawn.set(text, Array.from(body.childNodes, pieceOf))
  }
}

const pieceOf = (node: ChildNode): Piece => {
  const words = node.textContent ?? ""
  return node instanceof HTMLAnchorElement ? { link: words, href: node.getAttribute("href") ?? words } : words
}

/** From now on links are found by this. Answers whether there are texts by now whose links nobody has looked for. */
export function findBy(found: typeof find): boolean {
  finds = found
  drawn = new Map()
  return met
}

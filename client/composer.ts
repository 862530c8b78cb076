// What is being written. It is kept as a draft with every key, and the box is emptied only when the words are safe in
// the outbox; what was typed on in the meantime stays.
import { lengthOf, MAX_TEXT } from "../protocol/limits.ts"
import { isBlank } from "../protocol/text.ts"
import type { Problem } from "../view/snapshot.ts"
import type { Memory } from "./browser.ts"

export type Composer = {
  draft(): string
  refused(): Problem | undefined
  write(text: string): void
  /** Adds text to what is there, below it. */
  append(text: string): void
  /** Resolves when the words are safe, or were refused. True when something was taken. */
  send(): Promise<boolean>
}

type Options = {
  memory: Memory
  /** Names the draft: one for each person and room. */
  key: string
  /** What the box held before we came: typed while the page was loading, or sent back by the server. */
  typed: string
  refused: Problem | undefined
  add(text: string): Promise<void>
  changed(): void
}

export function openComposer({ memory, key, typed, add, changed, ...begun }: Options): Composer {
  let draft = typed || (memory.recall(key) ?? "")
  let { refused } = begun
  /** What is on its way to the outbox, and still in the box meanwhile. */
  const leaving: string[] = []

  /** The box without what is leaving it: pressed twice, it goes once. */
  function unsent(): string {
    let text = draft
    for (const gone of leaving) if (text.startsWith(gone)) text = text.slice(gone.length)
    return text
  }

  function write(text: string): void {
    draft = text
    refused = undefined
    memory.remember(key, text === "" ? null : text)
    changed()
  }

  return {
    draft: () => draft,
    refused: () => refused,
    write,
    append: (text) => write(isBlank(draft) ? text : `${draft.trimEnd()}\n${text}`),
    async send() {
      const text = unsent()
      if (isBlank(text)) return false
      refused = whyNot(text)
      if (refused) {
        changed()
        return false
      }
      leaving.push(text)
      await add(text.trimEnd())
      leaving.splice(leaving.indexOf(text), 1)
      if (draft.startsWith(text)) write(draft.slice(text.length))
      return true
    },
  }
}

function whyNot(text: string): Problem | undefined {
  // No text has more characters than units, so that most need no counting.
  const length = text.length > MAX_TEXT ? lengthOf(text.trimEnd()) : 0
  if (length <= MAX_TEXT) return undefined
  const [most, has] = [MAX_TEXT, length].map((count) => count.toLocaleString("en"))
  const message = `A message has at most ${most} characters, and this one has ${has}. Shorten it, or send it in parts.`
  return { code: "too_large", message }
}

// What is being written in a room, kept in this browser and shared by its tabs. A draft has a mark of its own; the words
// that are sent from it are marked by the draft and by what they are. So the same draft sent by two tabs, or again after
// a crash, is said once, and the same words from another draft are said again.
import type { Memory } from "./browser.ts"

export type Draft = { mark: string; text: string }

export const EMPTY: Draft = { mark: "", text: "" }

export type Drafts = {
  recall(): Draft
  /** False when the browser did not keep it. */
  keep(draft: Draft): boolean
}

/** `key` names the draft: one for each person and room. */
export const openDrafts = (memory: Memory, key: string): Drafts => ({
  recall: () => read(memory.recall(key)),
  keep: (draft) => memory.remember(key, draft.text === "" ? null : JSON.stringify(draft)),
})

/** Earlier versions kept the text alone. */
function read(kept: string | null): Draft {
  if (kept === null) return EMPTY
  try {
    const { mark, text } = JSON.parse(kept) as Partial<Draft>
    if (typeof mark === "string" && typeof text === "string") return { mark, text }
  } catch {
    // It is text, as it stands.
  }
  return { mark: "", text: kept }
}

/** The nonce of words sent from a draft. */
export const nonceOf = (mark: string, text: string): string => `${mark}-${digestOf(text)}`

/** 53 bits that tell one text from another (cyrb53, public domain). The mark keeps strangers from meeting. */
function digestOf(text: string): string {
  let [high, low] = [0xdeadbeef, 0x41c6ce57]
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at)
    high = Math.imul(high ^ unit, 2_654_435_761)
    low = Math.imul(low ^ unit, 1_597_334_677)
  }
  high = Math.imul(high ^ (high >>> 16), 2_246_822_507) ^ Math.imul(low ^ (low >>> 13), 3_266_489_909)
  low = Math.imul(low ^ (low >>> 16), 2_246_822_507) ^ Math.imul(high ^ (high >>> 13), 3_266_489_909)
  return (4_294_967_296 * (2_097_151 & low) + (high >>> 0)).toString(36)
}

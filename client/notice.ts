// A word about what one just did, in the line under the composer. It stays until there is another, or for a while.
import type { Browser, Cancel } from "./browser.ts"

/** Milliseconds: long enough to be read twice. */
const LASTS = 8_000

export type Notice = {
  say(words: string | undefined): void
  /** And goes by itself. */
  mention(words: string): void
  now(): string | undefined
}

export function openNotice(browser: Browser, changed: () => void): Notice {
  let words: string | undefined
  let end: Cancel = () => {}

  function say(next: string | undefined): void {
    end()
    if (next === words) return
    words = next
    changed()
  }

  return {
    say,
    mention(next) {
      say(next)
      end = browser.after(LASTS, () => say(undefined))
    },
    now: () => words,
  }
}

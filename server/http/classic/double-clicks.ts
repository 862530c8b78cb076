// A client that marks nothing with a nonce sends a double click as two messages. So whoever sends the same words to the
// same room again within two seconds gets the nonce of the first time, and the post is the one already made. Two
// seconds are longer than a double click or an impatient second Enter, and shorter than it takes to mean "ok" twice.
import { createHash } from "node:crypto"

const WINDOW_MS = 2_000

export class DoubleClicks {
  /** When each was first sent, the earliest first. */
  readonly #sent = new Map<string, number>()
  readonly #now: () => number

  constructor(now: () => number = Date.now) {
    this.#now = now
  }

  nonceOf(person: number, room: number, text: string): string {
    const now = this.#now()
    this.#forget(now - WINDOW_MS)
    const key = createHash("sha256").update(`${person} ${room} ${text}`).digest("base64url")
    const first = this.#sent.get(key) ?? now // from the first, not the last: "ha" each second is more than one "ha"
    if (first === now) this.#sent.set(key, now)
    return `${key}.${first}`
  }

  #forget(before: number): void {
    for (const [key, at] of this.#sent) {
      if (at > before) return
      this.#sent.delete(key)
    }
  }
}

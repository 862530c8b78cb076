// What was drawn last of each message, for those who are shown it in the same moment.
import type { Message } from "../../protocol/event.ts"

/** Bytes that are kept of all of them together. A megabyte is a burst of a thousand, or fifty of the longest. */
const MOST_BYTES = 1_000_000

export class LastDrawn {
  /** In the order in which they were first drawn. By the message itself: another may read the same. */
  readonly #drawn = new Map<Message, Map<string, Uint8Array>>()
  #bytes = 0

  /** What was drawn of a message in that shape, or is drawn now. `shape`: all that the drawing depends on besides the message. */
  of(message: Message, shape: string, draw: () => Uint8Array): Uint8Array {
    const known = this.#drawn.get(message)?.get(shape)
    if (known) return known
    const drawn = draw()
    const shapes = this.#drawn.get(message) ?? new Map<string, Uint8Array>()
    this.#drawn.set(message, shapes.set(shape, drawn))
    this.#bytes += drawn.length
    this.#forget()
    return drawn
  }

  get bytes(): number {
    return this.#bytes
  }

  #forget(): void {
    for (const [message, shapes] of this.#drawn) {
      if (this.#bytes <= MOST_BYTES) return
      this.#drawn.delete(message)
      for (const { length } of shapes.values()) this.#bytes -= length
    }
  }
}

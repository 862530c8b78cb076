// What was drawn last, for those who are shown it in the same moment: as many bytes of it as there is room for, and no more.

/** A megabyte is a burst of a thousand messages, or some fifty of the longest. */
const MOST_BYTES = 1_000_000
/** What an entry takes beside its bytes, or some more. */
const EACH = 200

type Drawn = { readonly length: number }

export class LastDrawn<Key, What extends Drawn> {
  /** In the order in which they were drawn first. */
  readonly #drawn = new Map<Key, Map<string, What>>()
  #bytes = 0

  /** What was drawn in that shape, or is drawn now. `shape`: all that the drawing depends on besides the key. */
  of(key: Key, shape: string, draw: () => What): What {
    const known = this.get(key, shape)
    if (known) return known
    const drawn = draw()
    this.#keep(key, shape, drawn)
    return drawn
  }

  get(key: Key, shape: string): What | undefined {
    return this.#drawn.get(key)?.get(shape)
  }

  /** In place of whatever there was of that key. */
  set(key: Key, shape: string, drawn: What): void {
    const old = this.#drawn.get(key)
    if (old) this.#drop(key, old)
    this.#keep(key, shape, drawn)
  }

  get bytes(): number {
    return this.#bytes
  }

  #keep(key: Key, shape: string, drawn: What): void {
    const shapes = this.#drawn.get(key) ?? new Map<string, What>()
    this.#drawn.set(key, shapes.set(shape, drawn))
    this.#bytes += drawn.length + EACH
    for (const [oldest, of] of this.#drawn) {
      if (this.#bytes <= MOST_BYTES) return
      this.#drop(oldest, of)
    }
  }

  #drop(key: Key, shapes: Map<string, What>): void {
    this.#drawn.delete(key)
    for (const { length } of shapes.values()) this.#bytes -= length + EACH
  }
}

// Whether what is known is still true when the place has begun another epoch. Our cursor goes on there, but an answer to what
// we said, or a page of history, came without it: a backup restored in between may not know that. Histories are the same up
// to where they part, so it is enough to hear the newest of what is known once more before the feed is live.
import type { Change } from "../protocol/event.ts"

export type Doubt = {
  /** Another epoch goes on after this tick. */
  begin(tick: number): void
  hear(change: Change): void
  /** The feed has told all that it has. True if what was doubted was not among it. */
  end(): boolean
}

export function openDoubt(newest: () => Change | undefined): Doubt {
  let doubted: Change | undefined

  return {
    begin(tick) {
      const known = newest()
      if (known && known.tick > tick) doubted = known
    },
    hear(change) {
      if (doubted && isSame(change, doubted)) doubted = undefined
    },
    end() {
      const wasRight = doubted !== undefined
      doubted = undefined
      return wasRight
    },
  }
}

/** Another history gives its ticks again, to other changes. */
function isSame(one: Change, other: Change): boolean {
  if (one.kind !== other.kind || one.tick !== other.tick) return false
  if (one.kind !== "message" || other.kind !== "message") return true
  return one.id === other.id && one.author.id === other.author.id && one.at === other.at && one.text === other.text
}

// How much one person may send over sockets, whatever it is: what can be read and what cannot, and what only keeps a line open.

/** Frames, and bytes of them, that one person may send in ten seconds over all their sockets at one process, whatever they
 *  are. People send a few; reading and answering cost more than asking. */
export const MOST_FRAMES = 500
export const MOST_BYTES = 4 * 1024 * 1024
const SENT_MS = 10_000

type Sent = Map<number, { frames: number; bytes: number }>
const nothing = { frames: 0, bytes: 0 }

/** Counts what each person sends in stretches of ten seconds that are the same for all. Of the one before counts what part of
 *  it is less than ten seconds ago, so that no border lets twice as much through. */
export function overBudget(now: () => number = () => performance.now()): (person: number, bytes: number) => boolean {
  let before: Sent = new Map()
  let sent: Sent = new Map()
  let since = Number.NEGATIVE_INFINITY
  return (person, more) => {
    const passed = (now() - since) / SENT_MS
    if (passed >= 1) {
      before = passed < 2 ? sent : new Map()
      sent = new Map()
      since = passed < 2 ? since + SENT_MS : now()
    }
    const old = before.get(person) ?? nothing
    const left = 1 - (now() - since) / SENT_MS
    const mine = sent.get(person) ?? nothing
    const frames = mine.frames + 1
    const bytes = mine.bytes + more
    sent.set(person, { frames, bytes })
    return frames + old.frames * left > MOST_FRAMES || bytes + old.bytes * left > MOST_BYTES
  }
}

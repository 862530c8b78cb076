// The feed by asking again and again: each request waits at the server until there is something to tell. Slow and
// plain, and it gets through everywhere.
import { type Cursor, cursorAt, parseCursor } from "../protocol/cursor.ts"
import type { Author, Farewell, Here } from "../protocol/event.ts"
import type { Cancel } from "./browser.ts"
import { type Ending, endingOf, feedAddress, type Heard, isHeard, type Transport } from "./transport.ts"

/** Seconds that the server may wait before it answers with nothing. Below the patience of common proxies (30 s). */
const WAIT = 25
/** An answer that is later than this will not come. */
const ANSWER_WITHIN = 10_000
/** Never ask more often than this when there is nothing, and then more rarely: a proxy that cuts the waiting short, or says
 *  the same again and again, must not make us spin. */
const PAUSE = 1_000
const LONGEST_PAUSE = 5_000

/** The cursor at its tick, in the epoch of another. */
function inEpochOf(other: Cursor, cursor: Cursor): Cursor {
  const { epoch } = parseCursor(other)
  return epoch === null ? cursor : cursorAt(epoch, parseCursor(cursor).tick)
}

type Batch = { events: Heard[]; cursor: string; reset?: true; bye?: Farewell; here?: Here; at?: number }

export const byPoll: Transport = (browser, from, listener) => {
  let over = false
  let request = new AbortController()
  let patience: Cancel = () => {}

  function end(why: Ending, words?: string | undefined): void {
    if (over) return
    close()
    listener.ended(why, words)
  }

  function close(): void {
    over = true
    patience()
    request.abort()
  }

  function tell(heard: Heard): void {
    if (over) return
    if (isHeard(heard)) listener.hear(heard)
    else end("lost")
  }

  async function ask<Body>(address: string, within: number): Promise<Body | undefined> {
    request = new AbortController()
    patience()
    patience = browser.after(within, () => end("lost"))
    const init = { headers: { accept: "application/json" }, cache: "no-store" as const, signal: request.signal }
    const response = await browser.fetch(address, init).catch(() => end("unreachable"))
    if (!response || over) return
    if (!response.ok) return end(...(await endingOf(response))) as undefined
    return response.json()
  }

  async function askForEver(): Promise<void> {
    let cursor = from.cursor
    let wasReset = false
    let idle = 0
    for (let wait = 0; !over; wait = WAIT) {
      // The cookie may have become another person's since the last round; a poll alone would not notice.
      const me = await ask<{ person: Author }>("/api/v1/me", ANSWER_WITHIN)
      if (!me || over) return
      tell({ kind: "hello", cursor, person: me.person })
      if (over) return
      const asked = browser.now()
      const address = `${feedAddress({ cursor, room: from.room })}&wait=${wait}`
      const answer = await ask<Batch>(address, wait * 1_000 + ANSWER_WITHIN)
      if (!answer || over) return
      const told = answer.cursor || cursor
      const stands = told === cursor
      // The server began another epoch. What it tells is of that one, and it was asked from the same tick.
      const begun = answer.reset ? cursor : inEpochOf(told, cursor)
      if (begun !== cursor) tell({ kind: "hello", cursor: begun, person: me.person })
      if (over) return
      cursor = told
      if (answer.reset) tell({ kind: "reset", cursor })
      // The cursor that a reset gave is refused again: asking for more of that helps nobody.
      if (answer.reset && wasReset) return end("behind")
      wasReset = answer.reset === true
      answer.events.forEach(tell)
      if (answer.here) tell(answer.here)
      if (answer.bye) return end(answer.bye)
      tell({ kind: "live", cursor, ...(answer.at !== undefined && { at: answer.at }) })
      const quick = wait > 0 && stands && Math.abs(browser.now() - asked) < PAUSE
      idle = quick ? Math.min(LONGEST_PAUSE, idle + PAUSE) : 0
      if (quick) await new Promise<void>((resolve) => browser.after(idle, resolve))
    }
  }

  askForEver().catch(() => end("lost"))
  return { close, check: () => end("lost") }
}

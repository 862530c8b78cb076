// The feed as a stream of server-sent events, for networks that do not let a WebSocket through. Read with `fetch`
// and not with `EventSource`: that one hides the status (signed out?) and the heartbeat (still there?).
import type { Cancel } from "./browser.ts"
import { type Ending, endingOf, feedAddress, isHeard, type Transport } from "./transport.ts"

/** A proxy that keeps the stream to itself until it is full shows by silence; then the next transport is tried. */
const HELLO_WITHIN = 8_000
/** The server's heart beats every 15 s; two beats missed is dead. */
const QUIET = 35_000

export const byStream: Transport = (browser, from, listener) => {
  const abort = new AbortController()
  let over = false
  let heardAt = browser.now()
  let patience: Cancel = browser.after(HELLO_WITHIN, () => end("lost"))

  function end(why: Ending, words?: string | undefined): void {
    if (over) return
    close()
    listener.ended(why, words)
  }

  function close(): void {
    over = true
    patience()
    abort.abort()
  }

  function take(block: string): void {
    for (const line of block.split("\n")) {
      if (over || !line.startsWith("data:")) continue
      const heard: unknown = JSON.parse(line.slice(5))
      if (!isHeard(heard)) end("lost")
      else if (heard.kind === "bye") end(heard.reason)
      else listener.hear(heard)
    }
  }

  async function read(): Promise<void> {
    const headers = { accept: "text/event-stream" }
    const response = await browser
      .fetch(feedAddress(from), { headers, cache: "no-store", signal: abort.signal })
      .catch(() => end("unreachable"))
    if (!response) return
    if (!response.ok) return end(...(await endingOf(response)))
    if (!response.body || !response.headers.get("content-type")?.startsWith("text/event-stream")) return end("lost")
    const words = new TextDecoder()
    let rest = ""
    for (const reader = response.body.getReader(); !over; ) {
      const { value, done } = await reader.read()
      if (done) return end("lost")
      heardAt = browser.now()
      patience()
      patience = browser.after(QUIET, () => end("lost"))
      const blocks = (rest + words.decode(value, { stream: true })).split("\n\n")
      rest = blocks.pop() ?? ""
      blocks.forEach(take)
    }
  }

  read().catch(() => end("lost"))
  // A stream cannot be asked whether it lives. One that has just spoken is believed; another is opened anew, from the cursor.
  return { close, check: () => browser.now() - heardAt > 3_000 && end("lost") }
}

// The feed over a WebSocket, and messages the other way. A socket can die without anyone saying so (sleep, a lost
// network, a proxy that forgot it), so silence is questioned: after a while a ping, and no answer means that it is dead.
import type { Cancel } from "./browser.ts"
import { answerOf, type Ending, feedAddress, type Heard, isHeard, saidBy, type Transport } from "./transport.ts"

/** A socket that has not greeted by then is taken as blocked. */
const HELLO_WITHIN = 8_000
/** Silence after which we ask. */
const QUIET = 25_000
const PONG_WITHIN = 5_000
/** A message without an answer by then is sent again, with its nonce. */
const ANSWER_WITHIN = 10_000

const endings: Record<number, Ending> = { 1012: "restart", 4401: "signed_out", 4008: "behind" }

type Answered = { ref: number } & Outcome
/** Neither of the two: no answer came. */
type Outcome = { ok?: unknown; error?: Parameters<typeof answerOf>[0] }

export const bySocket: Transport = (browser, from, listener) => {
  const socket = browser.openSocket(feedAddress(from))
  const unanswered = new Map<number, (outcome: Outcome) => void>()
  let lastRef = 0
  let over = false
  let patience: Cancel = browser.after(HELLO_WITHIN, () => end("lost"))

  socket.onmessage = ({ data }) => {
    if (over) return
    const frame = read(data)
    // Whoever talks like this is not our server, or not any more.
    if (!frame) return end("lost")
    patience()
    patience = browser.after(QUIET, ping)
    if ("ref" in frame) answered(frame)
    else if (frame.kind === "bye") end(frame.reason)
    else if (frame.kind !== "pong") listener.hear(frame)
  }
  socket.onclose = ({ code }) => end(endings[code] ?? "lost")

  function ping(): void {
    if (over || socket.readyState !== WebSocket.OPEN) return
    patience()
    patience = browser.after(PONG_WITHIN, () => end("lost"))
    socket.send('{"type":"ping"}')
  }

  function answered({ ref, ...outcome }: Answered): void {
    unanswered.get(ref)?.(outcome)
  }

  function end(why: Ending): void {
    if (over) return
    close()
    listener.ended(why)
  }

  function close(): void {
    over = true
    patience()
    socket.close()
    for (const answer of unanswered.values()) answer({})
  }

  return {
    close,
    check: ping,
    typing(room, writes = true) {
      if (!over && socket.readyState === WebSocket.OPEN) {
        const done = writes ? undefined : true
        socket.send(JSON.stringify({ ref: ++lastRef, type: "typing", room, done }))
      }
      return true
    },
    post: (room, text, nonce) =>
      new Promise((resolve) => {
        const ref = ++lastRef
        if (over || socket.readyState !== WebSocket.OPEN) return resolve({ kind: "again", unsent: true })
        const giveUp = browser.after(ANSWER_WITHIN, () => {
          answer({})
          ping()
        })
        const answer = ({ ok, error }: Outcome) => {
          giveUp()
          unanswered.delete(ref)
          resolve(error ? answerOf(error) : saidBy(nonce, ok))
        }
        unanswered.set(ref, answer)
        socket.send(JSON.stringify({ ref, type: "post", room, text, nonce }))
      }),
  }
}

/** A frame, or nothing where it is none of ours. */
function read(data: unknown): Heard | Answered | { kind: "pong" } | undefined {
  try {
    const frame = JSON.parse(data as string)
    return "ref" in frame || isHeard(frame) ? frame : undefined
  } catch {
    return undefined
  }
}

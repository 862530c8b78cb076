// The feed over a WebSocket, and messages the other way. A socket can die without anyone saying so (sleep, a lost
// network, a proxy that forgot it), so silence is questioned: after a while a ping, and no answer means that it is dead.
import type { Cancel } from "./browser.ts"
import { type Answer, answerOf, type Ending, feedAddress, type Heard, type Transport } from "./transport.ts"

/** A socket that has not greeted by then is taken as blocked. */
const HELLO_WITHIN = 8_000
/** Silence after which we ask. */
const QUIET = 25_000
const PONG_WITHIN = 5_000
/** A message without an answer by then is sent again, with its nonce. */
const ANSWER_WITHIN = 10_000

const endings: Record<number, Ending> = { 1012: "restart", 4401: "signed_out", 4008: "behind" }

type Answered = { ref: number; ok?: unknown; error?: Parameters<typeof answerOf>[0] }

export const bySocket: Transport = (browser, from, listener) => {
  const socket = browser.openSocket(feedAddress(from))
  const unanswered = new Map<number, (answer: Answer) => void>()
  let lastRef = 0
  let over = false
  let patience: Cancel = browser.after(HELLO_WITHIN, () => end("lost"))

  socket.onmessage = ({ data }) => {
    if (over) return
    patience()
    patience = browser.after(QUIET, ping)
    const frame = JSON.parse(data) as Heard | Answered | { kind: "pong" }
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

  function answered({ ref, ok, error }: Answered): void {
    unanswered.get(ref)?.(error ? answerOf(error) : { kind: "said", message: ok as never })
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
    for (const answer of unanswered.values()) answer({ kind: "again" })
  }

  return {
    close,
    check: ping,
    post: (room, text, nonce) =>
      new Promise((resolve) => {
        const ref = ++lastRef
        const giveUp = browser.after(ANSWER_WITHIN, () => {
          answer({ kind: "again" })
          ping()
        })
        const answer = (answer: Answer) => {
          giveUp()
          unanswered.delete(ref)
          resolve(answer)
        }
        unanswered.set(ref, answer)
        if (over || socket.readyState !== WebSocket.OPEN) answer({ kind: "again" })
        else socket.send(JSON.stringify({ ref, type: "post", room, text, nonce }))
      }),
  }
}

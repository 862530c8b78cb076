// A response that does not end: one feed, in the framing that scripts read, or in the one that a browser without scripts shows
// as it arrives (page-feed.tsx).
import { cursorAt } from "../../protocol/cursor.ts"
import { Refusal } from "../../protocol/refusal.ts"
import type { App } from "../app.ts"
import { followInBundles, type Listener } from "../follow.ts"
import type { Heard } from "../queue.ts"

/** Less than the time after which proxies take a quiet response for a dead one. */
const HEARTBEAT_MS = 15_000

export type Framing = {
  headers: Record<string, string>
  opening: string
  /** Counts the bytes of the opening until what it answers is called. */
  hold?(bytes: number): () => void
  heartbeat: string
  /** Whether it shows what is fleeting. */
  takesHints: boolean
  /** What an event looks like; null for one that is not shown. */
  frame(one: Heard): Uint8Array | null
  /** Runs `work`, which frames a bundle, when it is its turn. Without it framing costs next to nothing. */
  inTurn?(work: () => void): Promise<void>
  /** Whether nothing can come after it. */
  isLast(one: Heard): boolean
}

/** To come back is all that one can do. */
const AWAY: Heard = { kind: "bye", reason: "restart" }

const encoder = new TextEncoder()
export const bytes = (text: string): Uint8Array<ArrayBuffer> => encoder.encode(text)

/** What is told to many is framed once. */
const framed = new WeakMap<Heard, Uint8Array>()

/** Server-sent events. `id` is the cursor, which a browser hands back as Last-Event-ID. */
export const sse = ({ hub }: App): Framing => ({
  headers: { "content-type": "text/event-stream" },
  opening: "retry: 1000\n\n",
  heartbeat: ": \n\n",
  takesHints: true,
  frame(one) {
    if ("cursor" in one) return bytes(`id: ${one.cursor}\ndata: ${JSON.stringify(one)}\n\n`)
    const known = framed.get(one)
    if (known) return known
    const id = "json" in one ? `id: ${cursorAt(hub.epoch, one.change.tick)}\n` : ""
    const frame = bytes(`${id}data: ${"json" in one ? one.json : JSON.stringify(one)}\n\n`)
    framed.set(one, frame)
    return frame
  },
  isLast: () => false,
})

export function stream(app: App, who: Listener & { name: string }, from: Framing, signal: AbortSignal): Response {
  const { opening, ...framing } = from // kept by nothing below: it may be long, and the stream lasts
  const gone = new AbortController()
  const bundles = followInBundles(app, who, gone.signal, framing.takesHints)
  let heart: ReturnType<typeof setInterval>
  const end = () => {
    clearInterval(heart)
    gone.abort()
    taken()
  }
  let first: Uint8Array | null = bytes(opening)
  const taken = framing.hold?.(first.length) ?? (() => {})
  signal.addEventListener("abort", end, { once: true })
  const source: UnderlyingDefaultSource<Uint8Array> = {
    start(controller) {
      controller.enqueue(first!)
      first = null
      heart = setInterval(() => {
        if (controller.desiredSize === 0) controller.enqueue(bytes(framing.heartbeat))
      }, HEARTBEAT_MS)
    },
    // Asked for more only when what was given is on its way: a slow reader waits in the feed's queue, which is bounded.
    async pull(controller) {
      taken() // the opening, when this is first asked for
      for (let sent = false; !sent; ) {
        const { value: bundle, done } = await bundles.next().catch((error) => {
          end()
          if (!(error instanceof Refusal)) throw error
          return { value: [AWAY], done: false as const } // the database cannot be read just now
        })
        let isOver = done
        const tell = () => {
          for (const one of bundle ?? []) {
            const frame = framing.frame(one)
            if (frame) controller.enqueue(frame)
            sent ||= frame !== null
            isOver ||= framing.isLast(one)
            if (isOver) break
          }
        }
        if (framing.inTurn) await framing.inTurn(tell)
        else tell()
        if (isOver) {
          end()
          return controller.close()
        }
      }
    },
    cancel: end,
  }
  const body = new ReadableStream(source, { highWaterMark: 0 })
  return new Response(body, { headers: { ...framing.headers, "cache-control": "no-store", "x-accel-buffering": "no" } })
}

// A response that does not end: one feed, two framings. Scripts read the first; a browser without scripts shows the
// second as it arrives.
import { renderToString } from "preact-render-to-string"
import { cursorAt } from "../../protocol/cursor.ts"
import type { Change, Member, Message } from "../../protocol/event.ts"
import { Refusal } from "../../protocol/refusal.ts"
import { type LiveSnapshot, liveEnding, liveOpening, liveRows } from "../../view/live.tsx"
import type { Assets } from "../../view/page.tsx"
import type { RoomItem } from "../../view/snapshot.ts"
import { serverClock } from "../../view/times.ts"
import type { App } from "../app.ts"
import { followInBundles, type Listener } from "../follow.ts"
import type { Heard } from "../queue.ts"
import { FRAMED_POLICY } from "./policy.ts"
import type { ReaderClock } from "./reader.ts"

/** Less than the time after which proxies take a quiet response for a dead one. */
const HEARTBEAT_MS = 15_000

type Framing = {
  headers: Record<string, string>
  opening: string
  heartbeat: string
  /** Whether it shows what is fleeting. */
  takesHints: boolean
  /** What an event looks like; null for one that is not shown. */
  frame(one: Heard): Uint8Array | null
  /** Whether nothing can come after it. */
  isLast(one: Heard): boolean
}

/** To come back is all that one can do. */
const AWAY: Heard = { kind: "bye", reason: "restart" }

const encoder = new TextEncoder()
const bytes = (text: string): Uint8Array => encoder.encode(text)

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

/** The room's conversation as a document that goes on: what was said, then each message as it is said, and who comes and goes. */
export function html(snapshot: LiveSnapshot, assets: Assets, reader: ReaderClock): Framing {
  const { room } = snapshot
  const row = liveRows(room, { ...serverClock, ...reader })
  const isNews = newsSince(snapshot)
  return {
    headers: {
      "content-type": "text/html; charset=utf-8",
      "content-security-policy": FRAMED_POLICY,
    },
    opening: liveOpening({ snapshot, assets, row, zoned: reader.zone !== undefined }),
    heartbeat: "<!-- -->",
    takesHints: false,
    frame(one) {
      if (!("json" in one)) return isLast(one) ? bytes(ending(room, one)) : null
      return isNews(one.change) ? bytes(renderToString(row(one.change))) : null
    },
    isLast,
  }
}

/** Tells whether a change is to be shown. What stands there already is not: what is written stays written. */
function newsSince({ room, me, messages, comings }: LiveSnapshot): (change: Change) => change is Message | Member {
  let said = messages.at(-1)?.id ?? 0
  let moved = Math.max(0, ...(comings ?? []).map(({ tick }) => tick))
  return (change): change is Message | Member => {
    if (change.kind === "message") {
      const isNew = change.room === room.id && change.id > said
      if (isNew) said = change.id
      return isNew
    }
    if (change.kind !== "member" || !comings) return false
    const isNew = change.room === room.id && change.person.id !== me.id && change.tick > moved
    if (isNew) moved = change.tick
    return isNew
  }
}

/** A document cannot take back what it shows, so that a reset is its end: it is drawn afresh. */
const isLast = (one: Heard): boolean => "kind" in one && (one.kind === "bye" || one.kind === "reset")

function ending(room: RoomItem, last: Heard): string {
  const signedOut = "reason" in last && last.reason === "signed_out"
  return renderToString(liveEnding(room, signedOut ? "You are signed out." : "The connection ended.", !signedOut))
}

export function stream(app: App, who: Listener & { name: string }, framing: Framing, signal: AbortSignal): Response {
  const gone = new AbortController()
  const bundles = followInBundles(app, who, gone.signal, framing.takesHints)
  let heart: ReturnType<typeof setInterval>
  const end = () => {
    clearInterval(heart)
    gone.abort()
  }
  signal.addEventListener("abort", end, { once: true })
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      controller.enqueue(bytes(framing.opening))
      heart = setInterval(() => {
        if ((controller.desiredSize ?? 0) > 0) controller.enqueue(bytes(framing.heartbeat))
      }, HEARTBEAT_MS)
    },
    // Asked for more only when what was given is on its way: a slow reader waits in the feed's queue, which is bounded.
    async pull(controller) {
      for (let sent = false; !sent; ) {
        const { value: bundle, done } = await bundles.next().catch((error) => {
          end()
          if (!(error instanceof Refusal)) throw error
          return { value: [AWAY], done: false as const } // the database cannot be read just now
        })
        let isOver = done
        for (const one of bundle ?? []) {
          const frame = framing.frame(one)
          if (frame) controller.enqueue(frame)
          sent ||= frame !== null
          isOver ||= framing.isLast(one)
          if (isOver) break
        }
        if (isOver) {
          end()
          return controller.close()
        }
      }
    },
    cancel: end,
  })
  return new Response(body, { headers: { ...framing.headers, "cache-control": "no-store", "x-accel-buffering": "no" } })
}

// Every door, as the plainest client of it knocks: ways to speak, each answering the id or the refusal and throwing when no
// answer came; and ways to follow, each telling one by one what it hears with the cursor that is good after it.
import type { Change, Notice } from "../../protocol/event.ts"
import { isFleeting, serverSent } from "../ways.ts"

type Outlet = { url: string; cookie: string; patience: number }
type Words = { room: string; text: string; nonce: string }
type Answer = { code?: string | undefined; id?: number | undefined; text?: string | undefined }
/** Not of what is fleeting: it has no place in the order, and is nobody's to hold against the truth. */
type Tell = (one: Change | Notice, cursor: string) => void

export type Listening = {
  /** Resolves when the connection is over, however it ended. */
  over: Promise<void>
  end(): void
  /** Sends a command on the same connection, where it carries any. */
  ask?: ((frame: object, patience: number) => Promise<Answer>) | undefined
}

type SocketAnswer = { ok?: { id: number; text: string }; error?: { code: string } }

const toAnswer = ({ ok, error }: SocketAnswer): Answer => ({ code: error?.code, id: ok?.id, text: ok?.text })

export const speak = {
  async websocket({ patience }: Outlet, words: Words, listening: Listening | null): Promise<Answer> {
    if (!listening?.ask) throw new Error("no socket")
    const { room, text, nonce } = words
    return listening.ask({ type: "post", room, text, nonce }, patience)
  },
  async json({ url, cookie, patience }: Outlet, { room, text, nonce }: Words): Promise<Answer> {
    const answer = await fetch(`${url}/api/v1/rooms/${room}/messages`, {
      method: "POST",
      keepalive: false, // on a connection of its own, so that each answer meets a fate of its own
      headers: { cookie, "content-type": "application/json" },
      body: JSON.stringify({ text, nonce }),
      signal: AbortSignal.timeout(patience),
    })
    const said = (await answer.json()) as { id?: number; text?: string; error?: { code: string } }
    if (!said.id && !said.error) throw new Error(`an answer that is none: ${JSON.stringify(said)}`)
    return { code: said.error?.code, id: said.id, text: said.text }
  },
  async form({ url, cookie, patience }: Outlet, { room, text, nonce }: Words): Promise<Answer> {
    const answer = await fetch(`${url}/chat/${room}/`, {
      method: "POST",
      keepalive: false, // on a connection of its own, so that each answer meets a fate of its own
      headers: { cookie, accept: "text/html" },
      body: new URLSearchParams({ message: text, nonce }),
      redirect: "manual",
      signal: AbortSignal.timeout(patience),
    })
    await answer.arrayBuffer()
    if (answer.status === 303) return { text }
    if (answer.status === 502 || answer.status === 504) throw new Error(`${answer.status} from something between`)
    return {
      code: { 404: "not_found", 503: "try_again", 401: "unauthorized", 500: "broken" }[answer.status] ?? "refused",
    }
  },
}

function parsed(data: unknown) {
  try {
    return JSON.parse(String(data))
  } catch {
    return null
  }
}

type From = Outlet & { after: string; room?: string }
const query = ({ after, room }: From, more = {}) => new URLSearchParams({ after, ...(room && { room }), ...more })
const epochOf = (cursor: string) => cursor.split(".")[0]

/** A socket that says nothing for so long, though asked, is dead. */
const SILENCE_MS = 1_000

export const follow = {
  websocket(from: From, tell: Tell): Listening {
    const { promise, resolve } = Promise.withResolvers<void>()
    const socket = new WebSocket(`${from.url.replace("http", "ws")}/events?${query(from)}`, {
      headers: { cookie: from.cookie },
    } as never)
    const asked = new Map<number, (answer: SocketAnswer) => void>()
    let cursor = from.after
    let refs = 0
    let lastHeard = performance.now()
    const watch = setInterval(() => {
      if (performance.now() - lastHeard > 2 * SILENCE_MS) end()
      else if (socket.readyState === WebSocket.OPEN) socket.send('{"type":"ping"}')
    }, SILENCE_MS)
    const end = () => {
      clearInterval(watch)
      listening.ask = undefined
      socket.close()
      resolve()
    }
    const listening: Listening = { over: promise, end }
    socket.onopen = () => {
      listening.ask = (frame, patience) =>
        new Promise((answered, failed) => {
          const ref = ++refs
          const late = setTimeout(() => failed(new Error("no answer in time")), patience)
          asked.set(ref, (answer) => {
            clearTimeout(late)
            asked.delete(ref)
            answered(toAnswer(answer))
          })
          void promise.then(() => failed(new Error("the socket closed")))
          socket.send(JSON.stringify({ ...frame, ref }))
        })
    }
    socket.onmessage = ({ data }) => {
      lastHeard = performance.now()
      const frame = parsed(data)
      if (!frame) return end() // mangled on its way
      if ("ref" in frame) return void asked.get(frame.ref)?.(frame)
      if (!frame.kind || frame.kind === "pong" || isFleeting(frame)) return
      if (frame.cursor) cursor = frame.cursor
      else if (frame.tick) cursor = `${epochOf(cursor)}.${frame.tick}`
      tell(frame, cursor)
    }
    socket.onclose = end
    socket.onerror = end
    return listening
  },

  sse(from: From, tell: Tell): Listening {
    return reading(async (signal) => {
      const answer = await fetch(`${from.url}/events?${query(from)}`, {
        headers: { cookie: from.cookie, accept: "text/event-stream" },
        signal,
      })
      if (answer.status !== 200) return void (await Bun.sleep(50))
      for await (const { id, event } of serverSent(answer)) {
        if (signal.aborted) return
        if (!isFleeting(event)) tell(event, id)
        if (event.kind === "bye") return
      }
    })
  },

  poll(from: From, tell: Tell): Listening {
    return reading(async (signal) => {
      for (let after = from.after; !signal.aborted; ) {
        const answer = await fetch(`${from.url}/events?${query({ ...from, after }, { wait: "1" })}`, {
          headers: { cookie: from.cookie },
          signal: AbortSignal.any([signal, AbortSignal.timeout(3_000)]),
        })
        if (answer.status !== 200) return void (await Bun.sleep(50))
        const { events, cursor, reset } = (await answer.json()) as { events: Change[]; cursor: string; reset?: true }
        if (signal.aborted) return
        if (reset) {
          const first = events[0] ? `${epochOf(cursor)}.${events[0].tick - 1}` : cursor // what comes with it came after
          tell({ kind: "reset", cursor: first }, first)
        }
        for (const event of events) tell(event, `${epochOf(cursor)}.${event.tick}`)
        if (!reset) tell({ kind: "live", cursor }, cursor)
        after = cursor
      }
    })
  },
}

function reading(read: (signal: AbortSignal) => Promise<void>): Listening {
  const stop = new AbortController()
  return {
    over: read(stop.signal).catch(() => {}), // how it broke is not of interest: it comes back
    end: () => stop.abort(),
  }
}

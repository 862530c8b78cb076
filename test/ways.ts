// Every way to speak and every way to follow, as clients of each kind do it.
import { expect } from "bun:test"
import type { Change, Fleeting, Message, Notice } from "../protocol/event.ts"
import { comes, type Visitor } from "./world.ts"

export const json = (method: string, body: unknown) => ({
  method,
  headers: { "content-type": "application/json" },
  body: JSON.stringify(body),
})

// Ways to speak. Each answers the message's id, or what it was refused with.

type Said = { status: number; id?: number; code?: string; message?: string }
type Speak = (who: Visitor, room: string, text: string, nonce?: string) => Promise<Said>

export const speakers: Record<string, Speak> = {
  async form(who, room, text, nonce = crypto.randomUUID()) {
    const body = new URLSearchParams({ message: text, nonce })
    const answer = await who.fetch(`/chat/${room}/`, { method: "POST", body, headers: { accept: "text/html" } })
    if (answer.status === 303) {
      expect(answer.headers.get("location")).toBe(`/chat/${room}/`)
      return { status: 303 }
    }
    return { status: answer.status, message: await answer.text() }
  },
  async json(who, room, text, nonce) {
    const answer = await who.fetch(`/api/v1/rooms/${room}/messages`, json("POST", { text, ...(nonce && { nonce }) }))
    const { id, error } = (await answer.json()) as { id?: number; error?: { code: string; message: string } }
    return { status: answer.status, ...(id && { id }), ...error }
  },
  async websocket(who, room, text, nonce) {
    const socket = await openSocket(who, "/events")
    socket.send(JSON.stringify({ ref: "mine", type: "post", room, text, ...(nonce && { nonce }) }))
    const { ok, error } = await socket.frame((frame) => frame.ref === "mine")
    socket.close()
    return { status: ok ? 201 : 0, ...(ok && { id: ok.id }), ...error }
  },
}

// Ways to follow. Each yields what it was told, in words.

type Follow = (who: Visitor, query: { after?: string; room: string }, signal: AbortSignal) => AsyncGenerator<string>

export const followers: Record<string, Follow> = {
  async *websocket(who, query, signal) {
    const socket = await openSocket(who, `/events?${new URLSearchParams(query)}`)
    signal.addEventListener("abort", () => socket.close())
    for await (const frame of socket.frames()) yield* words(frame as unknown as Change | Notice)
    if (!signal.aborted) yield `(closed ${socket.closed?.code})`
  },
  async *sse(who, query, signal) {
    const answer = await who.fetch(`/events?${new URLSearchParams(query)}`, {
      headers: { accept: "text/event-stream" },
      signal,
    })
    for await (const { event } of serverSent(answer)) yield* words(event)
    yield "(closed)"
  },
  async *longpoll(who, query, signal) {
    for (let cursor = query.after ?? ""; !signal.aborted; ) {
      const answer = await who.fetch(`/events?${new URLSearchParams({ ...query, after: cursor, wait: "5" })}`, {
        signal,
      })
      if (answer.status !== 200) return yield `(status ${answer.status})`
      const batch = (await answer.json()) as { events: Change[]; cursor: string }
      cursor = batch.cursor
      for (const event of batch.events) yield* words(event)
    }
  },
  async *html(who, query, signal) {
    const answer = await who.fetch(`/events?${new URLSearchParams(query)}`, {
      headers: { accept: "text/html" },
      signal,
    })
    let waiting = ""
    for await (const chunk of chunks(answer)) {
      waiting += chunk
      const rows = /<div class="text"[^>]*>(.*?)<\/div>|<p class="live-end"[^>]*>(.*?)<a /gs
      let taken = 0
      for (const row of waiting.matchAll(rows)) {
        yield row[1] ?? `(${row[2]!.trim()})`
        taken = row.index + row[0].length
      }
      waiting = waiting.slice(taken)
    }
    yield "(closed)"
  },
}

function* words(event: Change | Notice): Generator<string> {
  if (event.kind === "message") yield `${event.text}`
  if (event.kind === "bye") yield `(bye ${event.reason})`
}

async function* chunks(answer: Response): AsyncGenerator<string> {
  const text = new TextDecoder()
  for await (const bytes of answer.body as unknown as AsyncIterable<Uint8Array>)
    yield text.decode(bytes, { stream: true })
}

/** By the book: lines of fields, an empty line after each event, comments left out. */
export async function* serverSent(answer: Response): AsyncGenerator<{ id: string; event: Change | Notice }> {
  let waiting = ""
  let id = ""
  for await (const chunk of chunks(answer)) {
    waiting += chunk
    for (let end = waiting.indexOf("\n\n"); end >= 0; end = waiting.indexOf("\n\n")) {
      const lines = waiting.slice(0, end).split("\n")
      waiting = waiting.slice(end + 2)
      for (const line of lines) if (line.startsWith("id: ")) id = line.slice(4)
      const data = lines.filter((line) => line.startsWith("data: ")).map((line) => line.slice(6))
      if (data.length > 0) yield { id, event: JSON.parse(data.join("\n")) }
    }
  }
}

/** It does not compile until each kind stands here. */
const FLEETING: Record<Fleeting["kind"], true> = { here: true, typing: true, stopped: true }

export const isFleeting = (one: { kind?: string }): one is Fleeting => Object.hasOwn(FLEETING, one.kind ?? "")

export type Frame = {
  kind?: string
  ref?: unknown
  ok?: Message
  error?: { code: string; message: string }
  tick?: number
  text?: string
  reason?: string
}

/** A socket whose frames are taken one by one. */
export async function openSocket(who: Visitor, path: string) {
  const socket = who.socket(path)
  const waiting: Frame[] = []
  let closed: { code: number; reason: string } | undefined
  let wake = () => {}
  socket.onmessage = ({ data }) => {
    waiting.push(JSON.parse(String(data)))
    wake()
  }
  socket.onclose = ({ code, reason }) => {
    closed = { code, reason }
    wake()
  }
  await new Promise((resolve, reject) => {
    socket.onopen = resolve
    socket.onerror = reject
  })
  async function* frames(): AsyncGenerator<Frame> {
    for (;;) {
      const frame = waiting.shift()
      if (frame) yield frame
      else if (closed) return
      else
        await new Promise<void>((resolve) => {
          wake = resolve
        })
    }
  }
  return {
    frames,
    send: (data: string | Uint8Array<ArrayBuffer>) => socket.send(data),
    close: () => socket.close(),
    get closed() {
      return closed
    },
    async frame(isIt: (frame: Frame) => boolean): Promise<Frame> {
      for await (const frame of frames()) if (isIt(frame)) return frame
      throw new Error(`the socket closed first: ${JSON.stringify(closed)}`)
    },
  }
}

/** Follows until told to stop, and keeps what was heard. */
export function listen(follow: Follow, who: Visitor, query: { after?: string; room: string }) {
  const stop = new AbortController()
  const heard: string[] = []
  let over = false
  const reading = (async () => {
    try {
      for await (const word of follow(who, query, stop.signal)) heard.push(word)
    } catch (error) {
      if (!stop.signal.aborted) throw error
    } finally {
      over = true
    }
  })()
  return {
    heard,
    get over() {
      return over
    },
    async hears(...expected: string[]) {
      await comes(() => heard.length >= expected.length, 5_000)
      expect(heard).toEqual(expected)
    },
    async end() {
      stop.abort()
      await reading
    },
  }
}

// WebSocket: both doors on one connection. In: {ref, type, ...}. Out: what the feed tells, and {ref, ok | error}.
// A frame that cannot be read is answered and the socket stays open: one bad frame is no reason to lose the others.
import type { Server, ServerWebSocket, WebSocketHandler } from "bun"
import { parseSpoken } from "../../protocol/command.ts"
import type { Farewell, Fleeting, Notice } from "../../protocol/event.ts"
import { Refusal } from "../../protocol/refusal.ts"
import type { App } from "../app.ts"
import type { Caller } from "../caller.ts"
import { type Client, type Listener, welcome } from "../follow.ts"
import type { Told, Topic } from "../live/hub.ts"
import { perform } from "../perform.ts"

/** Bytes that may wait to be sent to one client. More, and it is let go; it returns with its cursor. Of a thousand who take
 *  nothing these are 128 MiB. */
const MOST_UNSENT = 128 * 1024
/** One for which so many bytes wait, when we look, is let go by name, before the runtime would cut it off without a word.
 *  More than a client that catches up may have waiting. */
const SLOW_UNSENT = 96 * 1024
/** Milliseconds after which we look, once a socket did not take all that was published. */
const LOOK_MS = 250
/** Milliseconds that a client has to hear why it is let go. */
const LAST_WORDS_MS = 5_000
/** And so many more after the one before: to close hundreds at once, each with megabytes in the system's hands, would hold up
 *  everybody. */
const APART_MS = 6
/** While it catches up, more is sent only when fewer bytes than this wait. */
const FEW_UNSENT = 32 * 1024
/** Bytes in one frame from a client: the longest message, with room. As JSON escapes it ("\ud83d\ude00") a character
 *  may take twelve. */
const LONGEST_FRAME = 128 * 1024
/** Commands of one socket under way at once. */
export const MOST_AT_ONCE = 64
/** Frames, and bytes of them, that one person may send in ten seconds over all their sockets at one process, whatever they
 *  are. People send a few; reading and answering cost more than asking. */
export const MOST_FRAMES = 500
export const MOST_BYTES = 4 * 1024 * 1024
const SENT_MS = 10_000

export const closeCode: Record<Farewell, number> = { restart: 1012, signed_out: 4401, behind: 4008 }
/** "Policy violation". */
const TOO_MUCH = 1008

export type Connection = ServerWebSocket<SocketData>

/** What one socket does about what happens to it. */
export type Talk = {
  opened(): void
  said(frame: string): void
  /** What was waiting to be sent is on its way. */
  drained(): void
  /** Too much is waiting to be sent: it is time to part. */
  behind(): void
  closed(): void
}

/** How one kind of socket reads and writes its frames. The classic rooms have a dialect of their own. */
export type Dialect = (app: App, socket: Connection) => Talk

export type SocketData = {
  caller: Caller & { person: NonNullable<Caller["person"]>; session: string }
  listener: Listener
  watching: number | null
  dialect: Dialect
  talk: Talk | null
  underway: number
}

export function socketHandler(app: App, open: Set<Connection>): WebSocketHandler<SocketData> {
  const isTooMuch = overBudget()
  return {
    maxPayloadLength: LONGEST_FRAME,
    backpressureLimit: MOST_UNSENT,
    closeOnBackpressureLimit: true,
    perMessageDeflate: false,
    sendPings: true,
    idleTimeout: 60,
    open(socket) {
      open.add(socket)
      const talk = socket.data.dialect(app, socket)
      socket.data.talk = talk // before it opens: it may close at once
      talk.opened()
    },
    message(socket, frame) {
      if (app.throttle && isTooMuch(socket.data.caller.person.id, Buffer.byteLength(frame)))
        return socket.close(TOO_MUCH, "too much at once")
      if (typeof frame === "string") socket.data.talk?.said(frame)
      else socket.send(JSON.stringify({ error: new Refusal("malformed", "Frames are text.") }))
    },
    drain: (socket) => socket.data.talk?.drained(),
    close(socket) {
      open.delete(socket)
      socket.data.talk?.closed()
    },
  }
}

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

/** Publishes natively. The runtime says that some socket did not take all, not which: we look for it soon after. */
export function publisher(server: Server<SocketData>, open: Set<Connection>): (topic: Topic, json: string) => void {
  let looking = false
  const look = () => {
    looking = false
    let later = LAST_WORDS_MS
    for (const socket of open) {
      if (socket.getBufferedAmount() <= SLOW_UNSENT) continue
      letGo(socket, later)
      later += APART_MS
    }
  }
  return (topic, json) => {
    if (server.publish(topic, json) !== -1 || looking) return
    looking = true
    setTimeout(look, LOOK_MS)
  }
}

function letGo(socket: Connection, later: number): void {
  socket.data.talk?.behind()
  setTimeout(() => socket.terminate(), later)
}

export const parlourDialect: Dialect = (app, socket) => {
  const client = new SocketClient(socket)
  const reply = replierOf(socket)
  return {
    opened: () =>
      void welcome(app, socket.data.listener, client).catch((error) => {
        if (!(error instanceof Refusal)) console.error("a socket could not be welcomed:", error)
        socket.close(1011, "something broke")
      }),
    said: (frame) => void answer(app, socket, reply, frame),
    drained: () => client.emptied(),
    behind: () => client.end("behind"),
    closed() {
      client.close()
      app.hub.dismiss(client)
    },
  }
}

async function answer(app: App, { data }: Connection, reply: (answer: object) => void, frame: string): Promise<void> {
  let ref: unknown
  try {
    const input = parseFrame(frame, '{"ref":1,"type":"post","room":"talk","text":"Hello"}')
    ref = input.ref
    if (input.type === "ping") return reply({ kind: "pong" })
    if (data.underway >= MOST_AT_ONCE) throw new Refusal("slow_down", "Wait for answers before you send more.")
    data.underway++
    const { answer, again } = await perform(app, data.caller, parseSpoken(input)).finally(() => data.underway--)
    reply({ ref, ok: answer, again })
  } catch (error) {
    reply({ ref, error: shown(error) })
  }
}

/** What one commit answers goes out together: a system call each would be a good part of a post. */
function replierOf(socket: Connection): (answer: object) => void {
  const waiting: string[] = []
  const send = () => {
    for (const one of waiting.splice(0)) socket.send(one)
  }
  return (answer) => {
    if (waiting.push(JSON.stringify(answer)) === 1) queueMicrotask(() => socket.cork(send))
  }
}

/** What a client is shown of an error. A bug is logged here, once, and not shown. */
export function shown(error: unknown): { code: string; message: string } {
  if (error instanceof Refusal) return error.toJSON()
  console.error("a command failed:", error)
  return { code: "broken", message: "Something broke. Try again." }
}

export function parseFrame(frame: string, example: string): Record<string, unknown> {
  try {
    const input: unknown = JSON.parse(frame)
    if (typeof input === "object" && input !== null && !Array.isArray(input)) return input as Record<string, unknown>
  } catch {
    // said below, in words
  }
  throw new Refusal("malformed", `A frame is a JSON object, such as ${example}.`)
}

/** A socket as a feed. Live events reach it natively, by the topics it has entered. */
class SocketClient implements Client {
  readonly person: number
  readonly name: string
  readonly session: string
  readonly watching: number | null
  readonly #socket: Connection
  #gone = false
  #emptied = () => {}

  constructor(socket: Connection) {
    const { caller, watching } = socket.data
    this.#socket = socket
    this.person = caller.person.id
    this.name = caller.person.name
    this.session = caller.session
    this.watching = watching
  }

  get gone(): boolean {
    return this.#gone
  }

  hear(told: Told): void {
    this.#socket.send(told.json)
  }

  note(notice: Notice): void {
    this.#socket.send(JSON.stringify(notice))
  }

  hint(_: Fleeting, json: string): boolean {
    if (this.#gone || this.#socket.getBufferedAmount() > 0) return false
    this.#socket.send(json)
    return true
  }

  bundled(work: () => void): void {
    this.#socket.cork(work)
  }

  get full(): boolean {
    return this.#socket.getBufferedAmount() >= FEW_UNSENT
  }

  async drained(): Promise<void> {
    if (!this.full || this.#gone) return
    await new Promise<void>((resolve) => {
      this.#emptied = resolve
    })
  }

  emptied(): void {
    this.#emptied()
  }

  enter(topic: Topic): void {
    this.#socket.subscribe(topic)
  }

  leave(topic: Topic): void {
    this.#socket.unsubscribe(topic)
  }

  isIn(topic: Topic): boolean {
    return this.#socket.isSubscribed(topic)
  }

  end(reason: Farewell): void {
    if (this.#gone) return
    this.note({ kind: "bye", reason })
    this.#socket.close(closeCode[reason], reason)
    this.#gone = true
  }

  close(): void {
    this.#gone = true
    this.#emptied()
  }
}

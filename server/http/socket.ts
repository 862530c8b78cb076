// WebSocket: both doors on one connection. In: {ref, type, ...}. Out: what the feed tells, and {ref, ok | error}.
// A frame that cannot be read is answered and the socket stays open: one bad frame is no reason to lose the others.
import type { Server, ServerWebSocket, WebSocketHandler } from "bun"
import { parseRef, parseSpoken, type Ref } from "../../protocol/command.ts"
import type { Farewell, Fleeting, Notice } from "../../protocol/event.ts"
import { parseJsonObject } from "../../protocol/json.ts"
import { Refusal } from "../../protocol/refusal.ts"
import type { App } from "../app.ts"
import type { Caller } from "../caller.ts"
import { counted } from "../counted.ts"
import { type Client, type Listener, welcome } from "../follow.ts"
import type { Told, Topic } from "../live/hub.ts"
import { logAccident } from "../log.ts"
import { perform } from "../perform.ts"
import { overBudget } from "./frames.ts"

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

export const closeCode: Record<Farewell, number> = { restart: 1012, signed_out: 4401, behind: 4008 }
/** "Policy violation". */
const TOO_MUCH = 1008
/** "Internal error". */
const BROKEN = 1011

export type Connection = ServerWebSocket<SocketData>

/** What one socket does about what happens to it. What it throws, or rejects with, closes it. */
export type Talk = {
  opened(): Promise<void>
  said(frame: string): Promise<void>
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
  const isMoreThanMayCome = (socket: Connection, bytes: number): boolean => {
    if (!app.throttle || !isTooMuch(socket.data.caller.person.id, bytes)) return false
    socket.close(TOO_MUCH, "too much at once")
    return true
  }
  return {
    maxPayloadLength: LONGEST_FRAME,
    backpressureLimit: MOST_UNSENT,
    closeOnBackpressureLimit: true,
    perMessageDeflate: false,
    sendPings: true,
    idleTimeout: 60,
    open: (socket) =>
      orClose(socket, () => {
        open.add(socket)
        const talk = socket.data.dialect(app, socket)
        socket.data.talk = talk // before it opens: it may close at once
        return talk.opened()
      }),
    message: (socket, frame) =>
      orClose(socket, () => {
        if (isMoreThanMayCome(socket, Buffer.byteLength(frame))) return
        if (typeof frame === "string") return socket.data.talk?.said(frame)
        socket.send(JSON.stringify({ error: new Refusal("malformed", "Frames are text.") }))
      }),
    // The runtime has answered it. Empty ones cost as much as frames with something in them.
    ping: (socket, data) => void isMoreThanMayCome(socket, data.length),
    pong: (socket, data) => void isMoreThanMayCome(socket, data.length),
    drain: (socket) => orClose(socket, () => socket.data.talk?.drained()),
    close: (socket) =>
      orClose(socket, () => {
        open.delete(socket)
        socket.data.talk?.closed()
      }),
  }
}

/** Does what one socket asks for. What fails in it, soon or later, is that socket's trouble and nobody else's. */
function orClose(socket: Connection, work: () => Promise<void> | void): void {
  const fail = (error: unknown) => {
    logAccident("a socket failed", error)
    socket.close(BROKEN, "something broke")
  }
  try {
    work()?.catch(fail)
  } catch (error) {
    fail(error)
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
      welcome(app, socket.data.listener, client).catch((error) => {
        if (!(error instanceof Refusal)) logAccident("a socket could not be welcomed", error)
        if (error instanceof Refusal && error.code === "slow_down") socket.close(TOO_MUCH, "too many at once")
        else socket.close(BROKEN, "something broke")
      }),
    said: (frame) => answer(app, socket, reply, frame),
    drained: () => client.emptied(),
    behind: () => client.end("behind"),
    closed() {
      client.close()
      app.hub.dismiss(client)
    },
  }
}

async function answer(app: App, { data }: Connection, reply: (answer: object) => void, frame: string): Promise<void> {
  let ref: Ref
  try {
    const input = parseFrame(frame, '{"ref":1,"type":"post","room":"talk","text":"Hello"}')
    if (input.type === "ping") return reply({ kind: "pong" })
    ref = parseRef(input.ref)
    if (data.underway >= MOST_AT_ONCE) throw new Refusal("slow_down", "Wait for answers before you send more.")
    const { answer, again } = await counted(data, () => perform(app, data.caller, parseSpoken(input)))
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
  logAccident("a command failed", error)
  return { code: "broken", message: "Something broke. Try again." }
}

export const parseFrame = (frame: string, example: string): Record<string, unknown> =>
  parseJsonObject(frame, `A frame is a JSON object, such as ${example}.`)

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

// /ws/chat/<room>/: {"message"} both ways. A socket hears what was said last in its room, then all that is said there,
// its own words too. Any name is a room: one that nobody has opened yet is opened by the first message to it, and all
// who wait under that name are then in the conversation.
//
// It is a loop over the same feed as any other client's, and lets through what is said in the one room. What it sends
// waits for the client to take it; what comes meanwhile waits in the feed, which is bounded.
import { type CommandOf, parseSpoken } from "../../../protocol/command.ts"
import { cursorAt } from "../../../protocol/cursor.ts"
import type { Farewell, Message, Room } from "../../../protocol/event.ts"
import { Refusal } from "../../../protocol/refusal.ts"
import type { App } from "../../app.ts"
import { mustBeSignedIn, readerOf } from "../../caller.ts"
import { counted } from "../../counted.ts"
import { follow } from "../../follow.ts"
import { messagesBefore } from "../../messages/rows.ts"
import { perform } from "../../perform.ts"
import { roomName, slugOf } from "../../rooms/names.ts"
import { mustBeReadable } from "../../rooms/rows.ts"
import type { Ask } from "../env.ts"
import { listener, upgrade } from "../events.ts"
import { type Connection, closeCode, MOST_AT_ONCE, parseFrame, type SocketData, shown, type Talk } from "../socket.ts"

/** Messages that a room begins with. */
const REMEMBERED = 10
/** Bytes that may wait to be sent before the next message does too. */
const FEW_UNSENT = 64 * 1024
/** A client that takes nothing for so long is let go. */
const PATIENCE_MS = 5_000
/** "Policy violation": the name can be no room's. */
const REFUSED = 1008

type Who = SocketData["caller"]

export const roomSocket = (app: App) => async (context: Ask) => {
  mustBeSignedIn(context.get("caller"))
  const name = context.req.param("room")!
  return upgrade(app, context, listener(context, null, null), (app, socket) => new RoomTalk(app, socket, name))
}

class RoomTalk implements Talk {
  readonly #app: App
  readonly #socket: Connection
  readonly #name: string
  readonly #left = new AbortController()
  #room: Promise<Room> | undefined
  #emptied = () => {}

  constructor(app: App, socket: Connection, name: string) {
    this.#app = app
    this.#socket = socket
    this.#name = name
  }

  opened(): Promise<void> {
    return this.#tell().catch((error) => {
      this.#socket.send(JSON.stringify({ error: shown(error) }))
      this.#socket.close(error instanceof Refusal ? REFUSED : 1011)
    })
  }

  async #tell(): Promise<void> {
    const socket = this.#socket
    const said = conversation(this.#app, socket.data.caller, this.#name, this.#left.signal)
    for await (const one of said) {
      if (typeof one === "string") return void socket.close(closeCode[one], one)
      if (!(await this.#taken())) return void socket.close(closeCode.behind, "behind")
      socket.send(frameOf(one))
    }
  }

  /** Whether the client has taken what was sent before, in time. */
  async #taken(): Promise<boolean> {
    if (this.#socket.getBufferedAmount() < FEW_UNSENT) return true
    return new Promise((resolve) => {
      const late = setTimeout(() => resolve(false), PATIENCE_MS)
      this.#emptied = () => {
        clearTimeout(late)
        resolve(true)
      }
    })
  }

  drained(): void {
    this.#emptied()
  }

  behind(): void {
    this.#socket.close(closeCode.behind, "behind")
  }

  closed(): void {
    this.#left.abort()
    this.#emptied()
  }

  said(frame: string): Promise<void> {
    return this.#post(frame).catch((error) => void this.#socket.send(JSON.stringify({ error: shown(error) })))
  }

  async #post(frame: string): Promise<void> {
    const { message: text, nonce } = parseFrame(frame, '{"message":"Hello"}')
    const command = parseSpoken({ type: "post", room: this.#name, text, nonce }) as CommandOf<"post">
    const { data } = this.#socket
    if (data.underway >= MOST_AT_ONCE) throw new Refusal("slow_down", "Wait for your messages before you send more.")
    await counted(data, async () => {
      const { id } = await this.#enter()
      await perform(this.#app, data.caller, { ...command, room: id })
    })
  }

  /** The room, opened if need be: once, so that what is sent meanwhile waits for it and keeps its order. */
  #enter(): Promise<Room> {
    const { caller } = this.#socket.data
    const enter = async () =>
      (await readable(this.#app, this.#name, caller)) ??
      (await perform(this.#app, caller, parseSpoken({ type: "open", name: this.#name }) as CommandOf<"open">)).answer
    this.#room ??= enter().catch((error) => {
      this.#room = undefined
      throw error
    })
    return this.#room
  }
}

/** The last messages of the room of that name, then what is said there, from whenever there is such a room; at the end,
 *  why it ended. Refuses a name that no room can have. */
async function* conversation(
  app: App,
  who: Who,
  name: string,
  signal: AbortSignal,
): AsyncGenerator<Message | Farewell> {
  const { hub, db } = app
  const listens = { person: who.person.id, name: who.person.name, session: who.session }
  let after = cursorAt(hub.epoch, hub.tick) // before the messages: an event may then repeat, which is noticed below
  let room = await readable(app, name, who)
  let newest = 0
  if (room)
    for (const message of await messagesBefore(db.sql, room.id, Number.MAX_SAFE_INTEGER, REMEMBERED)) {
      newest = message.id
      if (message.text !== null) yield message
    }
  else roomName(name)

  while (!signal.aborted) {
    for await (const one of follow(app, { ...listens, after, room: room?.id ?? null }, signal)) {
      if (!("json" in one)) {
        if (one.kind === "bye") return yield one.reason
        if (one.kind === "reset") return yield "behind"
        continue
      }
      const { change } = one
      if (!room && change.kind === "room" && change.slug === slugOf(name)) {
        after = cursorAt(hub.epoch, change.tick)
        break // follow it anew, as one who looks at that room
      }
      if (change.kind !== "message" || change.room !== room?.id) continue
      if (change.id <= newest || change.text === null) continue // said before, and edited or removed since
      newest = change.id
      yield change
    }
    room ??= await readable(app, name, who)
  }
}

/** Undefined when there is none, or none that they may know of. */
async function readable({ db }: App, name: string, who: Who): Promise<Room | undefined> {
  return mustBeReadable(db.sql, name, readerOf(who)).catch((error) => {
    if (error instanceof Refusal && error.code === "not_found") return undefined
    throw error
  })
}

/** Made once for all who hear the same message. */
const frames = new WeakMap<Message, string>()

function frameOf(message: Message): string {
  const { text, author, id, at } = message
  const known = frames.get(message)
  if (known) return known
  const frame = JSON.stringify({ message: text, author: author.name, id, time: new Date(at).toISOString() })
  frames.set(message, frame)
  return frame
}

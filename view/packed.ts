// A room's snapshot as its page carries it: a list instead of names for each of its messages, and nothing that is said elsewhere
// in it. The marks of others' messages are theirs: only the author's own client looks for them.
import type { Message } from "../protocol/event.ts"
import type { RoomSnapshot } from "./snapshot.ts"

/** `tick` where it is not the id, which is the tick at which a message was born; null stands for nothing before it. */
type Packed = [
  id: number,
  at: number,
  author: number,
  name: string,
  text: string | null,
  nonce?: string | null,
  tick?: number,
]

type PackedSnapshot = Omit<RoomSnapshot, "messages"> & { messages: Packed[] }

export function packed(snapshot: RoomSnapshot): PackedSnapshot {
  const pack = ({ id, at, author, text, nonce, tick }: Message): Packed => {
    const own = author.id === snapshot.me.id ? nonce : undefined
    const row: Packed = [id, at, author.id, author.name, text]
    if (tick !== id) row.push(own ?? null, tick)
    else if (own !== undefined) row.push(own)
    return row
  }
  return { ...snapshot, messages: snapshot.messages.map(pack) }
}

export function unpacked(snapshot: PackedSnapshot): RoomSnapshot {
  const room = snapshot.room.id
  const unpack = ([id, at, author, name, text, nonce, tick = id]: Packed): Message => ({
    kind: "message",
    ...{ tick, id, room, author: { id: author, name }, text, at },
    ...(nonce && { nonce }),
  })
  return { ...snapshot, messages: snapshot.messages.map(unpack) }
}

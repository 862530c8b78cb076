// What a client asks of a process.
import type { Cursor } from "../../../protocol/cursor.ts"
import type { Message } from "../../../protocol/event.ts"

export type Post = {
  text: string
  nonce: string
  room: number
  floor: number
  tries: number
  line: number
  said: Message | null
}

export type Listening = { person: number; session: string; after: Cursor; room: number | null }
export type Command =
  | { type: "join" | "leave"; room: number }
  | { type: "open"; name: string }
  | { type: "post"; room: string; text: string }
  | { type: "signOut"; session: string }

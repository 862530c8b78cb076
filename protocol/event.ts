// Events: what a client is told. A change carries the whole new state of one thing and the tick at which it
// became so; applying it is "replace the older one". That is why a client may see a change twice, or skip
// straight to a later one, and still be right.
import type { Cursor } from "./cursor.ts"

/** Whoever said or did something, with the name to show. */
export type Author = { id: number; name: string }

/** `text: null` is a message that was removed. `nonce` is its author's own mark, by which the author's client knows it again. */
export type Message = {
  kind: "message"
  tick: number
  id: number
  room: number
  author: Author
  text: string | null
  /** Milliseconds since 1970, by the server's clock. Ids order messages; times only describe them. */
  at: number
  nonce?: string
}

/** `slug` is the room's name as its address has it. */
export type Room = { kind: "room"; tick: number; id: number; name: string; slug: string }

/** `present: false` is someone who left. */
export type Member = { kind: "member"; tick: number; room: number; person: Author; present: boolean }

export type Role = "owner" | "member"

export type Person = { kind: "person"; tick: number; id: number; name: string; role: Role }

/** A new state of something, with the tick of that change. Stored; replayed to whoever was away. */
export type Change = Message | Room | Member | Person

/** A session's end. It has a tick, so that it has its place in the order of all that happens and no process misses it: the feeds
 *  of the session close on it. Clients are not told of it, but hear `bye`. */
export type Ended = { kind: "ended"; tick: number; person: number; session: string }

/** What processes tell each other. */
export type Event = Change | Ended

/** Who of a room's people are here: the whole of it, so that the newest replaces what one had. `people` are the first of them
 *  by id, at most 50, and `count` is how many there are. */
export type Here = { kind: "here"; room: number; count: number; people: Author[] }

/** Of a crowd: only the number has changed, and those who are named are those that this feed was told last. */
export type HereCount = { kind: "here"; room: number; count: number; people?: undefined }

/** Someone is writing in a room. It holds for a few seconds, and ends with a message of theirs whose id is greater than `after`. */
export type Typing = { kind: "typing"; room: number; person: Author; after: number }

/** And no longer is: what they wrote they have taken away. */
export type Stopped = { kind: "stopped"; room: number; person: Author }

/** Told to those who look at the room, and to nobody else: without a tick, never stored, never repeated. */
export type Fleeting = Here | HereCount | Typing | Stopped

/** What a feed says of itself, between the events.
 *  `hello` comes first: `cursor` is where the feed begins; before a `reset` that follows, the client's own. `at` is the
 *  server's time, by which ages are told. `live` comes
 *  once, when what was missed has been told. `reset` means that the client's history is not ours, or too old to be told
 *  change by change: draw afresh from the page, then follow from the cursor given. `bye` is the last word of a feed that
 *  the server ends. */
export type Notice =
  | { kind: "hello"; cursor: Cursor; person: Author; at?: number }
  | { kind: "live"; cursor: Cursor; at?: number }
  | { kind: "reset"; cursor: Cursor }
  | { kind: "bye"; reason: Farewell }

/** Why a feed ended: the server restarts, the session ended, or the client was too slow. */
export type Farewell = "restart" | "signed_out" | "behind"

export const isChange = (heard: Change | Notice | Fleeting): heard is Change => "tick" in heard

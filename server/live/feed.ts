// Who hears, as the hub knows them.
import type { Farewell, Fleeting, Member } from "../../protocol/event.ts"
import type { Told, Topic } from "./hub.ts"

/** One client that listens. Sockets enter topics natively, in the runtime; streams enter them in the hub. */
export type Feed = {
  readonly person: number
  readonly name: string
  readonly session: string
  /** An open room that is heard while it is looked at, without being in it. */
  readonly watching: number | null
  hear(told: Told): void
  enter(topic: Topic): void
  leave(topic: Topic): void
  isIn(topic: Topic): boolean
  end(reason: Farewell): void
  /** Takes something fleeting, if nothing else waits to be taken; says whether it did. Feeds without this take none. */
  hint?(one: Fleeting, json: string): boolean
}

/** Who keeps an eye on coming and going: of feeds, and of people in rooms. */
export type Doorkeeper = {
  came(feed: Feed): void
  live(feed: Feed): void
  /** May be said of one feed more than once. */
  gone(feed: Feed): void
  moved(member: Member): void
}

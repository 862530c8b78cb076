// What a client knows, and how it learns. Pure, so that the server can test it against the truth.
import {
  type Change,
  type Fleeting,
  isChange,
  type Member,
  type Message,
  type Notice,
  type Person,
  type Room,
} from "./event.ts"

export type State = {
  /** The newest tick applied; with the feed's epoch it makes the cursor. */
  tick: number
  messages: Map<number, Message>
  rooms: Map<number, Room>
  members: Map<string, Member>
  people: Map<number, Person>
}

export const emptyState = (): State => ({
  tick: 0,
  messages: new Map(),
  rooms: new Map(),
  members: new Map(),
  people: new Map(),
})

/** Takes an event into the state, in place. Returns whether anything became newer. */
export function apply(state: State, event: Change | Notice | Fleeting): boolean {
  if (!isChange(event)) return false
  state.tick = Math.max(state.tick, event.tick)
  return keep(state, event)
}

function keep(state: State, change: Change): boolean {
  switch (change.kind) {
    case "message":
      return keepNewest(state.messages, change.id, change)
    case "room":
      return keepNewest(state.rooms, change.id, change)
    case "member":
      return keepNewest(state.members, `${change.room}/${change.person.id}`, change)
    case "person":
      return keepNewest(state.people, change.id, change)
  }
}

function keepNewest<Key, Value extends { tick: number }>(map: Map<Key, Value>, key: Key, value: Value): boolean {
  if ((map.get(key)?.tick ?? 0) >= value.tick) return false
  map.set(key, value)
  return true
}

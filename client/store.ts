// What the page of a room is drawn from. It holds one unbroken stretch of the room's messages: `newer` false means that
// the stretch reaches the present, and only then does a new message join it. Everything heard is kept by id, newest
// state first to win, so that a page of history that was read before an edit, and comes after it, brings nothing old back.
import { type Cursor, parseCursor } from "../protocol/cursor.ts"
import type { Change, Here, HereCount, Member, Message, Room } from "../protocol/event.ts"
import { apply, emptyState } from "../protocol/state.ts"
import { byName } from "../protocol/text.ts"
import { withPerson } from "../view/here.tsx"
import type { Attendance, RoomItem, RoomSnapshot, Stretch } from "../view/snapshot.ts"
import type { Heard } from "./transport.ts"

/** Rows on the page. Beyond this the far side is let go, and fetched again when someone scrolls there. */
export const MOST_ROWS = 300
/** Only let go when it is worth it: each time costs a layout. */
const SLACK = 50
/** Messages heard beyond a stretch of the past: kept for a page that may be on its way. */
const MOST_BEYOND = 500

export type Store = {
  snapshot(): RoomSnapshot
  /** Takes in what the feed or an answer says. True when what is drawn has changed. */
  hear(heard: Heard): boolean
  /** The newest change that is known, whoever brought it. */
  newest(): Change | undefined
  /** New messages of others since the reader last saw the bottom. */
  fresh(): number
  /** The reader is at the bottom of the present: nothing is new any more. */
  seen(): void
  /** Whether a message with this nonce of one's own is known to have been said. */
  said(nonce: string): boolean
  addOlder(stretch: Stretch): void
  addNewer(stretch: Stretch): void
  /** Grows when the stretch held is no longer the one it was: a page fetched before does not fit on to it. */
  era(): number
  /** Another stretch instead of the one held, and who is in the room by now. */
  show(stretch: Stretch & Attendance & { cursor: Cursor }): void
  /** History is another one: forget everything heard, keep what is drawn until `show`. */
  forget(cursor: Cursor): void
  /** Forgotten, and nothing shown yet. What is heard meanwhile counts already. */
  stale(): boolean
  /** What is drawn is to be drawn once more, though it is the same. */
  anew(): void
  /** Lets go of rows when there are too many, on the side that is farther from the reader. */
  trim(reading: number | undefined): void
  setRooms(rooms: RoomItem[]): void
}

export function openStore(initial: RoomSnapshot): Store {
  const { room } = initial
  let snapshot = initial
  let state = emptyState()
  /** The ids drawn, in order. */
  let ids: number[] = []
  /** Ids are ticks: whatever was born after the page has a greater one. */
  let newest = parseCursor(initial.cursor).tick
  let latest: Change | undefined
  let fresh = 0
  const nonces = new Set<string>()
  /** What is drawn is of a history that was forgotten; it stays until there is another to show. */
  let stale = false
  let era = 0

  function learn(change: Change): boolean {
    if (change.tick > (latest?.tick ?? 0)) latest = change
    return apply(state, change)
  }

  function take(messages: Message[]): number[] {
    for (const message of messages) {
      learn(message)
      note(message)
    }
    return messages.map(({ id }) => id)
  }

  function note(message: Message): void {
    if (message.nonce && message.author.id === snapshot.me.id) nonces.add(message.nonce)
  }

  function redraw(change: Partial<RoomSnapshot>): void {
    const messages = stale ? snapshot.messages : ids.flatMap((id) => state.messages.get(id) ?? [])
    snapshot = { ...snapshot, ...change, messages }
  }

  function hearMessage(message: Message): boolean {
    if (message.room !== room.id) return false
    note(message)
    if (!learn(message)) return false
    const isNew = message.id > newest
    newest = Math.max(newest, message.id)
    if (isNew && message.author.id !== snapshot.me.id) fresh++
    if (stale) return false
    const [first = message.id, last = message.id] = [ids[0], ids.at(-1)]
    if (!ids.includes(message.id)) {
      if (message.id < first && snapshot.older) return false
      if (message.id >= last && snapshot.newer) return isNew
      // Almost always last; one's own answer may come before what others said just before it.
      ids = [...ids, message.id].sort((a, b) => a - b)
    }
    redraw({})
    return true
  }

  function hearRoom(changed: Room): boolean {
    learn(changed)
    const item = { id: changed.id, name: changed.name, slug: changed.slug }
    if (item.id === room.id) redraw({ room: item })
    if (!snapshot.rooms.some(({ id }) => id === item.id)) return item.id === room.id
    setRooms(snapshot.rooms.map((known) => (known.id === item.id ? item : known)))
    return true
  }

  function hearMember(member: Member): boolean {
    const before = state.members.get(`${member.room}/${member.person.id}`)
    if (!learn(member)) return false
    const mine = member.person.id === snapshot.me.id
    // A change of membership that is not known from before is taken as the opposite of what it says now.
    const wasPresent = before?.present ?? (mine && member.room === room.id ? snapshot.member : !member.present)
    if (member.room === room.id && wasPresent !== member.present)
      redraw({ members: Math.max(0, snapshot.members + (member.present ? 1 : -1)) })
    if (mine && member.room === room.id) redraw({ member: member.present })
    if (!mine && member.room === room.id) {
      const others = (snapshot.comings ?? []).filter(({ person }) => person.id !== member.person.id)
      redraw({ comings: [...others, member] })
    }
    if (mine) listRoom(member)
    return mine || member.room === room.id
  }

  function hearHere(heard: Here | HereCount): boolean {
    if (heard.room !== room.id) return false
    const here = { ...heard, people: heard.people ?? snapshot.here?.people ?? [] }
    snapshot = { ...snapshot, here: snapshot.member ? withPerson(here, snapshot.me) : here }
    return true
  }

  /** Who came and went, as far as it was heard, after this was counted. */
  function attendanceSince(cursor: Cursor, { member, members }: Attendance): Attendance {
    const { tick } = parseCursor(cursor)
    for (const { tick: at, room: in_, person, present } of state.members.values()) {
      if (in_ !== room.id || at <= tick) continue
      members += present ? 1 : -1
      if (person.id === snapshot.me.id) member = present
    }
    return { member, members: Math.max(0, members) }
  }

  function listRoom({ room: id, present }: Member): void {
    const rest = snapshot.rooms.filter((item) => item.id !== id)
    const item = id === room.id ? snapshot.room : state.rooms.get(id)
    if (!present) setRooms(rest)
    else if (item) setRooms([...rest, { id, name: item.name, slug: item.slug }])
  }

  /** As they were fetched; what was heard of one's own coming and going is not older. */
  function listRooms(rooms: RoomItem[]): void {
    setRooms(rooms)
    for (const member of state.members.values()) if (member.person.id === snapshot.me.id) listRoom(member)
  }

  function setRooms(rooms: RoomItem[]): void {
    snapshot = { ...snapshot, rooms: rooms.toSorted(byName) }
  }

  /** What was heard beyond the end of a stretch that reaches the present belongs to it. */
  const beyond = (last: number): number[] => [...state.messages.keys()].filter((id) => id > last).sort((a, b) => a - b)

  /** Forgets what is far from the stretch. Not while a page is on its way: it may be missing exactly that. */
  function prune(): void {
    const [first = 0, last = 0] = [ids[0], ids.at(-1)]
    const far = beyond(last).slice(0, -MOST_BEYOND)
    for (const id of state.messages.keys()) if (id < first) far.push(id)
    for (const id of far) state.messages.delete(id)
  }

  ids = take(initial.messages)

  return {
    snapshot: () => snapshot,
    hear(heard) {
      switch (heard.kind) {
        case "message":
          return hearMessage(heard)
        case "room":
          return hearRoom(heard)
        case "member":
          return hearMember(heard)
        case "person":
          if (!learn(heard) || heard.id !== snapshot.me.id) return false
          snapshot = { ...snapshot, me: { id: heard.id, name: heard.name, role: heard.role } }
          return true
        case "here":
          return hearHere(heard)
        case "hello":
        case "live":
        case "reset":
        case "bye":
        case "typing":
        case "stopped":
          return false
        default:
          heard satisfies never // or something that a later server tells
          return false
      }
    },
    newest: () => latest,
    fresh: () => fresh,
    seen() {
      fresh = 0
    },
    said: (nonce) => nonces.has(nonce),
    era: () => era,
    stale: () => stale,
    addOlder({ messages, older }) {
      ids = [...new Set([...take(messages), ...ids])]
      redraw({ older })
    },
    addNewer({ messages, newer }) {
      ids = [...new Set([...ids, ...take(messages)])]
      if (!newer) ids.push(...beyond(ids.at(-1) ?? 0))
      redraw({ newer })
    },
    show({ messages, older, newer, cursor, ...counted }) {
      stale = false
      era++
      const { member, members } = attendanceSince(cursor, counted)
      ids = take(messages)
      if (!newer) ids.push(...beyond(ids.at(-1) ?? 0))
      const { focus: _, ...rest } = snapshot
      snapshot = rest
      redraw({ older, newer, member, members })
    },
    forget(cursor) {
      snapshot = { ...snapshot, comings: [] }
      state = emptyState()
      latest = undefined
      newest = parseCursor(cursor).tick
      fresh = 0
      stale = true
      era++
      nonces.clear()
    },
    anew() {
      for (const [id, message] of state.messages) state.messages.set(id, { ...message })
      redraw({})
    },
    trim(reading) {
      if (stale || ids.length <= MOST_ROWS + SLACK) return
      const up = reading !== undefined && ids.indexOf(reading) < ids.length / 2
      ids = up ? ids.slice(0, MOST_ROWS) : ids.slice(-MOST_ROWS)
      redraw(up ? { newer: true } : { older: true })
      prune()
    },
    setRooms: listRooms,
  }
}

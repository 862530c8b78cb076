// What the pages are drawn from: plain data, made by the server for the first paint and kept current by the client.
import type { Registration } from "../protocol/command.ts"
import type { Cursor } from "../protocol/cursor.ts"
import type { Author, Here, Member, Message, Role } from "../protocol/event.ts"
import type { RefusalCode } from "../protocol/refusal.ts"

export type Place = { name: string }
export type Me = { id: number; name: string; role: Role }

/** A room as the sidebar and the list of rooms show it. */
export type RoomItem = { id: number; name: string; slug: string }

/** A stretch of a room's history, oldest first. `older` and `newer` say whether there is more on either side. */
export type Stretch = { messages: Message[]; older: boolean; newer: boolean }

/** Whether this person is in the room, or only reads it (open rooms may be read; speaking joins), and how many are. */
export type Attendance = { member: boolean; members: number }

export type RoomSnapshot = Stretch &
  Attendance & {
    place: Place
    me: Me
    /** The rooms this person is in, by name: the first of them. */
    rooms: RoomItem[]
    /** There are more, on the page that lists them. */
    moreRooms?: boolean
    room: RoomItem
    /** Who of its people is here, as far as it is known. */
    here?: Here
    /** Where the feed goes on from what is drawn here. */
    cursor: Cursor
    /** The server's time when this was drawn. */
    at?: number
    /** The reader's zone and language, where their browser has said them before: then times are drawn in them at once. */
    zone?: string
    locale?: string
    /** Who came into the room and left it since the first message here, as far as it is a matter of few. */
    comings?: Member[]
    /** The message that a permalink asks for. */
    focus?: number
    /** The stretch was asked for by what stands before it: it is read from its beginning. */
    onward?: boolean
    /** For the form without scripts: the mark that keeps a double click from saying it twice. */
    nonce: string
    /** What was written and refused, and why: the form shows both again. */
    draft?: string
    refused?: Problem
  }

/** A refusal as a page shows it. */
export type Problem = { code: RefusalCode; message: string; field?: string }

export type RoomsSnapshot = {
  place: Place
  me: Me
  /** The room that one was in last. */
  back?: RoomItem
  rooms: RoomItem[]
  /** Rooms this person is not in. */
  others: RoomItem[]
  /** Of each there are more, after the last that is listed: its slug. */
  moreRooms?: string
  moreOthers?: string
  /** What was looked for, and the rooms whose names hold it, instead of the lists; `more`: there are others still. */
  find?: string
  found?: RoomItem[]
  more?: boolean
  /** Someone here is called that. */
  person?: string
  /** A name that no room has yet: the page offers to open it, and points out rooms of nearly the same name. */
  missing?: string
  similar?: RoomItem[]
  /** The room that was left just now. */
  left?: RoomItem
  refused?: Problem
}

export type AboutSnapshot = Attendance & {
  place: Place
  me: Me
  room: RoomItem
  /** By name, as many as are named. */
  people: (Author & { here: boolean })[]
  /** The whole address of the room. */
  link: string
  /** Once this person has left, nobody is in it, and nothing was ever said: it is listed no more. */
  vanishes: boolean
}

/** The forms before one is in: the fields as they were typed (never the password), and what was wrong. */
export type DoorSnapshot = {
  place: Place
  /** Whether strangers may register here, so that the sign-in page can offer it. */
  registration: Registration
  /** Where to go once in. A path of ours, checked. */
  next?: string
  username?: string
  invite?: string
  /** By which one may own the place, which nobody does. */
  code?: string
  refused?: Problem
  /** What was written and could not be sent, because the session had ended. */
  draft?: string
  /** One soft line above the form, such as "You have signed out." */
  notice?: string
}

export type PlaceSnapshot = {
  place: Place
  me: Me
  /** The room that one was in last. */
  back?: RoomItem
  registration: Registration
  /** True when the environment decides who may join, so that the page shows it and does not offer to change it. */
  registrationFixed: boolean
  /** The whole address of the invite link, while people may join. */
  inviteLink?: string
  people: { id: number; name: string; role: Role; standing: "inside" | "removed" | "imported" }[]
  /** True when that address leads to this machine only, so that the page does not promise more. */
  onlyHere: boolean
  /** What was looked for among the people, and whether there are more than are shown. */
  find: string
  more: boolean
  /** How many names from imported history are not listed until they are looked for. */
  unlisted: number
  /** Whom the owner is about to remove. */
  removing?: string
  /** A one-time password link that was just made, and for whom. */
  passwordLink?: { name: string; link: string; hours: number }
  saved?: boolean
  /** The invite link was just made anew: by itself, or as someone was removed. */
  renewed?: boolean
  /** Who is looked for was just removed. */
  removed?: boolean
  refused?: Problem
}

export type YouSnapshot = {
  place: Place
  me: Me
  /** The room that one was in last. */
  back?: RoomItem
  /** Milliseconds since 1970, by the server's clock: ages are told by it. */
  now: number
  /** Where one is signed in, the last used first. `device` is in words, or "" when it is not known. */
  sessions: { id: string; device: string; at: number; seen: number; isThis: boolean }[]
  /** What was just done. */
  done?: "changed" | "ended"
  refused?: Problem
}

/** A message of one's own that the server has not confirmed yet. `failed` was refused or given up, with the reason in
 *  words; `waiting` says why it takes longer than one would think. */
export type Sending = {
  nonce: string
  text: string
  at: number
  state: "sending" | "failed"
  reason?: string
  waiting?: string
}

/** How the page stands with the server. Nothing is shown when it is fine. `gated`: a login of somebody else's stands before
 *  the place. `declined`: the server says no for now, and why. */
export type Link = "fine" | "connecting" | "offline" | "signed_out" | "gated" | "declined"

/** What scripts add to a drawn room: present in the browser, absent in the page that the server draws. */
export type Live = {
  sending: Sending[]
  link: Link
  /** The server's words, where it declines. */
  words?: string
  /** A word about what one just did. */
  notice?: string
  /** New messages below, while the reader is scrolled up. */
  fresh: number
  /** The time by which ages are told, in milliseconds since 1970; advances while the page is open. It is 0 for the
   *  very first drawing, which must equal the server's: times in UTC, no ages. From then on times are local. */
  now: number
  /** True while the reader is scrolled up by a screen or more, so that the way back to the newest is offered. */
  away?: boolean
  /** True while the stretch on that side is being fetched. */
  fetching: { older: boolean; newer: boolean }
  /** Who else is writing here. */
  typing: Author[]
  /** The text that the composer holds: where nobody writes in it, as in the gallery. In a browser it is the box's own. */
  draft?: string
  /** Nothing that could be sent stands there. */
  blank: boolean
  /** Characters that are left, once they are few; fewer than none when there are too many. */
  left?: number
  /** The refusal under it. */
  refused?: Problem
  on: {
    write(text: string): void
    send(): void
    retry(nonce: string): void
    edit(nonce: string): void
    discard(nonce: string): void
    older(): void
    newer(): void
    /** Back to the bottom, and to the present. */
    newest(): void
  }
}

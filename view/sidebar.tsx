// The rooms beside the conversation, under the name of the place. On narrower screens it is called up by a button, as
// a popover of the browser's own: no script opens or closes it.
import { Component, type ComponentChildren, type JSX } from "preact"
import { MAX_TYPED } from "../protocol/limits.ts"
import { Avatar } from "./avatar.tsx"
import { SearchField } from "./form.tsx"
import { Icon, Mark } from "./icons.tsx"
import type { Me, Place, RoomItem } from "./snapshot.ts"
import { pathOf } from "./timeline.tsx"

/** So many rooms are in sight without scrolling. */
const SHORT = 12

export type SidebarProps = { place: Place; me: Me; rooms: RoomItem[]; current: RoomItem; more?: boolean | undefined }

/** Not drawn anew with every message: it may hold thousands of rooms. */
export class Sidebar extends Component<SidebarProps> {
  override shouldComponentUpdate(next: SidebarProps): boolean {
    const { place, me, rooms, current } = this.props
    return next.rooms !== rooms || next.current !== current || next.place !== place || next.me !== me
  }

  render({ place, me, rooms, current, more }: SidebarProps): JSX.Element {
    return (
      <nav id="rooms" class="sidebar" aria-label="Rooms" popover="auto">
        <PlaceMenu place={place} me={me} />
        <search>
          <form id="find-room" class="find" method="get" action="/chat/">
            <Icon name="search" />
            <SearchField id="find" name="room" hint="Find or open a room" maxLength={MAX_TYPED} required />
          </form>
        </search>
        {/* Without scripts each page begins at the top of a long list: the room one is in stands above it, and not in it. */}
        {rooms.length > SHORT && (
          <div class="without-scripts here-first">
            <h2>Here</h2>
            <RoomList rooms={[current]} current={current.id} />
          </div>
        )}
        <RoomList rooms={withCurrent(rooms, current)} current={current.id} rest={more ? "/chat/" : undefined} />
        {/* Beside the list are only one's own. It shows while something is typed. */}
        <button type="submit" form="find-room" class="find-all quiet">
          Find in all rooms
        </button>
        <p class="me">
          <a href="/me">
            <Avatar name={me.name} small />
            <bdi title={me.name}>{me.name}</bdi>
          </a>
        </p>
      </nav>
    )
  }
}

/** One may read along in a room that one has not joined. It is where one is, all the same. */
const withCurrent = (rooms: RoomItem[], current: RoomItem): RoomItem[] =>
  rooms.some(({ id }) => id === current.id) ? rooms : [current, ...rooms]

/** The place's name, and below it what can be done about the place and about oneself. */
export const PlaceMenu = ({ place, me }: { place: Place; me: Me }): JSX.Element => (
  <details class="menu place-menu">
    <summary title={place.name}>
      <Mark />
      <b>
        <bdi>{place.name}</bdi>
      </b>
      <Icon name="chevron" />
    </summary>
    <div class="menu-items">
      <a href="/chat/">
        <Icon name="rooms" /> All rooms
      </a>
      <a href="/place">
        <Icon name={me.role === "owner" ? "settings" : "people"} />
        {me.role === "owner" ? "People and settings" : "People"}
      </a>
      <SignOut me={me}>
        <button type="submit">
          <Icon name="leave" /> Sign out
        </button>
      </SignOut>
    </div>
  </details>
)

/** It says whose session it ends, so that what they wrote here can be taken out of the browser. */
export const SignOut = ({ me, children }: { me: Me; children: ComponentChildren }): JSX.Element => (
  <form method="post" action="/logout" data-owner={`${me.id} ${me.name}`}>
    {children}
  </form>
)

/** `rest` is where those are that are not listed here. */
export type RoomListProps = { rooms: RoomItem[]; current?: number | undefined; rest?: string | undefined }

export const RoomList = ({ rooms, current, rest }: RoomListProps): JSX.Element => (
  <ul class="room-list">
    {rooms.map((room) => (
      <li key={room.id} class={room.id === current ? "current" : undefined}>
        <a href={pathOf(room)} title={room.name} aria-current={room.id === current ? "page" : undefined}>
          <bdi>{room.name}</bdi>
        </a>
      </li>
    ))}
    {rest && (
      <li>
        <a class="rest" href={rest}>
          More rooms
        </a>
      </li>
    )}
  </ul>
)

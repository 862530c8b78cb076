// The rooms: all of them, those that were looked for, and the offer to open one that is not there yet. Nothing is opened but by
// a press on a button that says so.
import type { ComponentChildren, JSX } from "preact"
import { MAX_ROOM_NAME, MAX_TYPED } from "../protocol/limits.ts"
import { Avatar } from "./avatar.tsx"
import { Field, SearchField, Summary } from "./form.tsx"
import { Icon } from "./icons.tsx"
import { type Assets, Page } from "./page.tsx"
import { PlaceMenu, RoomList } from "./sidebar.tsx"
import type { Me, Place, RoomItem, RoomsSnapshot } from "./snapshot.ts"
import { pathOf } from "./timeline.tsx"

const QUESTION = "What chat room would you like to enter?"

export const RoomsPage = ({ snapshot, assets }: { snapshot: RoomsSnapshot; assets: Assets }): JSX.Element => {
  const { place, me, back, found, left, missing, refused } = snapshot
  return (
    <Page kind="plain" title={`Rooms - ${place.name}`} assets={assets}>
      <Desk place={place} me={me} back={found || missing ? "rooms" : back}>
        <h1>Rooms</h1>
        {left && <Left room={left} />}
        <Ask find={snapshot.find ?? missing} />
        <Summary refused={refused} fields={["name"]} />
        {found && <Found found={found} snapshot={snapshot} />}
        {missing !== undefined && <Offer name={missing} snapshot={snapshot} />}
        {!found && missing === undefined && <AllRooms snapshot={snapshot} />}
      </Desk>
    </Page>
  )
}

const Ask = ({ find }: { find: string | undefined }): JSX.Element => (
  <search>
    <form class="ask beside" method="get" action="/chat/">
      <div class="find">
        <Icon name="search" />
        <SearchField id="room" hint={QUESTION} value={find} maxLength={MAX_TYPED} required />
      </div>
      <button type="submit">Find</button>
    </form>
  </search>
)

const after = (which: "mine" | "others", slug: string | undefined): string | undefined =>
  slug === undefined ? undefined : `/chat/?${which}=${encodeURIComponent(slug)}`

type AllProps = { snapshot: RoomsSnapshot }

const AllRooms = ({ snapshot: { rooms, others, refused, moreRooms, moreOthers } }: AllProps): JSX.Element => (
  <>
    <section class="rooms">
      <h2>Your rooms</h2>
      {rooms.length > 0 ? (
        <RoomList rooms={rooms} rest={after("mine", moreRooms)} />
      ) : (
        <p class="empty">You are in no room. {others.length > 0 ? "Enter one of those below." : "Open one below."}</p>
      )}
    </section>
    {others.length > 0 && (
      <section class="rooms">
        <h2>Other rooms</h2>
        <RoomList rooms={others} rest={after("others", moreOthers)} />
      </section>
    )}
    <section>
      <h2>Open a room</h2>
      <form class="beside" method="post" action="/chat/">
        <Field name="name" label="Name" refused={refused} maxLength={MAX_ROOM_NAME} />
        <button type="submit">Open room</button>
      </form>
    </section>
  </>
)

const Found = ({ found, snapshot }: { found: RoomItem[]; snapshot: RoomsSnapshot }): JSX.Element | null => {
  const { find, more, person, missing } = snapshot
  // The offer below says that there is none.
  if (found.length === 0 && missing !== undefined && !person) return null
  return (
    <section class="rooms">
      {found.length > 0 && <h2>Rooms with {quoted(find)} in their name</h2>}
      {found.length === 0 && !person && <h2>No room has {quoted(find)} in its name</h2>}
      {found.length > 0 && <RoomList rooms={found} />}
      {more && <p class="help">There are more than are shown. Type more of the name.</p>}
      {person && (
        <p>
          <bdi class="named">{person}</bdi> is someone here, not a room.{" "}
          <a href={`/place?find=${encodeURIComponent(person)}#people`}>See the people</a>
        </p>
      )}
    </section>
  )
}

const quoted = (name: string | undefined): ComponentChildren => ["\u201c", <bdi key="name">{name}</bdi>, "\u201d"]

const Offer = ({ name, snapshot: { found, similar = [] } }: { name: string; snapshot: RoomsSnapshot }): JSX.Element => {
  // Those that were found stand above already.
  const alike = similar.filter(({ id }) => !found?.some((room) => room.id === id))
  return (
    <form class="offer" method="post" action="/chat/">
      <input type="hidden" name="name" value={name} />
      <input type="hidden" name="anyway" value="yes" />
      <div>
        <p>
          There is no room called <bdi class="named">{name}</bdi> yet.
        </p>
        {alike.length > 0 && <Alike rooms={alike} />}
      </div>
      <button type="submit">Open this room</button>
    </form>
  )
}

const Alike = ({ rooms }: { rooms: RoomItem[] }): JSX.Element => (
  <p>
    {"There is "}
    {rooms.map((room, index) => [
      index > 0 && (index === rooms.length - 1 ? " and " : ", "),
      <a key={room.id} href={pathOf(room)}>
        <bdi>{room.name}</bdi>
      </a>,
    ])}
    {" already. "}
  </p>
)

const Left = ({ room }: { room: RoomItem }): JSX.Element => (
  <form class="offer" method="post" action={`${pathOf(room)}join`}>
    <p role="status">
      You have left <bdi class="named">{room.name}</bdi>.
    </p>
    <button type="submit">Join it again</button>
  </form>
)

type DeskProps = {
  place: Place
  me: Me
  /** Where one came from, or the list of rooms. */
  back?: RoomItem | "rooms" | undefined
  children: ComponentChildren
}

/** The frame of the pages beside the conversation: the place and who one is on top, one column below. */
export const Desk = ({ place, me, back, children }: DeskProps): JSX.Element => (
  <>
    <a class="skip" href="#main">
      Skip to the page
    </a>
    <header class="desk-head">
      <PlaceMenu place={place} me={me} />
      <p class="me">
        <a href="/me">
          <bdi title={me.name}>{me.name}</bdi>
          <Avatar name={me.name} small />
        </a>
      </p>
    </header>
    <main id="main" class="desk">
      {back && (
        <a class="way-back" href={back === "rooms" ? "/chat/" : pathOf(back)}>
          <Icon name="back" />
          <bdi>{back === "rooms" ? "All rooms" : back.name}</bdi>
        </a>
      )}
      {children}
    </main>
  </>
)

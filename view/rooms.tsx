// The list of rooms, and the question at the door of each: "What chat room would you like to enter?"
import type { ComponentChildren, JSX } from "preact"
import { MAX_ROOM_NAME } from "../protocol/limits.ts"
import { Avatar } from "./avatar.tsx"
import { Field, Summary } from "./form.tsx"
import { type Assets, Page } from "./page.tsx"
import { PlaceMenu, RoomList } from "./sidebar.tsx"
import type { Me, Place, RoomsSnapshot } from "./snapshot.ts"

export const RoomsPage = ({ snapshot, assets }: { snapshot: RoomsSnapshot; assets: Assets }): JSX.Element => {
  const { place, me, rooms, others, missing, refused, moreRooms, moreOthers } = snapshot
  const offered = missing !== undefined && !refused
  return (
    <Page kind="plain" title={`Rooms - ${place.name}`} assets={assets}>
      <Desk place={place} me={me}>
        <form class="ask" method="get" action="/chat/">
          <h1>
            <label for="room">What chat room would you like to enter?</label>
          </h1>
          <Summary refused={refused} fields={["room", "name"]} />
          <div class="beside">
            <Field
              name="room"
              value={missing}
              refused={refused?.field === "name" ? { ...refused, field: "room" } : refused}
              maxLength={MAX_ROOM_NAME}
              autofocus={!offered}
            />
            <button type="submit" class={offered ? undefined : "primary"}>
              Enter room
            </button>
          </div>
        </form>
        {offered && <Offer name={missing} />}
        <section class="rooms">
          <h2>Your rooms</h2>
          {rooms.length > 0 ? (
            <RoomList rooms={rooms} rest={after("mine", moreRooms)} />
          ) : (
            <p class="empty">
              {others.length > 0
                ? "You are in no room yet. Enter one of those below, or name a new one above."
                : "You are in no room yet. Name one above to open it."}
            </p>
          )}
        </section>
        <section class="rooms">
          <h2>Open rooms</h2>
          {others.length > 0 ? (
            <RoomList rooms={others} rest={after("others", moreOthers)} />
          ) : (
            <p class="empty">There are no others.</p>
          )}
        </section>
      </Desk>
    </Page>
  )
}

const after = (which: "mine" | "others", slug: string | undefined): string | undefined =>
  slug === undefined ? undefined : `/chat/?${which}=${encodeURIComponent(slug)}`

const Offer = ({ name }: { name: string }): JSX.Element => (
  <form class="offer" method="post" action="/chat/">
    <input type="hidden" name="name" value={name} />
    <p>
      There is no room called <bdi class="named">{name}</bdi> yet.
    </p>
    {/* One more press of Enter opens it. */}
    <button type="submit" class="primary" autofocus>
      Open this room
    </button>
  </form>
)

/** The frame of the pages beside the conversation: the place and who one is on top, one column below. */
export const Desk = ({ place, me, children }: { place: Place; me: Me; children: ComponentChildren }): JSX.Element => (
  <>
    <a class="skip" href="#main">
      Skip to the page
    </a>
    <header class="desk-head">
      <PlaceMenu place={place} me={me} />
      <p class="me">
        <bdi title={me.name}>{me.name}</bdi>
        <Avatar name={me.name} small />
      </p>
    </header>
    <main id="main" class="desk">
      {children}
    </main>
  </>
)

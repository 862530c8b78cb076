// A room: its conversation, with the other rooms beside it.
import type { JSX } from "preact"
import { Composer, Left, LinkState } from "./composer.tsx"
import { WhoIsHere, WhoIsTyping } from "./here.tsx"
import { Icon } from "./icons.tsx"
import { type Assets, Page } from "./page.tsx"
import { Sidebar } from "./sidebar.tsx"
import type { Live, RoomSnapshot } from "./snapshot.ts"
import { isPresent, JumpToNewest, pathOf, Timeline, Why } from "./timeline.tsx"
import { Words } from "./words.tsx"

export type RoomScreenProps = {
  snapshot: RoomSnapshot
  live?: Live
  still?: boolean | undefined
  keyboard?: boolean | undefined
}

/** `still`: without scripts, as the reader asked. `keyboard`: one may write at once, as nothing is covered by one of glass. */
type RoomPageProps = { snapshot: RoomSnapshot; assets: Assets; still?: boolean; keyboard?: boolean }

export const RoomPage = ({ snapshot, assets, still, keyboard }: RoomPageProps): JSX.Element => (
  <Page
    kind="room"
    title={`${snapshot.room.name} - ${snapshot.place.name}`}
    assets={assets}
    cursor={snapshot.cursor}
    still={still}
    zoned={snapshot.zone !== undefined}
  >
    <div id="app">
      <RoomScreen snapshot={snapshot} still={still} keyboard={keyboard} />
    </div>
    {!still && <Still path={pathOf(snapshot.room)} />}
  </Page>
)

/** Comes up by itself, unless a script takes it away: one that was held back, or is too new for the browser, cannot say so. */
const Still = ({ path }: { path: string }): JSX.Element => (
  <p id="still" class="still" role="status">
    This page stands still: its script does not run in this browser. <a href={path}>Load it anew</a>, or{" "}
    <a href={`${path}?scripts=off`}>go on without scripts</a>.
  </p>
)

/** Without `live` it is what the server sends; with it, the same markup and its handlers. */
export const RoomScreen = ({ snapshot, live, still, keyboard }: RoomScreenProps): JSX.Element => {
  const { place, me, rooms, room } = snapshot
  const shared = live ? { snapshot, live } : { snapshot }
  const present = isPresent(snapshot)
  return (
    <div class="room-screen">
      <a class="skip" href="#timeline">
        Skip to the messages
      </a>
      <a class="skip" href="#message">
        Skip to writing
      </a>
      <Sidebar place={place} me={me} rooms={rooms} current={room} more={snapshot.moreRooms} />
      <main class={`conversation${present ? " present" : ""}${snapshot.onward ? " onward" : ""}`}>
        <RoomHead {...shared} />
        <Timeline {...shared} />
        <WithoutScripts {...shared} still={still} />
        <div class="foot">
          <JumpToNewest {...shared} />
          <Composer {...shared} still={still} focus={keyboard && snapshot.focus === undefined} />
          <Why {...shared} />
          <div class="under">
            <LinkState {...shared} />
            <WhoIsTyping live={live} />
            <Left live={live} />
          </div>
        </div>
      </main>
    </div>
  )
}

/** The present, for who has no scripts. What it needs stands on it too: a browser whose scripts run and do not bring the page
 *  to life sees nothing inside (client/standin.ts). */
const WithoutScripts = ({ snapshot, live, still }: RoomScreenProps): JSX.Element => {
  const { room } = snapshot
  if (!isPresent(snapshot)) return <noscript />
  const title = `Messages in ${room.name}`
  const src = `/events?room=${encodeURIComponent(room.slug)}`
  if (still) return <iframe class="live-frame" title={title} src={src} />
  return (
    <noscript id="without-scripts" data-title={title} data-src={src}>
      {!live && <iframe class="live-frame" title={title} src={src} />}
    </noscript>
  )
}

const RoomHead = ({ snapshot, live }: RoomScreenProps): JSX.Element => {
  const { room, rooms, member } = snapshot
  return (
    <header class="room-head">
      <a class="to-rooms square" href="/chat/" title="Rooms">
        <Icon name="back" />
        <span class="unseen">Rooms</span>
      </a>
      <button class="open-rooms square" type="button" popovertarget="rooms" title="Rooms">
        <Icon name="rooms" />
        <span class="unseen">
          <Words>{`Rooms, ${rooms.length}${snapshot.moreRooms ? " and more" : ""}`}</Words>
        </span>
      </button>
      <h1 title={room.name}>
        <bdi>{room.name}</bdi>
      </h1>
      <WhoIsHere snapshot={snapshot} {...(live && { live })} />
      <details class="menu room-menu">
        <summary class="square" title="This room">
          <Icon name="more" />
          <span class="unseen">This room</span>
        </summary>
        <div class="menu-items">
          <a href={`${pathOf(room)}about`}>
            <Icon name="people" /> People and address
          </a>
          {/* Not at once: a press beside the other would be enough. */}
          {member && (
            <a href={`${pathOf(room)}about#leave`}>
              <Icon name="leave" /> Leave room
            </a>
          )}
        </div>
      </details>
    </header>
  )
}

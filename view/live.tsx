// The conversation for readers without scripts: a document in a frame that never quite ends. It opens with the latest
// messages, and each new one is written to it as it is said, as is who comes and goes. The styles turn the column upside down, so
// that the newest stays in view without anyone scrolling.
import { type ComponentChildren, Fragment, type JSX } from "preact"
import { renderToString } from "preact-render-to-string"
import type { Member, Message } from "../protocol/event.ts"
import { Comings, comingsOf } from "./comings.tsx"
import { MessageRow, type Run, runOf } from "./message.tsx"
import { type Assets, Page } from "./page.tsx"
import type { Attendance, RoomItem, RoomSnapshot, Stretch } from "./snapshot.ts"
import { Beginning, DayDivider, pathOf } from "./timeline.tsx"
import { type Clock, dayKey, serverClock } from "./times.ts"

/** The latest that was said in a room, and what its page says of it. */
export type LiveSnapshot = Stretch & Attendance & Pick<RoomSnapshot, "me" | "room" | "comings">

export type LiveProps = {
  snapshot: LiveSnapshot
  assets: Assets
  /** Times are drawn in the reader's own zone. */
  zoned?: boolean
  /** Draws what was said, and goes on drawing what follows. */
  row: LiveRow
}

/** Of a message, after who came and left before it. */
export type LiveRow = (news: Message | Member, moves?: Member[]) => JSX.Element

/** What the drawn document ends with, and the stream must not yet say. */
const CLOSING = "</div></main></body></html>"

/** The document up to where the next row goes. */
export function liveOpening({ snapshot, row, ...page }: LiveProps): string {
  const comings = comingsOf(snapshot)
  const rows = snapshot.messages.map((message) => (
    <Fragment key={message.id}>{row(message, comings.get(message.id))}</Fragment>
  ))
  const html = renderToString(
    <LiveDocument {...page} snapshot={snapshot}>
      {rows}
      <Comings moves={comings.get(0)} />
    </LiveDocument>,
  )
  if (!html.endsWith(CLOSING)) throw new Error("The live document no longer ends as it should")
  return `<!doctype html>${html.slice(0, -CLOSING.length)}`
}

/** How a message stands below what is above it: as the first of its day, and of what its author says in a row. */
export type Standing = { newDay: boolean; head: boolean }

/** Of one message after the other, how it stands. */
export function standings(zone: string): (message: Message) => Standing {
  let day = ""
  let run: Run | undefined
  return (message) => {
    const today = dayKey(message.at, zone)
    const newDay = today !== day
    day = today
    run = runOf(message, newDay ? undefined : run)
    return { newDay, head: run.count === 1 }
  }
}

type RowProps = { message: Message; room: RoomItem; clock: Clock; standing: Standing; moves?: Member[] | undefined }

export const LiveMessage = ({ message, room, clock, standing: { newDay, head }, moves }: RowProps): JSX.Element => (
  <>
    {newDay && <DayDivider at={message.at} clock={clock} />}
    <Comings moves={moves} />
    <MessageRow message={message} head={head} path={pathOf(room)} clock={clock} framed />
  </>
)

/** Draws one message after the other, and between them who comes and goes. */
export function liveRows(room: RoomItem, clock: Clock = serverClock, standing = standings(clock.zone)): LiveRow {
  return (news, moves) =>
    news.kind === "member" ? (
      <Comings moves={[news]} />
    ) : (
      <LiveMessage message={news} room={room} clock={clock} standing={standing(news)} moves={moves} />
    )
}

/** The last words of the stream, when the server ends it. `back` lets the browser come back by itself: its time runs from
 *  the end of the document, which is here. */
export const liveEnding = (room: RoomItem, words: string, back: boolean): JSX.Element => (
  <p class="live-end" role="status">
    {words}{" "}
    <a href={pathOf(room)} target="_top">
      Reload to go on
    </a>
    {back && <meta http-equiv="refresh" content="3" />}
  </p>
)

type DocumentProps = Omit<LiveProps, "row"> & { children: ComponentChildren }

const LiveDocument = ({ snapshot, assets, zoned, children }: DocumentProps): JSX.Element => {
  const { room, messages, older } = snapshot
  const [first] = messages
  return (
    <Page kind="frame" title={room.name} assets={assets} zoned={zoned}>
      <main class="stretch">
        <h1 class="unseen">{room.name}</h1>
        {older ? (
          <p class="more">
            <a href={first ? `${pathOf(room)}?before=${first.id}` : pathOf(room)} target="_top" rel="prev">
              {first ? "Older messages" : "The whole conversation"}
            </a>
          </p>
        ) : (
          <Beginning snapshot={snapshot} framed />
        )}
        <div role="log" aria-relevant="additions" aria-label={`Messages in ${room.name}`}>
          {children}
        </div>
      </main>
    </Page>
  )
}

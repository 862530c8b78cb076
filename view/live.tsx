// The conversation for readers without scripts: a document in a frame that never quite ends. It opens with the latest
// messages, and each new one is written to it as it is said. The styles turn the column upside down, so that the newest
// stays in view without anyone scrolling.
import type { ComponentChildren, JSX } from "preact"
import { renderToString } from "preact-render-to-string"
import type { Message } from "../protocol/event.ts"
import { beginsRun, MessageRow } from "./message.tsx"
import { type Assets, Page } from "./page.tsx"
import type { RoomItem } from "./snapshot.ts"
import { DayDivider, pathOf } from "./timeline.tsx"
import { dayKey, serverClock } from "./times.ts"

export type LiveProps = {
  room: RoomItem
  assets: Assets
  /** The latest messages, oldest first, and whether there are older ones. */
  messages: Message[]
  older: boolean
}

/** What the drawn document ends with, and the stream must not yet say. */
const CLOSING = "</div></main></body></html>"

/** The document up to where the next row goes. */
export function liveOpening(props: LiveProps): string {
  const html = renderToString(<LiveDocument {...props} />)
  if (!html.endsWith(CLOSING)) throw new Error("The live document no longer ends as it should")
  return `<!doctype html>${html.slice(0, -CLOSING.length)}`
}

/** One message, with its day and its author where the one before had others. */
export const liveRow = (room: RoomItem, message: Message, previous: Message | undefined): JSX.Element => {
  const sameDay = previous && dayKey(message.at, "UTC") === dayKey(previous.at, "UTC")
  return (
    <>
      {!sameDay && <DayDivider at={message.at} clock={serverClock} />}
      <MessageRow
        message={message}
        head={!sameDay || beginsRun(message, previous)}
        path={pathOf(room)}
        clock={serverClock}
        framed
      />
    </>
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

const LiveDocument = ({ room, assets, messages, older }: LiveProps): JSX.Element => {
  const [first] = messages
  return (
    <Page kind="frame" title={room.name} assets={assets}>
      <main class="stretch">
        <h1 class="unseen">{room.name}</h1>
        {older && first ? (
          <p class="more">
            <a href={`${pathOf(room)}?before=${first.id}`} target="_top" rel="prev">
              Older messages
            </a>
          </p>
        ) : (
          <p class="beginning">This is where the conversation begins.</p>
        )}
        <div role="log" aria-relevant="additions" aria-label={`Messages in ${room.name}`}>
          {rowsOf(room, messages)}
        </div>
      </main>
    </Page>
  )
}

const rowsOf = (room: RoomItem, messages: Message[]): ComponentChildren =>
  messages.map((message, index) => liveRow(room, message, messages[index - 1]))

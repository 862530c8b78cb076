// The conversation for readers without scripts: a document in a frame that never quite ends. It opens with the latest
// messages, and each new one is written to it as it is said. The styles turn the column upside down, so that the newest
// stays in view without anyone scrolling.
import type { ComponentChildren, JSX } from "preact"
import { renderToString } from "preact-render-to-string"
import type { Message } from "../protocol/event.ts"
import { MessageRow, type Run, runOf } from "./message.tsx"
import { type Assets, Page } from "./page.tsx"
import type { RoomItem } from "./snapshot.ts"
import { DayDivider, pathOf } from "./timeline.tsx"
import { type Clock, dayKey, serverClock } from "./times.ts"

export type LiveProps = {
  room: RoomItem
  assets: Assets
  /** Times are drawn in the reader's own zone. */
  zoned?: boolean
  /** The latest messages, oldest first, and whether there are older ones. */
  messages: Message[]
  older: boolean
  /** Draws them, and goes on drawing those that follow. */
  row: LiveRow
}

export type LiveRow = (message: Message) => JSX.Element

/** What the drawn document ends with, and the stream must not yet say. */
const CLOSING = "</div></main></body></html>"

/** The document up to where the next row goes. */
export function liveOpening(props: LiveProps): string {
  const html = renderToString(<LiveDocument {...props} rows={props.messages.map(props.row)} />)
  if (!html.endsWith(CLOSING)) throw new Error("The live document no longer ends as it should")
  return `<!doctype html>${html.slice(0, -CLOSING.length)}`
}

/** Draws one message after the other, each with its day and its author where what stands above it has others. */
export function liveRows(room: RoomItem, clock: Clock = serverClock): LiveRow {
  let day = ""
  let run: Run | undefined
  return (message) => {
    const today = dayKey(message.at, clock.zone)
    const sameDay = today === day
    day = today
    run = runOf(message, sameDay ? run : undefined)
    return (
      <>
        {!sameDay && <DayDivider at={message.at} clock={clock} />}
        <MessageRow message={message} head={run.count === 1} path={pathOf(room)} clock={clock} framed />
      </>
    )
  }
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

type DocumentProps = Omit<LiveProps, "row"> & { rows: ComponentChildren }

const LiveDocument = ({ room, assets, zoned, messages, older, rows }: DocumentProps): JSX.Element => {
  const [first] = messages
  return (
    <Page kind="frame" title={room.name} assets={assets} zoned={zoned}>
      <main class="stretch">
        <h1 class="unseen">{room.name}</h1>
        {older && (
          <p class="more">
            <a href={first ? `${pathOf(room)}?before=${first.id}` : pathOf(room)} target="_top" rel="prev">
              {first ? "Older messages" : "The whole conversation"}
            </a>
          </p>
        )}
        {!older && <p class="beginning">This is where the conversation begins.</p>}
        <div role="log" aria-relevant="additions" aria-label={`Messages in ${room.name}`}>
          {rows}
        </div>
      </main>
    </Page>
  )
}

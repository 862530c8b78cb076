// The conversation: messages in the order of their ids, in days and in runs of one author.
import type { ComponentChildren, JSX } from "preact"
import type { Message } from "../protocol/event.ts"
import { Comings, comingsOf } from "./comings.tsx"
import { Icon } from "./icons.tsx"
import { MessageRow, type Run, runOf, SendingRow } from "./message.tsx"
import type { Live, RoomSnapshot, Sending } from "./snapshot.ts"
import { type Clock, dateOf, dayKey, dayLanguage, dayWords, localClock, serverClock, usableClock } from "./times.ts"
import { untranslated, Words } from "./words.tsx"

const NOTHING: JSX.Element[] = []

export type TimelineProps = { snapshot: RoomSnapshot; live?: Live }

export const Timeline = ({ snapshot, live }: TimelineProps): JSX.Element => {
  const { room, messages, older, newer } = snapshot
  const path = pathOf(room)
  const clock: Clock = live?.now ? localClock(live.now) : toldClock(snapshot)
  const first = messages[0]
  const last = messages.at(-1)
  const days = daysOf(messages, clock)
  const comings = comingsOf(snapshot)
  const before = (id: number) =>
    comings.has(id) ? [<Comings key={`before ${id}`} moves={comings.get(id)} />] : NOTHING
  return (
    <div id="timeline" class="timeline">
      <div class="stretch">
        {older && first ? (
          <More to="older" href={`${path}?before=${first.id}`} busy={live?.fetching.older} press={live?.on.older} />
        ) : (
          !older && <Beginning snapshot={snapshot} />
        )}
        <div
          role="log"
          aria-relevant="additions"
          aria-label={`Messages in ${room.name}`}
          aria-busy={live?.fetching.older || undefined}
        >
          {days.map(({ key, at, rows }) => (
            <section key={key} class="day">
              <DayDivider at={at} clock={clock} />
              {rows.flatMap(({ message, run }) => [
                ...before(message.id),
                <MessageRow
                  key={message.id}
                  message={message}
                  head={run.count === 1}
                  path={path}
                  clock={clock}
                  own={message.author.id === snapshot.me.id}
                  focus={message.id === snapshot.focus}
                />,
              ])}
            </section>
          ))}
          <Comings moves={comings.get(0)} />
        </div>
        {newer && last && (
          <More to="newer" href={`${path}?after=${last.id}`} busy={live?.fetching.newer} press={live?.on.newer} />
        )}
        {live && live.sending.length > 0 && (
          <Outbox snapshot={snapshot} live={live} clock={clock} after={days.at(-1)?.rows.at(-1)?.run} />
        )}
      </div>
    </div>
  )
}

/** The first drawing is the same on both sides, unless a side cannot tell time in what it is told: a server and a browser know
 *  zones and languages of other years. */
const toldClock = ({ zone, locale }: RoomSnapshot): Clock =>
  zone === undefined ? serverClock : { ...usableClock(zone, locale), now: 0 }

/** What is drawn reaches the present. Without scripts that is a frame into which messages stream; the past is the page itself. */
export const isPresent = ({ newer, focus, onward }: RoomSnapshot): boolean => !newer && focus === undefined && !onward

/** "/chat/talk/". A slug may hold any letters; the address holds them encoded, and signs, too, at which one that is said in a
 *  message would end. */
export const pathOf = ({ slug }: { slug: string }): string =>
  `/chat/${encodeURIComponent(slug).replace(/[!'()]/g, escape)}/`

export const DayDivider = ({ at, clock }: { at: number; clock: Clock }): JSX.Element => (
  <h2 class="date">
    <time
      key={dayWords(at, clock)}
      {...untranslated}
      dateTime={dayKey(at, clock.zone)}
      lang={dayLanguage(clock)}
      data-print={clock.now ? dayWords(at, { ...clock, now: 0 }) : undefined}
    >
      {dayWords(at, clock)}
    </time>
  </h2>
)

type Row = { message: Message; run: Run }
type Day = { key: string; at: number; date: number; rows: Row[] }

function daysOf(messages: Message[], { zone }: Clock): Day[] {
  const days: Day[] = []
  let day: Day | undefined
  for (const message of messages) {
    const date = dateOf(message.at, zone)
    const row = { message, run: runOf(message, day?.date === date ? day.rows.at(-1)?.run : undefined) }
    if (day?.date === date) day.rows.push(row)
    else {
      // An import may bring times that go back; a day that returns is a new section, with a key of its own.
      const again = days.some((earlier) => earlier.date === date)
      day = { key: again ? `${date} ${message.id}` : String(date), at: message.at, date, rows: [row] }
      days.push(day)
    }
  }
  return days
}

type MoreProps = { to: "older" | "newer"; href: string; busy?: boolean | undefined; press?: (() => void) | undefined }

/** A link that scripts turn into fetching in place. Its height does not change while it does. */
const More = ({ to, href, busy, press }: MoreProps): JSX.Element => (
  <p class="more">
    <a
      href={href}
      rel={to === "older" ? "prev" : "next"}
      onClick={press && inPlace(press)}
      aria-busy={busy || undefined}
    >
      {busy ? <span class="spinner" /> : null}
      <Words>{busy ? "Loading" : to === "older" ? "Older messages" : "Newer messages"}</Words>
    </a>
  </p>
)

/** A press with a modifier key still opens the address elsewhere. */
export const inPlace = (press: () => void) => (event: MouseEvent) => {
  if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey || event.button !== 0) return
  event.preventDefault()
  press()
}

const BEFORE = "Nothing was said here before this: the conversation begins later."
const NOTHING_YET = "Nobody has said anything here yet. The first message sets the tone."

type BeginningProps = {
  snapshot: Pick<RoomSnapshot, "room" | "messages" | "newer" | "member" | "members" | "me">
  /** Inside a frame: the link opens the whole page. */
  framed?: boolean
}

export const Beginning = ({ snapshot, framed }: BeginningProps): JSX.Element => {
  const { room, messages, newer, member, members, me } = snapshot
  const words = messages.length > 0 ? "This is where the conversation began." : newer ? BEFORE : NOTHING_YET
  return (
    <div class="beginning">
      <p class="beginning-name" title={room.name}>
        <bdi>{room.name}</bdi>
      </p>
      <p>
        <Words>{words}</Words>
      </p>
      {member && members === 1 && me.role === "owner" && (
        <p>
          You are alone in this room so far.{" "}
          <a href="/place#invite" target={framed ? "_top" : undefined}>
            Invite people
          </a>
        </p>
      )}
    </div>
  )
}

/** Outside the log: one's own words are not announced to oneself. */
const Outbox = ({
  snapshot,
  live,
  clock,
  after,
}: {
  snapshot: RoomSnapshot
  live: Live
  clock: Clock
  after: Run | undefined
}): JSX.Element => {
  const author = { id: snapshot.me.id, name: snapshot.me.name }
  const first = firstWaiting(live)
  let run = after
  return (
    <div class="outbox">
      {live.sending.map((sending) => {
        run = runOf({ author, at: sending.at }, run)
        return (
          <SendingRow
            key={sending.nonce}
            sending={sending}
            author={author}
            head={run.count === 1}
            clock={clock}
            explained={sending === first}
            on={live.on}
          />
        )
      })}
    </div>
  )
}

/** The one that says why it waits, and those behind it with it. Where the line's own words say it already, none. */
const firstWaiting = (live: Live | undefined): Sending | undefined =>
  live?.link === "fine" ? live.sending.find(({ waiting }) => waiting !== undefined) : undefined

/** The same words for a screen reader. Always in the document, so that they are announced, and once, however the rows move. */
export const Why = ({ live }: TimelineProps): JSX.Element => (
  <p class="unseen why" role="status">
    <Words>{firstWaiting(live)?.waiting ?? ""}</Words>
  </p>
)

/** The way back to the present: a link in a stretch of the past, a button when scrolled up. */
export const JumpToNewest = ({ snapshot, live }: TimelineProps): ComponentChildren => {
  const fresh = live?.fresh ?? 0
  // Without scripts a page that was read onward does not go on by itself.
  const still = snapshot.onward && !live?.now
  if (!snapshot.newer && !fresh && !live?.away && !still) return null
  const words = fresh === 0 ? "Newest messages" : fresh === 1 ? "1 new message" : `${fresh} new messages`
  return (
    <a
      class={fresh > 0 ? "jump fresh" : "jump"}
      href={pathOf(snapshot.room)}
      title={words}
      onClick={live && inPlace(live.on.newest)}
    >
      <Icon name="down" />
      {/* Where nothing is new the arrow says enough, and covers less of what is read. */}
      <span class={fresh > 0 ? undefined : "unseen"}>
        <Words>{words}</Words>
      </span>
    </a>
  )
}

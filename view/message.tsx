// One message: who, what, when. In reading order it is "Ann: lunch? 14:05", whatever the styles do with it, so that
// a screen reader announces the whole of a new message once, in a sentence.
import { Component, type ComponentChildren, type JSX } from "preact"
import type { Author, Message } from "../protocol/event.ts"
import { Avatar } from "./avatar.tsx"
import type { Sending } from "./snapshot.ts"
import { isOnlyEmoji, Text } from "./text.tsx"
import { type Clock, clockTime, exactTime, isoTime, shortTime, timeInDay } from "./times.ts"
import { untranslated, Words } from "./words.tsx"

/** Messages of one author that follow each other within this many milliseconds stand under one name, ... */
const PAUSE = 5 * 60_000
/** ... but only so many and for so long: the name is to be in sight. */
const LONGEST_RUN = 10
const LONGEST_TIME = 10 * 60_000

/** Messages of one author in a row, as far as they are drawn. The first shows its author. */
export type Run = { author: Author; begun: number; last: number; count: number }

/** The run that a message belongs to: the one before it, or a new one. Times are the server's, but need not be in order. */
export function runOf({ author, at }: { author: Author; at: number }, before: Run | undefined): Run {
  const goesOn =
    before !== undefined &&
    before.author.id === author.id &&
    before.author.name === author.name &&
    Math.abs(at - before.last) <= PAUSE &&
    Math.abs(at - before.begun) <= LONGEST_TIME &&
    before.count < LONGEST_RUN
  return goesOn ? { ...before, last: at, count: before.count + 1 } : { author, begun: at, last: at, count: 1 }
}

export type MessageRowProps = {
  message: Message
  /** Shows the author: the first of a run. */
  head: boolean
  /** The address of the room, "/chat/talk/": a message's own address is below it. */
  path: string
  clock: Clock
  /** By the reader, who need not be told of it again. */
  own?: boolean
  /** The one that a permalink asked for. */
  focus?: boolean
  /** Inside a frame: links open the whole page. */
  framed?: boolean
}

/** Drawn anew only when something about it differs: rooms are long, and time passes for all of them. */
export class MessageRow extends Component<MessageRowProps> {
  override shouldComponentUpdate(next: MessageRowProps): boolean {
    const now = this.props
    return (
      next.message !== now.message ||
      next.head !== now.head ||
      next.focus !== now.focus ||
      next.path !== now.path ||
      next.clock.zone !== now.clock.zone ||
      (next.clock.now !== now.clock.now && (now.clock.now === 0 || wordsAt(next) !== wordsAt(now)))
    )
  }

  render({ message, head, path, clock, own, focus, framed }: MessageRowProps): JSX.Element {
    const id = `m${message.id}`
    return (
      <article
        id={id}
        class={rowClass(head, focus && "focus")}
        tabIndex={-1}
        // A name that is the row's own text: what a screen reader says when the row gets the focus.
        aria-labelledby={id}
        aria-live={own ? "off" : undefined}
        autofocus={focus}
      >
        <Byline author={message.author} head={head} />
        <Body text={message.text} />
        <a
          class="when"
          href={`${path}${message.id}`}
          tabIndex={clock.now ? -1 : undefined}
          target={framed ? "_top" : undefined}
        >
          {moment({ at: message.at, head, clock })}
        </a>
      </article>
    )
  }
}

type MomentProps = { at: number; head: boolean; clock: Clock }

const wordsAt = ({ message: { at }, head, clock }: MessageRowProps): string => momentWords({ at, head, clock })

/** In the gutter there is room for five figures, and it is asked for. */
const momentWords = ({ at, head, clock }: MomentProps): string => (head ? timeInDay(at, clock) : shortTime(at, clock))

/** On paper "now" is soon untrue. No component of its own: there is one in each row. */
const moment = (props: MomentProps): JSX.Element => {
  const words = momentWords(props)
  const { at, head, clock } = props
  const onPaper = head ? clockTime(at, clock) : words
  return (
    <time
      key={words}
      {...untranslated}
      dateTime={isoTime(at)}
      title={exactTime(at, clock)}
      data-print={words === onPaper ? undefined : onPaper}
    >
      {words}
    </time>
  )
}

export type SendingRowProps = {
  sending: Sending
  author: Author
  head: boolean
  clock: Clock
  /** Says why it waits. */
  explained: boolean
  on: { retry(nonce: string): void; edit(nonce: string): void; discard(nonce: string): void }
}

/** A message of one's own on its way: a little lighter, and when it failed, what can be done about it. */
export const SendingRow = ({ sending, author, head, clock, explained, on }: SendingRowProps): JSX.Element => (
  <article class={rowClass(head, sending.state)} tabIndex={-1} data-nonce={sending.nonce}>
    <Byline author={author} head={head} />
    <Body text={sending.text} />
    <span class="when">{moment({ at: sending.at, head, clock })}</span>
    {explained && (
      <p class="waiting">
        <Words>{sending.waiting ?? ""}</Words>
      </p>
    )}
    {sending.state === "failed" && (
      <p class="failure" role="alert">
        <Words>{`${sending.reason ?? "Not sent."} `}</Words>
        <span class="choices">
          <button type="button" class="quiet" onClick={() => on.retry(sending.nonce)}>
            Retry
          </button>
          <button type="button" class="quiet" onClick={() => on.edit(sending.nonce)}>
            Edit
          </button>
          <button type="button" class="quiet" onClick={() => on.discard(sending.nonce)}>
            Discard
          </button>
        </span>
      </p>
    )}
  </article>
)

const rowClass = (head: boolean, more?: string | false): string =>
  `message${head ? " head" : ""}${more ? ` ${more}` : ""}`

const Byline = ({ author, head }: { author: Author; head: boolean }): ComponentChildren => [
  head && <Avatar name={author.name} />,
  <b class={head ? "author" : "author unseen"} title={author.name}>
    <bdi>{author.name}</bdi>
    <span class="unseen">: </span>
  </b>,
]

const Body = ({ text }: { text: string | null }): JSX.Element =>
  text === null ? (
    <p class="text removed">This message was removed.</p>
  ) : (
    <div class={isOnlyEmoji(text) ? "text large" : "text"} dir="auto">
      <Text>{text}</Text>
    </div>
  )

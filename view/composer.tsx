// Where one writes. Without scripts it is an ordinary form that posts and comes back to the page.
import type { JSX } from "preact"
import { graphemes, isBlank } from "../protocol/text.ts"
import { Icon } from "./icons.tsx"
import type { Live, RoomSnapshot } from "./snapshot.ts"
import { isPresent, pathOf } from "./timeline.tsx"
import { Words } from "./words.tsx"

export type ComposerProps = { snapshot: RoomSnapshot; live?: Live }

export const Composer = ({ snapshot, live }: ComposerProps): JSX.Element => {
  const { room, nonce } = snapshot
  const refused = live ? live.refused : snapshot.refused
  const draft = live ? live.draft : (snapshot.draft ?? "")
  const path = pathOf(room)
  return (
    <div class="write">
      {!snapshot.member && <Reading path={path} />}
      <form id="composer" class="composer" method="post" action={path} onSubmit={live && submit(live)}>
        <input type="hidden" name="nonce" value={nonce} />
        <label class="unseen" for="message">
          {`Message to ${room.name}`}
        </label>
        <textarea
          id="message"
          name="message"
          rows={1}
          required
          dir="auto"
          autocomplete="off"
          enterkeyhint="send"
          placeholder={`Write to ${shortName(room.name)}`}
          aria-invalid={refused ? true : undefined}
          aria-describedby={refused ? "refused" : undefined}
          value={draft}
          onInput={live && ((event) => live.on.write(event.currentTarget.value))}
        />
        <button
          type="submit"
          class="send"
          title="Send"
          // Not before scripts run: without them the browser itself asks for words.
          disabled={live !== undefined && live.now > 0 && isBlank(draft)}
        >
          <Icon name="send" />
          <span class="unseen">Send</span>
        </button>
      </form>
      <p class="help without-scripts">
        {isPresent(snapshot) && (
          <span>
            New messages come by themselves. Nothing moving? <a href={path}>Reload</a>
          </span>
        )}
        <button type="reset" form="composer" class="quiet">
          Clear
        </button>
      </p>
      {refused && (
        <p id="refused" class="refused" role="alert">
          <Words>{refused.message}</Words>
        </p>
      )}
    </div>
  )
}

/** As wide as fits beside Send on a phone, in letters of usual width; those of East Asia and pictures take two. */
const NAME_IN_FIELD = 20
const WIDE =
  /[MW@\p{Ideographic}\p{Script=Hangul}\p{Script=Hiragana}\p{Script=Katakana}\p{Extended_Pictographic}\p{RI}]/u

/** The whole name stands above; an ellipsis of the styles is not to be had in a field of several lines. */
export function shortName(name: string): string {
  let room = NAME_IN_FIELD
  let short = ""
  for (const sign of graphemes(name)) {
    room -= WIDE.test(sign) ? 2 : 1
    if (room < 0) return `${short.trimEnd()}\u2026`
    short += sign
  }
  return name
}

const submit = (live: Live) => (event: Event) => {
  event.preventDefault()
  live.on.send()
}

const Reading = ({ path }: { path: string }): JSX.Element => (
  <form class="reading" method="post" action={`${path}join`}>
    <p>You are reading along. Saying something joins the room.</p>
    <button type="submit">Join room</button>
  </form>
)

/** How the page stands with the server. Always in the document, so that its words are announced when they come. */
export const LinkState = ({ snapshot, live }: ComposerProps): JSX.Element => {
  const link = live?.link ?? "fine"
  return (
    <p class={`link-state ${link}`} role="status">
      {link === "connecting" && [<span key="spinner" class="spinner" />, <Words key="words">Connecting</Words>]}
      {link === "offline" && <Words>Offline: what you write is kept and sent later.</Words>}
      {link === "signed_out" && [
        <Words key="words">You are signed out. What you wrote is kept here. </Words>,
        <a key="link" href={`/login?next=${encodeURIComponent(pathOf(snapshot.room))}`}>
          Sign in again
        </a>,
      ]}
    </p>
  )
}

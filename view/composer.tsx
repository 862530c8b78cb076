// Where one writes. Without scripts it is an ordinary form that posts and comes back to the page.
import type { JSX } from "preact"
import { Icon } from "./icons.tsx"
import type { Live, RoomSnapshot } from "./snapshot.ts"
import { isPresent, pathOf } from "./timeline.tsx"
import { grouped, Words } from "./words.tsx"

export type ComposerProps = { snapshot: RoomSnapshot; live?: Live }

/** `still`: the reader asked for the page without scripts. `focus`: one writes here from the first paint on. */
type Ways = { still?: boolean | undefined; focus?: boolean | undefined }

export const Composer = ({ snapshot, live, still, focus }: ComposerProps & Ways): JSX.Element => {
  const { room, nonce } = snapshot
  const refused = live ? live.refused : snapshot.refused
  const draft = live ? live.draft : (snapshot.draft ?? "")
  const running = live !== undefined && live.now > 0
  const path = pathOf(room)
  return (
    <div class="write">
      {!snapshot.member && <Reading path={path} />}
      <form id="composer" class="composer" method="post" action={path} onSubmit={live && submit(live)}>
        <input type="hidden" name="nonce" value={nonce} />
        <textarea
          id="message"
          name="message"
          rows={1}
          required
          autocomplete="off"
          autofocus={focus || undefined}
          // As without scripts; with them Enter sends, where it is not the key for a new line.
          enterkeyhint="enter"
          // Tells the styles that it is empty: then the label stands in it.
          placeholder=" "
          aria-invalid={refused ? true : undefined}
          aria-describedby={refused ? "refused" : undefined}
          // In a browser the box has its text for itself: to draw it with each key costs more the longer it is.
          {...(draft !== undefined && { value: draft })}
          onInput={live && ((event) => live.on.write(event.currentTarget.value))}
        />
        <label for="message">{`Message to ${room.name}`}</label>
        <button
          type="submit"
          class="send"
          title="Send"
          // Not before scripts run: without them the browser itself asks for words.
          disabled={running && live.blank}
        >
          <Icon name="send" />
          <span class="unseen">Send</span>
        </button>
      </form>
      {refused && (
        <p id="refused" class="refused" role="alert">
          <Words>{refused.message}</Words>
        </p>
      )}
      <p class="help without-scripts">
        {isPresent(snapshot) && (
          <span>
            New messages come by themselves. Nothing moving? <a href={path}>Reload</a>
          </span>
        )}
        {still && (
          <a class="with-scripts-again" href={`${path}?scripts=on`}>
            With scripts
          </a>
        )}
        {/* The room anew: to reset the form would bring back what was refused. */}
        <a class="button quiet" href={path}>
          Clear
        </a>
      </p>
    </div>
  )
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
  if (live?.notice !== undefined)
    return (
      <p class="link-state notice" role="status">
        <Words>{live.notice}</Words>
      </p>
    )
  return (
    <p class={`link-state ${link}`} role="status">
      {link === "connecting" && [<span key="spinner" class="spinner" />, <Words key="words">Connecting</Words>]}
      {link === "offline" && <Words>Offline: what you write is kept and sent later.</Words>}
      {link === "declined" && <Words>{live?.words ?? ""}</Words>}
      {link === "gated" && [
        <Words key="words">Something on the way wants you to sign in again. What you wrote is kept here. </Words>,
        <a key="link" href={pathOf(snapshot.room)}>
          Load this page anew
        </a>,
      ]}
      {link === "signed_out" && [
        <Words key="words">You are signed out. What you wrote is kept here. </Words>,
        <a key="link" href={`/login?next=${encodeURIComponent(pathOf(snapshot.room))}`}>
          Sign in again
        </a>,
      ]}
    </p>
  )
}

/** Characters between two numbers that are read out: each one would be too many. */
const READ_OUT = 100

/** How many characters are left, once they are few. */
export const Left = ({ live }: { live?: Live | undefined }): JSX.Element => {
  const left = live?.left
  return (
    <p class={`left${left !== undefined && left < 0 ? " over" : ""}`}>
      <span aria-hidden="true">{left !== undefined && <Words>{wordsForLeft(left)}</Words>}</span>
      <span class="unseen" role="status">
        {left !== undefined && <Words>{wordsForLeft(Math.ceil(left / READ_OUT) * READ_OUT)}</Words>}
      </span>
    </p>
  )
}

function wordsForLeft(left: number): string {
  const count = grouped(Math.abs(left))
  return left < 0 ? `${count} too many` : `${count} left`
}

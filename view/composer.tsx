// Where one writes. Without scripts it is an ordinary form that posts and comes back to the page.
import type { JSX } from "preact"
import { Icon } from "./icons.tsx"
import type { Live, RoomSnapshot } from "./snapshot.ts"
import { isPresent, pathOf } from "./timeline.tsx"

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
          placeholder={`Write to ${room.name}`}
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
          disabled={live !== undefined && live.now > 0 && draft.trim() === ""}
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
          {refused.message}
        </p>
      )}
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
  return (
    <p class={`link-state ${link}`} role="status">
      {link === "connecting" && [<span key="spinner" class="spinner" />, "Connecting"]}
      {link === "offline" && "Offline: what you write is kept and sent later."}
      {link === "signed_out" && [
        "You are signed out. What you wrote is kept here. ",
        <a key="link" href={`/login?next=${encodeURIComponent(pathOf(snapshot.room))}`}>
          Sign in again
        </a>,
      ]}
    </p>
  )
}

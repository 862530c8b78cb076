// One's own page: a new password, and where one is signed in.
import type { JSX } from "preact"
import { MIN_PASSWORD } from "../protocol/limits.ts"
import { ageWords } from "./ages.ts"
import { Avatar } from "./avatar.tsx"
import { Field, NEW_PASSWORD_HELP, Summary, WhosePassword } from "./form.tsx"
import { type Assets, Page } from "./page.tsx"
import { Desk } from "./rooms.tsx"
import { SignOut } from "./sidebar.tsx"
import { Sign } from "./signs.tsx"
import type { YouSnapshot } from "./snapshot.ts"
import { exactTime, isoTime } from "./times.ts"

type Part = { snapshot: YouSnapshot }
type Listed = YouSnapshot["sessions"][number]

export const YouPage = ({ snapshot, assets }: Part & { assets: Assets }): JSX.Element => {
  const { place, me, back } = snapshot
  return (
    <Page kind="plain" title={`You - ${place.name}`} assets={assets}>
      <Desk place={place} me={me} back={back ?? "rooms"}>
        <div>
          <h1 class="you">
            <Avatar name={me.name} />
            <bdi>{me.name}</bdi>
          </h1>
        </div>
        <Password snapshot={snapshot} />
        <Sessions snapshot={snapshot} />
      </Desk>
    </Page>
  )
}

const Done = ({ children }: { children: string }): JSX.Element => (
  <p class="saved" role="status">
    <Sign name="check" /> {children}
  </p>
)

const Password = ({ snapshot: { me, refused, done } }: Part): JSX.Element => (
  <section>
    <h2>Password</h2>
    {done === "changed" && <Done>Your password is changed. You are signed out everywhere else.</Done>}
    <form class="stack" method="post" action="/me/password">
      <Summary refused={refused} fields={["old", "password"]} />
      <WhosePassword name={me.name} />
      <Field
        name="old"
        label="Current password"
        type="password"
        autocomplete="current-password"
        refused={refused}
        autofocus={refused !== undefined}
      />
      <Field
        name="password"
        label="New password"
        type="password"
        help={NEW_PASSWORD_HELP}
        autocomplete="new-password"
        minLength={MIN_PASSWORD}
        refused={refused}
      />
      <div>
        <button type="submit" class="primary">
          Change password
        </button>
        <p class="help">It signs you out everywhere else.</p>
      </div>
    </form>
  </section>
)

const Sessions = ({ snapshot: { me, sessions, now, done } }: Part): JSX.Element => (
  <section id="sessions">
    <h2>Where you are signed in</h2>
    {done === "ended" && <Done>Signed out there.</Done>}
    <ul class="people sessions">
      {sessions.map((one) => (
        <li key={one.id}>
          <span class="person">
            <span>{nameOf(one)}</span>
            <small>
              {one.isThis ? "This one, in use now" : <Age lead="Last used" at={one.seen} now={now} />}
              {"; "}
              <Age lead="signed in" at={one.at} now={now} />
            </small>
          </span>
          <div class="doing">
            {one.isThis ? (
              <SignOut me={me}>
                <End label="Sign out here" />
              </SignOut>
            ) : (
              <form method="post" action="/me/sign-out">
                <input type="hidden" name="session" value={one.id} />
                <End label={`Sign out of ${nameOf(one)}`} />
              </form>
            )}
          </div>
        </li>
      ))}
    </ul>
    {sessions.length > 1 && (
      <form method="post" action="/me/sign-out-others">
        <button type="submit">Sign out everywhere else</button>
        <p class="help">Do this if you see one that you do not know, and then change your password.</p>
      </form>
    )}
  </section>
)

const End = ({ label }: { label: string }): JSX.Element => (
  <button type="submit" class="quiet" aria-label={label}>
    Sign out
  </button>
)

const nameOf = ({ device }: Listed): string => device || "An unknown browser or program"

const Age = ({ lead, at, now }: { lead: string; at: number; now: number }): JSX.Element => (
  <>
    {lead}{" "}
    <time dateTime={isoTime(at)} title={exactTime(at, { zone: "UTC", now })}>
      {ageWords(now - at)}
    </time>
  </>
)

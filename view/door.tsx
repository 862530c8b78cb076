// The pages before one is in: sign in, register, the first run of a new place, a new password.
import type { ComponentChildren, JSX } from "preact"
import { MAX_PLACE_NAME, MAX_USERNAME, MIN_PASSWORD } from "../protocol/limits.ts"
import { Choices, Field, NEW_PASSWORD_HELP, Summary, WhosePassword, whoMayJoin } from "./form.tsx"
import { Mark } from "./icons.tsx"
import { type Assets, Page } from "./page.tsx"
import type { DoorSnapshot } from "./snapshot.ts"

export type DoorProps = { snapshot: DoorSnapshot; assets: Assets }

export const SignInPage = ({ snapshot, assets }: DoorProps): JSX.Element => {
  const { place, registration, next, username, refused } = snapshot
  return (
    <Door snapshot={snapshot} assets={assets} title="Sign in" heading={place.name}>
      {snapshot.draft !== undefined && <Unsent text={snapshot.draft} />}
      <form class="stack" method="post" action="/login">
        <Summary refused={refused} fields={["username", "password"]} />
        <Hidden name="next" value={next} />
        <Field
          name="username"
          label="Username"
          autocomplete="username"
          value={username}
          refused={refused}
          maxLength={MAX_USERNAME}
          autofocus={!username}
        />
        <Field
          name="password"
          label="Password"
          type="password"
          autocomplete="current-password"
          refused={refused}
          autofocus={Boolean(username)}
        />
        <button type="submit" class="primary wide">
          Sign in
        </button>
      </form>
      {registration === "open" && (
        <p class="aside">
          New here? <a href={next ? `/register?next=${encodeURIComponent(next)}` : "/register"}>Register</a>
        </p>
      )}
      {registration === "invite" && <p class="aside">New here? Ask someone inside for the invite link.</p>}
      <p class="aside">Forgot your password? The owner of this place can give you a link to set a new one.</p>
    </Door>
  )
}

/** Nothing written is lost for want of a session: it is here to be copied. */
const Unsent = ({ text }: { text: string }): JSX.Element => (
  <div class="field">
    <label for="unsent">You were signed out, so this was not sent. Copy it, sign in, and send it again.</label>
    <textarea id="unsent" rows={4} readOnly dir="auto">
      {text}
    </textarea>
  </div>
)

export const RegisterPage = ({ snapshot, assets }: DoorProps): JSX.Element => {
  const { place, next, username, invite, refused } = snapshot
  return (
    <Door snapshot={snapshot} assets={assets} title="Register" heading={place.name}>
      <p class="lead">Choose a name and a password, and you are in.</p>
      <form class="stack" method="post" action="/register">
        <Summary refused={refused} fields={["username", "password"]} />
        <Hidden name="next" value={next} />
        <Hidden name="invite" value={invite} />
        <NewAccount username={username} refused={refused} autofocus />
        <button type="submit" class="primary wide">
          Register
        </button>
      </form>
      <p class="aside">
        Been here before? <a href={next ? `/login?next=${encodeURIComponent(next)}` : "/login"}>Sign in</a>
      </p>
    </Door>
  )
}

/** What was typed on the first run, to be shown again. */
export type WelcomeProps = DoorProps & { placeName?: string }

export const WelcomePage = ({ snapshot, assets, placeName }: WelcomeProps): JSX.Element => {
  const { username, registration, code, refused } = snapshot
  return (
    <Door snapshot={snapshot} assets={assets} title="Welcome" heading="Open your parlour">
      <p class="lead">This place is new and yours. Two minutes, and people can talk.</p>
      <form class="stack" method="post" action="/register">
        <Summary refused={refused} fields={["place", "username", "password"]} />
        <Hidden name="code" value={code} />
        <Field
          name="place"
          label="Name of the place"
          help="What you call yourselves: a team, a club."
          value={placeName}
          refused={refused}
          maxLength={MAX_PLACE_NAME}
          optional
          autofocus
        />
        <NewAccount username={username} refused={refused} />
        {/* The usual answer is there already, and can be changed at any time. */}
        <details class="fold" open={registration !== "invite"}>
          <summary>Who may join?</summary>
          <Choices name="registration" choices={whoMayJoin} chosen={registration} />
        </details>
        <button type="submit" class="primary wide">
          Open the place
        </button>
      </form>
    </Door>
  )
}

export type NewPasswordProps = DoorProps & { token: string; name?: string }

export const NewPasswordPage = ({ snapshot, assets, token, name }: NewPasswordProps): JSX.Element => (
  <Door snapshot={snapshot} assets={assets} title="New password" heading="Choose a new password">
    {name && (
      <p class="lead">
        For <bdi class="named">{name}</bdi> in {snapshot.place.name}.
      </p>
    )}
    <form class="stack" method="post" action={`/password/${encodeURIComponent(token)}`}>
      <Summary refused={snapshot.refused} fields={["password"]} />
      {name && <WhosePassword name={name} />}
      <NewPassword label="New password" refused={snapshot.refused} autofocus />
      <button type="submit" class="primary wide">
        Set password
      </button>
    </form>
  </Door>
)

type NewAccountProps = { username: string | undefined; refused: DoorSnapshot["refused"]; autofocus?: boolean }

/** Where the focus goes there, it goes to the first field that is empty. */
const NewAccount = ({ username, refused, autofocus = false }: NewAccountProps): JSX.Element => (
  <>
    <Field
      name="username"
      label="Username"
      help="No spaces. You sign in with it, and others see it."
      autocomplete="username"
      value={username}
      refused={refused}
      maxLength={MAX_USERNAME}
      autofocus={autofocus && !username}
    />
    <NewPassword refused={refused} autofocus={autofocus && Boolean(username)} />
  </>
)

type NewPasswordFieldProps = { label?: string; refused: DoorSnapshot["refused"]; autofocus?: boolean }

const NewPassword = ({ label = "Password", refused, autofocus }: NewPasswordFieldProps): JSX.Element => (
  <Field
    name="password"
    label={label}
    type="password"
    help={NEW_PASSWORD_HELP}
    autocomplete="new-password"
    minLength={MIN_PASSWORD}
    refused={refused}
    {...(autofocus && { autofocus })}
  />
)

const Hidden = ({ name, value }: { name: string; value: string | undefined }): JSX.Element | null =>
  value === undefined ? null : <input type="hidden" name={name} value={value} />

type FrameProps = DoorProps & { title: string; heading: string; children: ComponentChildren }

const Door = ({ snapshot, assets, title, heading, children }: FrameProps): JSX.Element => (
  <Page kind="plain" title={snapshot.place.name ? `${title} - ${snapshot.place.name}` : title} assets={assets}>
    <main class="door">
      <Mark />
      <h1>
        <bdi>{heading}</bdi>
      </h1>
      {snapshot.notice && (
        <p class="notice" role="status">
          {snapshot.notice}
        </p>
      )}
      {children}
    </main>
  </Page>
)

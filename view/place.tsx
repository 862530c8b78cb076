// The place: who is here, and, for its owner, what it is called, who may join, and helping someone back in.
import type { JSX } from "preact"
import type { Registration } from "../protocol/command.ts"
import { MAX_PLACE_NAME, MAX_USERNAME } from "../protocol/limits.ts"
import { Avatar } from "./avatar.tsx"
import { Choices, Field, SearchField, Summary, whoMayJoin } from "./form.tsx"
import { type Assets, Page } from "./page.tsx"
import { Desk } from "./rooms.tsx"
import { Sign } from "./signs.tsx"
import type { PlaceSnapshot } from "./snapshot.ts"
import { grouped } from "./words.tsx"

type Part = { snapshot: PlaceSnapshot }
type Listed = PlaceSnapshot["people"][number]

/** Imported names beyond so many are not counted. */
export const MOST_COUNTED = 10_000

const WORDS = { inside: "", removed: "Removed", imported: "From imported history" }

export const PlacePage = ({ snapshot, assets }: Part & { assets: Assets }): JSX.Element => {
  const { place, me, refused } = snapshot
  const owner = me.role === "owner"
  return (
    <Page kind="plain" title={`${owner ? "People and settings" : "People"} - ${place.name}`} assets={assets}>
      <Desk place={place} me={me} back={snapshot.back ?? "rooms"}>
        <h1>
          <bdi>{place.name}</bdi>
        </h1>
        <Summary refused={refused} fields={["name"]} />
        {snapshot.removing && <Removal name={snapshot.removing} registration={snapshot.registration} />}
        {snapshot.passwordLink && <PasswordLink link={snapshot.passwordLink} />}
        {snapshot.inviteLink && <Invitation link={snapshot.inviteLink} snapshot={snapshot} />}
        {owner && <Settings snapshot={snapshot} />}
        <People snapshot={snapshot} owner={owner} />
      </Desk>
    </Page>
  )
}

const Settings = ({ snapshot }: Part): JSX.Element => {
  const { place, registration, registrationFixed, saved, refused } = snapshot
  return (
    <section id="settings">
      <h2>Settings</h2>
      {saved && (
        <p class="saved" role="status">
          <Sign name="check" /> Saved
        </p>
      )}
      <form class="stack" method="post" action="/place">
        <Field name="name" label="Name of the place" value={place.name} refused={refused} maxLength={MAX_PLACE_NAME} />
        <Choices
          name="registration"
          legend="Who may join?"
          choices={whoMayJoin}
          chosen={registration}
          disabled={registrationFixed}
          {...(registrationFixed && {
            help: "This is set where the program is started, and can be changed only there.",
          })}
        />
        <p class="actions">
          <button type="submit" class="primary">
            Save
          </button>
        </p>
      </form>
    </section>
  )
}

const ONLY_HERE =
  "This link works on this computer only. To let others in, start Parlour with PUBLIC_URL, as its README says."

const Renewed = (): JSX.Element => (
  <p class="saved" role="status">
    <Sign name="check" /> The invite link is a new one. The old one ended.
  </p>
)

type InvitationPart = Part & { link: string }

/** Whoever is in may pass the link on; only the owner replaces it. */
const Invitation = ({ link, snapshot: { registration, onlyHere, me, renewed, find } }: InvitationPart): JSX.Element => (
  <section id="invite">
    <h2>Invite people</h2>
    {renewed && !find && <Renewed />}
    <Field
      name="invite-link"
      label="Invite link"
      value={link}
      help={
        onlyHere && me.role === "owner"
          ? ONLY_HERE
          : registration === "open"
            ? "Pass it on. Anyone may register here, with this link or without."
            : "Pass it on: whoever has it may register."
      }
      readOnly
    />
    {me.role === "owner" && (
      <form method="post" action="/place/invite">
        <button type="submit">Make a new link</button>
        <p class="help">A new link ends the old one. Whoever is already here stays.</p>
      </form>
    )}
  </section>
)

const PasswordLink = ({
  link: { name, link, hours },
}: {
  link: NonNullable<PlaceSnapshot["passwordLink"]>
}): JSX.Element => (
  <section class="made">
    <h2>
      A password link for <bdi>{name}</bdi>
    </h2>
    <Field
      name="password-link"
      label="Password link"
      value={link}
      help={`Give it only to them. It works once, within ${hours === 1 ? "an hour" : `${hours} hours`}, and is not shown again.`}
      readOnly
      autofocus
    />
  </section>
)

/** Asked once more, as it cannot be undone: who was removed has to be let in again, and joins their rooms anew. */
const Removal = ({ name, registration }: { name: string; registration: Registration }): JSX.Element => (
  <section class="made">
    <h2>
      Remove <bdi>{name}</bdi>?
    </h2>
    <p>
      They are signed out everywhere at once, and leave every room. What they said stays. A password link lets them back
      in.
      {registration === "open" &&
        " Anyone may register here: to keep them out, choose below that one needs an invite link."}
    </p>
    <form method="post" action="/place/expel">
      <input type="hidden" name="username" value={name} />
      <label class="tick">
        <input type="checkbox" name="newInvite" checked />
        <span>
          And make a new invite link
          <small>They may know the one there is. It is worth nothing then.</small>
        </span>
      </label>
      <p class="actions">
        <button type="submit" class="danger">
          Remove them
        </button>
        <a class="button" href="/place#people">
          Cancel
        </a>
      </p>
    </form>
  </section>
)

const People = ({ snapshot, owner }: Part & { owner: boolean }): JSX.Element => {
  const { people, find, more, unlisted, me, renewed } = snapshot
  // As they are, whatever the address says.
  const removed = snapshot.removed
    ? people.find(({ name, standing }) => name === find && standing === "removed")
    : undefined
  return (
    <section id="people">
      <h2>People</h2>
      {removed && (
        <p class="saved" role="status">
          <Sign name="check" />
          <span>
            <bdi>{removed.name}</bdi> was removed.
            {renewed && " The invite link is a new one. The old one ended."}
          </span>
        </p>
      )}
      <search>
        <form class="beside" method="get" action="/place">
          <div class="field">
            <SearchField id="find" hint="Find people" value={find} maxLength={MAX_USERNAME} />
          </div>
          <button type="submit">Find</button>
        </form>
      </search>
      {people.length === 0 ? (
        <p class="empty">
          Nobody here is called that. <a href="/place#people">Show everyone</a>
        </p>
      ) : (
        <ul class="people">
          {people.map((person) => (
            <li key={person.id}>
              <Avatar name={person.name} small />
              <span class="person">
                <bdi title={person.name}>{person.name}</bdi>
                <small>{aboutPerson(person, person.id === me.id)}</small>
              </span>
              {owner && person.id !== me.id && <Doing person={person} />}
            </li>
          ))}
        </ul>
      )}
      {find && people.length > 0 && (
        <p>
          <a href="/place#people">Show everyone</a>
        </p>
      )}
      {more && <p class="help">There are more people than are shown. Find them by name.</p>}
      {unlisted > 0 && (
        <p class="help">{namesInWords(unlisted)} from imported history not listed here. Find them by name.</p>
      )}
    </section>
  )
}

/** More are not counted than are worth telling apart. */
function namesInWords(count: number): string {
  if (count === 1) return "One name"
  if (count > MOST_COUNTED) return `More than ${grouped(MOST_COUNTED)} names`
  return `${grouped(count)} names`
}

/** What the owner can do for someone, and about them. */
const Doing = ({ person: { name, role, standing } }: { person: Listed }): JSX.Element => (
  <div class="doing">
    <form method="post" action="/place/password-link">
      <input type="hidden" name="username" value={name} />
      <button type="submit" class="quiet" aria-label={`Make a password link for ${name}`}>
        Password link
      </button>
    </form>
    {standing === "inside" && role !== "owner" && (
      <a class="button quiet" href={`/place?remove=${encodeURIComponent(name)}`} aria-label={`Remove ${name}`}>
        Remove
      </a>
    )}
  </div>
)

function aboutPerson({ role, standing }: Listed, me: boolean): string {
  const words = [me && "You", role === "owner" && (me ? "owner" : "Owner"), WORDS[standing]]
  return words.filter(Boolean).join(", ")
}

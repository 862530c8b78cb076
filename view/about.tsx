// About a room: who is in it, its address to pass on, and the way out of it, which is here so that no slip leads there.
import type { JSX } from "preact"
import { Avatar } from "./avatar.tsx"
import { Field } from "./form.tsx"
import { type Assets, Page } from "./page.tsx"
import { Desk } from "./rooms.tsx"
import type { AboutSnapshot } from "./snapshot.ts"
import { pathOf } from "./timeline.tsx"
import { grouped } from "./words.tsx"

type Part = { snapshot: AboutSnapshot }

export const AboutPage = ({ snapshot, assets }: Part & { assets: Assets }): JSX.Element => {
  const { place, me, room, link } = snapshot
  return (
    <Page kind="plain" title={`About ${room.name} - ${place.name}`} assets={assets}>
      <Desk place={place} me={me} back={room}>
        <h1>
          <bdi>{room.name}</bdi>
        </h1>
        <section>
          <h2>Pass it on</h2>
          <Field
            name="address"
            label="Address of the room"
            value={link}
            help="It leads here whoever is in this place."
            readOnly
          />
        </section>
        <People snapshot={snapshot} />
        <Coming snapshot={snapshot} />
      </Desk>
    </Page>
  )
}

const People = ({ snapshot: { me, people, members } }: Part): JSX.Element => (
  <section id="people">
    <h2>{members === 1 ? "1 person" : `${grouped(members)} people`}</h2>
    <ul class="people">
      {people.map(({ id, name, here }) => (
        <li key={id}>
          <span class="face">
            <Avatar name={name} small />
            {here && <span class="presence" />}
          </span>
          <span class="person">
            <bdi title={name}>{name}</bdi>
            <small>{id === me.id ? "You" : here && "Here"}</small>
          </span>
        </li>
      ))}
    </ul>
    {members > people.length && (
      <p class="help">
        {`and ${grouped(members - people.length)} more. `}
        <a href="/place#people">Find people by name</a>
      </p>
    )}
  </section>
)

const VANISHES =
  "Nothing was said here, and nobody else is in this room: when you leave it, it is not listed any more. Whoever opens it by its name finds it again."
const STAYS = "What was said stays. Everyone in this place may join the room again, and so may you."

const Coming = ({ snapshot: { room, member, vanishes } }: Part): JSX.Element => (
  <section id="leave">
    <h2>{member ? "Leave" : "Join"}</h2>
    <form method="post" action={`${pathOf(room)}${member ? "leave" : "join"}`}>
      <p class="help">{member ? (vanishes ? VANISHES : STAYS) : "Saying something joins the room, too."}</p>
      <p class="actions">
        <button type="submit">{member ? "Leave room" : "Join room"}</button>
      </p>
    </form>
  </section>
)

// Who of a room's people is here, and who of them is writing. Neither is announced: people come and go all day.
import type { ComponentChildren, JSX } from "preact"
import type { Author, Here } from "../protocol/event.ts"
import { Avatar } from "./avatar.tsx"
import type { Live, RoomSnapshot } from "./snapshot.ts"
import { grouped, Words } from "./words.tsx"

/** Faces in the head of the room. The others are in the list below it. */
const FACES = 4

/** Whoever looks is here, too, though it may not have come round yet. Of many it is not known who is among them. */
export function withPerson(here: Here, { id, name }: Author): Here {
  const { count, people } = here
  if (count > people.length || people.some((person) => person.id === id)) return here
  return { ...here, count: count + 1, people: [...people, { id, name }].sort((a, b) => a.id - b.id) }
}

type HereProps = { snapshot: RoomSnapshot; live?: Live }

/** Without a line to the server nobody knows. */
export const WhoIsHere = ({ snapshot: { members, here, me }, live }: HereProps): JSX.Element | null => {
  if (members === 0) return null
  if (!here || (live && live.link !== "fine"))
    return (
      <p class="members">
        <Words>{members === 1 ? "1 person" : `${grouped(members)} people`}</Words>
      </p>
    )
  const others = here.people.filter(({ id }) => id !== me.id)
  const isAlone = others.length === 0
  const more = here.count - here.people.length
  return (
    <details class="menu who">
      <summary title="Who is here">
        <span class="faces">
          {others.slice(0, FACES).map(({ id, name }) => (
            <Avatar key={id} name={name} small />
          ))}
        </span>
        <span class={`presence${isAlone ? " none" : ""}`} />
        <span class="how-many">
          {isAlone ? (
            <span class="here">
              <Words>{here.count > 0 ? "Only you here" : "Nobody here"}</Words>
            </span>
          ) : (
            <HowMany count={here.count} members={members} />
          )}
        </span>
      </summary>
      <div class="menu-items">
        <ul>
          {here.people.map(({ id, name }) => (
            <li key={id}>
              <span class="face">
                <Avatar name={name} small />
                <span class="presence" />
              </span>
              <bdi title={name}>{name}</bdi>
              {id === me.id && <span class="soft">you</span>}
            </li>
          ))}
        </ul>
        {more > 0 && (
          <p>
            <Words>{`and ${grouped(more)} more`}</Words>
          </p>
        )}
        {here.count === 0 && <p>Nobody of this room is here just now.</p>}
      </div>
    </details>
  )
}

const HowMany = ({ count, members }: { count: number; members: number }): ComponentChildren => [
  <Words>{grouped(count)}</Words>,
  <span class="of">
    {" "}
    <Words>{`of ${grouped(Math.max(members, count))}`}</Words>
  </span>,
  <span class="here"> here</span>,
]

/** In room that is kept free: nothing moves when it comes and goes. */
export const WhoIsTyping = ({ live }: { live?: Live | undefined }): JSX.Element => (
  <p class="typing">
    {live && live.link === "fine" && live.notice === undefined && live.typing.length > 0 && wordsFor(live.typing)}
  </p>
)

function wordsFor([one, other, ...more]: Author[]): JSX.Element {
  if (more.length > 0) return <span>Several people are typing</span>
  return (
    <>
      <bdi key={one?.name}>{one?.name}</bdi>
      {other && <span>and</span>}
      {other && <bdi key={other.name}>{other.name}</bdi>}
      <Words>{other ? "are typing" : "is typing"}</Words>
    </>
  )
}

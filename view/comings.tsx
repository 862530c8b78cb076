// Who came into the room and who left it, in soft lines between what was said: one line for all who did between two messages. Of each
// person the last move is known, and no time of it but its place in the order, so that nothing more is said.
import type { JSX } from "preact"
import type { Member, Message } from "../protocol/event.ts"
import type { RoomSnapshot } from "./snapshot.ts"

/** People that a line names; of more it says how many. */
const NAMED = 2

type Snapshot = Pick<RoomSnapshot, "comings" | "messages" | "older" | "newer" | "me">

/** Under the id of the message that they stand before; under 0 those that stand at the end. */
export function comingsOf({ comings = [], messages, older, newer, me }: Snapshot): Map<number, Member[]> {
  const places = new Map<number, Member[]>()
  const moves = comings.filter(({ person }) => person.id !== me.id).sort((one, other) => one.tick - other.tick)
  let at = 0
  for (const move of moves) {
    while (at < messages.length && (messages[at] as Message).id < move.tick) at++
    // What lies beyond the stretch belongs to another.
    if ((at === 0 && older) || (at === messages.length && newer)) continue
    const place = messages[at]?.id ?? 0
    places.set(place, [...(places.get(place) ?? []), move])
  }
  return places
}

/** Not read out: people come and go all day. */
export const Comings = ({ moves }: { moves: Member[] | undefined }): JSX.Element | null => {
  if (!moves) return null
  const came = moves.filter(({ present }) => present)
  const left = moves.filter(({ present }) => !present)
  return (
    <p class="coming" aria-live="off">
      {/* Anew as a whole: see words.tsx. */}
      <span key={moves.map(({ person, present }) => [person.name, present]).join()}>
        {came.length > 0 && <Line moves={came} verb="joined" />}
        {came.length > 0 && left.length > 0 && ", "}
        {left.length > 0 && <Line moves={left} verb="left" />}
      </span>
    </p>
  )
}

const Line = ({ moves, verb }: { moves: Member[]; verb: string }): JSX.Element => {
  const named = moves.slice(0, moves.length > NAMED ? 1 : NAMED)
  const more = moves.length - named.length
  return (
    <span>
      {named.map(({ person }, index) => [
        index > 0 && " and ",
        <bdi key={person.name} title={person.name}>
          {person.name}
        </bdi>,
      ])}{" "}
      {more > 0 ? `and ${more} others ${verb}` : verb}
    </span>
  )
}

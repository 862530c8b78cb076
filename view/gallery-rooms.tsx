// The page of rooms in its states, for the gallery.
import type { JSX } from "preact"
import type { Sample } from "./gallery.tsx"
import { manyRooms, me, place, room, rooms, talk, wide } from "./made-up.ts"
import type { Assets } from "./page.tsx"
import { RoomsPage } from "./rooms.tsx"
import type { RoomsSnapshot } from "./snapshot.ts"

const list = (more: Partial<RoomsSnapshot>): RoomsSnapshot => ({
  place,
  me,
  back: talk,
  rooms,
  others: ["chess", "Film club", "trains"].map((name, index) => room(100 + index, name)),
  ...more,
})

type Draw = (name: string, title: string, drawn: JSX.Element) => Sample

export const roomsSamples = (page: Draw, assets: Assets): Sample[] => [
  page("rooms", "The rooms", <RoomsPage snapshot={list({})} assets={assets} />),
  page(
    "rooms-missing",
    "A room that is not there yet",
    <RoomsPage
      snapshot={list({ find: "Repairz", found: [], missing: "Repairz", similar: rooms.slice(7, 8) })}
      assets={assets}
    />,
  ),
  page(
    "rooms-found",
    "Several rooms are found",
    <RoomsPage snapshot={list({ find: "e", found: rooms.slice(1, 7), missing: "e", more: true })} assets={assets} />,
  ),
  page(
    "rooms-person",
    "A person was looked for among the rooms",
    <RoomsPage
      snapshot={list({ find: wide, found: [], person: wide, missing: wide, similar: [room(9, wide)] })}
      assets={assets}
    />,
  ),
  page("rooms-left", "A room was left", <RoomsPage snapshot={list({ left: talk, rooms: [] })} assets={assets} />),
  page(
    "rooms-like",
    "A room of nearly that name",
    <RoomsPage snapshot={list({ missing: "Book", similar: rooms.slice(1, 4) })} assets={assets} />,
  ),
  page("rooms-empty", "No rooms", <RoomsPage snapshot={list({ rooms: [], others: [] })} assets={assets} />),
  page(
    "rooms-many",
    "Two thousand rooms",
    <RoomsPage snapshot={list({ rooms: manyRooms.slice(0, 8), others: manyRooms })} assets={assets} />,
  ),
  page(
    "rooms-refused",
    "A refused name",
    <RoomsPage
      snapshot={list({
        refused: { code: "invalid", message: "A room cannot be called that. Choose another name.", field: "name" },
      })}
      assets={assets}
    />,
  ),
]

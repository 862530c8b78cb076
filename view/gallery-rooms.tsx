// The page of rooms in its states, for the gallery.
import type { JSX } from "preact"
import { AboutPage } from "./about.tsx"
import type { Sample } from "./gallery.tsx"
import { manyRooms, me, people, place, room, rooms, talk, wide } from "./made-up.ts"
import type { Assets } from "./page.tsx"
import { RoomsPage } from "./rooms.tsx"
import type { AboutSnapshot, RoomsSnapshot } from "./snapshot.ts"

const list = (more: Partial<RoomsSnapshot>): RoomsSnapshot => ({
  place,
  me,
  back: talk,
  rooms,
  others: ["chess", "Film club", "trains"].map((name, index) => room(100 + index, name)),
  ...more,
})

const about = (more: Partial<AboutSnapshot>): AboutSnapshot => ({
  place,
  me,
  room: talk,
  member: true,
  members: people.length,
  people: people.map((name, index) => ({ id: index + 1, name, here: index < 5 })),
  link: "https://chat.example.org/chat/talk/",
  vanishes: false,
  ...more,
})

const crowd = Array.from({ length: 100 }, (_, index) => ({ id: index + 2, name: wide, here: index % 2 === 0 }))

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
  page("about", "About a room", <AboutPage snapshot={about({})} assets={assets} />),
  page(
    "about-many",
    "About a room of many",
    <AboutPage
      snapshot={about({ room: room(1, wide), member: false, members: 12_034, people: crowd })}
      assets={assets}
    />,
  ),
  page(
    "about-alone",
    "About a room that was a slip",
    <AboutPage
      snapshot={about({ members: 1, people: [{ id: 1, name: me.name, here: true }], vanishes: true })}
      assets={assets}
    />,
  ),
]

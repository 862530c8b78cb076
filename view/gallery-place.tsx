// The page of the place in its states, for the gallery.
import type { JSX } from "preact"
import { me, people, place, talk, wide } from "./made-up.ts"
import type { Assets } from "./page.tsx"
import { PlacePage } from "./place.tsx"
import type { PlaceSnapshot } from "./snapshot.ts"

const settings = (more: Partial<PlaceSnapshot>): PlaceSnapshot => ({
  place,
  me,
  back: talk,
  registration: "invite",
  registrationFixed: false,
  inviteLink: "https://chat.example.org/join/7hKq2mW9xZpR4tVb",
  people: [...people, wide].map((name, index) => ({
    id: index + 1,
    name,
    role: index === 0 ? "owner" : "member",
    standing: index === 7 ? "imported" : index === 6 ? "removed" : "inside",
  })),
  find: "",
  more: false,
  unlisted: 0,
  onlyHere: false,
  ...more,
})

type Drawn = { name: string; title: string; drawn: JSX.Element }

export function placeSamples(assets: Assets): Drawn[] {
  const page = (name: string, title: string, more: Partial<PlaceSnapshot>): Drawn => ({
    name,
    title,
    drawn: <PlacePage snapshot={settings(more)} assets={assets} />,
  })
  return [
    page("place", "The place, to its owner", { saved: true }),
    page("place-link", "A password link", {
      registrationFixed: true,
      passwordLink: { name: wide, link: "https://chat.example.org/password/Zt5gQ1c8nY3kLw7e", hours: 1 },
      find: "W",
      more: true,
    }),
    page("place-renewed", "The invite link made anew", { renewed: true }),
    page("place-member", "The place, to a member", { me: { ...me, id: 2, role: "member" } }),
    page("place-nobody", "Nobody found", { people: [], find: "zzz" }),
    page("place-removing", "Removing someone", { removing: wide, registration: "open" }),
    page("place-removed", "Someone was removed", {
      find: people[1]!,
      people: [{ id: 2, name: people[1]!, role: "member", standing: "removed" }],
      removed: true,
      renewed: true,
    }),
  ]
}

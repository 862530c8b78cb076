// The page of one's own in its states, for the gallery.
import type { JSX } from "preact"
import { manySessions, me, NOW, place, wide } from "./made-up.ts"
import type { Assets } from "./page.tsx"
import type { YouSnapshot } from "./snapshot.ts"
import { YouPage } from "./you.tsx"

const you = (more: Partial<YouSnapshot>): YouSnapshot => ({
  place,
  me,
  now: NOW,
  sessions: manySessions.slice(0, 3),
  ...more,
})

const wrong = { code: "invalid" as const, message: "That is not your current password. Type it again.", field: "old" }

export const youSamples = (assets: Assets): { name: string; title: string; drawn: JSX.Element }[] =>
  [
    { name: "you", title: "One's own page", part: {} },
    { name: "you-alone", title: "Signed in here only", part: { sessions: manySessions.slice(0, 1), done: "changed" } },
    { name: "you-refused", title: "A wrong current password", part: { refused: wrong } },
    {
      name: "you-many",
      title: "Signed in in many places",
      part: { done: "ended", me: { ...me, name: wide }, sessions: manySessions },
    },
  ].map(({ name, title, part }) => ({
    name,
    title,
    drawn: <YouPage snapshot={you(part as Partial<YouSnapshot>)} assets={assets} />,
  }))

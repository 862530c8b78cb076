// The page about a room: who is in it, its address to pass on, and leaving it.
import { byName } from "../../protocol/text.ts"
import { AboutPage } from "../../view/about.tsx"
import type { Assets } from "../../view/page.tsx"
import type { AboutSnapshot } from "../../view/snapshot.ts"
import type { App } from "../app.ts"
import { mustBeSignedIn, readerOf } from "../caller.ts"
import { readPlace } from "../people/place.ts"
import { attendance, isSilent, listMembers, mustBeReadable } from "../rooms/rows.ts"
import { page } from "./answer.tsx"
import type { Ask } from "./env.ts"
import { addressOf } from "./pages.tsx"
import { roomPath } from "./rooms.tsx"

/** People of a room that are named on its page. */
const MOST_NAMED = 100

export const aboutPage = (app: App, assets: Assets) => async (context: Ask) => {
  const me = mustBeSignedIn(context.get("caller"))
  const { sql } = app.db
  const typed = context.req.param("room")!
  const room = await mustBeReadable(sql, typed, readerOf(context.get("caller")))
  if (typed !== room.slug) return context.redirect(`${roomPath(room.slug)}about`, 301)
  const { member, members } = await attendance(sql, room.id, me.id)
  const here = await app.onlookers.hereIn(room.id)
  const people = await listMembers(sql, room.id, MOST_NAMED)
  const snapshot: AboutSnapshot = {
    place: { name: (await readPlace(sql)).name },
    me,
    room,
    member,
    members,
    people: people.sort(byName).map((person) => ({
      ...person,
      here: person.id === me.id || here.people.some(({ id }) => id === person.id),
    })),
    link: addressOf(app, context, roomPath(room.slug)),
    vanishes: member && members === 1 && (await isSilent(sql, room.id)),
  }
  return context.html(page(<AboutPage snapshot={snapshot} assets={assets} />))
}

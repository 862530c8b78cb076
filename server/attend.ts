// Wires what is fleeting: whoever has a feed open is here, a feed that is live looks at its room, and what is said of people
// goes to the other processes by the bus, and by the database they share.
import type { Db } from "./db/sql.ts"
import type { Bus, Word } from "./live/bus.ts"
import type { Hub } from "./live/hub.ts"
import { Presence, type Spans } from "./live/presence.ts"
import { type Sharing, sharePresence } from "./live/presence-shared.ts"
import { Onlookers } from "./rooms/onlookers.ts"
import { membersOf } from "./rooms/rows.ts"

/** `bus` is the present one. */
type Ways = { db: Db; hub: Hub; bus: () => Bus; spans: Spans }

type Attending = {
  onlookers: Onlookers
  say(word: Word): void
  /** On Postgres, where there may be others. Resolves when what they wrote has been read. */
  share(): Promise<void>
  leave(): Promise<void>
}

export function attend({ db, hub, bus, spans }: Ways): Attending {
  const presence = new Presence(spans)
  const onlookers = new Onlookers(presence, (room) => membersOf(db.sql, room))
  let sharing: Sharing | null = null
  presence.say = (word) => bus().say(word)
  hub.overhear = (word) => {
    if (word.kind === "typing" || word.kind === "stopped") onlookers.typing(word)
    else if (word.kind === "moves") presence.hear(word) // else of a later version, or not ours
  }
  hub.doorkeeper = {
    came: ({ person, name }) => presence.came(person, name),
    live: (feed) => onlookers.enter(feed),
    gone(feed) {
      onlookers.leave(feed)
      if (hub.feedsOf(feed.person) === 0) presence.went(feed.person)
    },
    moved: (member) => onlookers.moved(member),
  }
  const watch = setInterval(() => onlookers.tick(presence.tick()), spans.tick)
  return {
    onlookers,
    say(word) {
      hub.overhear(word)
      bus().say(word)
      sharing?.say(word)
    },
    async share() {
      sharing = await sharePresence(presence, db, {
        isCarried: () => bus().carries,
        hear: (word) => onlookers.typing(word),
      })
    },
    async leave() {
      clearInterval(watch)
      await sharing?.leave()
    },
  }
}

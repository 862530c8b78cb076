// What happens in a room as a browser without scripts shows it: a document in a frame, to which each thing is written as it happens.
import { renderToString } from "preact-render-to-string"
import type { Change, Member, Message } from "../../protocol/event.ts"
import { LiveMessage, type LiveSnapshot, liveEnding, liveOpening, liveRows, standings } from "../../view/live.tsx"
import type { Assets } from "../../view/page.tsx"
import type { RoomItem } from "../../view/snapshot.ts"
import { serverClock } from "../../view/times.ts"
import type { App } from "../app.ts"
import type { Heard } from "../queue.ts"
import { ofPerson } from "../turns.ts"
import { LastDrawn } from "./last-drawn.ts"
import { FRAMED_POLICY } from "./policy.ts"
import type { ReaderClock } from "./reader.ts"
import { bytes, type Framing } from "./stream.ts"

/** A message is drawn once for all who read it alike: to find the links of a long one costs a millisecond. By the message itself:
 *  another may read the same. */
const lastDrawn = new LastDrawn<Message, Uint8Array>()

/** The room's conversation as a document that goes on: what was said, then each message as it is said, and who comes and goes. */
export function html({ turns }: App, snapshot: LiveSnapshot, assets: Assets, reader: ReaderClock): Framing {
  const { room, me } = snapshot
  const clock = { ...serverClock, ...reader }
  const standing = standings(clock.zone)
  const row = liveRows(room, clock, standing)
  const isNews = newsSince(snapshot)
  const draw = (news: Message | Member): Uint8Array => {
    if (news.kind === "member") return bytes(renderToString(row(news)))
    const its = standing(news)
    const shape = [clock.zone, clock.locale, its.newDay, its.head].join()
    return lastDrawn.of(news, shape, () =>
      bytes(renderToString(<LiveMessage message={news} room={room} clock={clock} standing={its} />)),
    )
  }
  return {
    headers: {
      "content-type": "text/html; charset=utf-8",
      "content-security-policy": FRAMED_POLICY,
    },
    opening: liveOpening({ snapshot, assets, row, zoned: reader.zone !== undefined }),
    heartbeat: "<!-- -->",
    takesHints: false,
    frame(one) {
      if (!("json" in one)) return isLast(one) ? bytes(ending(room, one)) : null
      return isNews(one.change) ? draw(one.change) : null
    },
    ...(turns && { inTurn: (work) => turns.run(ofPerson(me.id), async () => work()) }),
    isLast,
  }
}

/** Tells whether a change is to be shown. What stands there already is not: what is written stays written. */
function newsSince({ room, me, messages, comings }: LiveSnapshot): (change: Change) => change is Message | Member {
  let said = messages.at(-1)?.id ?? 0
  let moved = Math.max(0, ...(comings ?? []).map(({ tick }) => tick))
  return (change): change is Message | Member => {
    if (change.kind === "message") {
      const isNew = change.room === room.id && change.id > said
      if (isNew) said = change.id
      return isNew
    }
    if (change.kind !== "member" || !comings) return false
    const isNew = change.room === room.id && change.person.id !== me.id && change.tick > moved
    if (isNew) moved = change.tick
    return isNew
  }
}

/** A document cannot take back what it shows, so that a reset is its end: it is drawn afresh. */
const isLast = (one: Heard): boolean => "kind" in one && (one.kind === "bye" || one.kind === "reset")

function ending(room: RoomItem, last: Heard): string {
  const signedOut = "reason" in last && last.reason === "signed_out"
  return renderToString(liveEnding(room, signedOut ? "You are signed out." : "The connection ended.", !signedOut))
}

// People who speak all the while, as others do to whom something is done; and how long they wait for their answers.
import { openSpeaker } from "./crowd.ts"
import { parlour } from "./dialects.ts"
import { type LargePlace, SPOKEN_IN } from "./large-place.ts"
import type { Server } from "./server.ts"

/** Each of ten people speaks as often as they may. */
const PER_SECOND = 5

/** Ten people each say something so often; `since` answers how long each post since the last time took. */
export async function speak(server: Server, { speakers }: Pick<LargePlace, "speakers">) {
  let times: number[] = []
  const all = await Promise.all(
    speakers.map((token) =>
      openSpeaker(server, parlour, { path: "/events", cookie: `parlour-${server.port}=${token}` }, ({ sent }) => {
        times.push(performance.now() - sent.shift()!)
      }),
    ),
  )
  let said = 0
  const timer = setInterval(
    () => {
      const speaker = all[said % all.length]!
      speaker.sent.push(performance.now())
      speaker.link.say(parlour.post(said++, SPOKEN_IN))
    },
    1_000 / PER_SECOND / all.length + 1, // a little less than the limit
  )
  return {
    since() {
      const waiting = all.flatMap(({ sent }) => sent.map((at) => performance.now() - at))
      const taken = [...times, ...waiting.filter((ms) => ms > 1_000)]
      times = []
      return taken
    },
    stop() {
      clearInterval(timer)
      for (const { link } of all) link.close()
    },
  }
}

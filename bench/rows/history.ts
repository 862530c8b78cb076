// Whether a long history makes anything slower: the room's page, a post, and coming back, in places with more and more
// messages.
import { copyFile } from "node:fs/promises"
import { join } from "node:path"
import { openSpeaker } from "../crowd.ts"
import { parlour } from "../dialects.ts"
import { Ear, turn } from "../ears.ts"
import { enter, placeOf } from "../places.ts"
import { median, type Row, short } from "../row.ts"
import { startParlour, withFolder, withServer } from "../server.ts"

const SIZES = [10_000, 100_000, 1_000_000]
const LARGEST = 5_000_000
const WARM_UP = 100
const TIMES = 400
const MISSED = 100
const FLAT = 1.5

type Times = { page: number; post: number; resume: number }
const whats = ["page", "post", "resume"] as const

export const history: Row = {
  name: "history",
  what: "room page, durable post and coming back to 100 missed messages, as history grows from 10 k to 1 M messages (5 M with --full)",
  reach: `flat within ${FLAT} x`,
  async measure(full) {
    const sizes = full ? [...SIZES, LARGEST] : SIZES
    const found: [size: number, times: Times][] = []
    for (const size of sizes) found.push([size, await timesOf(await placeOf(size))])
    const growth = (what: keyof Times) => found.at(-1)![1][what] / found[0]![1][what]
    return {
      measured: whats.map((what) => `${what} ${short(growth(what))} x`).join(", "),
      met: whats.every((what) => growth(what) <= FLAT),
      notes: found.map(
        ([size, times]) => `${short(size)}: ${whats.map((what) => `${what} ${short(times[what])} ms`).join(", ")}`,
      ),
      numbers: Object.fromEntries(
        found.flatMap(([size, times]) => whats.map((what) => [`${what}${size}`, times[what]])),
      ),
      plots: [
        {
          title: "Milliseconds (p50) as history grows",
          lines: whats.map((name) => ({ name, points: found.map(([size, times]) => [size, times[name]]) })),
        },
      ],
    }
  },
}

/** Medians, on a copy of the place. */
const timesOf = (place: string): Promise<Times> =>
  withFolder(async (folder) => {
    await copyFile(join(place, "parlour.db"), join(folder, "parlour.db"))
    return withServer(startParlour(folder), async (server) => {
      const cookie = await enter(server.origin, "login")
      const page = await middle(async () => {
        const response = await fetch(`${server.origin}/chat/talk/`, { headers: { cookie, accept: "text/html" } })
        await response.arrayBuffer()
      })

      let answered = () => {}
      const speaker = await openSpeaker(server, parlour, "/events", cookie, () => answered())
      let number = 0
      const post = await middle(
        () =>
          new Promise<void>((resolve) => {
            answered = resolve
            speaker.link.say(parlour.post(number++, "talk"))
          }),
      )
      speaker.link.close()

      const { cursor } = (await (
        await fetch(`${server.origin}/api/v1/rooms/talk/messages?limit=1`, { headers: { cookie } })
      ).json()) as { cursor: string }
      const [epoch, tick] = cursor.split(".")
      const path = `/events?after=${epoch}.${Number(tick) - MISSED}`
      const resume = await middle(async () => {
        const ear = new Ear(server.port, parlour, { path, cookie })
        while (!ear.isReady) {
          await turn()
          ear.ask()
        }
        ear.close()
      })
      return { page, post, resume }
    })
  })

async function middle(work: () => Promise<void>): Promise<number> {
  const times: number[] = []
  for (let i = 0; i < WARM_UP + TIMES; i++) {
    const began = performance.now()
    await work()
    if (i >= WARM_UP) times.push(performance.now() - began)
  }
  return median(times)
}

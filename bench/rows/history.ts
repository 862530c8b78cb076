// Whether a long history makes anything slower: the room's page, a post, and coming back, in places with more and more
// messages. All of them are open at once and asked in turn, so that a noisy moment meets all alike.
import { copyFile } from "node:fs/promises"
import { join } from "node:path"
import { openSpeaker } from "../crowd.ts"
import { parlour } from "../dialects.ts"
import { Ear, turn } from "../ears.ts"
import { enter, placeOf } from "../places.ts"
import { median, type Row, short } from "../row.ts"
import { type Server, startParlour, withFolder, withServer } from "../server.ts"

const SIZES = [10_000, 100_000, 1_000_000]
const LARGEST = 5_000_000
const ROUNDS = 6
/** The first round is to warm up. */
const TIMES = 100
const MISSED = 100
const FLAT = 1.5

const whats = ["page", "post", "resume"] as const
type What = (typeof whats)[number]
/** Milliseconds that each of many took, and microseconds of the server's processor time that one took, by rounds. */
type Taken = { times: number[]; cost: number[] }
type Place = { size: number; server: Server; work: Record<What, () => Promise<void>>; taken: Record<What, Taken> }

export const history: Row = {
  name: "history",
  what: "room page, durable post and coming back to 100 missed messages, as history grows from 10 k to 1 M messages (5 M with --large)",
  reach: `flat within ${FLAT} x`,
  async measure(large) {
    const places = await open(large ? [...SIZES, LARGEST] : SIZES, [], async (places) => {
      for (let round = 0; round < ROUNDS; round++)
        for (const what of whats) for (const place of places) await measure(place, what, round > 0)
      return places
    })
    const time = (place: Place, what: What) => median(place.taken[what].times)
    const cost = (place: Place, what: What) => median(place.taken[what].cost)
    const growth = (of: typeof time, what: What) => of(places.at(-1)!, what) / of(places[0]!, what)
    return {
      measured: whats.map((what) => `${what} ${short(growth(time, what))} x`).join(", "),
      met: whats.every((what) => growth(time, what) <= FLAT),
      notes: [
        `in processor time of the server: ${whats.map((what) => `${what} ${short(growth(cost, what))} x`).join(", ")}`,
        ...places.map(
          (place) =>
            `${short(place.size)}: ${whats.map((what) => `${what} ${short(time(place, what))} ms (${short(cost(place, what))} µs of processor time)`).join(", ")}`,
        ),
      ],
      numbers: Object.fromEntries(
        places.flatMap((place) =>
          whats.flatMap((what) => [
            [`${what}${place.size}`, time(place, what)],
            [`${what}${place.size}Cost`, cost(place, what)],
          ]),
        ),
      ),
      plots: [
        {
          title: "Milliseconds (p50) as history grows",
          lines: whats.map((name) => ({ name, points: places.map((place) => [place.size, time(place, name)]) })),
        },
      ],
    }
  },
}

/** Opens a copy of the place of each size, does the work, and closes them. */
async function open(sizes: number[], opened: Place[], work: (places: Place[]) => Promise<Place[]>): Promise<Place[]> {
  const [size, ...others] = sizes
  if (size === undefined) return work(opened)
  const place = await placeOf(size)
  return withFolder(async (folder) => {
    await copyFile(join(place, "parlour.db"), join(folder, "parlour.db"))
    return withServer(startParlour(folder), async (server) =>
      open(others, [...opened, await prepared(size, server)], work),
    )
  })
}

async function prepared(size: number, server: Server): Promise<Place> {
  const cookie = await enter(server.origin, "login")
  const headers = { cookie, accept: "text/html" }
  const page = async () => {
    const response = await fetch(`${server.origin}/chat/talk/`, { headers })
    await response.arrayBuffer()
    if (response.status !== 200) throw new Error(`the room's page: ${response.status}`)
  }

  let answered = () => {}
  const speaker = await openSpeaker(server, parlour, { path: "/events", cookie }, () => answered())
  let number = 0
  const post = () =>
    new Promise<void>((resolve) => {
      answered = resolve
      speaker.link.say(parlour.post(number++, "talk"))
    })

  for (let i = 0; i < MISSED; i++) await post()
  const address = `${server.origin}/api/v1/rooms/talk/messages?limit=1`
  const { cursor } = (await (await fetch(address, { headers: { cookie } })).json()) as { cursor: string }
  const [epoch, tick] = cursor.split(".")
  const missed = async () => {
    const path = `/events?after=${epoch}.${Number(tick) - MISSED + number - MISSED}`
    const ear = new Ear(server.port, parlour, { path, cookie })
    while (!ear.isReady && !ear.isGone) {
      await turn()
      ear.ask()
    }
    ear.close()
    if (ear.heard !== MISSED) throw new Error(`${ear.heard} of ${MISSED} missed messages came`)
  }
  const none = () => ({ times: [], cost: [] })
  const taken = { page: none(), post: none(), resume: none() }
  return { size, server, work: { page, post, resume: missed }, taken }
}

async function measure({ server, work, taken }: Place, what: What, counts: boolean): Promise<void> {
  const used = server.processorTime()
  const times: number[] = []
  for (let i = 0; i < TIMES; i++) {
    const began = performance.now()
    await work[what]()
    times.push(performance.now() - began)
  }
  if (!counts) return
  taken[what].times.push(...times)
  taken[what].cost.push(((server.processorTime() - used) / TIMES) * 1e6)
}

// Posts that are answered when they are on disk, with hardly anyone to tell them to, beside what the database can do
// alone: as many as go, and at an even pace.
import { type Crowd, type Measured, saturate, speakEvenly } from "../crowd.ts"
import { parlour, peopleOf } from "../dialects.ts"
import { median, type Row, short } from "../row.ts"
import { root, type Server, startParlour, withFolder, withServer } from "../server.ts"

const SPEAKERS = 20
const ROOMS_EACH = 5
const crowd: Crowd = { receivers: 0, senders: SPEAKERS, inFlight: 16, seconds: 4 }
const ROUNDS = 3
const REACH = 25_000
const PACE = { perSecond: 1_000, seconds: 5 }
const PACE_REACH = 25

type Bare = { alone: number; together: number; messages: number }

export const posts: Row = {
  name: "posts",
  what: `durable posts of ${SPEAKERS} people, each in ${ROOMS_EACH} rooms of their own, ${crowd.inFlight} in flight each, one process`,
  reach: `${short(REACH)}/s`,
  async measure() {
    const found: Measured[] = []
    const bare: Bare[] = []
    for (let round = 0; round < ROUNDS; round++) {
      bare.push(await withFolder(database))
      const talk = async (server: Server) => saturate(server, parlour, { ...crowd, rooms: await openRooms(server) })
      found.push(await onParlour(talk))
    }
    const of = (key: keyof Measured) => median(found.map((one) => one[key]))
    const numbers = {
      posts: of("posts"),
      perProcessor: median(found.map(({ posts, server }) => posts / server)),
      p50: of("p50"),
      p99: of("p99"),
      max: of("max"),
      server: of("server"),
      crowd: of("crowd"),
      commits: median(bare.map(({ alone }) => alone)),
      commitsOf256: median(bare.map(({ together }) => together)),
      bare: median(bare.map(({ messages }) => messages)),
    }
    return {
      measured: `${short(numbers.posts)} posts/s: ${short(numbers.posts / numbers.bare)} x the database alone`,
      met: numbers.posts >= REACH,
      notes: [
        `answered in ${short(numbers.p50)} ms (p99 ${short(numbers.p99)} ms, max ${short(numbers.max)} ms); the server used ${short(numbers.server)} processors, ` +
          `${short(1e6 / numbers.perProcessor)} µs a post, or ${short(numbers.perProcessor)} posts a second of its processor time; the crowd ${short(numbers.crowd)}`,
        `the database alone, by the same statements: ${short(numbers.commits)} commits/s of one post, ${short(numbers.commitsOf256)} of 256: ${short(numbers.bare)} posts/s`,
      ],
      numbers,
      plots: [
        {
          title: "Durable posts a second",
          bars: [
            { name: "database, one a commit", value: numbers.commits },
            { name: "database, 256 a commit", value: numbers.bare },
            { name: "Parlour", value: numbers.posts },
          ],
        },
      ],
    }
  },
}

export const pacedPosts: Row = {
  name: "paced-posts",
  what: `durable posts at ${short(PACE.perSecond)}/s by ${SPEAKERS} people in ${SPEAKERS * ROOMS_EACH} rooms: from saying to the answer`,
  reach: `p99 at most ${PACE_REACH} ms`,
  async measure() {
    const found: Awaited<ReturnType<typeof speakEvenly>>[] = []
    for (let round = 0; round < ROUNDS; round++)
      found.push(
        await onParlour(async (server) =>
          speakEvenly(server, parlour, { ...PACE, senders: SPEAKERS, rooms: await openRooms(server) }),
        ),
      )
    const of = (key: keyof (typeof found)[number]) => median(found.map((one) => one[key]))
    const numbers = { p50: of("p50"), p99: of("p99"), max: of("max"), server: of("server"), posts: of("posts") }
    return {
      measured: `p99 ${short(numbers.p99)} ms`,
      met: numbers.p99 <= PACE_REACH,
      notes: [
        `p50 ${short(numbers.p50)} ms, max ${short(numbers.max)} ms, at ${short(numbers.posts)} posts/s; the server used ${short(numbers.server)} processors`,
      ],
      numbers,
    }
  },
}

const onParlour = <Result>(work: (server: Server) => Promise<Result>) =>
  withFolder((folder) => withServer(startParlour(folder), work))

/** Each of the people opens rooms, and is alone in them. */
export async function openRooms(server: Server): Promise<string[][]> {
  const people = await peopleOf(server)
  return Promise.all(
    Array.from({ length: SPEAKERS }, async (_, i) => {
      const headers = { cookie: people[i]!, "content-type": "application/json" }
      const names = Array.from({ length: ROOMS_EACH }, (_, room) => `room ${i} ${room}`)
      for (const name of names) {
        const body = JSON.stringify({ name })
        await fetch(`${server.origin}/api/v1/rooms`, { method: "POST", headers, body })
      }
      return names
    }),
  )
}

async function database(folder: string): Promise<Bare> {
  const child = Bun.spawn([process.execPath, "bench/rivals/database.ts", folder], { cwd: root, stdout: "pipe" })
  return (await new Response(child.stdout).json()) as Bare
}

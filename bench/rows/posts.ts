// Posts that are answered when they are on disk, with hardly anyone to tell them to, beside what the database can do
// alone.
import { type Crowd, type Measured, saturate } from "../crowd.ts"
import { parlour, peopleOf } from "../dialects.ts"
import { median, type Row, short } from "../row.ts"
import { root, type Server, startParlour, withFolder, withServer } from "../server.ts"

const ROOMS = 100
const crowd: Crowd = { receivers: 0, senders: 8, inFlight: 32, seconds: 4 }
const ROUNDS = 3
const REACH = 25_000

type Bare = { alone: number; together: number; messages: number }

export const posts: Row = {
  name: "posts",
  what: `durable posts to ${ROOMS} rooms, 8 senders with 32 in flight each, one process`,
  reach: `${short(REACH)}/s`,
  async measure() {
    const found: Measured[] = []
    const bare: Bare[] = []
    for (let round = 0; round < ROUNDS; round++) {
      bare.push(await withFolder(database))
      found.push(await withFolder((folder) => withServer(startParlour(folder), talk)))
    }
    const of = (key: keyof Measured) => median(found.map((one) => one[key]))
    const numbers = {
      posts: of("posts"),
      perProcessor: median(found.map(({ posts, server }) => posts / server)),
      p50: of("p50"),
      p99: of("p99"),
      commits: median(bare.map(({ alone }) => alone)),
      commitsOf256: median(bare.map(({ together }) => together)),
      bare: median(bare.map(({ messages }) => messages)),
    }
    return {
      measured: `${short(numbers.posts)} posts/s`,
      met: numbers.posts >= REACH,
      notes: [
        `answered in ${short(numbers.p50)} ms (p99 ${short(numbers.p99)} ms); the server used ${short(of("server"))} processors: ${short(numbers.perProcessor)} posts a second of its processor time; the crowd ${short(of("crowd"))}`,
        `the database alone: ${short(numbers.commits)} commits/s of one message, ${short(numbers.commitsOf256)} of 256: ${short(numbers.bare)} messages/s`,
      ],
      numbers,
      plots: [
        {
          title: "Durable messages a second",
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

/** Everyone is in each of the rooms by the first message there, which the warm-up is for. */
async function talk(server: Server) {
  const [cookie] = await peopleOf(server)
  const rooms = Array.from({ length: ROOMS }, (_, i) => `room-${i}`)
  for (const name of rooms) {
    const headers = { cookie: cookie!, "content-type": "application/json" }
    const body = JSON.stringify({ name })
    await fetch(`${server.origin}/api/v1/rooms`, { method: "POST", headers, body })
  }
  return saturate(server, parlour, { ...crowd, rooms })
}

async function database(folder: string): Promise<Bare> {
  const child = Bun.spawn([process.execPath, "bench/rivals/database.ts", folder], { cwd: root, stdout: "pipe" })
  return (await new Response(child.stdout).json()) as Bare
}

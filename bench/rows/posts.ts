// Posts that are answered when they are on disk, with hardly anyone to tell them to.
import { type Crowd, measure } from "../crowd.ts"
import { parlour } from "../dialects.ts"
import { type Row, short } from "../row.ts"
import { startParlour, withFolder, withServer } from "../server.ts"

const crowd: Crowd = { receivers: 0, senders: 4, inFlight: 64 }
const REACH = 25_000

export const posts: Row = {
  name: "posts",
  what: "durable posts, 4 senders with 64 in flight each",
  reach: `${short(REACH)}/s`,
  measure: () =>
    withFolder((folder) =>
      withServer(startParlour(folder), async (server) => {
        const { posts, p50, p99, server: used } = await measure(server, parlour, crowd)
        return {
          measured: `${short(posts)} posts/s`,
          met: posts >= REACH,
          notes: [`answered in ${short(p50)} ms (p99 ${short(p99)} ms); the server used ${short(used)} processors`],
          numbers: { posts, p50, p99, used },
        }
      }),
    ),
}

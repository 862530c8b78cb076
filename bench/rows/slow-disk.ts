// How long those who only read wait while others speak, on this disk and on one that takes ten milliseconds more for each
// sync: the figures behind docs/decisions/0006.
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { diskLibrary, moods } from "../../test/faults/disk.ts"
import { type Crowd, saturate } from "../crowd.ts"
import { parlour, peopleOf } from "../dialects.ts"
import { percentile, type Row, short } from "../row.ts"
import { type Server, start, withFolder, withServer } from "../server.ts"

const crowd: Crowd = { receivers: 0, senders: 8, inFlight: 32, seconds: 4 }
/** Milliseconds between two who open the room's page. */
const EVERY_MS = 25
/** Times as long as on this disk, at most: a loop that waited for the slow one took 2.5 times as long. */
const REACH = 1.5

export const slowDisk: Row = {
  name: "slow-disk",
  what: `the room's page while ${crowd.senders} people speak with ${crowd.inFlight} in flight each, every sync 10 ms longer`,
  reach: `${REACH} x the time on this disk`,
  async measure() {
    const fast = await withFolder((folder) => withServer(onDisk(folder, "fine"), speakAndLook))
    const slow = await withFolder((folder) => withServer(onDisk(folder, "slow"), speakAndLook))
    const line = (name: string, { posts, p50, p99 }: typeof fast) =>
      `the ${name} disk: ${short(posts)} posts/s, the page in ${short(p50)} ms (p99 ${short(p99)} ms)`
    return {
      measured: `${short(slow.p50 / fast.p50)} x`,
      met: slow.p50 <= fast.p50 * REACH,
      notes: [line("fast", fast), line("slow", slow)],
      numbers: {
        postsFast: fast.posts,
        p50Fast: fast.p50,
        p99Fast: fast.p99,
        postsSlow: slow.posts,
        p50Slow: slow.p50,
        p99Slow: slow.p99,
      },
    }
  },
}

function onDisk(folder: string, mood: keyof typeof moods): Promise<Server> {
  const file = join(folder, "mood")
  writeFileSync(file, Uint8Array.of(moods[mood]))
  return start({
    command: [process.execPath, "server/main.ts"],
    env: { DATA_DIR: folder, LIMITS: "off", LD_PRELOAD: diskLibrary(), PARLOUR_DISK: file },
  })
}

async function speakAndLook(server: Server): Promise<{ posts: number; p50: number; p99: number }> {
  const [cookie] = await peopleOf(server)
  const waited: number[] = []
  const looking: Promise<void>[] = []
  const look = async () => {
    const began = performance.now()
    const page = await fetch(`${server.origin}/chat/talk/`, { headers: { cookie: cookie!, accept: "text/html" } })
    await page.text()
    if (page.status !== 200) throw new Error(`the page answered ${page.status}`)
    waited.push(performance.now() - began)
  }
  const timer = setInterval(() => looking.push(look()), EVERY_MS)
  const { posts } = await saturate(server, parlour, crowd)
  clearInterval(timer)
  await Promise.all(looking)
  return { posts, p50: percentile(waited, 50), p99: percentile(waited, 99) }
}

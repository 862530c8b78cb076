// A thousand who listen and take nothing, half of them by socket and half by stream, beside a hundred who take what they are
// told. So much is said first that nothing more goes into those who sleep; then the others are timed, while the sleepers are
// let go.
import { pace } from "../crowd.ts"
import { parlour, peopleOf, sayMany } from "../dialects.ts"
import { ourAddress } from "../ears.ts"
import { handshake } from "../frames.ts"
import { close, connectTo, receive, send } from "../libc.ts"
import { median, percentile, type Row, short } from "../row.ts"
import { type Server, startParlour, withFolder, withServer } from "../server.ts"

const ROUNDS = 3
const SLEEPERS = 1_000
const PACE = { receivers: 100, perSecond: 50, seconds: 20 }
/** Characters of what is said at first, and how often: more than the system keeps for a connection, here 2.5 MB. */
const LONG = 7_500
const TIMES = 600
const REACH = { later: 1.2, grown: 128 }
/** Until all are in, and until what was said at first has gone where it went. */
const SETTLE_MS = 3_000

type Once = { p50: number; p99: number; grown: number; unread: number }

export const stalled: Row = {
  name: "stalled",
  what: `${short(PACE.receivers)} who listen at ${PACE.perSecond} messages/s, with ${short(SLEEPERS)} others that take nothing: from saying to arrival, beside the same without those`,
  reach: `p99 at most ${REACH.later} x; memory + ${REACH.grown} MiB`,
  async measure() {
    const alone: Once[] = []
    const beside: Once[] = []
    for (let round = 0; round < ROUNDS; round++) {
      alone.push(await once(0))
      beside.push(await once(SLEEPERS))
    }
    const later = median(beside.map(({ p99 }, round) => p99 / alone[round]!.p99))
    const grown = median(beside.map(({ grown }, round) => grown - alone[round]!.grown))
    const of = (found: Once[], key: keyof Once) => median(found.map((one) => one[key]))
    return {
      measured: `p99 ${short(of(beside, "p99"))} ms: ${short(later)} x; memory + ${short(grown)} MiB`,
      met: later <= REACH.later && grown <= REACH.grown,
      notes: [
        `without them p50 ${short(of(alone, "p50"))} ms, p99 ${short(of(alone, "p99"))} ms; with them p50 ${short(of(beside, "p50"))} ms, p99 ${short(of(beside, "p99"))} ms; half of them had ${short(of(beside, "unread") / 1e6)} MB or more waiting in the system, unread`,
      ],
      numbers: { later, grown, alone: of(alone, "p99"), beside: of(beside, "p99"), unread: of(beside, "unread") },
    }
  },
}

const once = (count: number): Promise<Once> =>
  withFolder((folder) =>
    withServer(startParlour(folder), async (server) => {
      const sleepers = await sleepersAt(server, count)
      const memory = server.memory()
      await sayMany(server, TIMES, "Shall we meet at the harbour at noon? ".repeat(LONG).slice(0, LONG))
      await Bun.sleep(SETTLE_MS)
      const { p50, p99 } = await pace(server, parlour, PACE)
      const grown = (server.memory() - memory) / 2 ** 20
      const unread = percentile(
        sleepers.map((fd) => receive(fd, 0)),
        50,
      )
      for (const fd of sleepers) close(fd)
      return { p50, p99, grown, unread }
    }),
  )

/** Connections that ask for the feed and never read: not even its beginning. */
async function sleepersAt(server: Server, count: number): Promise<number[]> {
  const cookies = await peopleOf(server)
  const sleepers = Array.from({ length: count }, (_, i) => connectTo(server.port, ourAddress(i)))
  await Bun.sleep(SETTLE_MS)
  for (const [i, fd] of sleepers.entries()) {
    const cookie = cookies[i % cookies.length]!
    const stream = `GET /events HTTP/1.1\r\nHost: 127.0.0.1:${server.port}\r\nAccept: text/event-stream\r\nCookie: ${cookie}\r\n\r\n`
    const asks = i % 2 ? handshake({ port: server.port, path: "/events", cookie }) : stream
    if (!send(fd, Buffer.from(asks))) throw new Error("a sleeper did not get in")
  }
  await Bun.sleep(SETTLE_MS)
  return sleepers
}

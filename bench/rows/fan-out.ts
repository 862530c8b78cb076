// One room, a thousand receivers: Parlour, which makes each message durable first, beside the most that its runtime can
// do and beside Socket.IO, which both store nothing. In turn, so that a noisy moment meets all of them alike.

import { type Crowd, type Measured, measure } from "../crowd.ts"
import { bare, type Dialect, parlour, socketIo } from "../dialects.ts"
import { median, type Row, short } from "../row.ts"
import { type Server, start, startParlour, withFolder, withServer } from "../server.ts"

const crowd: Crowd = { receivers: 1_000, senders: 10, inFlight: 4 }
const ROUNDS = 3

const run = (starting: Promise<Server>, dialect: Dialect) =>
  withServer(starting, (server) => measure(server, dialect, crowd))

const servers = {
  bare: () => run(start({ command: [process.execPath, "bench/rivals/bare.ts"] }), bare),
  parlour: () => withFolder((folder) => run(startParlour(folder), parlour)),
  socketIo: () => run(start({ command: ["node", "bench/rivals/socket-io.mjs"] }), socketIo),
}

export const fanOut: Row = {
  name: "fan-out",
  what: "fan-out to 1,000 receivers in one room, 10 senders with 4 messages in flight each, every message durable",
  reach: "at least 0.5 x bare Bun.serve, 10 x Socket.IO",
  async measure() {
    const found: Record<keyof typeof servers, Measured[]> = { bare: [], parlour: [], socketIo: [] }
    for (let round = 0; round < ROUNDS; round++)
      for (const name of Object.keys(servers) as (keyof typeof servers)[]) found[name].push(await servers[name]())

    const ratioTo = (other: "bare" | "socketIo") =>
      median(found.parlour.map(({ deliveries }, round) => deliveries / found[other][round]!.deliveries))
    const toBare = ratioTo("bare")
    const toSocketIo = ratioTo("socketIo")
    const missing = found.parlour.reduce((sum, { missing }) => sum + missing, 0)
    const of = (name: keyof typeof servers, what: keyof Measured) => median(found[name].map((one) => one[what]))
    const perDelivery = (name: keyof typeof servers) =>
      median(found[name].map(({ server, deliveries }) => (server / deliveries) * 1e6))
    return {
      measured: `${short(of("parlour", "deliveries"))} deliveries/s: ${short(toBare)} x bare, ${short(toSocketIo)} x Socket.IO`,
      met: toBare >= 0.5 && toSocketIo >= 10 && missing === 0,
      notes: Object.keys(servers).map((key) => {
        const name = key as keyof typeof servers
        const say = (what: keyof Measured) => short(of(name, what))
        return (
          `${name}: ${say("deliveries")} deliveries/s, ${say("posts")} posts/s, answered in ${say("p50")} ms (p99 ${say("p99")} ms), ` +
          `${say("missing")} missing; the server used ${say("server")} processors, ${short(perDelivery(name))} µs a delivery, the crowd ${say("crowd")}`
        )
      }),
      numbers: {
        bare: of("bare", "deliveries"),
        parlour: of("parlour", "deliveries"),
        socketIo: of("socketIo", "deliveries"),
        toBare,
        toSocketIo,
        missing,
      },
    }
  },
}

// One room, a thousand receivers: Parlour, which makes each message durable first, beside the most that its runtime can
// do and beside what else people would write, which stores nothing. In turn, so that a noisy moment meets all alike.
import { type Measured, type Paced, pace, saturate } from "../crowd.ts"
import { bare, type Dialect, parlour, socketIo } from "../dialects.ts"
import { type Found, median, megabytes, type Row, short } from "../row.ts"
import { type Server, start, startParlour, withFolder, withServer } from "../server.ts"

const RECEIVERS = 1_000
const SECONDS = 4
const ROUNDS = 3
const LOAD = { receivers: RECEIVERS, senders: 10, inFlight: 8, seconds: SECONDS }
/** Parts of the server's processor time that the crowd may use; of more, one does not know which of the two was the limit. */
const LIGHT = 0.8
const PACED = ["p50", "p99", "max", "cost", "memory"] as const
/** Longer and oftener than what is saturated: fifty messages a second are few to judge by. */
const PACE = { receivers: RECEIVERS, perSecond: 50, seconds: 8 }
const PACED_ROUNDS = 5

type Name = "bare" | "parlour" | "ws" | "socketIo"
const names: Name[] = ["bare", "parlour", "ws", "socketIo"]
const calls: Record<Name, string> = { bare: "bare Bun.serve", parlour: "Parlour", ws: "ws", socketIo: "Socket.IO" }

type Work<Result> = (server: Server, dialect: Dialect) => Promise<Result>

/** Does the work on one of the servers, started for it alone. */
function on<Result>(name: Name, work: Work<Result>): Promise<Result> {
  const run = (starting: Promise<Server>, dialect: Dialect) => withServer(starting, (server) => work(server, dialect))
  switch (name) {
    case "bare":
      return run(start({ command: [process.execPath, "bench/rivals/bare.ts"] }), bare)
    case "parlour":
      return withFolder((folder) => run(startParlour(folder), parlour))
    case "ws":
      return run(start({ command: ["node", "bench/rivals/ws.mjs"] }), bare)
    case "socketIo":
      return run(start({ command: ["node", "bench/rivals/socket-io.mjs"] }), socketIo)
  }
}

async function inTurn<Result>(rounds: number, work: Work<Result>): Promise<Record<Name, Result[]>> {
  const found: Record<Name, Result[]> = { bare: [], parlour: [], ws: [], socketIo: [] }
  for (let round = 0; round < rounds; round++) for (const name of names) found[name].push(await on(name, work))
  return found
}

/** The middle of the rounds' ratios of Parlour to another. */
const ratio = <Result>(found: Record<Name, Result[]>, other: Name, value: (one: Result) => number): number =>
  median(found.parlour.map((one, round) => value(one) / value(found[other][round]!)))

export const fanOut: Row = {
  name: "fan-out",
  what: "fan-out to 1,000 receivers in one room, 10 senders with 8 messages in flight each, every message durable",
  reach: "at least 0.7 x bare Bun.serve, 20 x Socket.IO",
  async measure() {
    const found = await inTurn(ROUNDS, (server, dialect) => saturate(server, dialect, LOAD))
    const cost = ({ server, deliveries }: Measured) => (server / deliveries) * 1e6
    const crowdCost = ({ crowd, deliveries }: Measured) => (crowd / deliveries) * 1e6
    const rate = ({ deliveries }: Measured) => deliveries
    const toBare = ratio(found, "bare", rate)
    const toSocketIo = ratio(found, "socketIo", rate)
    const toWs = ratio(found, "ws", rate)
    const costToBare = ratio(found, "bare", cost)
    const missing = found.parlour.reduce((sum, { missing }) => sum + missing, 0)
    const of = (name: Name, value: (one: Measured) => number) => median(found[name].map(value))
    return {
      measured: `${short(of("parlour", rate))} deliveries/s: ${short(toBare)} x bare, ${short(toSocketIo)} x Socket.IO, ${short(toWs)} x ws`,
      met: toBare >= 0.7 && toSocketIo >= 20 && missing === 0,
      notes: [
        `the server's processor time a delivery: ${short(costToBare)} x bare`,
        ...names.map((name) => {
          const say = (key: keyof Measured) => short(of(name, (one) => one[key]))
          return (
            `${calls[name]}: ${say("deliveries")} deliveries/s, ${say("posts")} posts/s, answered in ${say("p50")} ms (p99 ${say("p99")} ms, max ${say("max")} ms), ` +
            `${say("missing")} missing, ${megabytes(of(name, ({ memory }) => memory))}; the server used ${say("server")} processors, ` +
            `${short(of(name, cost))} µs a delivery, ${short(of(name, cost) * RECEIVERS)} µs a post; the crowd ${short(of(name, crowdCost))} µs a delivery${of(name, crowdCost) > LIGHT * of(name, cost) ? ": too much, so that its rate is a lower bound" : ""}`
          )
        }),
      ],
      numbers: {
        ...Object.fromEntries(names.map((name) => [name, of(name, rate)])),
        ...Object.fromEntries(names.map((name) => [`${name}Cost`, of(name, cost)])),
        ...Object.fromEntries(names.map((name) => [`${name}CrowdCost`, of(name, crowdCost)])),
        ...Object.fromEntries(names.map((name) => [`${name}P50`, of(name, ({ p50 }) => p50)])),
        ...Object.fromEntries(names.map((name) => [`${name}P99`, of(name, ({ p99 }) => p99)])),
        ...Object.fromEntries(names.map((name) => [`${name}Max`, of(name, ({ max }) => max)])),
        ...Object.fromEntries(names.map((name) => [`${name}Memory`, of(name, ({ memory }) => memory)])),
        ...{ toBare, toSocketIo, toWs, costToBare, missing },
      },
      plots: [
        bars("Deliveries a second, 1,000 receivers", (name) => of(name, rate)),
        bars("Processor time of the server a delivery, µs", (name) => of(name, cost)),
      ],
    }
  },
}

export const paced: Row = {
  name: "paced",
  what: "50 messages/s to 1,000 receivers, every message durable: saying to arrival",
  reach: "p99 at most 1.3 x bare Bun.serve; 1.2 x its processor time a delivery",
  async measure() {
    const found = await inTurn(PACED_ROUNDS, (server, dialect) => pace(server, dialect, PACE))
    const late = ratio(found, "bare", ({ p99 }) => p99)
    const costToBare = ratio(found, "bare", ({ cost }) => cost)
    const missing = found.parlour.reduce((sum, { missing }) => sum + missing, 0)
    const of = (name: Name, key: keyof Paced) => median(found[name].map((one) => one[key]))
    return {
      measured: `p99 ${short(of("parlour", "p99"))} ms: ${short(late)} x bare; ${short(costToBare)} x its processor time`,
      met: late <= 1.3 && costToBare <= 1.2 && missing === 0,
      notes: names.map((name) => {
        const say = (key: keyof Paced) => short(of(name, key))
        return `${calls[name]}: p50 ${say("p50")} ms, p99 ${say("p99")} ms, max ${say("max")} ms; ${say("cost")} µs a delivery, ${say("missing")} missing, ${megabytes(of(name, "memory"))}; the server used ${say("server")} processors, the crowd ${say("crowd")}`
      }),
      numbers: {
        ...Object.fromEntries(
          names.flatMap((name) => PACED.map((key) => [name + key[0]!.toUpperCase() + key.slice(1), of(name, key)])),
        ),
        ...{ late, costToBare, missing },
      },
      plots: [bars("From saying to arrival at 50 messages/s, p99, ms", (name) => of(name, "p99"))],
    }
  },
}

const bars = (title: string, value: (name: Name) => number): NonNullable<Found["plots"]>[number] => ({
  title,
  bars: names.map((name) => ({ name: calls[name], value: value(name) })),
})

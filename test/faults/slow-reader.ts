// Connections that ask for everything and read nothing. They cost a bounded part of memory, are told that they are let go, and
// their connections are closed, whether they ever wake up or not.
import { Database } from "bun:sqlite"
import { randomBytes } from "node:crypto"
import { connect, type Socket } from "node:net"
import { until } from "../world.ts"
import type { Fault } from "./fault.ts"
import { invoked } from "./history.ts"
import { held } from "./kernel.ts"
import type { Run } from "./run.ts"

/** What is said at once to those who read nothing: far more than a stream may have waiting. */
const MUCH = 6_000
/** Too few for a stream to be let go by their number, and more than the system takes for it, by what they weigh. */
const FEW = 2_500
/** A stream that takes nothing has so long, in milliseconds, with much waiting: more than is promised, a second. */
const WEIGHED_MS = 1_200
/** Those who read nothing. */
const SLEEPERS = { short: 6, long: 1_000 }
/** MiB by which so many sleepers may have memory grow, above what the same talk takes without them. */
const MOST_GROWN = 128
/** So long, in milliseconds, may a socket be held on to that is let go; and a stream on which nothing moves. Both are more
 *  than is promised (five seconds, three more for five hundred, and sixty), for machines that do much else. */
const HELD_MS = { websocket: 10_000, sse: 90_000 }

type Door = "websocket" | "sse"
type Sleeper = Awaited<ReturnType<typeof readsNothing>>

export const slowReader: Fault = {
  name: "slow-reader",
  workers: 3,
  habits: { pause: 40 },
  cycles: 1,
  once: true,
  files: SLEEPERS.long + 400,
  memory: 320, // with the talk itself; what the sleepers add has a bound of its own
  async strike(run) {
    run.vandals.add("hal") // who speaks for the server, and is no worker
    const alone = run.long ? await much(run) : null
    const count = run.long ? SLEEPERS.long : SLEEPERS.short
    const sleepers = await Promise.all(
      Array.from({ length: count }, (_, i) => readsNothing(run, i % 2 ? "websocket" : "sse")),
    )
    const beside = await much(run)
    if (alone) compare(run, count, alone, beside)
    await mustBeClosed(run, "websocket", sleepers)
    const [streams, late] = split(sleepers.filter(({ door }) => door === "sse"))
    await mustEnd(run, streams)
    if (run.long) await mustBeClosed(run, "sse", late)
    for (const { leave } of sleepers) leave()
    const other = await readsNothing(run, "sse")
    await says(run, FEW)
    await Bun.sleep(WEIGHED_MS)
    await says(run, 1)
    await mustEnd(run, [other])
  },
}

async function mustEnd(run: Run, streams: Sleeper[]): Promise<void> {
  const told = await Promise.all(streams.map((sleeper) => sleeper.takesAll()))
  for (const { over, text } of told) {
    if (!over) run.blame("O9", "a stream that takes all after it took nothing does not end")
    else if (!text.includes('"behind"')) run.blame("O9", "a stream that was let go was not told that it is behind")
  }
}

const split = <One>(all: One[]): [One[], One[]] => [
  all.filter((_, i) => i % 2 === 0),
  all.filter((_, i) => i % 2 === 1),
]

/** Has hal say so many long things, and resolves when they are said. */
async function says(run: Run, count: number): Promise<void> {
  const database = new Database(run.place.database, { readonly: true })
  const numbers = database.query<{ most: number }, []>(
    "select coalesce(max(cast(nonce as integer)), -1) as most from messages where author = (select id from people where name = 'hal')",
  )
  const last = numbers.get()!.most + count
  const isSaid = database.query(
    "select 1 from messages where nonce = ? and author = (select id from people where name = 'hal')",
  )
  run.place.order(`talk ${count}`)
  await until("hal has said all", () => isSaid.get(`${last}`) !== null, 30_000).catch((error) =>
    run.blame("O8", error.message),
  )
  database.close()
}

/** Much is said at once. How much memory there ever was after that, and how late the others heard each other meanwhile. */
async function much(run: Run): Promise<{ memory: number; p99: number }> {
  const from = run.history.now()
  await says(run, MUCH)
  run.place.look()
  return { memory: run.place.peakMemory, p99: p99(run, from, run.history.now()) }
}

function p99({ history }: Run, from: number, to: number): number {
  const said = new Map(history.posts.map((post) => [post.text, invoked(post)]))
  const waits: number[] = []
  for (const { heard } of history.streams)
    for (const one of heard) {
      const at = one.kind === "message" ? said.get(one.text ?? "") : undefined
      if (at !== undefined && at >= from && at <= to) waits.push(one.at - at)
    }
  return waits.sort((a, b) => a - b)[Math.floor(waits.length * 0.99)] ?? 0
}

function compare(run: Run, count: number, alone: { memory: number; p99: number }, beside: typeof alone): void {
  const grown = beside.memory - alone.memory
  run.measured =
    `${count} readers that take nothing: memory grew by ${grown.toFixed(0)} MiB above the ${alone.memory.toFixed(0)} MiB of ` +
    `the same talk without them; while all that is said, to the last byte that the system takes for them, the others hear ` +
    `each other within ${beside.p99.toFixed(0)} ms (p99), ` +
    `and without them within ${alone.p99.toFixed(0)} ms`
  run.did(run.measured)
  if (grown > MOST_GROWN) run.blame("O9", `${count} readers that take nothing cost ${grown.toFixed(0)} MiB`)
}

/** Nobody wakes up, and the process lets go of their connections all the same. */
async function mustBeClosed(run: Run, door: Door, sleepers: Sleeper[]): Promise<void> {
  const ends = sleepers.filter((one) => one.door === door).map((one) => one.ends)
  const here = ends[0]?.here ?? 0
  const there = ends.map((one) => one.there)
  await until("", () => held(here, there) === 0, HELD_MS[door]).catch(() =>
    run.blame("O9", `${held(here, there)} of ${there.length} connections by ${door} that take nothing are held on to`),
  )
}

/** Knocks at the door, hears that it is live, and goes to sleep. `takesAll` wakes it: the end of what was sent, and whether
 *  the connection then ends. */
async function readsNothing(run: Run, door: Door) {
  const { hostname, port } = new URL(run.place.url)
  const socket: Socket = connect({ host: hostname, port: Number(port) })
  socket.on("error", () => {}) // being let go is what is waited for
  await new Promise((resolve) => socket.once("connect", resolve))
  const key = randomBytes(16).toString("base64")
  const asks =
    door === "sse"
      ? "Accept: text/event-stream"
      : `Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}`
  const { cookie } = run.prepared.people[0]!
  socket.write(`GET /events HTTP/1.1\r\nHost: ${hostname}:${port}\r\nCookie: ${cookie}\r\n${asks}\r\n\r\n`)
  await new Promise<void>((resolve) => {
    socket.on("data", function hear(bytes) {
      if (!/\blive\b/.test(bytes.toString("latin1"))) return
      socket.off("data", hear)
      socket.pause()
      resolve()
    })
    socket.once("close", () => resolve())
  })
  return {
    door,
    ends: { here: Number(port), there: socket.localPort! },
    leave: () => void socket.destroy(),
    async takesAll() {
      let text = ""
      let over = false
      socket.on("data", (bytes) => {
        text = (text + bytes.toString("latin1")).slice(-200)
        if (text.endsWith("\r\n0\r\n\r\n")) over = true // the answer is over; the connection may live on
      })
      socket.on("close", () => {
        over = true
      })
      socket.resume()
      await until("", () => over, run.long ? 30_000 : 6_000).catch(() => {})
      socket.destroy()
      return { over, text }
    },
  }
}

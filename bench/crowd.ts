// A crowd in one room: many who listen, a few who speak as fast as they are answered.

import { type Dialect, type Seat, SHORTEST_MESSAGE } from "./dialects.ts"
import { Link } from "./link.ts"
import { percentile } from "./row.ts"
import type { Server } from "./server.ts"

const CONNECTING_AT_ONCE = 50
const WARM_UP = 1_000
const MEASURED = 3_000
/** What is still on its way when the speakers stop has so long to arrive. */
const LAST_WAIT = 5_000

export type Crowd = { receivers: number; senders: number; inFlight: number }

export type Measured = {
  /** Messages that reached a receiver, a second. */
  deliveries: number
  /** Messages answered, a second. */
  posts: number
  /** Milliseconds from saying to the answer. */
  p50: number
  p99: number
  /** Parts of one processor that the server used, and that the crowd itself did. */
  server: number
  crowd: number
  /** Messages answered that did not reach a receiver, over all of them. */
  missing: number
}

type Receiver = { link: Link; ready: boolean; heard: number }
type Sender = Receiver & { sent: number[] }

/** Opens the crowd, lets it speak for a while, and answers what came of it. */
export async function measure(
  server: Server,
  dialect: Dialect,
  { receivers, senders, inFlight }: Crowd,
): Promise<Measured> {
  const seats = await dialect.seats(server, senders + receivers)
  let said = 0
  let answered = 0
  let speaking = true
  let latencies: number[] = []

  const speak = (sender: Sender) => {
    sender.sent.push(performance.now())
    sender.link.say(dialect.post(said++))
  }
  const onAnswer = (sender: Sender) => {
    answered++
    latencies.push(performance.now() - sender.sent.shift()!)
    if (speaking) speak(sender)
  }
  const speakers: Sender[] = []
  const listeners: Receiver[] = []
  await inBatches(seats, async (seat, i) => {
    if (i < senders) speakers.push(await sit<Sender>(server, dialect, seat, { sent: [] }, onAnswer))
    else listeners.push(await sit<Receiver>(server, dialect, seat, {}, () => {}))
  })
  const heard = () => listeners.reduce((sum, { heard }) => sum + heard, 0)

  for (const sender of speakers) for (let i = 0; i < inFlight; i++) speak(sender)
  await Bun.sleep(WARM_UP)
  latencies = []
  const reading = () => ({
    at: performance.now() / 1000,
    heard: heard(),
    answered,
    server: server.processorTime(),
    crowd: process.cpuUsage(),
  })
  const before = reading()
  await Bun.sleep(MEASURED)
  const after = reading()
  const { length } = latencies
  speaking = false

  const until = performance.now() + LAST_WAIT
  while ((answered < said || heard() < answered * receivers) && performance.now() < until) await Bun.sleep(10)
  for (const { link } of [...speakers, ...listeners]) link.close()

  const seconds = after.at - before.at
  const crowd = after.crowd.user + after.crowd.system - before.crowd.user - before.crowd.system
  return {
    deliveries: (after.heard - before.heard) / seconds,
    posts: (after.answered - before.answered) / seconds,
    p50: percentile(latencies.slice(0, length), 50),
    p99: percentile(latencies.slice(0, length), 99),
    server: (after.server - before.server) / seconds,
    crowd: crowd / 1e6 / seconds,
    missing: said * receivers - heard(),
  }
}

/** Connects one of the crowd, and resolves when the server would let it hear and speak. */
async function sit<Member extends Receiver>(
  server: Server,
  dialect: Dialect,
  seat: Seat,
  more: Omit<Member, keyof Receiver>,
  onAnswer: (member: Member) => void,
): Promise<Member> {
  const member = { ready: false, heard: 0, ...more } as Member
  return new Promise((resolve, reject) => {
    Link.open({ port: server.port, ...seat }, (link, bytes, at, length) => {
      if (!member.ready) {
        const greeting = dialect.greet(bytes, at)
        if (greeting !== null) link.say(greeting)
        if (!dialect.isReady(bytes, at, length)) return
        member.ready = true
        resolve(member)
      } else if (dialect.isAnswer(bytes, at)) onAnswer(member)
      else if (length >= SHORTEST_MESSAGE) member.heard++
    }).then((link) => {
      member.link = link
    }, reject)
  })
}

async function inBatches<Thing>(things: Thing[], work: (thing: Thing, i: number) => Promise<void>): Promise<void> {
  for (let from = 0; from < things.length; from += CONNECTING_AT_ONCE)
    await Promise.all(things.slice(from, from + CONNECTING_AT_ONCE).map((thing, i) => work(thing, from + i)))
}

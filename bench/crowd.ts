// A crowd in one room: many who listen, and a few who speak, either as fast as they are answered or one message every so
// many milliseconds.
import type { Dialect } from "./dialects.ts"
import { askAll, type Ear, openEars } from "./ears.ts"
import { now } from "./libc.ts"
import { Link } from "./link.ts"
import { percentile } from "./row.ts"
import type { Server } from "./server.ts"

const WARM_UP = 1_000
/** How long those who listen are left alone between two times of asking them all. */
const ASKING_EVERY = { saturated: 15, paced: 4 }
/** What is still on its way when the speakers stop has so long to arrive. */
const LAST_WAIT = 5_000

/** `rooms`: what each speaker says goes round so many rooms. */
export type Crowd = { receivers: number; senders: number; inFlight: number; seconds: number; rooms?: string[] }

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

type Speaker = { link: Link; ready: boolean; sent: number[] }

/** Opens the crowd, lets it speak as fast as it is answered for a while, and answers what came of it. */
export async function saturate(
  server: Server,
  dialect: Dialect,
  { receivers, senders, inFlight, seconds, rooms = ["talk"] }: Crowd,
): Promise<Measured> {
  const seats = await dialect.seats(server, senders + receivers)
  let said = 0
  let answered = 0
  let speaking = true
  let latencies: number[] = []

  const speak = (speaker: Speaker) => {
    speaker.sent.push(performance.now())
    speaker.link.say(dialect.post(said++, rooms[said % rooms.length]!))
  }
  const onAnswer = (speaker: Speaker) => {
    answered++
    latencies.push(performance.now() - speaker.sent.shift()!)
    if (speaking) speak(speaker)
  }
  const ears = await openEars(server, dialect, seats.slice(senders))
  const speakers = await Promise.all(
    seats.slice(0, senders).map((seat) => openSpeaker(server, dialect, seat.path, seat.cookie, onAnswer)),
  )
  const stopListening = listen(ears, ASKING_EVERY.saturated)

  for (const speaker of speakers) for (let i = 0; i < inFlight; i++) speak(speaker)
  await Bun.sleep(WARM_UP)
  latencies = []
  const counts = () => ({ heard: heardBy(ears), answered })
  const { before, after, used } = await watch(server, seconds, counts)
  const counted = latencies
  latencies = []
  speaking = false

  await within(LAST_WAIT, () => answered === said && heardBy(ears) >= answered * receivers)
  await stopListening()
  for (const { link } of speakers) link.close()
  for (const ear of ears) ear.close()
  return {
    deliveries: (after.heard - before.heard) / used.seconds,
    posts: (after.answered - before.answered) / used.seconds,
    p50: percentile(counted, 50),
    p99: percentile(counted, 99),
    server: used.server,
    crowd: used.crowd,
    missing: said * receivers - heardBy(ears),
  }
}

export type Pace = { receivers: number; perSecond: number; seconds: number }

export type Paced = {
  /** Milliseconds from saying to each arrival at a receiver. */
  p50: number
  p99: number
  max: number
  /** Microseconds of the server's processor time a delivery. */
  cost: number
  missing: number
}

/** Opens the crowd, has one of it speak at an even pace, and answers how long the words took to all the others. */
export async function pace(server: Server, dialect: Dialect, { receivers, perSecond, seconds }: Pace): Promise<Paced> {
  const [mine, ...others] = await dialect.seats(server, 1 + receivers)
  const ears = await openEars(server, dialect, others)
  const speaker = await openSpeaker(server, dialect, mine!.path, mine!.cookie, () => {})
  const saidAt: number[] = []
  let latencies: number[] = []
  const stopListening = listen(ears, ASKING_EVERY.paced, (number, arrived) => latencies.push(arrived - saidAt[number]!))

  const began = performance.now()
  const timer = setInterval(() => {
    if (performance.now() - began < (saidAt.length * 1000) / perSecond) return
    saidAt.push(now())
    speaker.link.say(dialect.post(saidAt.length, "talk"))
  }, 1)
  await Bun.sleep(WARM_UP)
  latencies = []
  const { before, after, used } = await watch(server, seconds, () => ({ heard: heardBy(ears) }))
  clearInterval(timer)
  await within(LAST_WAIT, () => heardBy(ears) >= saidAt.length * receivers)
  await stopListening()
  speaker.link.close()
  for (const ear of ears) ear.close()
  return {
    p50: percentile(latencies, 50),
    p99: percentile(latencies, 99),
    max: latencies.reduce((most, one) => Math.max(most, one), 0),
    cost: ((used.server * used.seconds) / (after.heard - before.heard)) * 1e6,
    missing: saidAt.length * receivers - heardBy(ears),
  }
}

const heardBy = (ears: Ear[]) => ears.reduce((sum, { heard }) => sum + heard, 0)

/** Asks the ears until it is stopped, which the answer does. */
function listen(ears: Ear[], every: number, timed?: (number: number, arrived: number) => void): () => Promise<void> {
  let listening = true
  const asking = (async () => {
    while (listening) {
      const began = performance.now()
      await askAll(ears, timed)
      await Bun.sleep(Math.max(0, every - (performance.now() - began)))
    }
  })()
  return () => {
    listening = false
    return asking
  }
}

/** What was counted before and after a while, and what it took of the processors. */
async function watch<Counts>(server: Server, seconds: number, counts: () => Counts) {
  const reading = () => ({ ...counts(), at: performance.now(), used: server.processorTime(), own: process.cpuUsage() })
  const before = reading()
  await Bun.sleep(seconds * 1000)
  const after = reading()
  const took = (after.at - before.at) / 1000
  const own = (after.own.user + after.own.system - before.own.user - before.own.system) / 1e6
  return { before, after, used: { seconds: took, server: (after.used - before.used) / took, crowd: own / took } }
}

async function within(milliseconds: number, isSo: () => boolean): Promise<void> {
  const end = performance.now() + milliseconds
  while (!isSo() && performance.now() < end) await Bun.sleep(10)
}

/** Connects one who speaks, and resolves when the server would let it. */
export async function openSpeaker(
  { port }: Server,
  dialect: Dialect,
  path: string,
  cookie: string | undefined,
  onAnswer: (speaker: Speaker) => void,
): Promise<Speaker> {
  const speaker = { ready: false, sent: [] } as unknown as Speaker
  return new Promise((resolve, reject) => {
    Link.open({ port, path, ...(cookie && { cookie }) }, (link, bytes, at, length) => {
      if (speaker.ready) {
        if (dialect.isAnswer(bytes, at)) onAnswer(speaker)
        return
      }
      const greeting = dialect.greet(bytes, at)
      if (greeting !== null) link.say(greeting)
      if (!dialect.isReady(bytes, at, length)) return
      speaker.ready = true
      resolve(speaker)
    }).then((link) => {
      speaker.link = link
    }, reject)
  })
}

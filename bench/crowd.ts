// A crowd in one room: many who listen, and a few who speak, either as fast as they are answered or one message every so
// many milliseconds.
import type { Dialect, Seat } from "./dialects.ts"
import { askAll, type Ear, openEars } from "./ears.ts"
import { now } from "./libc.ts"
import { Link } from "./link.ts"
import { percentile } from "./row.ts"
import type { Server } from "./server.ts"

/** Until what is compiled while it runs has been. */
const WARM_UP = 2_000
/** How long those who listen are left alone between two times of asking them all. */
const ASKING_EVERY = { saturated: 15, paced: 10 }
/** What is still on its way when the speakers stop has so long to arrive. */
const LAST_WAIT = 5_000

/** `rooms`: what each speaker says goes round those that are its own. */
export type Crowd = { receivers: number; senders: number; inFlight: number; seconds: number; rooms?: string[][] }

export type Measured = {
  /** Messages that reached a receiver, a second. */
  deliveries: number
  /** Messages answered, a second. */
  posts: number
  /** Milliseconds from saying to the answer. */
  p50: number
  p99: number
  max: number
  /** Parts of one processor that the server used, and that the crowd itself did. */
  server: number
  crowd: number
  /** And its databases, if they are processes of their own. */
  beside: number
  /** Bytes that the server held at the end. */
  memory: number
  /** Messages answered that did not reach a receiver, over all of them. */
  missing: number
}

type Speaker = { link: Link; ready: boolean; rooms: string[]; sent: number[] }

/** Opens the crowd, lets it speak as fast as it is answered for a while, and answers what came of it. */
export async function saturate(
  server: Server,
  dialect: Dialect,
  { receivers, senders, inFlight, seconds, rooms = [] }: Crowd,
): Promise<Measured> {
  const seats = await dialect.seats(server, senders + receivers)
  let said = 0
  let answered = 0
  let speaking = true
  let latencies: number[] = []

  const speak = (speaker: Speaker) => {
    speaker.sent.push(performance.now())
    speaker.link.say(dialect.post(said++, speaker.rooms[said % speaker.rooms.length]!))
  }
  const onAnswer = (speaker: Speaker) => {
    answered++
    latencies.push(performance.now() - speaker.sent.shift()!)
    if (speaking) speak(speaker)
  }
  const ears = await openEars(server, dialect, seats.slice(senders))
  const speakers = await Promise.all(
    seats.slice(0, senders).map((seat) => openSpeaker(server, dialect, seat, onAnswer)),
  )
  for (const [i, speaker] of speakers.entries()) speaker.rooms = rooms[i] ?? ["talk"]
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
    ...spread(counted),
    ...used,
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
  server: number
  crowd: number
  beside: number
  memory: number
  missing: number
}

/** Opens the crowd, has one of it speak at an even pace, and answers how long the words took to all the others. */
export async function pace(server: Server, dialect: Dialect, { receivers, perSecond, seconds }: Pace): Promise<Paced> {
  const [mine, ...others] = await dialect.seats(server, 1 + receivers)
  const ears = await openEars(server, dialect, others)
  const speaker = await openSpeaker(server, dialect, mine!, () => {})
  const saidAt: number[] = []
  let latencies: number[] = []
  const stopListening = listen(ears, ASKING_EVERY.paced, (number, arrived) => latencies.push(arrived - saidAt[number]!))

  const stop = evenly(perSecond, () => {
    saidAt.push(now())
    speaker.link.say(dialect.post(saidAt.length, "talk"))
  })
  await Bun.sleep(WARM_UP)
  latencies = []
  const { before, after, used } = await watch(server, seconds, () => ({ heard: heardBy(ears) }))
  stop()
  await within(LAST_WAIT, () => heardBy(ears) >= saidAt.length * receivers)
  await stopListening()
  speaker.link.close()
  for (const ear of ears) ear.close()
  return {
    ...spread(latencies),
    ...used,
    cost: ((used.server * used.seconds) / (after.heard - before.heard)) * 1e6,
    missing: saidAt.length * receivers - heardBy(ears),
  }
}

export type Even = { senders: number; rooms: string[][]; perSecond: number; seconds: number }

/** Has several speak in turn at an even pace, and answers how long they waited for the answers. */
export async function speakEvenly(server: Server, dialect: Dialect, { senders, rooms, perSecond, seconds }: Even) {
  const seats = await dialect.seats(server, senders)
  let latencies: number[] = []
  const onAnswer = ({ sent }: Speaker) => latencies.push(performance.now() - sent.shift()!)
  const speakers = await Promise.all(seats.map((seat) => openSpeaker(server, dialect, seat, onAnswer)))
  let said = 0
  const stop = evenly(perSecond, () => {
    const speaker = speakers[said % senders]!
    const mine = rooms[said % senders]!
    speaker.sent.push(performance.now())
    speaker.link.say(dialect.post(said, mine[said % mine.length]!))
    said++
  })
  await Bun.sleep(WARM_UP)
  latencies = []
  const { used } = await watch(server, seconds, () => ({}))
  const counted = latencies
  latencies = []
  stop()
  await within(LAST_WAIT, () => speakers.every(({ sent }) => sent.length === 0))
  for (const { link } of speakers) link.close()
  const { server: spent, beside } = used
  return { ...spread(counted), posts: counted.length / used.seconds, server: spent, beside }
}

/** Does something so many times a second, caught up with when the timer was late; the answer stops it. */
function evenly(perSecond: number, work: () => void): () => void {
  const began = performance.now()
  let done = 0
  const timer = setInterval(() => {
    for (; performance.now() - began >= (done * 1000) / perSecond; done++) work()
  }, 1)
  return () => clearInterval(timer)
}

const spread = (times: number[]) => ({
  p50: percentile(times, 50),
  p99: percentile(times, 99),
  max: times.reduce((most, one) => Math.max(most, one), 0),
})

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
  const reading = () => ({
    ...counts(),
    at: performance.now(),
    used: server.processorTime(),
    beside: server.beside?.() ?? 0,
    own: process.cpuUsage(),
  })
  const before = reading()
  await Bun.sleep(seconds * 1000)
  const after = reading()
  const took = (after.at - before.at) / 1000
  const own = (after.own.user + after.own.system - before.own.user - before.own.system) / 1e6
  const used = {
    seconds: took,
    server: (after.used - before.used) / took,
    beside: (after.beside - before.beside) / took,
    crowd: own / took,
    memory: server.memory(),
  }
  return { before, after, used }
}

async function within(milliseconds: number, isSo: () => boolean): Promise<void> {
  const end = performance.now() + milliseconds
  while (!isSo() && performance.now() < end) await Bun.sleep(10)
}

/** Connects one who speaks, and resolves when the server would let it. */
export async function openSpeaker(
  { port }: Server,
  dialect: Dialect,
  { path, cookie, port: own }: Seat,
  onAnswer: (speaker: Speaker) => void,
): Promise<Speaker> {
  const speaker = { ready: false, rooms: ["talk"], sent: [] } as unknown as Speaker
  return new Promise((resolve, reject) => {
    Link.open({ port: own ?? port, path, ...(cookie && { cookie }) }, (link, bytes, at, length) => {
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

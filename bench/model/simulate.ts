// Places at work in a model: posts come, are parsed, gathered into groups, wait for the clock's row of their place, go to the
// database and back, are answered, go through Redis to every process of the place, and out to the sockets. What takes how
// long was measured (measured.json); that all of it happens together is what is added here.
import { Time } from "./events.ts"
import type { Constants } from "./measured.ts"
import { type Report, reportOf, type Sample } from "./report.ts"
import { Disk, Loop, Machine, Thread } from "./stations.ts"

export type Case = {
  /** Of one database server: so many places, each with a clock's row, and processes of its own. */
  places: number
  processes: number
  /** Of one place: how many listen, and how many of them hear a message. */
  connections: number
  audience: number
  /** Posts a second in one place; or people who say the next thing when the last is answered, so many things at once. */
  load: { perSecond: number } | { senders: number; inFlight: number }
  /** Microseconds there and back between machines, beyond loopback. */
  distance: number
  /** Processors that everything shares, with the crowd that takes so many microseconds a post, and with others that keep so
   *  many of them busy; null: enough for all. */
  shared: { processors: number; crowd: number; others: number } | null
}

/** A message goes out to a socket with up to so many others in one piece: the runtime's own bound. */
export const MOST_FLUSHED = 32

/** One that begins, one that locks, one that commits. */
const LEAST_ROUNDS = 3
/** For so long a processor is in others' hands: what Linux gives to each on a machine with two. */
const SLICE = 1_400

type Post = { at: number; process: number; sender: number }

export function simulate(one: Case, c: Constants, { seed = 1, seconds = 2, warmUp = 0.3 } = {}): Report {
  const time = new Time(seed)
  const end = (warmUp + seconds) * 1e6
  const machine = new Machine(time, one.shared?.processors ?? Number.POSITIVE_INFINITY)
  const world = { one, c, time, machine, disk: new Disk(time, c.flush), begin: warmUp * 1e6 }
  const places = Array.from({ length: one.places }, () => new Place(world))
  for (const place of places) place.open()
  keepBusy(machine, one.shared?.others ?? 0)
  time.run(end)
  return reportOf(places, world)
}

/** Others take so many of the processors, by chance, a slice each time. */
function keepBusy(machine: Machine, processors: number): void {
  if (processors <= 0) return
  const { time } = machine
  const next = () => {
    machine.run(SLICE, () => {})
    time.after(time.exponential(SLICE / processors), next)
  }
  next()
}

export type World = { one: Case; c: Constants; time: Time; machine: Machine; disk: Disk; begin: number }

export class Place {
  readonly answers: Sample[] = []
  readonly deliveries: Sample[] = []
  readonly loops: Loop[] = []
  readonly redis: Thread
  readonly crowd: Thread
  said = 0
  answered = 0
  counted = 0
  groups = 0
  held = 0
  working = 0
  readonly #world: World
  readonly #waiting: Post[][]
  readonly #writing: boolean[]
  readonly #published: Post[][][]
  #locked = false
  readonly #queue: (() => void)[] = []
  readonly #between: number
  /** Of a round: what it takes on the way, in the process and in the database. */
  readonly #way: number
  readonly #parts: { fixed: number; each: number; fixedThere: number; eachThere: number; beside: number; later: number }

  constructor(world: World) {
    const { one, c, machine } = world
    this.#world = world
    const indexes = Array.from({ length: one.processes }, (_, i) => i)
    this.#waiting = indexes.map(() => [])
    this.#writing = indexes.map(() => false)
    this.#published = indexes.map(() => [])
    for (const i of indexes) this.loops.push(new Loop(machine, () => this.#send(i)))
    this.redis = new Thread(machine)
    this.crowd = new Thread(machine)
    const rounds = Math.max(LEAST_ROUNDS, Math.round(c.rounds))
    // Processor time is measured as it is used, the time of a group as it is undisturbed: the former may come out as more.
    const alone = c.group - c.hold - c.flush
    const busy = c.writeGroup + c.writeGroupDatabase
    const part = Math.min(1, alone / Math.max(busy, 1))
    this.#way = (alone - part * busy) / rounds + one.distance
    this.#between = rounds - LEAST_ROUNDS
    const own = Math.min(c.write, c.hold)
    const there = c.hold - own
    const working = rounds - 2 // all but the one that begins and the one that locks
    this.#parts = {
      fixed: (part * c.writeGroup) / rounds,
      each: own / working,
      fixedThere: (part * c.writeGroupDatabase) / rounds,
      eachThere: there / working,
      beside: Math.max(0, c.writeDatabase - there) / working,
      later: c.write - own,
    }
  }

  open(): void {
    const { load, processes } = this.#world.one
    if ("perSecond" in load) {
      const mean = 1e6 / load.perSecond
      const next = () => {
        this.#say(Math.floor(this.#world.time.chance() * processes), 0)
        this.#world.time.after(this.#world.time.exponential(mean), next)
      }
      this.#world.time.after(this.#world.time.exponential(mean), next)
    } else {
      for (let sender = 0; sender < load.senders; sender++)
        for (let i = 0; i < load.inFlight; i++) this.#say(sender % processes, sender)
    }
  }

  #say(process: number, sender: number): void {
    const { c, time, one } = this.#world
    const post = { at: time.now, process, sender }
    this.said++
    const arrive = () =>
      this.loops[process]!.run(c.accept, () => {
        this.#waiting[process]!.push(post)
        this.#write(process)
      })
    if (one.shared) this.crowd.run(one.shared.crowd, arrive)
    else time.after(one.distance / 2, arrive)
  }

  /** Whoever waits when a group begins is in it: the next begins when this one is answered. */
  #write(process: number): void {
    if (this.#writing[process]) return
    const waiting = this.#waiting[process]!
    if (waiting.length === 0) return
    this.#writing[process] = true
    this.loops[process]!.run(0, () => {
      const group = waiting.splice(0, this.#world.c.largestGroup)
      const luck = this.#world.time.lognormal(this.#world.c.spread)
      // The first round begins the transaction; the second asks for the clock's row and waits for it there; the last commits,
      // and the row is free before its answer is back.
      this.#round(process, 0, 1, this.#go, () => {
        let since = 0
        const lock = (granted: () => void) =>
          this.#lock(() => {
            since = this.#world.time.now
            granted()
          })
        const commit = (committed: () => void) =>
          this.#world.disk.sync(() => {
            this.held += this.#world.time.now - since
            this.#unlock()
            committed()
          })
        const last = () => this.#round(process, group.length, luck, commit, () => this.#settle(process, group))
        this.#round(process, 0, 1, lock, () => this.#rounds(process, group.length, luck, this.#between, last))
      })
    })
  }

  #rounds(process: number, size: number, luck: number, left: number, done: () => void): void {
    if (left === 0) done()
    else this.#round(process, size, luck, this.#go, () => this.#rounds(process, size, luck, left - 1, done))
  }

  readonly #go = (on: () => void): void => on()

  /** There and back, with the work that a round has on both sides, and with what has to be waited for there. */
  #round(process: number, size: number, luck: number, there: (on: () => void) => void, done: () => void): void {
    const { machine, time } = this.#world
    const { fixed, each, fixedThere, eachThere, beside } = this.#parts
    const cost = (fixedThere + size * eachThere) * luck
    const half = (this.#way / 2) * luck
    this.working += cost + size * beside
    if (size > 0) machine.run(size * beside, () => {})
    const back = () => time.after(half, done)
    this.loops[process]!.run(fixed + size * each, () => time.after(half, () => machine.run(cost, () => there(back))))
  }

  #lock(granted: () => void): void {
    if (this.#locked) this.#queue.push(granted)
    else {
      this.#locked = true
      granted()
    }
  }

  #unlock(): void {
    const next = this.#queue.shift()
    this.#locked = next !== undefined
    next?.()
  }

  #settle(process: number, group: Post[]): void {
    const { c, time, one, begin } = this.#world
    this.loops[process]!.run(group.length * (this.#parts.later + c.hear), () => {
      this.#writing[process] = false
      for (const post of group) {
        this.answered++
        if (time.now < begin) continue
        this.counted++
        const wayBack = one.shared ? 0 : one.distance / 2
        this.answers.push({ took: time.now + wayBack - post.at, weight: 1 })
      }
      if (time.now >= begin) this.groups++
      if (!("perSecond" in one.load)) for (const post of group) this.#say(process, post.sender)
      this.#published[process]!.push(group)
      this.#tellOthers(process, group)
      this.#write(process)
    })
  }

  #tellOthers(from: number, group: Post[]): void {
    const { c, time, one } = this.#world
    if (one.processes === 1) return
    const bytes = group.length * c.wire
    const cost = c.publish + one.processes * (c.publishEach + c.publishByte * bytes)
    time.after(one.distance / 2, () =>
      this.redis.run(cost, () => {
        for (const [i, loop] of this.loops.entries()) {
          const hears = i === from ? 0 : group.length * c.hear
          time.after(one.distance / 2, () =>
            loop.run(c.bundle + hears, () => {
              if (i !== from) this.#published[i]!.push(group)
            }),
          )
        }
      }),
    )
  }

  /** What goes out at the end of a turn; each message to some of the sockets, which may be the same as another's. */
  #send(process: number): number {
    const { c, time, one, begin } = this.#world
    const groups = this.#published[process]!
    if (groups.length === 0) return 0
    this.#published[process] = []
    const messages = groups.reduce((sum, group) => sum + group.length, 0)
    const took = sendingTime(messages, one.connections / one.processes, one.audience / one.processes, c)
    if (time.now >= begin)
      for (const group of groups) {
        const { at } = group[Math.floor(time.chance() * group.length)]!
        const arrives = time.now + took * time.chance() + one.distance / 2
        this.deliveries.push({ took: arrives - at, weight: group.length })
      }
    return took
  }
}

/** Microseconds to send so many messages at once, each to so many of the sockets. */
export function sendingTime(messages: number, sockets: number, hearing: number, c: Constants): number {
  if (hearing <= 0) return 0
  const touched = sockets * (1 - (1 - Math.min(1, hearing / sockets)) ** messages)
  const flushes = Math.max(touched, (messages * hearing) / MOST_FLUSHED)
  return flushes * c.flushSocket + messages * hearing * (c.flushMessage + c.flushByte * c.wire)
}

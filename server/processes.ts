// Several processes of one place on one machine. They share its port, the kernel deals out the connections, and this
// process, which serves nobody, watches over them: one that dies is replaced, and to renew them a new one serves before an
// old one is asked to leave. Each hears by a channel that we are there: if we are killed, it closes, and they stop too.
import { type ChildProcess, spawn } from "node:child_process"
import { createServer } from "node:net"

/** The most that may be asked for. */
export const MOST_PROCESSES = 64
/** How long a process may take until it serves. */
const OPENING_MS = 60_000
/** And until it has stopped: those whom it answers have five seconds, the database up to ten. */
const STOPPING_MS = 20_000
/** One that lasted so long did not die of how it was started. */
const LASTING_MS = 30_000
/** How long the place of one that did not last stays empty: twice as long each time, and no longer than this. */
const PAUSE_MS = { first: 250, longest: 15_000 }

/** What one of several tells the process that watches over it, when it serves. */
export type Opened = { url: string }

export type Processes = {
  /** Null when one did not come to serve, and has said itself why not: then none is left. */
  opened: Promise<Opened | null>
  /** Puts a new process in the place of each, one after the other. */
  renew(): Promise<void>
  /** Answers when none is left. */
  stop(): Promise<void>
}

type One = {
  began: number
  /** Null when it ended before it served. */
  opened: Promise<Opened | null>
  /** How it ended, in words. */
  ended: Promise<string>
  stop(): Promise<void>
}
type Seat = { taken: One }

export function startProcesses(count: number, port: number): Processes {
  const environment = { ...process.env, PORT: `${port}` }
  const alive = new Set<One>()
  const seats: Seat[] = []
  let stopping = false
  let troubled = false

  function start(): One {
    const one = startOne(environment)
    alive.add(one)
    one.ended.then(() => alive.delete(one))
    return one
  }

  async function watch(seat: Seat): Promise<void> {
    let pause = 0
    for (;;) {
      const one = seat.taken
      const how = await one.ended
      if (stopping) return
      if (seat.taken !== one) continue // it was renewed
      const lasted = performance.now() - one.began > LASTING_MS
      if (lasted) troubled = false
      pause = lasted ? 0 : Math.min(Math.max(PAUSE_MS.first, pause * 2), PAUSE_MS.longest)
      if (!troubled) console.error(`A process ended ${how}. Another takes its place.`)
      if (pause > PAUSE_MS.first && !troubled) {
        troubled = true
        console.error(
          `Processes end again and again: each is replaced after a longer pause, up to ${PAUSE_MS.longest / 1000} s.`,
        )
      }
      await new Promise((resolve) => setTimeout(resolve, pause))
      if (!stopping && seat.taken === one) seat.taken = start()
    }
  }

  async function renewAll(): Promise<void> {
    for (const seat of seats) {
      if (stopping) return
      const fresh = start()
      if (!(await fresh.opened)) {
        if (!stopping) console.error("A new process did not come to serve: the others stay as they are.")
        return
      }
      if (stopping) return
      const old = seat.taken
      seat.taken = fresh
      await old.stop()
    }
    if (!stopping) console.log(`Renewed: ${seats.length} new processes serve.`)
  }

  async function stop(): Promise<void> {
    stopping = true
    await Promise.all([...alive].map((one) => one.stop()))
  }

  async function open(): Promise<Opened | null> {
    // The first one alone: it brings the database up to the present, and if something is wrong, it is said once.
    const first = start()
    const opened = await first.opened
    const others = opened && !stopping ? Array.from({ length: count - 1 }, start) : []
    const answers = [opened, ...(await Promise.all(others.map((one) => one.opened)))]
    if (!answers.every(Boolean)) return stop().then(() => null)
    for (const taken of [first, ...others]) seats.push({ taken })
    for (const seat of seats) void watch(seat)
    return opened
  }

  const opened = open()
  let renewing: Promise<void> | null = null
  let again = false
  return {
    opened,
    async renew() {
      if (!(await opened)) return
      again = true // whoever asks meanwhile may mean a newer version still
      renewing ??= (async () => {
        for (; again; await renewAll()) again = false
        renewing = null
      })()
      await renewing
    },
    stop,
  }
}

/** The port, or any free one if it is 0; throws what the system says when somebody listens there. Our processes would share
 *  it even with another Parlour, so it is asked for without sharing first. */
export function mustBeFree({ host, port }: { host: string; port: number }): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once("error", reject)
    server.listen(port, host, () => {
      const address = server.address() as { port: number }
      server.close(() => resolve(address.port))
    })
  })
}

function startOne(environment: NodeJS.ProcessEnv): One {
  const child = spawn(process.execPath, [...process.execArgv, process.argv[1]!, "start", "--shared"], {
    env: environment,
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  })
  const ended = new Promise<string>((resolve) => {
    child.once("exit", (code, signal) => resolve(signal ? `by ${signal}` : `with status ${code}`))
    child.on("error", (error) => child.pid === undefined && resolve(`before it began (${error.message})`))
  })
  const tooLate = setTimeout(() => child.kill("SIGKILL"), OPENING_MS)
  const opened = new Promise<Opened | null>((resolve) => {
    child.once("message", (message) => resolve(message as Opened))
    ended.then(() => resolve(null))
  }).finally(() => clearTimeout(tooLate))
  return { began: performance.now(), opened, ended, stop: () => stopOne(child, ended) }
}

async function stopOne(child: ChildProcess, ended: Promise<string>): Promise<void> {
  child.kill("SIGTERM")
  const tooLate = setTimeout(() => child.kill("SIGKILL"), STOPPING_MS)
  await ended
  clearTimeout(tooLate)
}

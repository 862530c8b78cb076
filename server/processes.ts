// Several processes of one place on one machine. They share its port, the kernel deals out the connections, and this
// process, which serves nobody, watches over them: one that dies, or hangs, is replaced, and to renew them a new one serves
// before an old one is asked to leave. By a channel each tells us that it is alive, and hears that we are: if we are killed, it
// closes, and they stop too.
import { type ChildProcess, spawn } from "node:child_process"
import { createServer } from "node:net"
import { BEAT_MS, type Heard, type Said } from "./watched.ts"

/** The most that may be asked for. */
export const MOST_PROCESSES = 64
/** How long a process may take until it serves. */
const OPENING_MS = 60_000
/** And until it has stopped: those whom it answers have five seconds, the database up to ten. */
export const STOPPING_MS = 20_000
/** One of which nothing is heard for so long hangs. */
const HANGING_MS = 30_000
/** One that lasted so long did not die of how it was started. */
const LASTING_MS = 30_000
/** How long the place of one that did not last stays empty: twice as long each time, and no longer than this. */
const PAUSE_MS = { first: 250, longest: 15_000 }

type Opened = { url: string }

export type Processes = {
  /** Null when one did not come to serve, and has said itself why not: then none is left. */
  opened: Promise<Opened | null>
  /** Puts a new process in the place of each, one after the other. */
  renew(): Promise<void>
  /** Answers when none is left. */
  stop(): Promise<void>
}

type One = {
  pid: number
  began: number
  readonly serves: boolean
  /** Null when it ended before it served. */
  opened: Promise<Opened | null>
  /** How it ended, in words. */
  ended: Promise<string>
  tell(words: Heard): void
  stop(): Promise<void>
}
type Seat = { taken: One }

export function startProcesses(count: number, port: number, hanging = HANGING_MS): Processes {
  const environment = { ...process.env, PORT: `${port}` }
  const alive = new Map<number, One>()
  const seats: Seat[] = []
  let stopping = false
  let troubled = false

  function start(): One {
    const one = startOne(environment, hanging, (said) => carry(one.pid, said))
    alive.set(one.pid, one)
    one.ended.then(() => alive.delete(one.pid))
    return one
  }

  /** What one wants to know of the others, and they of it. */
  function carry(from: number, said: Said): void {
    if (said.type === "counted") alive.get(said.to)?.tell({ ...said, process: from })
    if (said.type !== "count") return
    const others = [...alive.values()].filter((one) => one.serves && one.pid !== from)
    alive.get(from)?.tell({ type: "others", count: others.length })
    for (const one of others) one.tell({ type: "count", from })
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
    await Promise.all([...alive.values()].map((one) => one.stop()))
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

function startOne(environment: NodeJS.ProcessEnv, hanging: number, carry: (said: Said) => void): One {
  const child = spawn(process.execPath, [...process.execArgv, process.argv[1]!, "start", "--shared"], {
    env: environment,
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  })
  const ended = new Promise<string>((resolve) => {
    child.once("exit", (code, signal) => resolve(signal ? `by ${signal}` : `with status ${code}`))
    child.on("error", (error) => child.pid === undefined && resolve(`before it began (${error.message})`))
  })
  const tooLate = setTimeout(() => child.kill("SIGKILL"), OPENING_MS)
  const watch = watchOver(child, hanging)
  let serves = false
  const opened = new Promise<Opened | null>((resolve) => {
    child.on("message", (said: Said) => {
      watch.heard()
      if (said.type !== "opened") return carry(said)
      serves = true
      watch.begin()
      resolve(said)
    })
    ended.then(() => resolve(null))
  }).finally(() => clearTimeout(tooLate))
  ended.then(watch.end)
  return {
    pid: child.pid ?? 0,
    began: performance.now(),
    get serves() {
      return serves
    },
    opened,
    ended,
    tell: (words) => void (child.connected && child.send(words)),
    async stop() {
      watch.end() // from now on it has another time
      await stopOne(child, ended)
    },
  }
}

/** Ends one that is there and does nothing. Its silence is counted in our own turns: if the whole machine slept, it did not
 *  hang. */
function watchOver(child: ChildProcess, hanging: number) {
  let silent = 0
  let timer: ReturnType<typeof setInterval> | undefined
  return {
    heard() {
      silent = 0
    },
    begin() {
      timer = setInterval(() => {
        silent += BEAT_MS
        if (silent <= hanging) return
        console.error(`A process has done nothing for ${hanging / 1000} s: it is ended.`)
        clearInterval(timer)
        child.kill("SIGKILL")
      }, BEAT_MS)
    },
    end: () => clearInterval(timer),
  }
}

async function stopOne(child: ChildProcess, ended: Promise<string>): Promise<void> {
  child.kill("SIGTERM")
  const tooLate = setTimeout(() => child.kill("SIGKILL"), STOPPING_MS)
  await ended
  clearTimeout(tooLate)
}

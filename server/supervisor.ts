// Several processes of one place on one machine. They share its port, the kernel deals out the connections, and this
// process, which serves nobody, watches over them: one that dies, or hangs, is replaced, and to renew them a new one serves
// before an old one is asked to leave. By a channel each tells us that it is alive, and hears that we are: if we are killed, it
// closes, and they stop too.
import { type ChildProcess, spawn } from "node:child_process"
import { createServer } from "node:net"
import { inBackground } from "./log.ts"
import { BEAT_MS, type FromWorker, type Opened, type ToWorker } from "./worker.ts"

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

/** One of as many as were asked for, whichever process it is just now. */
type Seat = { taken: Worker }

export class Supervisor {
  /** Null when one did not come to serve, and has said itself why not: then none is left. */
  readonly opened: Promise<Opened | null>
  readonly #environment: NodeJS.ProcessEnv
  readonly #hanging: number
  readonly #alive = new Map<number, Worker>()
  readonly #seats: Seat[] = []
  #renewing: Promise<void> | null = null
  /** To renew them was asked for again since it last began. */
  #again = false
  #stopping = false
  /** They end again and again, and it was said. */
  #troubled = false

  constructor(count: number, port: number, hanging = HANGING_MS) {
    this.#environment = { ...process.env, PORT: `${port}` }
    this.#hanging = hanging
    this.opened = this.#open(count)
  }

  async #open(count: number): Promise<Opened | null> {
    // The first one alone: it brings the database up to the present, and if something is wrong, it is said once.
    const first = this.#start()
    const opened = await first.opened
    const others = opened && !this.#stopping ? Array.from({ length: count - 1 }, () => this.#start()) : []
    const answers = [opened, ...(await Promise.all(others.map((worker) => worker.opened)))]
    if (!answers.every(Boolean)) return this.stop().then(() => null)
    for (const taken of [first, ...others]) this.#seats.push({ taken })
    for (const seat of this.#seats) inBackground(this.#watch(seat))
    return opened
  }

  #start(): Worker {
    const worker = startWorker(this.#environment, this.#hanging, (said) => this.#carry(worker.pid, said))
    this.#alive.set(worker.pid, worker)
    inBackground(worker.ended.then(() => this.#alive.delete(worker.pid)))
    return worker
  }

  /** What one wants to know of the others, and they of it. */
  #carry(from: number, said: FromWorker): void {
    if (said.type === "counted") this.#alive.get(said.to)?.tell({ ...said, process: from })
    if (said.type !== "count") return
    const others = [...this.#alive.values()].filter((worker) => worker.serves && worker.pid !== from)
    this.#alive.get(from)?.tell({ type: "others", count: others.length })
    for (const worker of others) worker.tell({ type: "count", from })
  }

  async #watch(seat: Seat): Promise<void> {
    let pause = 0
    for (;;) {
      const worker = seat.taken
      const how = await worker.ended
      if (this.#stopping) return
      if (seat.taken !== worker) continue // it was renewed
      const lasted = performance.now() - worker.began > LASTING_MS
      if (lasted) this.#troubled = false
      pause = lasted ? 0 : Math.min(Math.max(PAUSE_MS.first, pause * 2), PAUSE_MS.longest)
      if (!this.#troubled) console.error(`A process ended ${how}. Another takes its place.`)
      if (pause > PAUSE_MS.first && !this.#troubled) {
        this.#troubled = true
        console.error(
          `Processes end again and again: each is replaced after a longer pause, up to ${PAUSE_MS.longest / 1000} s.`,
        )
      }
      await new Promise((resolve) => setTimeout(resolve, pause))
      if (!this.#stopping && seat.taken === worker) seat.taken = this.#start()
    }
  }

  /** Puts a new process in the place of each, one after the other. */
  async renew(): Promise<void> {
    if (!(await this.opened)) return
    this.#again = true // whoever asks meanwhile may mean a newer version still
    this.#renewing ??= this.#renewWhileAsked()
    await this.#renewing
  }

  async #renewWhileAsked(): Promise<void> {
    try {
      for (; this.#again; await this.#renewAll()) this.#again = false
    } finally {
      this.#renewing = null
    }
  }

  async #renewAll(): Promise<void> {
    for (const seat of this.#seats) {
      if (this.#stopping) return
      const fresh = this.#start()
      if (!(await fresh.opened)) {
        if (!this.#stopping) console.error("A new process did not come to serve: the others stay as they are.")
        return
      }
      if (this.#stopping) return
      const old = seat.taken
      seat.taken = fresh
      await old.stop()
    }
    if (!this.#stopping) console.log(`Renewed: ${this.#seats.length} new processes serve.`)
  }

  /** Answers when none is left. */
  async stop(): Promise<void> {
    this.#stopping = true
    await Promise.all([...this.#alive.values()].map((worker) => worker.stop()))
  }
}

/** A process, as the one that watches over it has it in hand. */
type Worker = {
  pid: number
  began: number
  readonly serves: boolean
  /** Null when it ended before it served. */
  opened: Promise<Opened | null>
  /** How it ended, in words. */
  ended: Promise<string>
  tell(words: ToWorker): void
  stop(): Promise<void>
}

function startWorker(environment: NodeJS.ProcessEnv, hanging: number, carry: (said: FromWorker) => void): Worker {
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
    child.on("message", (said: FromWorker) => {
      watch.heard()
      if (said.type !== "opened") return carry(said)
      serves = true
      watch.begin()
      resolve(said)
    })
    inBackground(ended.then(() => resolve(null)))
  }).finally(() => clearTimeout(tooLate))
  inBackground(ended.then(watch.end))
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
      await stopWorker(child, ended)
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

async function stopWorker(child: ChildProcess, ended: Promise<string>): Promise<void> {
  child.kill("SIGTERM")
  const tooLate = setTimeout(() => child.kill("SIGKILL"), STOPPING_MS)
  await ended
  clearTimeout(tooLate)
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

// A run of the fuzzer against one place, which is a process of its own. Whatever is sent, the place lives, breaks nothing,
// writes nothing into its log, stays small, and is busy with nothing of it for long. Each case is thrown by dice of its own, so
// that the seed and the number of the case give it again.
import { readdirSync, readFileSync } from "node:fs"
import type { Client } from "../../server/http/assets.ts"
import { routes } from "../../server/http/routes.ts"
import { diceOf } from "../faults/chance.ts"
import { type Build, Process } from "../faults/process.ts"
import { freshDatabase } from "../postgres.ts"
import { frame } from "../raw-socket.ts"
import { cookieOf, openApp, PASSWORD, register, temporaryFolder, visitor } from "../world.ts"
import { commandBy, everyBound, framesBy, type Said } from "./frames.ts"
import { type Routes, rawBy, requestBy } from "./http.ts"
import { exchange, Line } from "./wire.ts"

/** Milliseconds of the loop's own processor time that one case may cost, the least of several tries. */
const MOST_COST_MS = 50
const TRIES = 3
/** MiB that the place may grow beyond what it holds after the first cases, the engine's own room for what it frees later
 *  included. */
const MOST_GROWTH = 192
const WARM = 50
/** What the runtime says to a version of HTTP that it does not speak. */
const OF_THE_RUNTIME = new Set([505])
/** What whoever runs the place should know, and hears once. */
const SAID_ONCE = /\(This is said once\.\)$/
/** Milliseconds in which a socket has to take something again, on a busy machine. */
const MUTE_MS = 6_000
/** Findings after which a run has said enough. */
const ENOUGH = 10

/** Until one of them is reached. `from`: the first case. */
export type Length = { seconds: number; cases?: number; from?: number; findings?: number }
export type Report = {
  cases: number
  statuses: Record<string, number>
  findings: string[]
  /** The most that one case cost, in milliseconds, and MiB that the place grew by. */
  worst: number
  worstCase: string
  grown: number
}

type One = { words: string; run(): Promise<string | null> }

/** On SQLite, or on the Postgres that is named. */
export async function fuzz(seed: number, length: Length, build: Build = {}, postgres?: string): Promise<Report> {
  const database = postgres ? await freshDatabase(postgres) : null
  const env = { ...build.env, ...(database && { DATABASE_URL: database.url }) }
  const place = new Process(await temporaryFolder(), { ...build, env })
  try {
    await place.start()
    return await new Run(place, seed, await routesOf()).go(length)
  } finally {
    await place.kill()
    await database?.drop()
  }
}

/** As they are declared. */
async function routesOf(): Promise<Routes> {
  await using app = await openApp()
  const client: Client = { assets: {} as never, serve: async () => new Response() }
  return routes(app, client).routes.filter(({ path }) => path !== "/*")
}

class Run {
  readonly #place: Process
  readonly #seed: number
  readonly #routes: Routes
  readonly #report: Report = { cases: 0, statuses: {}, findings: [], worst: 0, worstCase: "", grown: 0 }
  readonly #cookies: Record<string, string> = {}
  readonly #bounds: Said[]
  readonly #lines = new Map<string, Line>()
  #logged = 0
  #names = 0
  #atFirst = 0
  #now = 0

  constructor(place: Process, seed: number, routes: Routes) {
    this.#place = place
    this.#seed = seed
    this.#routes = routes
    this.#bounds = everyBound(diceOf(seed))
  }

  async go({
    seconds,
    cases = Number.POSITIVE_INFINITY,
    from = 0,
    findings: enough = ENOUGH,
  }: Length): Promise<Report> {
    const { findings } = this.#report
    const end = performance.now() + seconds * 1_000
    for (const who of ["ann", "mallory"]) await this.#enter(who)
    for (this.#now = from; this.#now < from + cases && performance.now() < end; this.#now++) {
      await this.#try(this.#case(this.#now))
      if (findings.length >= enough || !this.#place.runs) break
      if (this.#now % 20 === 19) await this.#lookAround().catch((error) => this.#find(`afterwards: ${error}`))
      if (this.#now === from + WARM) this.#atFirst = this.#memory()
    }
    if (this.#place.runs) await this.#lookAround().catch((error) => this.#find(`afterwards: ${error}`))
    return this.#report
  }

  #find(words: string): void {
    this.#report.findings.push(`case ${this.#now}: ${words}`)
  }

  /** First each bound of each field of each frame, then whatever comes. */
  #case(number: number): One {
    const bound = this.#bounds[number]
    if (bound) return { words: bound.words, run: () => this.#say("/events", this.#cookies.mallory!, bound.bytes) }
    const dice = diceOf(Math.imul(this.#seed, 1_000_003) + number)
    const who = dice() < 0.15 ? "ann" : "mallory"
    const cookie = this.#cookies[who]!
    const { url } = this.#place
    const kind = dice()
    if (kind < 0.6) {
      const sent = kind < 0.5 ? requestBy(dice, this.#routes, cookie) : rawBy(dice, this.#routes, cookie)
      return {
        words: sent.words,
        run: async () => {
          const { status, late } = await exchange(url, sent.bytes, sent.isRequest)
          this.#report.statuses[`${status}`] = (this.#report.statuses[`${status}`] ?? 0) + 1
          if (late) return "was not answered"
          return status !== null && status >= 500 && !OF_THE_RUNTIME.has(status) ? `was answered by ${status}` : null
        },
      }
    }
    const path = dice.among(["/events", "/events?room=talk", "/ws/chat/talk/"])
    if (kind < 0.92) {
      const said = commandBy(dice)
      return { words: `${path} ${said.words}`, run: () => this.#say(path, cookie, said.bytes) }
    }
    const { words, bytes } = framesBy(dice)
    return {
      words: `${path} ${words}`,
      run: async () => {
        const line = new Line(url, path, cookie)
        line.write(bytes)
        await Bun.sleep(5)
        line.end()
        return line.code === 1011 ? "closed the socket as broken" : null
      },
    }
  }

  /** Over a socket that stays, on which afterwards something can be said. */
  async #say(path: string, cookie: string, bytes: Uint8Array): Promise<string | null> {
    const key = `${path} ${cookie}`
    const line = this.#lines.get(key) ?? new Line(this.#place.url, path, cookie)
    this.#lines.set(key, line)
    line.forget()
    line.write(bytes)
    const isClassic = path.startsWith("/ws")
    // What is under way may be too much for a moment; it must not be so for ever.
    for (const end = performance.now() + MUTE_MS; performance.now() < end; ) {
      const text = `well ${this.#now} ${this.#names++}`
      const said = isClassic ? { message: text } : { ref: text, type: "post", room: "talk", text }
      line.write(frame(1, Buffer.from(JSON.stringify(said))))
      if (await line.hears(isClassic ? `{"message":"${text}"` : `{"ref":"${text}","ok"`, 300)) return null
      if (this.#place.log.length > this.#logged) return null // that is found anyway, and why
      if (!line.closed && !line.code) continue
      this.#lines.delete(key)
      return line.code === 1011 ? "closed the socket as broken" : null
    }
    return "made the socket mute"
  }

  async #try(one: One): Promise<void> {
    this.#report.cases++
    let least = Number.POSITIVE_INFINITY
    // What costs so much cannot be chance, and is not waited for again.
    for (let tries = 0; tries < TRIES && least > MOST_COST_MS && !(least > 10 * MOST_COST_MS && tries > 0); tries++) {
      const before = this.#processor()
      const wrong = await one.run()
      if (wrong) this.#find(`${one.words} ${wrong}`)
      if (!this.#place.runs || (await this.#ended())) return this.#find(`${one.words} ended the process`)
      least = Math.min(least, this.#processor() - before)
      if (wrong) break
    }
    this.#hearLog(one.words)
    if (least > this.#report.worst) Object.assign(this.#report, { worst: least, worstCase: one.words })
    if (least > MOST_COST_MS) this.#find(`${one.words} kept the loop busy for ${least.toFixed(0)} ms`)
  }

  /** It takes a moment to be seen. */
  async #ended(): Promise<boolean> {
    return !this.#isThere() && this.#place.exited(100)
  }

  #isThere(): boolean {
    try {
      return readdirSync(`/proc/${this.#place.pid}/task`).length > 0
    } catch {
      return false
    }
  }

  #hearLog(words: string): void {
    const { log } = this.#place
    const written = log.slice(this.#logged).filter((line) => !SAID_ONCE.test(line))
    this.#logged = log.length
    if (written.length > 0) this.#find(`${words} made it write:\n    ${written.slice(0, 8).join("\n    ")}`)
  }

  /** Milliseconds that the thread of the loop has run. */
  #processor(): number {
    try {
      return Number(readFileSync(`/proc/${this.#place.pid}/schedstat`, "utf8").split(" ")[0]) / 1e6
    } catch {
      return 0
    }
  }

  #memory(): number {
    this.#place.look()
    return this.#place.peakMemory
  }

  /** Whoever signed out is signed in again; others are well; nothing grew. */
  async #lookAround(): Promise<void> {
    for (const [who, cookie] of Object.entries(this.#cookies)) {
      const { status } = await visitor(this.#place.url, cookie).fetch("/api/v1/me")
      if (status === 401) await this.#enter(who)
      else if (status !== 200) this.#find(`/api/v1/me answered by ${status}`)
    }
    const health = await (await visitor(this.#place.url).fetch("/health")).text()
    if (!health.includes('"fine"')) this.#find(`health is ${health}`)
    this.#hearLog("something before")
    this.#report.grown = this.#atFirst > 0 ? this.#memory() - this.#atFirst : 0
    if (this.#report.grown > MOST_GROWTH) this.#find(`the place grew by ${this.#report.grown.toFixed(0)} MiB`)
  }

  async #enter(who: string): Promise<void> {
    const { url } = this.#place
    const body = new URLSearchParams({ username: who, password: PASSWORD })
    const answer = await visitor(url).fetch("/login", { method: "POST", body })
    this.#cookies[who] =
      cookieOf(answer) || (await register(url, this.#cookies[who] ? `${who}${this.#now}` : who)).cookie
  }
}

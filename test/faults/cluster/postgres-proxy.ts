// A proxy that understands what a client and Postgres say to each other, as far as it must to meet a COMMIT: it cuts the
// connection before the server has heard of it, while it is at it, or when it is done and has said so, which nobody hears.
// Otherwise what passes is not changed, but may be late, or go nowhere.
import { connect, createServer, type Server, type Socket } from "node:net"

/** What becomes of one COMMIT. "cut under way": somewhere in it, or right after it, and nobody knows whether it is done.
 *  "swallow": done, and from then on the connection is silent and stays open. A number: the answer is held for so many
 *  milliseconds. */
export type Fate = "pass" | "cut before" | "cut under way" | "cut after" | "swallow" | number

/** What a server is asked before it is spoken to: whether it would encrypt. It answers with one letter. */
const ASKS_FIRST = [80_877_103, 80_877_104]
/** The longest that a cut under way waits. */
const UNDER_WAY_MS = 2

export class PostgresProxy {
  /** The port of the server, on this machine. */
  upstream = 0
  /** Asked at each COMMIT. */
  atCommit: () => Fate = () => "pass"
  /** Milliseconds before each statement is passed on; null for never. Asked at each. */
  late: () => number | null = () => 0
  /** Who comes is sent away. */
  shut = false
  commits = 0
  readonly cuts = { "cut before": 0, "cut under way": 0, "cut after": 0, swallow: 0 }
  /** From 0 up to, and without, 1: where in a COMMIT it cuts, and when. */
  readonly chance: () => number
  readonly #server: Server
  readonly #lines = new Set<Line>()

  private constructor(server: Server, chance: () => number) {
    this.#server = server
    this.chance = chance
  }

  static async open(chance: () => number): Promise<PostgresProxy> {
    const server = createServer({ noDelay: true })
    const proxy = new PostgresProxy(server, chance)
    server.on("connection", (client) => proxy.#carry(client))
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
    return proxy
  }

  get port(): number {
    const address = this.#server.address()
    return typeof address === "object" ? (address?.port ?? 0) : 0
  }

  get connections(): number {
    return this.#lines.size
  }

  heal(): void {
    this.atCommit = () => "pass"
    this.late = () => 0
    this.shut = false
  }

  /** Resets every connection that there is. */
  resetAll(): void {
    for (const line of [...this.#lines]) line.reset()
  }

  /** Every connection that there is stays open, and nothing passes on it any more. */
  swallowAll(): void {
    for (const line of this.#lines) line.silent = true
  }

  async close(): Promise<void> {
    this.resetAll()
    this.#server.close()
  }

  #carry(client: Socket): void {
    client.on("error", () => {})
    if (this.shut) return void client.resetAndDestroy()
    const server = connect({ host: "127.0.0.1", port: this.upstream, noDelay: true })
    const line = new Line(this, client, server)
    this.#lines.add(line)
    for (const socket of [client, server]) {
      socket.on("error", () => {})
      socket.on("close", () => {
        this.#lines.delete(line)
        line.end()
      })
    }
  }
}

/** One connection, both ways. */
class Line {
  silent = false
  readonly #proxy: PostgresProxy
  readonly #client: Socket
  readonly #server: Socket
  /** Names of statements that were prepared, and whether they commit. */
  readonly #prepared = new Map<string, boolean>()
  /** What becomes of the COMMITs that are under way. */
  readonly #fates: Fate[] = []
  #asked = 0
  #greeted = false
  #bound = false
  #passing: Promise<void> = Promise.resolve()
  #answering: Promise<void> = Promise.resolve()

  constructor(proxy: PostgresProxy, client: Socket, server: Socket) {
    this.#proxy = proxy
    this.#client = client
    this.#server = server
    const up = new Messages()
    const down = new Messages()
    client.on("data", (bytes: Buffer) => {
      up.add(bytes)
      this.#passing = this.#passing.then(() => this.#pass(up))
    })
    server.on("data", (bytes: Buffer) => {
      down.add(bytes)
      this.#answering = this.#answering.then(() => this.#answer(down))
    })
  }

  reset(): void {
    this.#client.resetAndDestroy()
    this.#server.resetAndDestroy()
  }

  end(): void {
    this.#client.destroy()
    this.#server.destroy()
  }

  async #pass(up: Messages): Promise<void> {
    const { chance } = this.#proxy
    for (let one = this.#nextUp(up); one; one = this.#nextUp(up)) {
      const late = isStatement(one) ? this.#proxy.late() : 0
      if (late === null) this.silent = true
      else if (late > 0) await Bun.sleep(late)
      const fate = this.#meetsCommit(one) ? this.#proxy.atCommit() : null
      if (fate !== null) this.#proxy.commits++
      if (fate === "cut before") return this.#cut(fate)
      const whole = fate !== "cut under way" || chance() < 0.5
      if (!this.silent) this.#server.write(whole ? one : one.subarray(0, chance() * one.length))
      if (fate !== null) this.#fates.push(fate)
      if (fate !== "cut under way") continue
      await Bun.sleep(chance() * UNDER_WAY_MS)
      return this.#cut(fate)
    }
  }

  async #answer(down: Messages): Promise<void> {
    for (let one = this.#nextDown(down); one; one = this.#nextDown(down)) {
      const isDone = one[0] === CODE.complete && /^(COMMIT|ROLLBACK)\0/.test(one.toString("latin1", 5))
      const fate = isDone ? this.#fates.shift() : undefined
      if (fate === "cut after" || fate === "cut under way") return this.#cut(fate)
      if (typeof fate === "number") await Bun.sleep(fate)
      if (fate === "swallow") {
        this.#proxy.cuts.swallow++
        this.silent = true
      }
      if (!this.silent) this.#client.write(one)
    }
  }

  #cut(fate: "cut before" | "cut under way" | "cut after"): void {
    if (this.silent) return // it is cut already
    this.#proxy.cuts[fate]++
    this.silent = true
    this.reset()
  }

  /** Before it greets, a client may ask something of the server itself; what it then says has no letter in front. */
  #nextUp(up: Messages): Buffer | null {
    if (this.#greeted) return up.next()
    const one = up.next(0)
    if (!one) return null
    if (ASKS_FIRST.includes(one.readUInt32BE(4))) this.#asked++
    else this.#greeted = true
    return one
  }

  #nextDown(down: Messages): Buffer | null {
    if (this.#asked === 0) return down.next()
    const one = down.take(1)
    if (one) this.#asked--
    return one
  }

  /** True at the message that makes the server commit, once for each. */
  #meetsCommit(one: Buffer): boolean {
    if (!this.#greeted) return false
    if (one[0] === CODE.query) return commits(textAt(one, 5).text)
    if (one[0] === CODE.parse) {
      const name = textAt(one, 5)
      this.#prepared.set(name.text, commits(textAt(one, name.end).text))
    }
    if (one[0] === CODE.bind) {
      const portal = textAt(one, 5)
      this.#bound = this.#prepared.get(textAt(one, portal.end).text) ?? false
    }
    return one[0] === CODE.execute && this.#bound
  }
}

const codeOf = (letter: string) => letter.charCodeAt(0)
const CODE = {
  query: codeOf("Q"),
  parse: codeOf("P"),
  bind: codeOf("B"),
  execute: codeOf("E"),
  complete: codeOf("C"),
}

const isStatement = (one: Buffer) => one[0] === CODE.query || one[0] === CODE.execute
const commits = (text: string) => /(^|;)\s*(commit|end)\s*;?\s*$/i.test(text)

function textAt(bytes: Buffer, from: number): { text: string; end: number } {
  const end = bytes.indexOf(0, from)
  return { text: bytes.toString("utf8", from, end), end: end + 1 }
}

/** Bytes as they come, message by message: a letter, four bytes for the length without the letter, and the rest. */
class Messages {
  #bytes: Buffer = Buffer.alloc(0)

  add(bytes: Buffer): void {
    this.#bytes = this.#bytes.length === 0 ? bytes : Buffer.concat([this.#bytes, bytes])
  }

  next(letters = 1): Buffer | null {
    if (this.#bytes.length < letters + 4) return null
    return this.take(letters + this.#bytes.readUInt32BE(letters))
  }

  take(length: number): Buffer | null {
    if (this.#bytes.length < length) return null
    const one = this.#bytes.subarray(0, length)
    this.#bytes = this.#bytes.subarray(length)
    return one
  }
}

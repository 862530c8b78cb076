// A TCP proxy of our own, between the workers and the place: the network as it is at its worst. What passes can be late,
// slow, cut after some bytes, reset, swallowed, or held back until much has gathered. The upstream may change, so that the
// workers' address stays the same when the place is started again elsewhere, or be another for each connection.
import { connect, createServer, type Server, type Socket } from "node:net"

/** What happens to the bytes of one direction. All of it by default passes at once. */
export type Weather = {
  /** Milliseconds that each piece takes. */
  latency?: number
  /** Bytes a second. */
  rate?: number
  /** The connection is reset after so many bytes of this direction, in the middle of whatever that is. */
  resetAfter?: number
  /** Everything after so many bytes is swallowed, and the connection stays open. */
  swallowAfter?: number
  /** Nothing passes until so many bytes have gathered, or `holdMs` have passed: a buffering reverse proxy. */
  hold?: number
  holdMs?: number
  /** In about every so many bytes one bit is turned over. */
  flip?: number
}

/** Chosen for each connection as it comes: requests on the way up, answers on the way down. */
export type Climate = () => { up?: Weather; down?: Weather }

const FINE: Climate = () => ({})

export type Direction = "up" | "down"

export class TcpProxy {
  upstream: string | (() => string) = ""
  climate: Climate = FINE
  /** What comes down is read by this, one for each connection, if by anything, and sent on as it says. */
  reader: (() => Reader) | null = null
  connections = 0
  readonly #server: Server
  readonly #pairs = new Set<[client: Socket, place: Socket]>()
  readonly #held = new Set<Direction>()

  private constructor(server: Server) {
    this.#server = server
  }

  static async open(host = "127.0.0.1"): Promise<TcpProxy> {
    const server = createServer({ noDelay: true })
    const proxy = new TcpProxy(server)
    server.on("connection", (client) => proxy.#carry(client))
    await new Promise<void>((resolve) => server.listen(0, host, resolve))
    return proxy
  }

  get url(): string {
    const { address, port } = this.#server.address() as { address: string; port: number }
    return `http://${address}:${port}`
  }

  /** Takes nothing more of one direction, as a network that is cut: nothing is lost, and nobody is told. */
  hold(direction: Direction): void {
    this.#held.add(direction)
    for (const pair of this.#pairs) pair[direction === "up" ? 0 : 1].pause()
  }

  release(): void {
    this.#held.clear()
    for (const [client, place] of this.#pairs) {
      client.resume()
      place.resume()
    }
  }

  heal(): void {
    this.climate = FINE
  }

  /** Resets every connection that there is. */
  resetAll(): void {
    for (const [client, place] of this.#pairs) {
      client.resetAndDestroy()
      place.resetAndDestroy()
    }
  }

  async close(): Promise<void> {
    this.resetAll()
    this.#server.close()
  }

  #carry(client: Socket): void {
    const { hostname, port } = new URL(typeof this.upstream === "string" ? this.upstream : this.upstream())
    const place = connect({ host: hostname, port: Number(port), noDelay: true })
    const pair: [Socket, Socket] = [client, place]
    this.#pairs.add(pair)
    this.connections++
    const { up = {}, down = {} } = this.climate()
    const end = () => {
      this.#pairs.delete(pair)
      client.destroy()
      place.destroy()
    }
    const reset = () => {
      client.resetAndDestroy()
      place.resetAndDestroy()
    }
    const isHeld = (direction: Direction) => () => this.#held.has(direction)
    pass(client, place, { weather: up, reset, isHeld: isHeld("up"), read: null })
    pass(place, client, { weather: down, reset, isHeld: isHeld("down"), read: this.reader?.() ?? null })
    for (const socket of pair) {
      socket.on("error", end)
      socket.on("close", end)
    }
    for (const direction of this.#held) this.hold(direction)
  }
}

/** Takes what came, and sends on what it likes. */
export type Reader = (bytes: Buffer, send: (bytes: Buffer) => void) => void

type Way = { weather: Weather; reset: () => void; isHeld: () => boolean; read: Reader | null }

/** Carries one direction through its weather. */
function pass(from: Socket, to: Socket, { weather, reset, isHeld, read }: Way): void {
  const { latency = 0, rate = 0, resetAfter, swallowAfter, hold = 0, holdMs = 200, flip = 0 } = weather
  let passed = 0
  let held: Buffer[] = []
  let timer: ReturnType<typeof setTimeout> | null = null
  let line = Promise.resolve()

  const write = (bytes: Buffer) => {
    if (to.destroyed) return
    if (!to.write(bytes)) {
      from.pause()
      to.once("drain", () => isHeld() || from.resume())
    }
  }
  const send = (bytes: Buffer) => {
    if (!latency && !rate) return write(bytes)
    from.pause()
    line = line.then(async () => {
      await Bun.sleep(latency + (rate ? (bytes.length / rate) * 1000 : 0))
      write(bytes)
      from.resume()
    })
  }
  const letGo = () => {
    if (timer) clearTimeout(timer)
    timer = null
    if (held.length > 0) send(Buffer.concat(held))
    held = []
  }
  from.on("data", (bytes: Buffer) => {
    if (read) return read(bytes, write)
    if (flip) for (let i = 0; i < bytes.length; i++) if (Math.random() < 1 / flip) bytes[i]! ^= 1 << (Math.random() * 8)
    const left = Math.min(resetAfter ?? Number.POSITIVE_INFINITY, swallowAfter ?? Number.POSITIVE_INFINITY) - passed
    passed += bytes.length
    const part = left < bytes.length ? bytes.subarray(0, Math.max(0, left)) : bytes
    if (part.length > 0 && hold > 0) {
      held.push(part)
      timer ??= setTimeout(letGo, holdMs)
      if (held.reduce((sum, one) => sum + one.length, 0) >= hold) letGo()
    } else if (part.length > 0) send(part)
    if (resetAfter !== undefined && passed >= resetAfter) void line.then(() => setTimeout(reset, 1))
  })
  from.on("end", () => {
    letGo()
    void line.then(() => to.end())
  })
}

// A TCP proxy of our own, between the workers and the place: the network as it is at its worst. What passes can be late,
// slow, cut after some bytes, reset, swallowed, or held back until much has gathered. The upstream may change, so that the
// workers' address stays the same when the place is started again elsewhere.
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

export class TcpProxy {
  upstream = ""
  climate: Climate = FINE
  connections = 0
  readonly #server: Server
  readonly #pairs = new Set<[Socket, Socket]>()

  private constructor(server: Server) {
    this.#server = server
  }

  static async open(): Promise<TcpProxy> {
    const server = createServer({ noDelay: true })
    const proxy = new TcpProxy(server)
    server.on("connection", (client) => proxy.#carry(client))
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
    return proxy
  }

  get url(): string {
    const address = this.#server.address()
    return `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}`
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
    const { hostname, port } = new URL(this.upstream)
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
    for (const [from, to, weather] of [
      [client, place, up],
      [place, client, down],
    ] as const) {
      pass(from, to, weather, () => {
        client.resetAndDestroy()
        place.resetAndDestroy()
      })
      from.on("error", end)
      from.on("close", end)
    }
  }
}

/** Carries one direction through its weather. */
function pass(from: Socket, to: Socket, weather: Weather, reset: () => void): void {
  const { latency = 0, rate = 0, resetAfter, swallowAfter, hold = 0, holdMs = 200, flip = 0 } = weather
  let passed = 0
  let held: Buffer[] = []
  let timer: ReturnType<typeof setTimeout> | null = null
  let line = Promise.resolve()

  const write = (bytes: Buffer) => {
    if (to.destroyed) return
    if (!to.write(bytes)) {
      from.pause()
      to.once("drain", () => from.resume())
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

// What lies between one process and what it needs: nothing, proxies, or a network of its own with proxies at the far ends.
import { type Direction, TcpProxy } from "../proxy.ts"
import { Network, whyNoNetworks } from "./network.ts"
import { RedisWay } from "./redis-way.ts"

export type Between = "nothing" | "proxies" | "networks"

let noNetworks: string | null | undefined

/** Said once, and then proxies that take nothing stand in for networks that are cut. */
function networksOrProxies(): Between {
  if (noNetworks === undefined) {
    noNetworks = whyNoNetworks()
    if (noNetworks) console.error(`Proxies that carry nothing stand in for networks that are cut: ${noNetworks}.`)
  }
  return noNetworks ? "proxies" : "networks"
}

export class Ways {
  readonly #network: Network | null
  readonly #toDatabase: TcpProxy | null
  readonly toRedis: RedisWay | null
  readonly #database: string
  readonly #redis: string | null

  private constructor(network: Network | null, toDatabase: TcpProxy | null, toRedis: RedisWay | null, at: At) {
    this.#network = network
    this.#toDatabase = toDatabase
    this.toRedis = toRedis
    this.#database = at.database
    this.#redis = at.redis
  }

  static async open(asked: Between, at: At): Promise<Ways> {
    const between = asked === "networks" ? networksOrProxies() : asked
    if (between === "nothing") return new Ways(null, null, null, at)
    const network = between === "networks" ? new Network() : null
    const toDatabase = await TcpProxy.open(network?.outside("database"))
    toDatabase.upstream = at.database
    const toRedis = at.redis && (await RedisWay.open(network?.outside("redis") ?? "127.0.0.1", at.redis))
    return new Ways(network, toDatabase, toRedis || null, at)
  }

  /** Where the process finds both, and where it is itself. */
  get env(): Record<string, string> {
    const to = (url: string, proxy: TcpProxy | null | undefined) =>
      proxy ? url.replace(new URL(url).host, new URL(proxy.url).host) : url
    return {
      DATABASE_URL: to(this.#database, this.#toDatabase),
      ...(this.#redis && { REDIS_URL: to(this.#redis, this.toRedis?.proxy) }),
      ...(this.#network && { HOST: this.#network.inside("people") }),
    }
  }

  get by(): string[] {
    return this.#network?.by ?? []
  }

  cut(to: "database" | "redis", directions: Direction[] = ["up", "down"]): void {
    const proxy = to === "database" ? this.#toDatabase : this.toRedis?.proxy
    for (const direction of directions)
      if (this.#network) this.#network.cut(to, direction)
      else proxy?.hold(direction)
  }

  heal(): void {
    for (const wire of ["database", "redis"] as const) this.#network?.heal(wire)
    this.#toDatabase?.release()
    this.toRedis?.heal()
  }

  async close(): Promise<void> {
    await this.#toDatabase?.close()
    await this.toRedis?.proxy.close()
    this.#network?.remove()
  }
}

type At = { database: string; redis: string | null }

// A network of its own for one process (ip netns), with one wire to the database, one to Redis and one to people. A wire is
// cut by a queue that takes nothing: what is sent is lost without a word, in one direction or in both, as in a partition.
import { spawnSync } from "node:child_process"
import type { Direction } from "../proxy.ts"

export type Wire = "database" | "redis" | "people"
const WIRES: Wire[] = ["database", "redis", "people"]

/** Of the addresses for measuring (RFC 2544: 198.18.0.0/15), which nobody else uses; each process that runs tests has a
 *  stretch of them. */
const STRETCH = { first: 198 * 2 ** 24 + 18 * 2 ** 16, wires: 64, of: 512 }

let networks = 0

function ip(lines: string[], inside: string[] = []): void {
  const { status, stderr } = spawnSync("ip", [...inside, "-batch", "-"], { input: lines.join("\n"), encoding: "utf8" })
  if (status !== 0) throw new Error(`ip: ${stderr}`)
}

const address = (number: number) => [24, 16, 8, 0].map((bits) => Math.floor(number / 2 ** bits) % 256).join(".")

export class Network {
  readonly name: string
  readonly #number: number
  readonly #remove = () => this.remove()

  constructor() {
    this.#number = networks++
    this.name = `parlour-${process.pid}-${this.#number}`
    process.once("exit", this.#remove)
    ip([
      `netns add ${this.name}`,
      ...WIRES.flatMap((wire) => [
        `link add ${this.#end(wire, "h")} type veth peer name ${this.#end(wire, "n")} netns ${this.name}`,
        `addr add ${this.outside(wire)}/30 dev ${this.#end(wire, "h")}`,
        `link set ${this.#end(wire, "h")} up`,
      ]),
    ])
    const inner = WIRES.flatMap((wire) => [
      `addr add ${this.inside(wire)}/30 dev ${this.#end(wire, "n")}`,
      `link set ${this.#end(wire, "n")} up`,
    ])
    ip(["link set lo up", ...inner], ["-n", this.name])
  }

  /** What a program is started by that is to live in it. */
  get by(): string[] {
    return ["ip", "netns", "exec", this.name]
  }

  /** Addresses at both ends. */
  outside = (wire: Wire) => address(this.#address(wire) + 1)
  inside = (wire: Wire) => address(this.#address(wire) + 2)

  /** Up is what the process sends. */
  cut(wire: Wire, direction: Direction): void {
    const nothing = ["qdisc", "replace", "dev", this.#end(wire, direction === "up" ? "n" : "h"), "root", "bfifo"]
    this.#tc(direction, [...nothing, "limit", "1"])
  }

  heal(wire: Wire): void {
    for (const direction of ["up", "down"] as const)
      this.#tc(direction, ["qdisc", "del", "dev", this.#end(wire, direction === "up" ? "n" : "h"), "root"])
  }

  remove(): void {
    process.off("exit", this.#remove)
    for (const wire of WIRES) spawnSync("ip", ["link", "del", this.#end(wire, "h")])
    spawnSync("ip", ["netns", "del", this.name])
  }

  #tc(direction: Direction, words: string[]): void {
    spawnSync("tc", direction === "up" ? ["-n", this.name, ...words] : words)
  }

  #address(wire: Wire): number {
    const nth = (this.#number * WIRES.length + WIRES.indexOf(wire)) % STRETCH.wires
    return STRETCH.first + 4 * ((process.pid % STRETCH.of) * STRETCH.wires + nth)
  }

  #end(wire: Wire, end: "h" | "n"): string {
    return `p${process.pid.toString(36)}-${this.#number}${wire[0]}${end}`
  }
}

/** Null when there can be networks here, or else why not. */
export function whyNoNetworks(): string | null {
  if (process.getuid?.() !== 0) return "network namespaces need root"
  try {
    new Network().remove()
    return null
  } catch (error) {
    return (error as Error).message.trim()
  }
}

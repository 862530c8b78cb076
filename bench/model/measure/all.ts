// Takes the constants anew, here and from the last full benchmark, and what they are held against.
import { spawnSync } from "node:child_process"
import { readFileSync } from "node:fs"
import { cpus, loadavg } from "node:os"
import { join } from "node:path"
import { openssl, provide } from "../../../bin/needs.ts"
import { withDatabases } from "../../cluster.ts"
import { root } from "../../server.ts"
import {
  type Constant,
  type Measured,
  meanings,
  type Name,
  type Sent,
  type Taken,
  taken,
  type Validated,
} from "../measured.ts"
import { measureBus } from "./bus.ts"
import { measureDatabase } from "./database.ts"
import { measurePresence } from "./presence.ts"
import { measureSockets } from "./sockets.ts"
import { validate } from "./whole.ts"

/** `whole`: also what they are held against, which takes minutes; otherwise that of before is kept. */
export async function measure(whole: boolean): Promise<Taken> {
  const [load] = loadavg()
  const found = await withDatabases(async (databases) => ({
    ...(await measurePresence(databases)), // first, as it is by how much this process grows
    ...(await measureDatabase(databases)),
    ...(await measureBus(databases)),
  }))
  const all: Partial<Measured> = { ...found, ...(await measureSockets()), ...benchmarks(), tls: handshakes() }
  const validation = whole ? await validate() : taken().validation
  all.accept = {
    value: Math.max(0, costOf(validation) - all.write!.value - all.hear!.value - all.flushSocket!.value),
    unit: "µs",
    from: "processor time a post of a whole process, less what else is said here of it",
  }
  const constants = Object.fromEntries(Object.keys(meanings).map((name) => [name, rounded(all[name as Name]!)]))
  return {
    at: new Date().toISOString(),
    machine: `${cpus().length} x ${cpus()[0]?.model}`,
    processors: cpus().length,
    load: Math.round(load! * 10) / 10,
    constants: constants as Measured,
    validation,
    sending: sent(),
  }
}

const rounded = ({ value, ...rest }: Constant): Constant => ({ value: Number(value.toPrecision(3)), ...rest })

/** What bin/bench found last. */
const latest = () => JSON.parse(readFileSync(join(root, "bench/results/latest.json"), "utf8")).numbers

const sent = (): Sent[] => [
  { receivers: 1_000, underWay: 1, cost: latest().paced.bareCost },
  { receivers: 1_000, underWay: 80, cost: latest()["fan-out"].bareCost },
]

function benchmarks(): Partial<Measured> {
  const numbers = latest()
  const row = (name: string, key: string, unit: string, times = 1): Constant => ({
    value: numbers[name][key] * times,
    unit,
    from: `bin/bench: ${name}, ${key}`,
  })
  return {
    connection: row("connections", "memory18000", "bytes"),
    handshake: row("connections", "open18000", "µs", 1e6 / 18_000),
    page: row("history", "page1000000Cost", "µs"),
    rest: row("memory", "rest", "bytes"),
    wire: { value: 236, unit: "bytes", from: "a message of 78 characters as an event of 232, and the frame's head" },
  }
}

function handshakes(): Constant {
  const { stdout } = spawnSync(provide(openssl), ["speed", "-mr", "-seconds", "1", "ecdsap256", "ecdhx25519"], {
    encoding: "utf8",
  })
  const signing = Number(stdout.match(/^\+F4:\d+:256:([\d.]+)/m)?.[1])
  const exchanging = Number(stdout.match(/^\+F5:\d+:253:([\d.]+)/m)?.[1])
  if (!(signing > 0 && exchanging > 0)) throw new Error(`openssl speed said something else:\n${stdout}`)
  return {
    value: 1e6 / signing + 2e6 / exchanging,
    unit: "µs",
    from: "openssl speed: one ECDSA P-256 signature, two X25519",
  }
}

/** Microseconds that a process alone takes for a post. */
const costOf = (rows: Validated[]): number => rows.find(({ processes, inFlight }) => processes === 1 && inFlight)!.cost

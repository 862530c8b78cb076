// Whether somebody sits at the machine that Parlour runs on. To have come over loopback is not enough: so does all that a proxy
// there passes on, some of which say nothing of it, nginx as it comes among them. So nothing may show that a proxy was between,
// and on Linux the other end of the connection is held by the user who runs Parlour, as a browser's is: proxies are their own.
import { readFileSync } from "node:fs"
import { release } from "node:os"
import { isLoopback } from "./address.ts"
import { type Ask, peerOf } from "./env.ts"

/** Headers that proxies and tunnels add. Who comes by one may come from anywhere. */
const CARRIED =
  /^(x-)?forwarded|^via$|^x-(original|real|cluster|remote|proxy|envoy|amzn?|azure|arr|request|correlation)-|(client|connecting|real)-?ip$|^(cf|cdn|fly|fastly|tailscale|ngrok|akamai)-|-https$|-scheme$/

/** The system's connections, one a line: where each begins and ends, and whose it is. */
const TABLES = ["/proc/net/tcp", "/proc/net/tcp6"]
/** Under Windows a browser's connections come by a relay of the system's. */
const IS_UNDER_WINDOWS = /microsoft/i.test(release())

/** True of who may own an empty place without more. Reads the system's table of connections, so ask it where it matters only. */
export function isHere(context: Ask): boolean {
  const { asked, server } = context.env
  const peer = peerOf(context)
  const { headers } = context.req.raw
  if (asked.host?.isLoopback !== true || !peer || !isLoopback(peer.address) || isCarried(headers)) return false
  const user = process.platform === "linux" && !IS_UNDER_WINDOWS ? process.getuid?.() : undefined
  const tables = user === undefined ? "" : readTables()
  return tables === "" ? isKept(headers) : holderOf(tables, peer.port, server.port ?? 0) === user
}

function isCarried(headers: Headers): boolean {
  for (const name of headers.keys()) if (CARRIED.test(name)) return true
  return false
}

/** Where nobody says whose the connection is: browsers keep them for what they ask next, nginx does not, unless told to. Nor do
 *  some programs on this machine, so that it says little. */
const isKept = (headers: Headers): boolean => !/\bclose\b/i.test(headers.get("connection") ?? "")

/** Who holds the end at `port` of a connection to `ours`, by the system's number of the user; null when there is none. */
export function holderOf(table: string, port: number, ours: number): number | null {
  const hex = (number: number) => number.toString(16).toUpperCase().padStart(4, "0")
  const line = new RegExp(
    `^ *\\d+: [\\dA-F]+:${hex(port)} [\\dA-F]+:${hex(ours)} 0[1-9A-F] \\S+ \\S+ \\S+ +(\\d+) `,
    "m",
  )
  const [, user] = line.exec(table) ?? []
  return user === undefined ? null : Number(user)
}

const readTables = (): string =>
  TABLES.map((file) => {
    try {
      return readFileSync(file, "utf8")
    } catch {
      return "" // without IPv6 there is no second
    }
  }).join("")

// Where a request comes from, as the limits count it. Behind a proxy every request comes from the proxy, which says in
// X-Forwarded-For for whom; but so may anyone who is not a proxy, so that it is believed of those alone that whoever runs the
// place trusts to be one: TRUSTED_PROXIES.
import { BlockList, isIP } from "node:net"

export type Trusted = { has(address: string): boolean }

/** Of addresses and blocks of them, as the settings have them. */
export function trustedBy(proxies: readonly string[]): Trusted {
  const list = new BlockList()
  for (const one of proxies) {
    const [network = "", bits] = one.split("/")
    const family = isIP(network) === 6 ? "ipv6" : "ipv4"
    if (bits === undefined) list.addAddress(network, family)
    else list.addSubnet(network, Number(bits), family)
  }
  return {
    has(address) {
      const one = plain(address)
      const version = isIP(one)
      return version !== 0 && list.check(one, version === 6 ? "ipv6" : "ipv4")
    },
  }
}

/** What is known of those who came by no proxy, which is nearly all; of so many. */
const direct = new Map<string, string>()
const MOST_DIRECT = 1_000

/** `peer` is the other end of the connection. Each proxy adds on the right whom it heard from: the right-most that is no proxy
 *  of ours is the last that nobody can have made up. */
export function comesFrom(peer: string, forwardedFor: string | undefined, trusted: Trusted): string {
  if (forwardedFor === undefined) return networkOfPeer(peer)
  let from = plain(peer)
  for (const said of forwardedFor.split(",").reverse()) {
    const address = plain(said)
    if (!trusted.has(from) || !isIP(address)) break
    from = address
  }
  return networkOf(from)
}

function networkOfPeer(peer: string): string {
  const known = direct.get(peer)
  if (known !== undefined) return known
  if (direct.size >= MOST_DIRECT) direct.clear()
  const network = networkOf(plain(peer))
  direct.set(peer, network)
  return network
}

/** Whether this is the machine that we run on. */
export const isLoopback = (address: string): boolean => loopback.has(address)
const loopback = trustedBy(["127.0.0.0/8", "::1"])

/** Without a port, brackets, zone, or IPv6 clothes around an IPv4 address. */
function plain(address: string): string {
  const bare = address
    .trim()
    .replace(/^"(.*)"$/, "$1")
    .replace(/^\[(.*)\](:\d+)?$/, "$1")
    .replace(/^(\d+\.\d+\.\d+\.\d+):\d+$/, "$1")
    .replace(/%.*$/, "")
    .toLowerCase()
  if (isIP(bare) !== 6) return bare
  const groups = groupsOf(bare)
  if (groups.slice(0, 5).some((group) => group !== 0) || groups[5] !== 0xffff) return bare
  return groups
    .slice(6)
    .flatMap((group) => [group >> 8, group & 0xff])
    .join(".")
}

/** The eight numbers of an IPv6 address, however it is shortened. */
function groupsOf(address: string): number[] {
  const hex = address.replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_, ...bytes) => {
    const [a, b, c, d] = bytes.slice(0, 4).map(Number) as [number, number, number, number]
    return `${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`
  })
  const [head = "", tail] = hex.split("::")
  const [front, back] = [head, tail ?? ""].map((part) => part.split(":").filter(Boolean)) as [string[], string[]]
  const zeros = tail === undefined ? [] : Array<string>(Math.max(0, 8 - front.length - back.length)).fill("0")
  return [...front, ...zeros, ...back].map((group) => Number.parseInt(group, 16))
}

/** Of IPv6 the first half: the other is for each household to give out as it likes, and would be a new address each time. */
function networkOf(address: string): string {
  if (isIP(address) !== 6 || isLoopback(address)) return address
  const half = groupsOf(address).slice(0, 4)
  return `${half.map((group) => group.toString(16)).join(":")}::/64`
}

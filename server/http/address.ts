// Where a request comes from, as the limits count it. Behind a proxy every request comes from the proxy, which says in
// X-Forwarded-For for whom; but so may anyone who is not a proxy, so that it is believed of our own machine and network
// only, and only when PUBLIC_URL says that there is a proxy.
import { BlockList, isIP } from "node:net"

const ours = new BlockList()
for (const [network, bits, family] of [
  ["127.0.0.0", 8, "ipv4"],
  ["10.0.0.0", 8, "ipv4"],
  ["172.16.0.0", 12, "ipv4"],
  ["192.168.0.0", 16, "ipv4"],
  ["100.64.0.0", 10, "ipv4"],
  ["169.254.0.0", 16, "ipv4"],
  ["::1", 128, "ipv6"],
  ["fc00::", 7, "ipv6"],
  ["fe80::", 10, "ipv6"],
] as const)
  ours.addSubnet(network, bits, family)

const isOurs = (address: string): boolean => ours.check(address, isIP(address) === 6 ? "ipv6" : "ipv4")

/** `peer` is the other end of the connection. Each proxy adds on the right whom it heard from: the right-most that is not
 *  one of ours is the last that nobody can have made up. */
export function comesFrom(peer: string, forwardedFor: string | undefined, isBehindProxy: boolean): string {
  let from = plain(peer)
  if (!isBehindProxy) return networkOf(from)
  for (const said of (forwardedFor ?? "").split(",").reverse()) {
    const address = plain(said)
    if (!isIP(from) || !isOurs(from) || !isIP(address)) break
    from = address
  }
  return networkOf(from)
}

/** Without a port, brackets, zone, or IPv6 clothes around an IPv4 address. */
const plain = (address: string): string =>
  address
    .trim()
    .replace(/^\[(.*)\](:\d+)?$/, "$1")
    .replace(/^(\d+\.\d+\.\d+\.\d+):\d+$/, "$1")
    .replace(/%.*$/, "")
    .replace(/^::ffff:(?=\d+\.\d+\.)/i, "")

/** Of IPv6 the first half: the other is for each household to give out as it likes, and would be a new address each time. */
function networkOf(address: string): string {
  if (isIP(address) !== 6 || isOurs(address)) return address
  const [head = "", tail] = address.split("::")
  const [front, back] = [head.split(":").filter(Boolean), (tail ?? "").split(":").filter(Boolean)]
  const zeros = tail === undefined ? [] : Array<string>(Math.max(0, 8 - front.length - back.length)).fill("0")
  const groups = [...front, ...zeros, ...back].slice(0, 4)
  return `${groups.map((group) => Number.parseInt(group, 16).toString(16)).join(":")}::/64`
}

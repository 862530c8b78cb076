// Which host a request is for and what it asks of it: taken apart once, from a parsed address, before anything else looks.
// The runtime puts Host and path together as they came: of a Host that is none it leaves out the scheme, and whoever read
// on from there would find another path than was asked for. So what is routed by is the path alone.
//
// A name that we do not go by is refused. A page of http://evil.example may have its name pointed at this machine; then its
// browser takes us for that page's own server, and lets it read what we answer ("DNS rebinding"). Nobody can do so with an
// address, nor with a name that only this machine or this network gives out.
import { isIP } from "node:net"
import { hostname } from "node:os"
import { getPath } from "hono/utils/url"
import { parseAddress } from "../../protocol/address.ts"

/** The parts of an origin, in one spelling. `isNear`: an address, or a name that only this machine or its network gives out. */
export type Origin = Readonly<
  Pick<URL, "protocol" | "host" | "hostname" | "port" | "origin"> & { isNear: boolean; isLoopback: boolean }
>

export type Asked = {
  /** As Host has it, port and all; null when it is none. */
  host: Origin | null
  /** By which the route is found: what can be decoded is. */
  path: string
  /** As it came, and what was asked of it, with its question mark. */
  rawPath: string
  search: string
  /** It is longer than any of ours, or much of it is percent-encoded and no UTF-8. Then no more of it was looked at than its first
   *  word. */
  isTooLong: boolean
}

/** Characters of an address, percent-encoded: the longest of ours leads back, after signing in, to a room of the longest name, in
 *  a script of which each letter is many signs. All that stands in one is bounded by this, whichever route reads it. */
const LONGEST = 4_096

/** Stands where a host has to, so that an address can be parsed without the one that came. */
const NOWHERE = "http://parlour.invalid"
/** A name, or an address in brackets, and maybe a port. The parser would make a host even of "user@host/path". */
const HOST = /^(\[[\da-f:.]+\]|[a-z\d._-]+)(:\d*)?$/i

/** Nearly all: what the parser would leave as it is, and nothing in it to decode. */
const PLAIN = /^((?:\/[\w~-][\w.~-]*)*\/?)(\?[\w.~=&-]+)?$/

/** Takes a request apart. Never throws: what cannot be parsed is asked of no host, or of "/". */
export function askedOf({ url, headers }: Pick<Request, "url" | "headers">): Asked {
  const host = hostOf(headers.get("host") ?? "")
  const scheme = url.indexOf("://")
  const start = url.startsWith("/") ? 0 : scheme < 0 ? -1 : url.indexOf("/", scheme + 3)
  const target = start < 0 ? "/" : url.slice(start)
  if (target.length > LONGEST) return tooLong(host, target)
  const [, plain, query = ""] = PLAIN.exec(target) ?? []
  if (plain) return { host, path: plain, rawPath: plain, search: query, isTooLong: false }
  const { pathname, search } = parseAddress(NOWHERE + target) ?? { pathname: "/", search: "" }
  const isTooLong = pathname.length + search.length > LONGEST // encoded, it is longer
  return isTooLong || !isLegible(pathname)
    ? tooLong(host, pathname)
    : { host, path: routedBy(pathname), rawPath: pathname, search, isTooLong: false }
}

/** Each percent-encoded sign that is no UTF-8 costs an exception, each time that the path is decoded. With up to so many encoded
 *  signs what can be decoded is; with more, all have to be UTF-8. */
const MOST_UNCHECKED = 50
const SIGN = /%[\da-f]{2}/gi
const LONE = /%(?![\da-f]{2})/gi

function isLegible(path: string): boolean {
  if ((path.match(SIGN)?.length ?? 0) <= MOST_UNCHECKED) return true
  try {
    decodeURIComponent(path.replace(LONE, "%25"))
    return true
  } catch {
    return false
  }
}

/** By its first word it is known whether a program asks, and whether it may be told where one comes from. */
function tooLong(host: Origin | null, target: string): Asked {
  const [path = "/"] = FIRST_WORD.exec(target) ?? []
  return { host, path, rawPath: path, search: "", isTooLong: true }
}
const FIRST_WORD = /^\/[a-z]{1,20}\//

/** What can be decoded of a path is, as routes and rooms are called. */
export const routedBy = (rawPath: string): string => getPath({ url: NOWHERE + rawPath } as Request)

/** `scheme` is by which a port goes without saying. */
export function hostOf(header: string, scheme = "http:"): Origin | null {
  if (scheme !== "http:") return originOf(header, scheme)
  const host = hosts.get(header)
  if (host !== undefined || header.length > LONGEST_KEPT) return host ?? originOf(header, scheme)
  return keep(hosts, header, originOf(header, scheme))
}

const originOf = (header: string, scheme: string): Origin | null =>
  HOST.test(header) ? parsed(`${scheme}//${header}`) : null

/** Nearly all requests have the same few. */
const hosts = new Map<string, Origin | null>()
const known = new Map<string, Origin | null>()
const MOST_KEPT = 100
/** Characters: no name has more than 253. */
const LONGEST_KEPT = 300

function keep<Value>(kept: Map<string, Value>, key: string, value: Value): Value {
  if (kept.size >= MOST_KEPT) kept.clear()
  kept.set(key, value)
  return value
}

/** Of an address. */
export function parsed(address: string): Origin | null {
  const found = known.get(address)
  if (found !== undefined) return found
  const url = parseAddress(address)
  if (!url) return keep(known, address, null)
  const { protocol, host, hostname, port, origin } = url
  const [isNear, isLoopback] = [isOfThisNetwork(hostname), isLoopbackName(hostname)]
  return keep(known, address, { protocol, host, hostname, port, origin, isNear, isLoopback })
}

/** An address, and names that nobody outside of this machine and its network can give out. */
const isOfThisNetwork = (name: string): boolean => isAddress(name) || /(^|\.)localhost$|\.local$/.test(name)

const isAddress = (name: string): boolean => isIP(name.replace(/^\[(.*)\]$/, "$1")) !== 0

/** Reached by this name from this very machine only. */
const isLoopbackName = (name: string): boolean =>
  /(^|\.)localhost$/.test(name) || (isIP(name) === 4 && name.startsWith("127.")) || name === "[::1]"

/** Whether we go by that host: with PUBLIC_URL by its own alone, and without it by any that is near. Some proxies leave the port
 *  out. */
export function isOurHost(host: Origin, publicUrl: string | null): boolean {
  if (publicUrl === null) return host.isNear || host.hostname === hostname().toLowerCase()
  const own = parsed(publicUrl)!
  const port = (url: Origin) => url.port || (own.protocol === "https:" ? "443" : "80")
  return host.hostname === own.hostname && (host.port === "" || port(host) === port(own))
}

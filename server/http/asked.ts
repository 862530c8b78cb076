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

export type Asked = {
  /** As Host has it, in one spelling, port and all; null when it is none. */
  host: URL | null
  /** By which the route is found: what can be decoded is. */
  path: string
  /** As it came, and what was asked of it, with its question mark. */
  rawPath: string
  search: string
}

/** Stands where a host has to, so that an address can be parsed without the one that came. */
const NOWHERE = "http://parlour.invalid"
/** A name, or an address in brackets, and maybe a port. The parser would make a host even of "user@host/path". */
const HOST = /^(\[[\da-f:.]+\]|[a-z\d._-]+)(:\d*)?$/i

export function askedOf({ url, headers }: Pick<Request, "url" | "headers">): Asked {
  const host = headers.get("host") ?? ""
  const scheme = url.indexOf("://")
  const start = url.startsWith("/") ? 0 : scheme < 0 ? -1 : url.indexOf("/", scheme + 3)
  const { pathname, search } = (start >= 0 && URL.parse(NOWHERE + url.slice(start))) || new URL(NOWHERE)
  return {
    host: hostOf(host),
    path: routedBy(pathname),
    rawPath: pathname,
    search,
  }
}

/** What can be decoded of a path is, as routes and rooms are called. */
export const routedBy = (rawPath: string): string => getPath({ url: NOWHERE + rawPath } as Request)

/** `scheme` is by which a port goes without saying. */
export function hostOf(header: string, scheme = "http:"): URL | null {
  return HOST.test(header) ? parsed(`${scheme}//${header}`) : null
}

/** Nearly all requests have the same few. */
const known = new Map<string, URL | null>()
const MOST_KNOWN = 100

/** Whoever gets it leaves it as it is: it is everybody's. */
export function parsed(address: string): URL | null {
  const url = known.get(address)
  if (url !== undefined) return url
  if (known.size >= MOST_KNOWN) known.clear()
  const fresh = URL.parse(address)
  known.set(address, fresh)
  return fresh
}

/** Without PUBLIC_URL: an address, and names that nobody outside of this machine and its network can give out. */
const isOfThisNetwork = (name: string): boolean =>
  isAddress(name) || /(^|\.)localhost$|\.local$/.test(name) || name === hostname().toLowerCase()

const isAddress = (name: string): boolean => isIP(name.replace(/^\[(.*)\]$/, "$1")) !== 0

/** Reached by this name from this very machine only. */
export const isLoopbackName = (name: string): boolean =>
  /(^|\.)localhost$/.test(name) || (isIP(name) === 4 && name.startsWith("127.")) || name === "[::1]"

/** Whether we go by that host: with PUBLIC_URL by its own alone. Some proxies leave the port out. */
export function isOurHost(host: URL, publicUrl: string | null): boolean {
  if (publicUrl === null) return isOfThisNetwork(host.hostname)
  const own = parsed(publicUrl)!
  const port = (url: URL) => url.port || (own.protocol === "https:" ? "443" : "80")
  return host.hostname === own.hostname && (host.port === "" || port(host) === port(own))
}

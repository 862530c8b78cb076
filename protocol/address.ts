// The one way in for addresses from outside. The parser of the runtime normalises a host, which takes the square of a run of
// marks in it, and that of sixteen kilobytes holds everybody up. So an address is measured before it is parsed.

/** UTF-16 units of a host that the parser has to decode or to normalise: no name has more. */
const LONGEST_HOST = 253
/** And of a whole address: what may be asked of us (server/http/asked.ts), and a host before it. */
const LONGEST = 4_096 + LONGEST_HOST

/** Where the parser takes a host from: behind a scheme and any number of slashes, turned either way, or behind two of them. Blanks
 *  and controls before that it passes over. */
const HOST = /^[\0-\x20]*(?:[a-z][a-z\d+.-]*:[/\\]*|[/\\]{2,})([^/\\?#]*)/i
/** What the parser takes out wherever it stands. */
const TAKEN_OUT = /[\t\n\r]/g
/** Something else than ASCII, as itself or encoded in one of the two ways. */
const IS_FOLDED = /[^\0-\x7f]|%|xn--/i

/** Null for what is none, or is longer than any that is meant. */
export function parseAddress(address: string, base?: string): URL | null {
  if (address.length > LONGEST) return null
  const [, authority = ""] = HOST.exec(address.replace(TAKEN_OUT, "")) ?? []
  const host = authority.slice(authority.lastIndexOf("@") + 1)
  if (host.length > LONGEST_HOST && IS_FOLDED.test(host)) return null
  return URL.parse(address, base)
}

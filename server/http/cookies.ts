// The cookie that holds a session. Browsers keep cookies by host and without the port, so that the port stands in the name:
// two places on one host do not sign people out of each other. Over https the name begins with `__Host-`, which makes
// browsers refuse such a cookie from any other host, or without TLS.
import type { Context } from "hono"
import type { App } from "../app.ts"
import { SESSION_DAYS } from "../standing.ts"
import { parsed } from "./asked.ts"
import type { Env } from "./env.ts"

type Ask = Context<Env>

/** Of places that a browser knows on other ports of this host: so many are asked about. */
const MOST_OTHERS = 8
/** More than browsers keep for one host. */
const MOST_COOKIES = 300

const DEVICE = "parlourdevice"
/** Browsers keep no cookie for longer. */
const DEVICE_DAYS = 400

/** The name of a cookie of that kind, as browsers reach us here: by PUBLIC_URL, or else by what Host says. */
export function cookieName({ config }: App, { env }: Ask, isStrict: boolean, kind = "parlour"): string {
  const { port } = config.publicUrl === null ? (env.asked.host ?? { port: "" }) : parsed(config.publicUrl)!
  return `${isStrict ? "__Host-" : ""}${kind}${port && `-${port}`}`
}

const isHttps = ({ config }: App): boolean => config.publicUrl?.startsWith("https:") ?? false

export type Came = { name: string; value: string }

const NONE: Came[] = []
const STRICT = [true]
const STRICT_OR_NOT = [true, false]

/** The cookies of that kind that may be ours. We set one of a name: of two that differ one was put beside ours by another host
 *  under the same domain, perhaps to make someone speak in another's name, and neither is believed. Where there is none by our
 *  name, those of other ports may be ours, too, and those of a time when there was no port in them: a place may have moved. */
export function cameWith(app: App, context: Ask, kind = "parlour"): Came[] {
  const header = context.req.header("cookie")
  const came = header === undefined ? NONE : pairsOf(header, kind)
  if (came.length === 0) return []
  for (const isStrict of isHttps(app) ? STRICT : STRICT_OR_NOT) {
    const own = cookieName(app, context, isStrict, kind)
    const first = came.find(({ name }) => name === own)
    if (first) return came.every(({ name, value }) => name !== own || value === first.value) ? [first] : []
  }
  const times = new Map<string, number>()
  for (const { name } of came) times.set(name, (times.get(name) ?? 0) + 1)
  const others: Came[] = []
  for (let i = came.length - 1; i >= 0 && others.length < MOST_OTHERS; i--) {
    const { name } = came[i]!
    if (times.get(name) === 1 && isOfKind(name, kind, isHttps(app))) others.unshift(came[i]!)
  }
  return others
}

/** Those whose names hold that word, as they came. Each request passes here, with what cookies others have set. */
export function pairsOf(header: string, kind: string): Came[] {
  if (!header.includes(kind)) return NONE
  const pairs: Came[] = []
  for (const pair of header.split(";", MOST_COOKIES)) {
    const at = pair.indexOf("=")
    const name = at < 0 ? "" : bare(pair.slice(0, at))
    const value = bare(pair.slice(at + 1))
    if (name.includes(kind) && value !== "") pairs.push({ name, value })
  }
  return pairs
}

/** Without the blanks that RFC 6265, 5.2 takes away, and no others: what browsers count as part of a name is part of it here, or
 *  another host under the same domain could set a cookie that only we take for a `__Host-` one. */
function bare(text: string): string {
  let [from, to] = [0, text.length]
  while (from < to && isBlank(text.charCodeAt(from))) from++
  while (from < to && isBlank(text.charCodeAt(to - 1))) to--
  return text.slice(from, to)
}

/** A space or a tab. */
const isBlank = (code: number): boolean => code === 0x20 || code === 0x09

function isOfKind(name: string, kind: string, isStrict: boolean): boolean {
  const [, strictly, rest = ""] = name.match(/^(__Host-)?([a-z]+)(-\d{1,5})?$/) ?? []
  return rest === kind && (strictly !== undefined || !isStrict)
}

/** Strict, too, where a form shows that it came by https though nobody told us: behind a proxy that ends TLS. */
function nameToSet(app: App, context: Ask): string {
  const isTls = isHttps(app) || context.req.header("origin")?.startsWith("https://") === true
  return cookieName(app, context, isTls || context.get("cookie")?.name.startsWith("__Host-") === true)
}

/** Sets the cookie of a session, by the name that it has today. */
export function remember(app: App, context: Ask, token: string): void {
  const [came, name] = [context.get("cookie"), nameToSet(app, context)]
  setCookie(context, name, token, SESSION_DAYS * 24 * 60 * 60)
  // One without a port is ours alone if it lets in here, and goes by its new name from now on.
  if (came?.value === token && came.name !== name && !/-\d+$/.test(came.name)) setCookie(context, came.name, "", 0)
}

/** Takes the cookie away by which they came. */
export function forget(app: App, context: Ask): void {
  setCookie(context, context.get("cookie")?.name ?? nameToSet(app, context), "", 0)
}

/** Whether it came by another name than we would give it today. */
export const isByAnotherName = (app: App, context: Ask, { name }: Came): boolean => name !== nameToSet(app, context)

/** By which a browser is known that has signed in before: see people/devices.ts. It stays when one signs out. */
export const deviceOf = (app: App, context: Ask): string | undefined => cameWith(app, context, DEVICE)[0]?.value

/** Sets the cookie by which this browser is known from now on. */
export function rememberDevice(app: App, context: Ask, value: string): void {
  const isStrict = nameToSet(app, context).startsWith("__Host-")
  setCookie(context, cookieName(app, context, isStrict, DEVICE), value, DEVICE_DAYS * 24 * 60 * 60)
}

/** `maxAge` in seconds; 0 takes it away. No script reads it. */
export function setCookie(context: Ask, name: string, value: string, maxAge: number): void {
  const secure = name.startsWith("__Host-") ? "; Secure" : ""
  const cookie = `${name}=${value}; Path=/; Max-Age=${maxAge}; HttpOnly; SameSite=Lax${secure}`
  context.header("set-cookie", cookie, { append: true })
}

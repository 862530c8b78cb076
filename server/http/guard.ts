// What every request passes before anything else, and what every answer carries.
import type { Context, MiddlewareHandler } from "hono"
import { getCookie } from "hono/cookie"
import { Refusal } from "../../protocol/refusal.ts"
import type { App } from "../app.ts"
import type { Caller } from "../caller.ts"
import { findSession, isStale, SESSION_DAYS, touchSession } from "../people/session.ts"
import { comesFrom } from "./address.ts"
import type { Env } from "./env.ts"
import { POLICY } from "./policy.ts"

const SAFE_METHODS = new Set(["GET", "HEAD", "OPTIONS"])

/** The headers of every answer. Pages are personal: no cache on the way may keep them. */
export const headers = ({ config }: App): MiddlewareHandler<Env> => {
  const secure = config.publicUrl?.startsWith("https:")
  return async (context, next) => {
    await next()
    const { headers } = context.res
    headers.set("x-content-type-options", "nosniff")
    headers.set("referrer-policy", "same-origin")
    headers.set("cross-origin-opener-policy", "same-origin")
    headers.set("cross-origin-resource-policy", "same-origin")
    headers.set("permissions-policy", "camera=(), geolocation=(), microphone=()")
    if (secure) headers.set("strict-transport-security", "max-age=31536000")
    if (!headers.has("content-security-policy")) headers.set("content-security-policy", POLICY)
    if (!headers.has("cache-control")) headers.set("cache-control", "private, no-store")
  }
}

/** Refuses what another site's page makes a browser send with our cookie: every unsafe method, and the handshake of a
 *  socket. Browsers say where a request comes from, by Sec-Fetch-Site or Origin; what says neither is no browser and
 *  was not lured. (OWASP, Cross-Site Request Forgery Prevention and WebSocket Security cheat sheets.) */
export const sameOrigin = ({ config }: App): MiddlewareHandler<Env> => {
  return async (context, next) => {
    const { req } = context
    const isSocket = req.header("upgrade")?.toLowerCase() === "websocket"
    if (isSocket || !SAFE_METHODS.has(req.method)) mustBeOurs(req.header.bind(req), config.publicUrl)
    await next()
  }
}

function mustBeOurs(header: (name: string) => string | undefined, publicUrl: string | null): void {
  const site = header("sec-fetch-site")
  const origin = header("origin")
  const bySite = site === undefined || site === "same-origin" || site === "none"
  const byOrigin = origin === undefined || isOurs(origin, header("host"), publicUrl)
  if (!bySite || !byOrigin)
    throw new Refusal(
      "forbidden",
      "This came from another site's page, so it was not done. Do it from Parlour's own page.",
    )
}

/** Behind a proxy that ends TLS only the host tells, until PUBLIC_URL says more. */
function isOurs(origin: string, host: string | undefined, publicUrl: string | null): boolean {
  return publicUrl ? origin === publicUrl : URL.parse(origin)?.host === host && host !== undefined
}

/** Finds out who asks, from the session's cookie. */
export const session = (app: App): MiddlewareHandler<Env> => {
  return async (context, next) => {
    const token = getCookie(context, cookieName(app))
    const found = token ? await findSession(app.db.sql, token) : undefined
    const caller: Caller = {
      person: found?.person ?? null,
      session: found?.id ?? null,
      get address() {
        // The system is asked only if it matters.
        const peer = context.get("peer") ?? context.env.requestIP(context.req.raw)?.address ?? "unknown"
        return comesFrom(peer, context.req.header("x-forwarded-for"), app.config.publicUrl !== null)
      },
    }
    context.set("caller", caller)
    if (found && isStale(found)) {
      // A disk that cannot be written keeps nobody from reading: the session is touched another time.
      await app.db.tx((sql) => touchSession(sql, found.id)).then(() => remember(app, context, token!), ignoreRefusal)
    }
    await next()
  }
}

function ignoreRefusal(error: unknown): void {
  if (!(error instanceof Refusal)) throw error
}

/** `__Host-` makes browsers refuse such a cookie from any other host or without TLS. */
const cookieName = ({ config }: App): string => (config.publicUrl?.startsWith("https:") ? "__Host-parlour" : "parlour")

export function remember(app: App, context: Context<Env>, token: string): void {
  context.header("set-cookie", cookie(app, token, SESSION_DAYS * 24 * 60 * 60), { append: true })
}

export function forget(app: App, context: Context<Env>): void {
  context.header("set-cookie", cookie(app, "", 0), { append: true })
}

function cookie(app: App, value: string, maxAge: number): string {
  const secure = cookieName(app).startsWith("__Host-") ? "; Secure" : ""
  return `${cookieName(app)}=${value}; Path=/; Max-Age=${maxAge}; HttpOnly; SameSite=Lax${secure}`
}

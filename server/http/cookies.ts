// The cookie that holds a session. Browsers keep cookies by host and without the port, so that the port stands in the name:
// two places on one host do not sign people out of each other. Over https the name begins with `__Host-`, which makes
// browsers refuse such a cookie from any other host, or without TLS.
import type { Context } from "hono"
import type { App } from "../app.ts"
import { SESSION_DAYS } from "../people/session.ts"
import type { Env } from "./env.ts"

type Ask = Context<Env>

/** The name of a cookie of that kind, as browsers reach us here: by PUBLIC_URL, or else by what Host says. */
export function cookieName({ config }: App, { env }: Ask, isStrict: boolean, kind = "parlour"): string {
  const { port } = config.publicUrl === null ? (env.asked.host ?? { port: "" }) : new URL(config.publicUrl)
  return `${isStrict ? "__Host-" : ""}${kind}${port && `-${port}`}`
}

/** Under which cookies of that kind may come, the best first. The last are those of a time when there was no port in them. */
function knownNames(app: App, context: Ask, kind: string): string[] {
  const [strict, plain] = [cookieName(app, context, true, kind), cookieName(app, context, false, kind)]
  const names = isHttps(app) ? [strict, `__Host-${kind}`] : [strict, plain, `__Host-${kind}`, kind]
  return [...new Set(names)]
}

const isHttps = ({ config }: App): boolean => config.publicUrl?.startsWith("https:") ?? false

/** The cookie of that kind that this browser has from us. We set one of a name: of two that differ one was put beside ours by
 *  another host under the same domain, perhaps to make someone speak in another's name, and neither is believed. */
export function cameWith(app: App, context: Ask, kind = "parlour"): { name: string; value: string } | null {
  const pairs = (context.req.header("cookie") ?? "").split(";").map((pair) => pair.trim())
  for (const name of knownNames(app, context, kind)) {
    const values = new Set(
      pairs.filter((pair) => pair.startsWith(`${name}=`)).map((pair) => pair.slice(name.length + 1)),
    )
    if (values.size > 1) return null
    for (const value of values) if (value !== "") return { name, value }
  }
  return null
}

/** Strict, too, where a form shows that it came by https though nobody told us: behind a proxy that ends TLS. */
function nameToSet(app: App, context: Ask, kind: string): string {
  const isTls = isHttps(app) || context.req.header("origin")?.startsWith("https://") === true
  return cookieName(app, context, isTls || cameWith(app, context, kind)?.name.startsWith("__Host-") === true, kind)
}

export function remember(app: App, context: Ask, token: string): void {
  const [came, name] = [cameWith(app, context), nameToSet(app, context, "parlour")]
  setCookie(context, name, token, SESSION_DAYS * 24 * 60 * 60)
  if (came?.value === token && came.name !== name) setCookie(context, came.name, "", 0) // it goes by its new name now
}

export function forget(app: App, context: Ask): void {
  setCookie(context, cameWith(app, context)?.name ?? nameToSet(app, context, "parlour"), "", 0)
}

/** Whether a browser has it under a name of before. */
export const isByOldName = (app: App, context: Ask, name: string): boolean =>
  name !== nameToSet(app, context, "parlour")

export function setCookie(context: Ask, name: string, value: string, maxAge: number): void {
  const secure = name.startsWith("__Host-") ? "; Secure" : ""
  const cookie = `${name}=${value}; Path=/; Max-Age=${maxAge}; HttpOnly; SameSite=Lax${secure}`
  context.header("set-cookie", cookie, { append: true })
}

// What every request passes before anything else, and what every answer carries.
import type { Context, MiddlewareHandler } from "hono"
import { parseAddress } from "../../protocol/address.ts"
import { Refusal } from "../../protocol/refusal.ts"
import type { Assets } from "../../view/page.tsx"
import type { App } from "../app.ts"
import { findSession, type Session } from "../people/session.ts"
import { useSession } from "../people/session-use.ts"
import { comesFrom, type Trusted, trustedBy } from "./address.ts"
import { misdirected } from "./answer.tsx"
import { hostOf, isOurHost, type Origin } from "./asked.ts"
import { Asking } from "./asking.ts"
import { type Came, cameWith, isByAnotherName, remember } from "./cookies.ts"
import { type Check, type Env, peerOf } from "./env.ts"
import { POLICY } from "./policy.ts"
import { inTurnFor, inTurnOfAddress } from "./turns.ts"

/** Several checks, for the price of one layer. */
export const pass =
  (...checks: Check[]): MiddlewareHandler<Env> =>
  (context, next) => {
    for (const check of checks) check(context)
    return next()
  }

const SAFE_METHODS = new Set(["GET", "HEAD", "OPTIONS"])

/** Addresses that let in whoever knows them. What their pages load does not tell of them, nor does what they lead to: it would
 *  stand in the logs of proxies. */
const SECRET_PATH = /^\/(password|join|welcome)(\/|$)/

/** The headers of every answer. Pages are personal: no cache on the way may keep them. */
export const headers = ({ config }: App): MiddlewareHandler<Env> => {
  const secure = config.publicUrl?.startsWith("https:")
  return async (context, next) => {
    await next()
    const { headers } = context.res
    headers.set("x-content-type-options", "nosniff")
    headers.set("x-robots-tag", "noindex")
    headers.set("referrer-policy", SECRET_PATH.test(context.req.path) ? "strict-origin" : "same-origin")
    headers.set("cross-origin-opener-policy", "same-origin")
    headers.set("cross-origin-resource-policy", "same-origin")
    headers.set("permissions-policy", "camera=(), geolocation=(), microphone=()")
    if (secure) headers.set("strict-transport-security", "max-age=31536000")
    if (!headers.has("content-security-policy")) headers.set("content-security-policy", POLICY)
    if (!headers.has("cache-control")) headers.set("cache-control", "private, no-store")
  }
}

export const shortAddress: Check = ({ env }) => {
  if (env.asked.isTooLong)
    throw new Refusal(
      "too_large",
      "That address is longer than any of ours, or cannot be read. Look for what you want among the rooms.",
    )
}

/** Refuses what is for another host than ours, in whatever way. How one is, probes ask that know no host; and of the numbers
 *  nobody is told who has neither the token nor a cookie of this host. */
export const ownHost = (app: App, assets: Assets): MiddlewareHandler<Env> => {
  const hostless = new Set(["/health", "/metrics"])
  const { publicUrl } = app.config
  const waits = inTurnFor(app, "elsewhere")
  return (context, next) => {
    const { host, path } = context.env.asked
    const isHostless = hostless.has(path) && SAFE_METHODS.has(context.req.method)
    if (isHostless || (host !== null && isOurHost(host, publicUrl))) return next()
    return another(context, host)
  }

  async function another(context: Context<Env>, host: Origin | null) {
    let answer: Response | undefined
    await waits(context, async () => {
      answer =
        host === null
          ? await misdirected(assets, context, "malformed", "Say which host this is for, as in Host: chat.example.org.")
          : await (publicUrl === null ? nameless(host) : elsewhere(publicUrl))
    })
    return answer

    function nameless({ host }: Origin) {
      const sentence = `This place does not go by ${host}. Whoever runs it says what people type, as in PUBLIC_URL=http://${host}.`
      return misdirected(assets, context, "malformed", sentence)
    }
    function elsewhere(publicUrl: string) {
      const sentence = `This place is at ${publicUrl}. If you came from there, the proxy before it has to pass Host on.`
      return misdirected(assets, context, "misdirected", sentence, publicUrl)
    }
  }
}

/** Refuses what another site's page makes a browser send with our cookie: every unsafe method. The handshake of a socket asks
 *  the same where it becomes one. */
export const sameOrigin =
  (app: App): Check =>
  (context) => {
    if (!SAFE_METHODS.has(context.req.method)) mustBeOurs(app, context)
  }

/** The places of this process whose log has been told of an origin that they do not know. */
const told = new WeakSet<App["config"]>()

/** Browsers say where a request comes from, by Sec-Fetch-Site or Origin; what says neither is no browser and was not lured.
 *  (OWASP, Cross-Site Request Forgery Prevention and WebSocket Security cheat sheets.) */
export function mustBeOurs({ config }: App, { env, req }: Context<Env>): void {
  const { publicUrl } = config
  const site = req.header("sec-fetch-site")
  const origin = req.header("origin")
  if (site !== undefined && site !== "same-origin" && site !== "none")
    throw new Refusal("forbidden", `${ANOTHER_SITE} Do it from Parlour's own page.`)
  const from = parseAddress(origin ?? "")
  if (origin === undefined || (from && isOurs(from, req.header("host"), publicUrl))) return
  const ours = publicUrl ?? env.asked.host?.origin
  if (from && !told.has(config)) {
    told.add(config)
    console.error(
      `Refused: a form from a page at ${from.origin}, while this place is at ${ours}. If that is this place, too, set PUBLIC_URL=${from.origin}, and let the proxy pass Host on. Otherwise another site's page sent it. (This is said once.)`,
    )
  }
  // The browser itself says that both are one site: then it is we who do not know our address.
  if (from && site === "same-origin")
    throw new Refusal(
      "forbidden",
      `Nothing was done: you are at ${from.origin}, and Parlour takes itself to be at ${ours}. Tell whoever runs it: PUBLIC_URL=${from.origin} puts that right.`,
    )
  throw new Refusal(
    "forbidden",
    `${ANOTHER_SITE} Do it from Parlour's own page. If this is that page, tell whoever runs it: PUBLIC_URL has to be the address that you see.`,
  )
}

const ANOTHER_SITE = "This came from another site's page, so it was not done."

/** Behind a proxy that ends TLS only the host tells, until PUBLIC_URL says more. */
function isOurs(from: URL, host: string | undefined, publicUrl: string | null): boolean {
  if (publicUrl !== null) return from.origin === publicUrl
  return /^https?:$/.test(from.protocol) && hostOf(host ?? "", from.protocol)?.host === from.host
}

/** Says where each request comes from. */
export const address = ({ config }: App): Check => {
  const trusted = trustedBy(config.trustedProxies)
  const warn = warnOfProxies(config, trusted)
  return (context) => {
    warn(context)
    context.set("address", () => {
      const peer = peerOf(context)?.address ?? "unknown"
      return comesFrom(peer, context.req.header("x-forwarded-for"), trusted)
    })
  }
}

/** Finds out who asks, from the session's cookie. */
export const session = (app: App): MiddlewareHandler<Env> => {
  return async (context, next) => {
    const { came = null, found } = (await whoCame(app, context)) ?? {}
    context.set("cookie", came)
    context.set("caller", new Asking(app, context, found))
    if (!found)
      context.set(
        "wasIn",
        cameWith(app, context).some((one) => !isByAnotherName(app, context, one)),
      )
    else if (came) {
      // The answer to a handshake carries no cookie, and what a form does may set another.
      const canCarry = () => context.req.method === "GET" && context.req.header("upgrade") === undefined
      // A disk that cannot be written keeps nobody from reading: the session is noted as used another time.
      const another = await useSession(app.db, found, came.value, canCarry)?.catch(ignoreRefusal)
      if (another) remember(app, context, another)
      else if (isByAnotherName(app, context, came)) remember(app, context, came.value)
    }
    await next()
  }
}

/** By the cookies that may be ours: whom one of them names, and nobody if they name several. Nearly everybody has one, by our
 *  name. To look up many is work, and until it is done a stranger's: they wait for their turn first. */
async function whoCame(app: App, context: Context<Env>) {
  const cookies = cameWith(app, context)
  const look = () => ownersOf(app, cookies)
  const all = cookies.length > 1 ? await inTurnOfAddress(app, context, look) : await look()
  return all.every(({ found }) => found.person.id === all[0]?.found.person.id) ? all[0] : undefined
}

async function ownersOf({ db }: App, cookies: Came[]): Promise<{ came: Came; found: Session }[]> {
  const all: { came: Came; found: Session }[] = []
  for (const came of cookies) {
    const found = await findSession(db.sql, came.value)
    if (found) all.push({ came, found })
  }
  return all
}

/** Who says for whom they ask and is not believed may be a proxy that nobody told us of: then everybody behind it counts as one,
 *  and one person uses up the tries of all. Said once, with what to do. */
function warnOfProxies({ publicUrl }: App["config"], trusted: Trusted): (context: Context<Env>) => void {
  let isTold = false
  return (context) => {
    if (isTold || context.req.header("x-forwarded-for") === undefined) return
    const peer = peerOf(context)?.address
    if (peer === undefined || trusted.has(peer)) return
    isTold = true
    const url = publicUrl === null ? ", and PUBLIC_URL to the address that people type" : ""
    console.error(
      `X-Forwarded-For came from ${peer} and is not believed: all whom it asks for count as one address. If a proxy of yours is there, set TRUSTED_PROXIES=${peer}${url}. Otherwise somebody made it up. (This is said once.)`,
    )
  }
}

function ignoreRefusal(error: unknown): null {
  if (!(error instanceof Refusal)) throw error
  return null
}

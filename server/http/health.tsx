// What whoever runs the place, and what watches over it, may ask. How one is, anyone may ask, so that it says nothing but
// that. The numbers tell how much goes on, and are for the owner and for who has the token.
import { createHash, timingSafeEqual } from "node:crypto"
import { Refusal } from "../../protocol/refusal.ts"
import { HealthPage } from "../../view/health.tsx"
import type { Assets } from "../../view/page.tsx"
import type { App } from "../app.ts"
import { mustBeOwner } from "../caller.ts"
import { format } from "../metrics.ts"
import { page, wantsPage } from "./answer.tsx"
import type { Ask } from "./env.ts"

export const health = (app: App, assets: Assets) => async (context: Ask) => {
  const health = await app.checkup.of(app)
  const status = health.status === "failing" || health.status === "stopping" ? 503 : 200
  if (status === 503) context.header("retry-after", "5")
  if (wantsPage(context)) return context.html(page(<HealthPage health={health} assets={assets} />), status)
  return context.json(health, status)
}

/** Where the request comes from opens nothing: behind a proxy on the same machine everybody comes from there. */
export const metrics = (app: App) => async (context: Ask) => {
  if (!hasToken(app, context)) mustBeOwner(context.get("caller"))
  return context.text(format(await app.metrics.ofAll(app)), 200, {
    "content-type": "text/plain; version=0.0.4; charset=utf-8",
  })
}

function hasToken({ config }: App, context: Ask): boolean {
  const [, given] = context.req.header("authorization")?.match(/^Bearer +(\S+)$/i) ?? []
  if (given === undefined) return false
  if (config.metricsToken !== null && timingSafeEqual(digest(given), digest(config.metricsToken))) return true
  throw new Refusal("unauthorized", "That is not this place's METRICS_TOKEN.")
}

/** Of one length, whatever was given. */
const digest = (text: string): Buffer => createHash("sha256").update(text).digest()

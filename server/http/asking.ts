// Who asks: whom their cookie names when they come, for as long as that session stands. It may end while they wait for their turn,
// and while what they asked for is read.
import type { MiddlewareHandler } from "hono"
import { Refusal } from "../../protocol/refusal.ts"
import type { App } from "../app.ts"
import type { Caller } from "../caller.ts"
import type { Session } from "../people/session.ts"
import { sessionStands } from "../standing.ts"
import { deviceOf } from "./cookies.ts"
import type { Ask, Env } from "./env.ts"
import { isHere } from "./here.ts"

/** Who asks. Most of it nobody wants to know. */
export class Asking implements Caller {
  readonly person: Caller["person"]
  readonly session: string | null
  readonly #app: App
  readonly #context: Ask

  constructor(app: App, context: Ask, found: Session | undefined) {
    this.#app = app
    this.#context = context
    this.person = found?.person ?? null
    this.session = found?.id ?? null
  }

  get address(): string {
    return this.#context.get("address")()
  }

  get device(): string | undefined {
    return deviceOf(this.#app, this.#context)
  }

  get agent(): string | undefined {
    return this.#context.req.header("user-agent")
  }

  get elsewhere(): boolean {
    return !isHere(this.#context)
  }
}

/** Looks again whether they are in: whose session has ended since is a stranger from here on. Answers whether nothing changed. */
export async function stillStands(app: App, context: Ask): Promise<boolean> {
  const { session } = context.get("caller")
  if (session === null || (await sessionStands(app.db.sql, session))) return true
  context.set("caller", new Asking(app, context, undefined))
  context.set("cookie", null)
  context.set("wasIn", true)
  return false
}

/** What was read for someone is answered if their session stands when all of it has been read: else one question may have been asked
 *  of the database before they were removed, and another after that. What a command tells was told while it stood. */
export const toWhoStands =
  (app: App): MiddlewareHandler<Env> =>
  async (context, next) => {
    await next()
    const { method } = context.req
    const isRead = method === "GET" || method === "HEAD" || context.get("hasRead")
    if (!isRead || context.get("isFeed") || context.res.status === 401 || (await stillStands(app, context))) return
    await context.res.body?.cancel()
    context.res = undefined // or its headers would go along
    context.finalized = false
    throw new Refusal("unauthorized", "Sign in first.")
  }

// Refusals and accidents become answers here, and only here: JSON for programs, a page for people.
import type { Hono } from "hono"
import { routePath } from "hono/route"
import { renderToString } from "preact-render-to-string"
import { Refusal, type RefusalCode, statusOf } from "../../protocol/refusal.ts"
import { type Assets, documentOf } from "../../view/page.tsx"
import { ProblemPage, problems } from "../../view/problem.tsx"
import type { App } from "../app.ts"
import { logAccident } from "../log.ts"
import { readPlace } from "../people/place.ts"
import { isEmptyPlace } from "../people/rows.ts"
import { takes } from "./accept.ts"
import { routedBy } from "./asked.ts"
import type { Ask, Env } from "./env.ts"
import { methodsOf } from "./methods.ts"
import { reading } from "./turns.ts"

/** Whether it says that a body stopped coming, because its sender went: no fault of ours, and nobody is there to be told. */
const isGone = (error: unknown): boolean => (error as Error | null)?.name === "AbortError"

type Status = (typeof statusOf)[keyof typeof statusOf]

/** Programs ask under /api, for the feed, and whenever they do not take HTML. */
export const wantsPage = ({ req }: Ask): boolean =>
  !req.path.startsWith("/api/") && takes(req.header("accept"), "text/html")

/** The request's path and query, to come back to after signing in. */
const wayBack = ({ req, env }: Ask): string => encodeURIComponent(req.path + env.asked.search)

/** Answers whatever was thrown on the way to an answer: a refusal by its status and sentence, an accident by 500 and a number. */
export const problemAnswer = (app: App, assets: Assets, hono: Hono<Env>) => {
  const declined = refused(app, assets, hono)
  const troubled = (error: Error, context: Ask) =>
    error instanceof Refusal ? plainly(assets, error, context) : accident(assets, error, context)
  return async (error: Error, context: Ask): Promise<Response> => {
    if (isGone(error))
      return declined(new Refusal("malformed", "The connection ended before all of it was here."), context)
    if (!(error instanceof Refusal)) return accident(assets, error, context)
    return declined(error, context).catch((another) => troubled(another, context))
  }
}

const refused = (app: App, assets: Assets, hono: Hono<Env>) => async (error: Refusal, context: Ask) => {
  const meant = withoutSigns(hono, error.code, context)
  if (meant) return context.redirect(meant, 301)
  if (error.code === "slow_down" || error.code === "try_again") context.header("retry-after", `${error.after ?? 5}`)
  if (!wantsPage(context)) return context.json({ error }, statusOf[error.code])
  return reading(context, () => refusedPage(app, assets, error, context))
}

async function refusedPage(app: App, assets: Assets, error: Refusal, context: Ask): Promise<Response> {
  const status: Status = statusOf[error.code]
  if (error.code === "unauthorized" && context.req.method === "GET") {
    const door = (await isEmptyPlace(app.db.sql)) ? "/welcome" : `/login?next=${wayBack(context)}`
    return context.redirect(door, 303)
  }
  const place = await readPlace(app.db.sql)
  const { title, back } = about(error.code, context)
  return context.html(
    page(
      <ProblemPage assets={assets} place={place} status={status} title={title} message={error.message} back={back} />,
    ),
    status,
  )
}

/** For whoever came by a host that is not ours: a page of another's making may read this, so that it says nothing of the place. */
export function misdirected(
  assets: Assets,
  context: Ask,
  code: "malformed" | "misdirected",
  message: string,
  goTo?: string,
): Response | Promise<Response> {
  const status = statusOf[code]
  if (!wantsPage(context)) return context.json({ error: new Refusal(code, message) }, status)
  const back = goTo ? { back: { href: goTo, label: "Go there" } } : {}
  return context.html(
    page(<ProblemPage {...{ assets, status, message, ...problems.notByThatName, ...back }} />),
    status,
  )
}

/** When the database cannot even be read for the page that declines. */
function plainly(assets: Assets, { code, message }: Refusal, context: Ask): Response | Promise<Response> {
  context.header("retry-after", "5")
  const { status, title, back } = problems.away
  const way = context.req.method === "POST" ? {} : { back } // to load what was sent would not send it again
  return context.html(page(<ProblemPage {...{ assets, status, title, message, ...way }} />), statusOf[code])
}

/** Where there is nothing, or nothing of that kind: then it is said what there is. */
export const nothing = (app: App, assets: Assets, hono: Hono<Env>) => async (context: Ask) => {
  const { method, path } = context.req
  const methods = methodsOf(hono, path)
  const allow = methods.join(", ")
  const problem = problemAnswer(app, assets, hono)
  // Where the method is taken, what was asked for is not there: an asset, say.
  const isTaken = method !== "OPTIONS" && methods.includes(method)
  const there = methods.length === 0 && besideTheSlash(context.env.asked.rawPath)
  if (there && methodsOf(hono, routedBy(there)).includes(method))
    return context.redirect(there + context.env.asked.search, method === "GET" || method === "HEAD" ? 301 : 308)
  if (isTaken || methods.length === 0)
    return problem(new Refusal("not_found", "There is nothing at this address."), context)
  if (method === "OPTIONS") return context.body(null, 204, { allow })
  const { body, headers } = await problem(new Refusal("malformed", `This address takes ${allow}.`), context)
  headers.set("allow", allow)
  return new Response(body, { status: 405, headers })
}

/** The same address with a slash at its end, or without; null where that would be another host's. */
function besideTheSlash(path: string): string | null {
  const there = path.endsWith("/") ? path.replace(/\/+$/, "") : `${path}/`
  return /^\/[^/]/.test(there) ? there : null
}

/** Where it was meant to lead, when signs of the sentence that a link stood in were taken for a part of it; null where that is
 *  nowhere either, or something else. */
function withoutSigns(hono: Hono<Env>, code: RefusalCode, context: Ask): string | null {
  const { method } = context.req
  const { rawPath, search } = context.env.asked
  const isLost = (method === "GET" || method === "HEAD") && (code === "not_found" || code === "forbidden")
  if (!isLost || ENDS_IN_NAME.test(routePath(context, -1))) return null
  const path = upToSigns(rawPath)
  const [there, asked] = path === rawPath ? [path, upToSigns(search)] : [path, search]
  const isSame = there === rawPath && asked === search
  return !isSame && /^\/[^/]/.test(there) && methodsOf(hono, routedBy(there)).includes(method) ? there + asked : null
}

/** Any sign may be a room's own. */
const ENDS_IN_NAME = /:room\/?$/
/** All but rooms ends in a letter or a digit: codes, tokens and numbers have no other signs, just so that this can be told. What is
 *  percent-encoded is none of them. */
const LAST_OF_OURS = /^.*(?<!%.?)[a-z\d]/i

function upToSigns(text: string): string {
  const [ours = ""] = LAST_OF_OURS.exec(text) ?? []
  return /^\/?$/.test(text.slice(ours.length)) ? text : ours
}

const signIn = { href: "/login", label: "Sign in" }

/** What a refused page is called, and the one way on from it, which has to be open to whoever reads it. */
function about(code: RefusalCode, context: Ask): { title: string; back: { href: string; label: string } } {
  const { path } = context.req
  if (code === "unauthorized") return problems.signedOut
  if (path === "/welcome") return { title: "Not open yet", back: { href: path, label: "Try again" } }
  if (path.startsWith("/password/")) return { title: "This link has ended", back: signIn }
  const [, room] = path.match(/^(\/chat\/[^/]+\/)\d+$/) ?? []
  const rooms = room ? { href: room, label: "Go to the room" } : problems.notFound.back
  const back = context.get("caller")?.person ? rooms : signIn
  if (code === "not_found") return { title: problems.notFound.title, back }
  return { title: code === "forbidden" ? "This is not open to you" : "That was not done", back }
}

/** A bug: logged once, with the request's number, which is all that people are shown of it. */
function accident(assets: Assets, error: Error, context: Ask): Response | Promise<Response> {
  const request = context.get("request")
  // By the route's pattern: the address itself may be a link that lets someone in.
  logAccident(`request ${request}: ${context.req.method} ${routePath(context, -1)}`, error)
  if (!wantsPage(context))
    return context.json(
      { error: { code: "broken", message: `Something broke. It is written down as ${request}.` } },
      500,
    )
  return context.html(page(<ProblemPage assets={assets} {...problems.broke} request={request} />), 500)
}

/** The whole document, doctype and all. */
export const page = (tree: Parameters<typeof renderToString>[0]): string => documentOf(renderToString(tree))

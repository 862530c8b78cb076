// Refusals and accidents become answers here, and only here: JSON for programs, a page for people.
import { renderToString } from "preact-render-to-string"
import { Refusal, statusOf } from "../../protocol/refusal.ts"
import { type Assets, documentOf } from "../../view/page.tsx"
import { ProblemPage, problems } from "../../view/problem.tsx"
import type { App } from "../app.ts"
import { readPlace } from "../people/place.ts"
import { isEmptyPlace } from "../people/rows.ts"
import type { Ask } from "./env.ts"

type Status = (typeof statusOf)[keyof typeof statusOf]

/** Programs ask under /api, for the feed, and whenever they do not take HTML. */
export const wantsPage = ({ req }: Ask): boolean =>
  !req.path.startsWith("/api/") && (req.header("accept") ?? "").includes("text/html")

/** The request's path and query, to come back to after signing in. */
const wayBack = ({ req }: Ask): string => encodeURIComponent(req.path + (new URL(req.url).search || ""))

export const problemAnswer =
  (app: App, assets: Assets) =>
  async (error: Error, context: Ask): Promise<Response> => {
    if (!(error instanceof Refusal)) return accident(assets, error, context)
    const status: Status = statusOf[error.code]
    if (error.code === "slow_down" || error.code === "try_again") context.header("retry-after", "5")
    if (!wantsPage(context)) return context.json({ error }, status)
    if (error.code === "unauthorized" && context.req.method === "GET") {
      const door = (await isEmptyPlace(app.db.sql)) ? "/welcome" : `/login?next=${wayBack(context)}`
      return context.redirect(door, 303)
    }
    const place = await readPlace(app.db.sql)
    const { title, back } =
      error.code === "not_found" ? problems.notFound : error.code === "unauthorized" ? problems.signedOut : declined
    return context.html(
      page(
        <ProblemPage assets={assets} place={place} status={status} title={title} message={error.message} back={back} />,
      ),
      status,
    )
  }

const declined = { title: "That was not done", back: { href: "/chat/", label: "Go to your rooms" } }

/** A bug: logged once, with the request's number, which is all that people are shown of it. */
function accident(assets: Assets, error: Error, context: Ask): Response | Promise<Response> {
  const request = context.get("request")
  console.error(`request ${request}: ${context.req.method} ${context.req.path}\n`, error)
  if (!wantsPage(context))
    return context.json(
      { error: { code: "broken", message: `Something broke. It is written down as ${request}.` } },
      500,
    )
  return context.html(page(<ProblemPage assets={assets} {...problems.broke} request={request} />), 500)
}

export const page = (tree: Parameters<typeof renderToString>[0]): string => documentOf(renderToString(tree))

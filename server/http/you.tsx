// The page of one's own: the password, and where one is signed in.

import type { Assets } from "../../view/page.tsx"
import type { Problem, YouSnapshot } from "../../view/snapshot.ts"
import { YouPage } from "../../view/you.tsx"
import type { App } from "../app.ts"
import { mustBeSignedIn } from "../caller.ts"
import { listSessions } from "../people/own-sessions.ts"
import { readPlace } from "../people/place.ts"
import { perform } from "../perform.ts"
import { page } from "./answer.tsx"
import { remember } from "./cookies.ts"
import type { Ask } from "./env.ts"
import { fieldsOf } from "./fields.ts"
import { commandFrom, orAgain } from "./forms.ts"
import { queried } from "./query.ts"
import { lastRoom } from "./reader.ts"

/** What was just done, as the address says it. */
const DONE = ["changed", "ended"] as const

export const youPage = (app: App, assets: Assets) => async (context: Ask) =>
  context.html(await drawYou(app, assets, context))

async function drawYou(app: App, assets: Assets, context: Ask, refused?: Problem): Promise<string> {
  const caller = context.get("caller")
  const me = mustBeSignedIn(caller)
  const done = refused ? undefined : DONE.find((word) => queried(context, word) !== undefined)
  const sessions = await listSessions(app.db.sql, me.id)
  const back = await lastRoom(app, context)
  const snapshot: YouSnapshot = {
    place: { name: (await readPlace(app.db.sql)).name },
    me,
    ...(back && { back }),
    now: Date.now(),
    sessions: sessions.map((one) => ({ ...one, isThis: one.id === caller.session })),
    ...(done && { done }),
    ...(refused && { refused }),
  }
  return page(<YouPage snapshot={snapshot} assets={assets} />)
}

export const changePasswordForm = (app: App, assets: Assets) => async (context: Ask) => {
  mustBeSignedIn(context.get("caller"))
  const fields = await fieldsOf(context)
  return orAgain(
    app,
    context,
    async () => {
      const { answer: token } = await perform(app, context.get("caller"), commandFrom("changePassword", fields))
      remember(app, context, token)
      return context.redirect("/me?changed", 303)
    },
    (refusal) => drawYou(app, assets, context, refusal.toJSON()),
  )
}

export const endSessionForm = (app: App) => async (context: Ask) => {
  mustBeSignedIn(context.get("caller"))
  const fields = await fieldsOf(context)
  await perform(app, context.get("caller"), commandFrom("endSession", fields))
  return context.redirect("/me?ended#sessions", 303)
}

export const endOtherSessionsForm = (app: App) => async (context: Ask) => {
  await perform(app, context.get("caller"), { type: "endOtherSessions" })
  return context.redirect("/me?ended#sessions", 303)
}

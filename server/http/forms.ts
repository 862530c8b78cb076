// What is sent by forms. Each does its command and answers with a way to go on (303), so that reloading sends nothing
// again; refused, it shows the form again with what was typed and the reason.
import { type Command, type CommandOf, parseCommand, type Registration } from "../../protocol/command.ts"
import { MAX_TEXT, MAX_TYPED_TEXT } from "../../protocol/limits.ts"
import { Refusal, statusOf } from "../../protocol/refusal.ts"
import type { Assets } from "../../view/page.tsx"
import type { App } from "../app.ts"
import { mustBeOwner, mustBeSignedIn, readerOf } from "../caller.ts"
import { accountOf } from "../names/spelling.ts"
import { LINK_HOURS } from "../people/password-link.ts"
import { isEmptyPlace } from "../people/rows.ts"
import { findSession, newToken } from "../people/session.ts"
import { perform } from "../perform.ts"
import { mustBeReadable } from "../rooms/rows.ts"
import { mustStand } from "../standing.ts"
import { wantsPage } from "./answer.tsx"
import { deviceOf, forget, remember, rememberDevice } from "./cookies.ts"
import type { Ask } from "./env.ts"
import { type Fields, fieldsOf } from "./fields.ts"
import { mustBeOwnPage } from "./page-nonce.ts"
import {
  addressOf,
  drawPassword,
  drawPlace,
  drawRegister,
  drawRoom,
  drawSignIn,
  drawWelcome,
  ownPath,
} from "./pages.tsx"
import { forgetRoom } from "./reader.ts"
import { askFirst, drawRooms, roomPath } from "./rooms.tsx"
import { reading } from "./turns.ts"

/** A command from a form's fields; what was left empty counts as not given. */
export function commandFrom<Type extends Command["type"]>(type: Type, fields: Fields): CommandOf<Type> {
  const given = Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== ""))
  return parseCommand({ ...given, type }) as CommandOf<Type>
}

/** Does it; a refusal becomes the page that `again` draws, or JSON for a program. The page is for who is still in: the form may
 *  have been on its way for long. */
export async function orAgain(
  app: App,
  context: Ask,
  work: () => Promise<Response>,
  again: (refusal: Refusal) => Promise<string>,
): Promise<Response> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof Refusal) || !wantsPage(context)) throw error
    const draw = async () => {
      const caller = context.get("caller")
      if (caller.person) await mustStand(app.db.sql, caller) // a stranger's form shows nothing of the place
      return again(error)
    }
    return context.html(await reading(context, draw), statusOf[error.code])
  }
}

export const registerForm = (app: App, assets: Assets) => async (context: Ask) => {
  const fields = await fieldsOf(context)
  const { username = "", invite, place, code } = fields
  const next = ownPath(fields.next)
  return orAgain(
    app,
    context,
    async () => {
      const { answer: token } = await perform(app, context.get("caller"), commandFrom("register", fields))
      await letIn(app, context, token)
      return context.redirect(next ?? "/", 303)
    },
    async (refusal) => {
      const part = { username, refused: refusal.toJSON(), ...(next && { next }), ...(invite && { invite }) }
      return (await isEmptyPlace(app.db.sql))
        ? drawWelcome(app, assets, { ...part, ...chosen(fields), ...(code && { code }) }, place)
        : drawRegister(app, assets, part)
    },
  )
}

/** With a new session; and from now on as a browser that is known here. */
async function letIn(app: App, context: Ask, token: string): Promise<void> {
  remember(app, context, token)
  const { person } = (await findSession(app.db.sql, token)) ?? {}
  if (person) rememberDevice(app, context, app.devices.cookieFor(deviceOf(app, context), accountOf(person.name)))
}

const chosen = ({ registration = "" }: Fields): { registration?: Registration } =>
  /^(open|invite|closed)$/.test(registration) ? { registration: registration as Registration } : {}

export const loginForm = (app: App, assets: Assets) => async (context: Ask) => {
  const fields = await fieldsOf(context)
  const next = ownPath(fields.next)
  return orAgain(
    app,
    context,
    async () => {
      const { answer: token } = await perform(app, context.get("caller"), commandFrom("signIn", fields))
      await letIn(app, context, token)
      return context.redirect(next ?? "/", 303)
    },
    (refusal) =>
      drawSignIn(app, assets, { username: fields.username ?? "", refused: refusal.toJSON(), ...(next && { next }) }),
  )
}

export const logoutForm = (app: App) => async (context: Ask) => {
  const caller = context.get("caller")
  await perform(app, caller, { type: "signOut", session: caller.session ?? "" })
  forget(app, context)
  // What they read and wrote here the browser is to forget. Not all do, so that the client sees to it, too (sign-out.ts).
  context.header("clear-site-data", '"cache", "storage"')
  return context.redirect("/login?out", 303)
}

export const passwordForm = (app: App, assets: Assets) => async (context: Ask) => {
  const token = context.req.param("token")!
  const fields = await fieldsOf(context)
  return orAgain(
    app,
    context,
    async () => {
      const { answer } = await perform(app, context.get("caller"), commandFrom("setPassword", { ...fields, token }))
      await letIn(app, context, answer)
      return context.redirect("/", 303)
    },
    (refusal) => drawPassword(app, assets, token, refusal.toJSON()),
  )
}

// The place.

export const settingsForm = (app: App, assets: Assets) => async (context: Ask) => {
  const fields = await fieldsOf(context)
  return orAgain(
    app,
    context,
    async () => {
      await perform(app, context.get("caller"), commandFrom("changeSettings", fields))
      return context.redirect("/place?saved#settings", 303)
    },
    (refusal) => drawPlace(app, assets, context, { refused: refusal.toJSON() }),
  )
}

export const inviteForm = (app: App) => async (context: Ask) => {
  await perform(app, context.get("caller"), { type: "changeSettings", newInvite: true })
  return context.redirect("/place?renewed#invite", 303)
}

/** The link is shown on the answer itself and nowhere else: it lies in no address, history or log. */
export const linkForm = (app: App, assets: Assets) => async (context: Ask) => {
  mustBeOwner(context.get("caller"))
  const fields = await fieldsOf(context)
  return orAgain(
    app,
    context,
    async () => {
      const { answer } = await perform(app, context.get("caller"), commandFrom("makePasswordLink", fields))
      const passwordLink = { name: answer.name, link: addressOf(app, context, answer.path), hours: LINK_HOURS }
      return context.html(await reading(context, () => drawPlace(app, assets, context, { passwordLink })))
    },
    (refusal) => drawPlace(app, assets, context, { refused: refusal.toJSON() }),
  )
}

/** Goes on to where they are listed, with the way back in for them; and says so if the invite link is another now. */
export const expelForm = (app: App, assets: Assets) => async (context: Ask) => {
  mustBeOwner(context.get("caller"))
  const fields = await fieldsOf(context)
  return orAgain(
    app,
    context,
    async () => {
      const { username = "" } = fields
      const command = { ...commandFrom("expel", { username }), newInvite: fields.newInvite !== undefined }
      const { answer } = await perform(app, context.get("caller"), command)
      const renewed = answer.newInvite ? "&renewed" : ""
      return context.redirect(`/place?find=${encodeURIComponent(answer.name)}&removed${renewed}#people`, 303)
    },
    (refusal) => drawPlace(app, assets, context, { refused: refusal.toJSON() }),
  )
}

// The rooms.

export const enterForm = (app: App, assets: Assets) => async (context: Ask) => {
  mustBeSignedIn(context.get("caller"))
  const { name = "", anyway } = await fieldsOf(context)
  return orAgain(
    app,
    context,
    async () => {
      const doubt =
        !anyway && wantsPage(context) && (await reading(context, () => askFirst(app, assets, context, name)))
      if (doubt) return context.html(doubt)
      const { answer } = await perform(
        app,
        context.get("caller"),
        parseCommand({ type: "open", name }) as CommandOf<"open">,
      )
      return context.redirect(roomPath(answer.slug), 303)
    },
    (refusal) => drawRooms(app, assets, context, { missing: name, refused: refusal.toJSON() }),
  )
}

export const joinForm = (app: App, type: "join" | "leave") => async (context: Ask) => {
  const room = await mustBeReadable(app.db.sql, context.req.param("room")!, readerOf(context.get("caller")))
  await perform(app, context.get("caller"), { type, room: room.id })
  if (type === "leave") forgetRoom(app, context)
  return context.redirect(type === "join" ? roomPath(room.slug) : `/chat/?left=${encodeURIComponent(room.slug)}`, 303)
}

/** Speaking without scripts. The form's nonce keeps a double click and the back button from saying it twice, and who has signed
 *  in since from saying what they did not write. */
export const speakForm = (app: App, assets: Assets) => async (context: Ask) => {
  if (!context.get("caller").person && wantsPage(context)) return unsent(app, assets, context)
  const room = await mustBeReadable(app.db.sql, context.req.param("room")!, readerOf(context.get("caller")))
  const { message: text = "", nonce } = await fieldsOf(context)
  return orAgain(
    app,
    context,
    async () => {
      mustBeOwnPage(mustBeSignedIn(context.get("caller")), nonce)
      const command = parseCommand({
        type: "post",
        room: room.id,
        text,
        nonce: nonce || newToken(),
      }) as CommandOf<"post">
      const { answer, changes } = await perform(app, context.get("caller"), command)
      // A form from the past, filled in anew: its nonce has been used, and what is written now would be lost.
      if (changes.length === 0 && answer.text !== command.text)
        throw new Refusal("taken", "This form had been sent before with other words. Press Send to say these as well.")
      return context.redirect(roomPath(room.slug), 303)
    },
    (refusal) =>
      drawRoom(app, assets, context, room.slug, isKept(text) ? { draft: text, refused: refusal.toJSON() } : NOT_KEPT),
  )
}

/** To draw what is longer than a message may be typed would hold everybody up. */
const isKept = (text: string): boolean => text.length <= MAX_TYPED_TEXT
const NOT_KEPT = {
  refused: {
    code: "too_large" as const,
    message: `That was not sent, and is too long to be shown here again: a message has at most ${MAX_TEXT.toLocaleString("en")} characters. Send it in parts.`,
  },
}

/** The session ended while someone wrote: the way back in, with what they wrote. */
async function unsent(app: App, assets: Assets, context: Ask): Promise<Response> {
  const { message: draft = "" } = await fieldsOf(context)
  const part = isKept(draft) ? { draft } : NOT_KEPT
  const page = await reading(context, () => drawSignIn(app, assets, { ...part, next: context.req.path }))
  return context.html(page, 401)
}

// The table of contents of Parlour on HTTP: every address, what answers it, and what each request passes first.
import { Hono } from "hono"
import { TrieRouter } from "hono/router/trie-router"
import type { App } from "../app.ts"
import { aboutPage } from "./about.tsx"
import { nothing, problemAnswer } from "./answer.tsx"
import { Answers } from "./answers.ts"
import { listMessages, listRooms, me, noteTyping, openRoom, postMessage, setMembership } from "./api.ts"
import { toWhoStands } from "./asking.ts"
import type { Client } from "./assets.ts"
import { Bodies, hasBody, readBody, takeRoom } from "./bodies.ts"
import { classic } from "./classic/routes.ts"
import { compress } from "./compress.ts"
import type { Env } from "./env.ts"
import { events } from "./events.ts"
import {
  enterForm,
  expelForm,
  inviteForm,
  joinForm,
  linkForm,
  loginForm,
  logoutForm,
  passwordForm,
  registerForm,
  settingsForm,
  speakForm,
} from "./forms.ts"
import { address, headers, ownHost, pass, sameOrigin, session, shortAddress } from "./guard.ts"
import { health, metrics } from "./health.tsx"
import { manifest, ownPicture } from "./manifest.ts"
import { home, invitePage, passwordPage, placePage, registerPage, roomPage, signInPage, welcomePage } from "./pages.tsx"
import { shortQuery } from "./query.ts"
import { Remembered } from "./remembered.ts"
import { roomsPage } from "./rooms.tsx"
import { inTurn, inTurnFor } from "./turns.ts"
import { changePasswordForm, endOtherSessionsForm, endSessionForm, youPage } from "./you.tsx"

const PID = process.pid
let requests = 0

export function routes(app: App, client: Client): Hono<Env> {
  const { assets } = client
  const answers = new Answers(app.config.limits)
  const hono = new Hono<Env>({
    getPath: (_, from) => (from!.env as Env["Bindings"]).asked.path,
    router: new Remembered(new TrieRouter()),
  })
  hono.onError(problemAnswer(app, assets, hono))
  hono.notFound(nothing(app, assets, hono))
  hono.use(async (context, next) => {
    context.set("request", `${PID}-${++requests}`)
    // Of what has a body now: later it may be another request, which was copied, or one whose sender is gone.
    if (hasBody(context.req.raw)) context.set("peer", context.env.server.requestIP(context.req.raw))
    await next()
    if (context.get("isUnfinished")) context.res.headers.set("connection", "close") // what is still to come is not waited for
    app.metrics.answered(context.res.status)
  })
  hono.use(headers(app))
  hono.use(pass(address(app)))
  hono.use(ownHost(app, assets))
  hono.use(takeRoom(new Bodies()))
  // Before who asks is looked up in the database.
  hono.get("/health", inTurnFor(app, "health"), health(app, assets))
  hono.get("/assets/*", inTurnFor(app, "files"), (context) => client.serve(context))
  hono.get("/favicon.ico", inTurnFor(app, "files"), ownPicture("favicon.ico", "image/x-icon"))
  hono.get("/apple-touch-icon.png", inTurnFor(app, "files"), ownPicture("apple-touch-icon.png", "image/png"))
  hono.get("/manifest.webmanifest", inTurnFor(app, "files"), manifest(app, assets))

  hono.use(session(app))
  if (app.turns) hono.use(inTurn(app, app.turns))
  hono.use(compress(answers))
  hono.use(toWhoStands(app))
  hono.use(pass(shortAddress, shortQuery, sameOrigin(app), readBody))

  hono.get("/metrics", metrics(app))

  hono.get("/", home(app))
  hono.get("/welcome", welcomePage(app, assets))
  hono.get("/login", signInPage(app, assets))
  hono.post("/login", loginForm(app, assets))
  hono.get("/register", registerPage(app, assets))
  hono.post("/register", registerForm(app, assets))
  hono.get("/join/:invite", invitePage(app, assets))
  hono.post("/logout", logoutForm(app))
  hono.get("/password/:token", passwordPage(app, assets))
  hono.post("/password/:token", passwordForm(app, assets))
  hono.get("/place", placePage(app, assets))
  hono.post("/place", settingsForm(app, assets))
  hono.post("/place/invite", inviteForm(app))
  hono.post("/place/password-link", linkForm(app, assets))
  hono.post("/place/expel", expelForm(app, assets))
  hono.get("/me", youPage(app, assets))
  hono.post("/me/password", changePasswordForm(app, assets))
  hono.post("/me/sign-out", endSessionForm(app))
  hono.post("/me/sign-out-others", endOtherSessionsForm(app))

  hono.route("/", classic(app)) // before the rooms: /chat/messages is a list of one of the old designs

  hono.get("/chat", (context) => context.redirect("/chat/", 301))
  hono.get("/chat/", roomsPage(app, assets))
  hono.post("/chat/", enterForm(app, assets))
  hono.on("GET", ["/chat/:room", "/chat/:room/"], roomPage(app, assets))
  hono.on("POST", ["/chat/:room", "/chat/:room/"], speakForm(app, assets))
  hono.get("/chat/:room/:message{[0-9]+}", roomPage(app, assets))
  hono.get("/chat/:room/about", aboutPage(app, assets))
  hono.post("/chat/:room/join", joinForm(app, "join"))
  hono.post("/chat/:room/leave", joinForm(app, "leave"))

  hono.get("/events", events(app, assets, answers))

  hono.get("/api/v1/me", me(app))
  hono.get("/api/v1/rooms", listRooms(app))
  hono.post("/api/v1/rooms", openRoom(app))
  hono.put("/api/v1/rooms/:room/membership", setMembership(app, "join"))
  hono.delete("/api/v1/rooms/:room/membership", setMembership(app, "leave"))
  hono.get("/api/v1/rooms/:room/messages", listMessages(app))
  hono.post("/api/v1/rooms/:room/messages", postMessage(app))
  hono.post("/api/v1/rooms/:room/typing", noteTyping(app, false))
  hono.delete("/api/v1/rooms/:room/typing", noteTyping(app, true))
  return hono
}

// Every page in every state that it must survive, drawn from made-up data: to look at (bin/gallery) and to test.
import type { JSX } from "preact"
import { renderToString } from "preact-render-to-string"
import type { Member, Message } from "../protocol/event.ts"
import { NewPasswordPage, RegisterPage, SignInPage, WelcomePage } from "./door.tsx"
import { placeSamples } from "./gallery-place.tsx"
import { roomsSamples } from "./gallery-rooms.tsx"
import { youSamples } from "./gallery-you.tsx"
import { HealthPage } from "./health.tsx"
import { liveEnding, liveOpening, liveRows } from "./live.tsx"
import {
  conversation,
  hardRoom,
  healths,
  here,
  manyRooms,
  me,
  message,
  NOW,
  people,
  place,
  rooms,
  talk,
  typing,
  wide,
} from "./made-up.ts"
import { type Assets, documentOf, Page } from "./page.tsx"
import { ProblemPage, problems } from "./problem.tsx"
import { RoomPage, RoomScreen } from "./room.tsx"
import type { DoorSnapshot, Live, RoomItem, RoomSnapshot, Sending } from "./snapshot.ts"

/** A page by its name in the address. `html` is the whole document. */
export type Sample = { name: string; title: string; html: string }

const snapshot = (more: Partial<RoomSnapshot>): RoomSnapshot => ({
  place,
  me,
  rooms,
  room: talk,
  member: true,
  members: 12,
  here: here(5),
  messages: conversation(15, NOW - 60_000),
  older: true,
  newer: false,
  cursor: "sample.50",
  nonce: "sample",
  ...more,
})

const nothing = () => {}
export const live = (more: Partial<Live>): Live => ({
  sending: [],
  link: "fine",
  fresh: 0,
  now: NOW,
  fetching: { older: false, newer: false },
  typing: [],
  draft: "",
  blank: true,
  on: {
    write: nothing,
    send: nothing,
    retry: nothing,
    edit: nothing,
    discard: nothing,
    older: nothing,
    newer: nothing,
    newest: nothing,
  },
  ...more,
})

/** At these places among what is said; every third leaves. */
const comings = (ticks: number[]): Member[] =>
  ticks.map((tick, index) => ({
    kind: "member",
    tick: tick + 0.5,
    room: talk.id,
    person: { id: 100 + index, name: index === 1 ? wide : (people[index] ?? "someone") },
    present: index % 3 !== 2,
  }))

const sending = (nonce: string, text: string, more?: Partial<Sending>): Sending => ({
  nonce,
  text,
  at: NOW,
  state: "sending",
  ...more,
})

const door = (more: Partial<DoorSnapshot>): DoorSnapshot => ({ place, registration: "invite", ...more })

/** All samples. `said` are messages to show in place of the made-up conversation. */
export function samples(assets: Assets, said?: Message[]): Sample[] {
  const talking = said ? { messages: said.slice(-50) } : {}
  const roomPage = (more: Partial<RoomSnapshot>) => (
    <RoomPage snapshot={snapshot({ ...talking, ...more })} assets={assets} />
  )
  // As it stands once the script runs, but without the script.
  const livePage = (more: Partial<Live>, data: Partial<RoomSnapshot> = {}) => (
    <Page kind="room" title="Live" assets={assets}>
      <div id="app">
        <RoomScreen snapshot={snapshot({ ...talking, ...data })} live={live(more)} />
      </div>
    </Page>
  )
  const page = (name: string, title: string, drawn: JSX.Element): Sample => ({
    name,
    title,
    html: documentOf(renderToString(drawn)),
  })
  const refusedName = {
    code: "taken" as const,
    message: "Someone here is called that already. Choose another name.",
    field: "username",
  }
  return [
    page("room", "A room, as the server sends it", roomPage({ messages: said ?? conversation(50, NOW) })),
    page("room-live", "A room, with scripts", livePage({ typing: typing.one })),
    page("room-comings", "People come and go", livePage({}, { comings: comings([8, 12, 13, 14, 15, 99, 100]) })),
    page(
      "room-empty",
      "An empty room",
      livePage({ typing: typing.several }, { messages: [], older: false, here: here(1) }),
    ),
    page(
      "room-one",
      "A room with one message",
      livePage({}, { messages: [message(1, "Ada", "Hello?")], older: false }),
    ),
    page("room-hard", "Hard messages", livePage({ typing: typing.two }, hardRoom)),
    page(
      "room-focus",
      "A message by its address",
      roomPage({ newer: true, focus: 20, messages: conversation(50, NOW) }),
    ),
    page("room-reading", "Reading along", livePage({}, { member: false })),
    page(
      "room-many",
      "Two thousand rooms",
      livePage({}, { rooms: manyRooms, room: manyRooms[0] as RoomItem, members: 12_034, here: here(60) }),
    ),
    page(
      "room-failed",
      "A failed send",
      livePage({
        sending: [
          sending("a", "Is the hall free on Friday?", {
            state: "failed",
            reason: "Not sent: the place cannot be reached.",
          }),
          sending("b", "I could bring the projector"),
          sending("c", "and the long cable"),
        ],
      }),
    ),
    page(
      "room-waiting",
      "The disk is full",
      livePage({
        sending: [
          sending("a", "Is the hall free on Friday?", {
            waiting:
              "Parlour cannot write to its disk just now, so nothing was done. Try again in a moment. Parlour keeps trying by itself.",
          }),
          sending("b", "I could bring the projector"),
        ],
      }),
    ),
    page("room-offline", "Offline", livePage({ link: "offline", draft: "See you at", blank: false })),
    page(
      "room-connecting",
      "Connecting",
      livePage({ link: "connecting", fresh: 3, fetching: { older: true, newer: false } }),
    ),
    page("room-signed-out", "Signed out", livePage({ link: "signed_out", draft: "One more thing", blank: false })),
    page(
      "room-refused",
      "A refused message",
      livePage({
        draft: "A long message. ".repeat(60),
        blank: false,
        left: 120,
        refused: {
          code: "too_large",
          message: "A message has at most 8,000 characters, and this one has 8,101. Shorten it, or send it in parts.",
        },
      }),
    ),
    ...roomsSamples(page, assets),
    page("sign-in", "Sign in", <SignInPage snapshot={door({})} assets={assets} />),
    page(
      "sign-in-refused",
      "Sign in, refused",
      <SignInPage
        snapshot={door({
          username: "Ada",
          registration: "open",
          notice: "You have signed out.",
          refused: { code: "unauthorized", message: "The name or the password is wrong. Try again." },
        })}
        assets={assets}
      />,
    ),
    page("register", "Register", <RegisterPage snapshot={door({ invite: "code" })} assets={assets} />),
    page(
      "register-refused",
      "Register, refused",
      <RegisterPage snapshot={door({ username: "Ada", refused: refusedName })} assets={assets} />,
    ),
    page("welcome", "The first run", <WelcomePage snapshot={door({ place: { name: "" } })} assets={assets} />),
    page(
      "new-password",
      "A new password",
      <NewPasswordPage snapshot={door({})} token="token" name="Esi Mensah" assets={assets} />,
    ),
    ...placeSamples(assets).map(({ name, title, drawn }) => page(name, title, drawn)),
    ...youSamples(assets).map(({ name, title, drawn }) => page(name, title, drawn)),
    page("not-found", "404", <ProblemPage place={place} {...problems.notFound} assets={assets} />),
    page("broke", "500", <ProblemPage {...problems.broke} request="7f3a9c" assets={assets} />),
    page("away", "503", <ProblemPage {...problems.away} assets={assets} />),
    ...healths.map(({ name, title, health }) => page(name, title, <HealthPage health={health} assets={assets} />)),
    page("signed-out", "Signed out", <ProblemPage place={place} {...problems.signedOut} assets={assets} />),
    { name: "frame", title: "The live frame", html: frame(assets, talking.messages ?? conversation(50, NOW)) },
    { name: "frame-empty", title: "The live frame of an empty room", html: frame(assets, []) },
  ]
}

function frame(assets: Assets, messages: Message[]): string {
  const row = liveRows(talk)
  const shown = {
    messages: messages.slice(0, -3),
    older: messages.length > 3,
    newer: false,
    comings: comings([20, 30, 31, 32]),
  }
  const opening = liveOpening({ snapshot: { ...shown, room: talk, me, member: true, members: 1 }, assets, row })
  const rows = messages.slice(-3).map((message) => renderToString(row(message)))
  return opening + rows.join("") + renderToString(liveEnding(talk, "The server restarts.", false))
}

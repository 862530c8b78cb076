import { expect, test } from "bun:test"
import type { JSX } from "preact"
import { renderToString } from "preact-render-to-string"
import type { Member } from "../protocol/event.ts"
import { NewPasswordPage, RegisterPage, SignInPage, WelcomePage } from "./door.tsx"
import { live, samples } from "./gallery.tsx"
import { liveOpening, liveRows } from "./live.tsx"
import { conversation } from "./made-up.ts"
import { RoomScreen } from "./room.tsx"
import type { Live, Problem, RoomSnapshot } from "./snapshot.ts"
import { YouPage } from "./you.tsx"

const assets = {
  style: "/s.css",
  pages: "/p.css",
  script: "/m.js",
  standin: "/o.js",
  noscript: "/n.css",
  icon: "/i.svg",
}
const room = { id: 1, name: "talk", slug: "talk" }
const messages = conversation(30, Date.UTC(2026, 10, 21))

const snapshot: RoomSnapshot = {
  place: { name: "Lantern Street" },
  me: { id: 1, name: "Ada", role: "member" },
  rooms: [room],
  room,
  member: true,
  members: 3,
  messages,
  older: true,
  newer: false,
  cursor: "e.30",
  nonce: "n",
}

const untouched = live({ now: 0 })

test("no page has a script, a style or a handler inside", () => {
  for (const { name, html } of samples(assets)) {
    // A tag with its attributes; text cannot match, because its "<" is escaped.
    const tags = html.match(/<[a-z][^>]*>/gi) ?? []
    expect({
      name,
      found: tags.filter((tag) => /\s(style|on[a-z]+)=/i.test(tag.replaceAll(/"[^"]*"/g, '""'))),
    }).toEqual({ name, found: [] })
    expect(html).not.toContain("<style")
    expect(tags.filter((tag) => tag.startsWith("<script") && !tag.includes("src="))).toEqual([])
  }
})

test("the first drawing in the browser is the page that the server sent, but for what only its absence of scripts needs", () => {
  const served = renderToString(<RoomScreen snapshot={snapshot} />)
  const first = renderToString(<RoomScreen snapshot={snapshot} live={untouched} />)
  expect(served).toMatch(/<noscript [^>]+><iframe/)
  expect(first).toBe(served.replace(/(<noscript [^>]+>).*?<\/noscript>/, "$1</noscript>"))
})

test("rows streamed one by one are the rows of the document drawn at once", () => {
  const open = (count: number, row = liveRows(room)) =>
    liveOpening({ snapshot: { ...snapshot, messages: messages.slice(0, count), older: false }, assets, row })
  const row = liveRows(room)
  const opening = open(10, row)
  const streamed = messages.slice(10).map((message) => renderToString(row(message)))
  expect(opening + streamed.join("")).toBe(open(30))
})

test("why one's words wait is shown once, and said once; not where the line's own words say it already", () => {
  const waiting = "The disk is full. Parlour keeps trying by itself."
  const sending = ["one", "two"].map((text) => ({ nonce: text, text, at: 0, state: "sending" as const, waiting }))
  const drawn = (more: Partial<Live>) =>
    renderToString(<RoomScreen snapshot={snapshot} live={{ ...untouched, ...more }} />)
  const html = drawn({ sending })
  expect(html.match(/<p class="waiting"><span>The disk is full[^<]*<\/span><\/p>/g)).toHaveLength(1)
  expect(html.match(/<p[^>]* role="status"><span>The disk is full[^<]*<\/span><\/p>/g)).toHaveLength(1)
  expect(drawn({})).toContain('<p class="unseen why" role="status"><span></span></p>')
  for (const link of ["connecting", "offline", "signed_out"] as const)
    expect(drawn({ sending, link })).not.toContain("The disk is full")
})

test("an identity is on the page once", () => {
  for (const { name, html } of samples(assets)) {
    const ids = (html.match(/\sid="[^"]*"/g) ?? []).sort()
    expect({ name, twice: ids.filter((id, index) => id === ids[index - 1]) }).toEqual({ name, twice: [] })
  }
})

test("a frame says as the page does where the conversation begins, and does not where it only goes on from somewhere", () => {
  const open = (more: Partial<RoomSnapshot>) =>
    liveOpening({ snapshot: { ...snapshot, messages: [], ...more }, assets, row: liveRows(room) })
  expect(open({ older: false })).toContain("Nobody has said anything here yet.")
  expect(open({ older: false, messages })).toContain("This is where the conversation began.")
  expect(open({ older: true })).not.toMatch(/Nobody has said|began/)
})

test("a frame shows who came and went where the page does, and goes on to show it", () => {
  const move = (tick: number, name: string, present = true): Member => ({
    kind: "member",
    tick,
    room: room.id,
    person: { id: 100 + tick, name },
    present,
  })
  const between = messages[3]!.id - 0.5
  const comings = [move(between, "Carl"), move(between + 0.1, "Dora"), move(messages.at(-1)!.id + 1, "Esi")]
  const drawn = (html: string) => html.match(/<p class="coming".*?<\/p>/g)
  const shown = { ...snapshot, comings }
  const row = liveRows(room)
  const opening = liveOpening({ snapshot: shown, assets, row })
  expect(drawn(opening)).toHaveLength(2)
  expect(drawn(opening)).toEqual(drawn(renderToString(<RoomScreen snapshot={shown} />)))
  expect(opening.indexOf("Carl")).toBeLessThan(opening.indexOf(`id="m${messages[3]!.id}"`))
  expect(renderToString(row(move(1_000, "Fred", false)))).toMatch(/Fred.*left/)
})

test("the room one looks at is marked beside the conversation, joined or not", () => {
  const elsewhere = { ...snapshot, rooms: [{ id: 2, name: "Garden", slug: "garden" }], member: false }
  for (const drawn of [snapshot, elsewhere]) {
    const html = renderToString(<RoomScreen snapshot={drawn} />)
    expect(html.match(/aria-current="page"/g)).toHaveLength(1)
    expect(html).toMatch(/<a href="\/chat\/talk\/"[^>]* aria-current="page"/)
  }
})

test("words that are true on the screen for a while are times on paper", () => {
  const now = messages.at(-1)!.at + 30_000
  const html = renderToString(<RoomScreen snapshot={snapshot} live={{ ...untouched, now }} />)
  const ages = html.match(/<time[^>]*>(?:now|Today|Yesterday)</g) ?? []
  expect(ages.length).toBeGreaterThan(1)
  expect(html.match(/data-print/g)).toHaveLength(ages.length) // and all others say on paper what they say
  for (const age of ages)
    expect(age).toMatch(/data-print="(?:\d\d?:\d\d(?:\s[AP]M)?|\w+,? (?:\d+ \w+|\w+ \d+),? \d{4})"/)
})

test("a form that is refused has the focus in one field: that which the refusal is about, or else the first to be filled", () => {
  const door = { place: { name: "Lantern Street" }, registration: "invite" as const, username: "ann" }
  const forms: Record<string, (refused: Problem) => JSX.Element> = {
    "sign in": (refused) => <SignInPage snapshot={{ ...door, refused }} assets={assets} />,
    register: (refused) => <RegisterPage snapshot={{ ...door, refused }} assets={assets} />,
    welcome: (refused) => <WelcomePage snapshot={{ ...door, refused }} assets={assets} />,
    "new password": (refused) => (
      <NewPasswordPage snapshot={{ ...door, refused }} token="t" name="ann" assets={assets} />
    ),
    you: (refused) => (
      <YouPage snapshot={{ place: door.place, me: snapshot.me, now: 0, sessions: [], refused }} assets={assets} />
    ),
  }
  for (const [name, form] of Object.entries(forms))
    for (const field of [undefined, "password"]) {
      const html = renderToString(form({ code: "invalid", message: "No.", ...(field && { field }) }))
      const focused = (html.match(/<input[^>]* autofocus[^>]*>/g) ?? []).map((tag) => tag.match(/name="(\w+)"/)![1])
      const first = { register: "password", "sign in": "password", welcome: "place", "new password": "password" }[name]
      expect([name, focused]).toEqual([name, [field ?? first ?? "old"]])
    }
})

test("whoever chooses a password or a username reads the same about it on every page, and what cannot be in it", () => {
  const helps = (field: string) =>
    samples(assets).flatMap(({ html }) =>
      [...html.matchAll(/<input(?=[^>]*id="([a-z]+)")[^>]*>/g)]
        .filter(([input]) => input.includes(field))
        .map(([, id]) => html.match(new RegExp(`id="${id}-help">([^<]*)<`))?.[1]),
    )
  expect([...new Set(helps('autocomplete="new-password"'))]).toEqual(["At least 8 characters: a few words, say."])
  const names = helps('aria-describedby="username-').filter(Boolean)
  expect([...new Set(names)]).toEqual(["No spaces. You sign in with it, and others see it."])
})

// Guests that no house wishes for: with forged cursors, with sessions that ended, who send
// garbage; and those who come and go so fast that permission must keep pace.

import { Database } from "bun:sqlite"
import { createHash, randomBytes } from "node:crypto"
import { connect } from "node:net"
import type { Epoch } from "../../server/db/epoch.ts"
import { until } from "../world.ts"
import { follow } from "./doors.ts"
import type { Fault } from "./fault.ts"
import { type Run, WIDEST } from "./run.ts"
import type { Stage } from "./stage.ts"

const doors = ["websocket", "sse", "poll"] as const

/** Whatever a stream tells until it is live. */
async function kindsFrom(run: Run<Stage>, door: (typeof doors)[number], after: string): Promise<string[]> {
  const { cookie } = run.prepared.people[0]!
  const kinds: string[] = []
  const listening = follow[door]({ url: run.place.url, cookie, patience: 2_000, after }, ({ kind }) => kinds.push(kind))
  await until("", () => kinds.includes("live") || (door === "poll" && kinds.length > 0), 3_000).catch(() => {})
  listening.end()
  return kinds
}

/** A stream that broke off after its first word, as a browser then comes back: with the id of that word. It has not been told
 *  to draw afresh, so it must be told now. */
async function cutAfterHello(run: Run<Stage>, after: string, what: string): Promise<void> {
  const { cookie } = run.prepared.people[0]!
  let heard = after
  const listening = follow.sse({ url: run.place.url, cookie, patience: 2_000, after }, (one, cursor) => {
    if (one.kind === "hello") heard = cursor || after
  })
  await until("", () => heard !== after, 300).catch(() => {})
  listening.end()
  const kinds = await kindsFrom(run, "sse", heard)
  if (!kinds.includes("reset"))
    run.blame("O10", `with a cursor ${what}, cut off after the hello, and back with ${heard}, one hears ${kinds}`)
}

/** How far the place has told. In the database there may be what is not on disk yet, and nobody has a cursor of that. */
async function cursorTold(run: Run<Stage>): Promise<string> {
  const { cookie } = run.prepared.people[0]!
  const answer = await fetch(`${run.place.url}/events?wait=0`, { headers: { cookie } })
  return ((await answer.json()) as { cursor: string }).cursor
}

type Forged = [after: string, what: string, resets: boolean]

export const forged: Fault<Stage> = {
  name: "forged",
  workers: 3,
  async strike(run) {
    const door = run.dice.among(doors)
    const [epoch = "", tick = ""] = (await cursorTold(run)).split(".")
    const ahead = Number(tick) + 1_000_000 // more than will be said while we look
    const [now, before] = (await run.place.epochs()).toReversed() as [Epoch, Epoch | undefined]
    const cursors: Forged[] = [
      [`${epoch}.${Number(tick) - run.dice.upTo(20)}`, "of another person", false],
      [`${tick}`, "without an epoch", false],
      [`${epoch}.${ahead}`, "from the future", true],
      [`${ahead}`, "from the future, without an epoch", true],
      ...(before ? ofTheEpochBefore(before, now, Number(tick)) : []),
      [`${epoch.split("").reverse().join("")}x.${Number(tick) - 5}`, "of another database", true],
    ]
    const [after, what, resets] = run.dice.among(cursors)
    run.did(`comes by ${door} with a cursor ${what}: ${after}`)
    const kinds = await kindsFrom(run, door, after)
    if (kinds.length === 0 || kinds.includes("reset") !== resets)
      run.blame("O10", `by ${door}, with a cursor ${what} (${after}), one hears ${kinds}`)
    const { cookie } = run.prepared.people[0]!
    if (resets) await cutAfterHello(run, after, what)
    const garbage = run.dice.among(["x", "-1", "1.2.3", "a.b", "9".repeat(40), "%00", "1e5"])
    const { status } = await fetch(`${run.place.url}/events?wait=0&after=${garbage}`, { headers: { cookie } })
    if (status !== 422) run.blame("O10", `the cursor ${garbage} is answered with ${status}`)
  },
}

function ofTheEpochBefore({ name }: Epoch, { began }: Epoch, tick: number): Forged[] {
  const forgotten: Forged = [`${name}.${began + 1}`, "of what a backup has forgotten", true]
  // Later one has missed too much since, and a reset is right.
  return tick - began < WIDEST / 2 ? [[`${name}.${began}`, "of before the start", false], forgotten] : [forgotten]
}

/** Membership at its fastest. */
export const expelled: Fault = {
  name: "expelled",
  habits: { stays: 500, away: 150, pause: 4, roams: 0.4 },
  strike: (run) => Bun.sleep(300 + run.dice() * 300),
}

/** A session of someone's own, by the rows that signing in writes. */
function newSession(run: Run, person: number): string {
  const token = randomBytes(32).toString("base64url")
  const database = new Database(run.place.database)
  database.run("pragma busy_timeout = 5000")
  const hash = createHash("sha256").update(token).digest("hex")
  database.run("insert into sessions (id, hash, person, at, seen) values (?, ?, ?, ?, ?)", [
    randomBytes(9).toString("base64url"),
    hash,
    person,
    Date.now(),
    Date.now(),
  ])
  database.close()
  return `parlour=${token}`
}

/** A session's streams are closed within a second of its end, and hear nothing after that. */
export const signedOut: Fault = {
  name: "signed-out",
  workers: 3,
  async strike(run) {
    const { id } = run.prepared.people[0]!
    const cookie = newSession(run, id)
    let last = 0
    const streams = (["websocket", "sse"] as const).map((door) => {
      let isOver = false
      const from = { url: run.place.url, cookie, patience: 2_000, after: run.place.cursor() }
      const listening = follow[door](from, () => {
        last = performance.now()
      })
      void listening.over.then(() => {
        isOver = true
      })
      return { door, listening, over: () => isOver }
    })
    await Bun.sleep(run.dice() * 200)
    run.did("signs out")
    const out = await fetch(`${run.place.url}/logout`, { method: "POST", headers: { cookie }, redirect: "manual" })
    await out.arrayBuffer()
    const end = performance.now() + 1_000
    await Bun.sleep(1_000)
    for (const { door, listening, over } of streams) {
      if (!over()) run.blame("O7", `a stream by ${door} is open a second after its session ended`)
      listening.end()
    }
    if (last > end) run.blame("O7", "something is heard a second after the session ended")
  },
}

/** Garbage, as bytes, as frames and as requests. Nobody else notices. */
export const garbage: Fault<Stage> = {
  name: "garbage",
  workers: 4,
  async strike(run) {
    const vandal = run.prepared.people.at(-1)!
    run.vandals.add(vandal.name)
    const { hostname, port } = new URL(run.place.url)
    const post = JSON.stringify({ ref: 1, type: "post", room: "talk", text: "one", nonce: "n" })
    const socket = new WebSocket(`ws://${hostname}:${port}/events`, { headers: { cookie: vandal.cookie } } as never)
    await new Promise((resolve) => {
      socket.onopen = resolve
      socket.onclose = resolve
    })
    for (let i = 0; i < 20 && socket.readyState === WebSocket.OPEN; i++) {
      const bytes = Buffer.from(post)
      for (let n = run.dice.upTo(4) + 1; n > 0; n--) bytes[run.dice.upTo(bytes.length)] = run.dice.upTo(256)
      socket.send(run.dice() < 0.2 ? bytes : bytes.toString("latin1").slice(0, run.dice.upTo(200)))
    }
    await Bun.sleep(20)
    socket.close()
    await new Promise<void>((resolve) => {
      const raw = connect({ host: hostname, port: Number(port) }, () => {
        raw.write(
          run.dice() < 0.5
            ? randomBytes(400)
            : `POST /chat/talk/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99\r\n\r\n{`,
        )
        setTimeout(() => raw.resetAndDestroy(), 20)
      })
      raw.on("error", () => {}) // refused, as it should be
      raw.on("close", () => resolve())
    })
  },
}

// Nobody's behaviour makes the server hold more than a little for them: whoever takes nothing is let go, whoever asks for
// too much is refused, and what waits for a client is bounded.
import { describe, expect, test } from "bun:test"
import { connect } from "node:net"
import { cursorAt } from "../protocol/cursor.ts"
import type { Farewell, Message, Notice } from "../protocol/event.ts"
import { DEFAULT_ROOM } from "../protocol/limits.ts"
import type { App } from "../server/app.ts"
import { operator } from "../server/caller.ts"
import type { Sql } from "../server/db/sql.ts"
import { type Client, MOST_FEEDS, welcome } from "../server/follow.ts"
import { MOST_BYTES, MOST_FRAMES } from "../server/http/frames.ts"
import { serve } from "../server/http/serve.ts"
import type { Told, Topic } from "../server/live/hub.ts"
import { perform } from "../server/perform.ts"
import { type Frame, followers, listen, openSocket } from "./ways.ts"
import { openApp, type SignedIn, settle, until, world } from "./world.ts"

/** Has so many messages said, each of so many characters. */
async function fill(app: App, count: number, length: number, letter = "x"): Promise<void> {
  const lines = Array.from({ length: count }, (_, i) => {
    return { room: DEFAULT_ROOM, author: "ann", at: i, text: `${i} `.padEnd(length, letter), nonce: `${i}` }
  })
  await perform(app, operator, { type: "import", lines })
}

/** Counts what is read of messages with their texts, from now on. */
function countReads(app: App): { reads: number; rows: number } {
  const count = { reads: 0, rows: 0 }
  const { sql } = app.db
  app.db.sql = async <Row>(...query: Parameters<Sql>) => {
    const rows = await sql<Row>(...query)
    const texts = rows.filter((row) => (row as { text?: string }).text !== undefined)
    if (texts.length > 0) count.reads++
    count.rows += texts.length
    return rows
  }
  return count
}

/** A client that takes only so many characters until it is emptied. */
class Sipper implements Client {
  readonly name = "ann"
  readonly watching = null
  readonly person: number
  readonly session: string
  readonly told: Told[] = []
  readonly notes: Notice[] = []
  readonly topics = new Set<Topic>()
  gone = false
  waiting = 0
  most = 0
  #emptied = () => {}

  constructor({ person, session }: SignedIn) {
    this.person = person.id
    this.session = session
  }

  get full(): boolean {
    return this.waiting >= 64 * 1024
  }

  drained(): Promise<void> {
    if (!this.full) return Promise.resolve()
    return new Promise((resolve) => {
      this.#emptied = resolve
    })
  }

  sip(): void {
    this.waiting = 0
    this.#emptied()
  }

  bundled(work: () => void): void {
    work()
  }

  hear(one: Told): void {
    this.told.push(one)
    this.waiting += one.json.length
    this.most = Math.max(this.most, this.waiting)
  }

  note(notice: Notice): void {
    this.notes.push(notice)
  }

  enter(topic: Topic): void {
    this.topics.add(topic)
  }

  leave(topic: Topic): void {
    this.topics.delete(topic)
  }

  isIn(topic: Topic): boolean {
    return this.topics.has(topic)
  }

  end(reason: Farewell): void {
    this.note({ kind: "bye", reason })
    this.gone = true
  }
}

describe("what was missed", () => {
  test("is told no faster than it is taken, all of it and in order", async () => {
    await using app = await openApp()
    const ann = await settle(app, "ann")
    const after = cursorAt(app.hub.epoch, app.hub.tick)
    await fill(app, 1_500, 4_000)
    const sipper = new Sipper(ann)
    const coming = welcome(app, { person: sipper.person, session: ann.session, after, room: null }, sipper)
    await until("it has enough for now", () => sipper.full)
    const enough = sipper.told.length
    await Bun.sleep(20)
    expect(sipper.told.length).toBe(enough)
    expect(enough).toBeLessThan(50)

    const sips = setInterval(() => sipper.sip(), 0)
    await coming
    clearInterval(sips)
    const texts = sipper.told.flatMap(({ change }) =>
      change.kind === "message" ? [Number.parseInt(change.text!, 10)] : [],
    )
    expect(texts).toEqual(Array.from({ length: 1_500 }, (_, i) => i))
    expect(sipper.most).toBeLessThan(128 * 1024)
    expect(sipper.notes.map(({ kind }) => kind)).toEqual(["hello", "live"])
  })

  /** Comes back to so many messages of so many characters, and takes them sip by sip. */
  async function comeBack(count: number, length: number) {
    await using app = await openApp()
    const ann = await settle(app, "ann")
    const after = cursorAt(app.hub.epoch, app.hub.tick)
    await fill(app, count, length)
    const read = countReads(app)
    const sipper = new Sipper(ann)
    const sips = setInterval(() => sipper.sip(), 0)
    await welcome(app, { person: sipper.person, session: ann.session, after, room: null }, sipper)
    clearInterval(sips)
    const told = sipper.told.filter(({ change }) => change.kind === "message").length
    return { ...read, told, notes: sipper.notes.map(({ kind }) => kind) }
  }

  test("is read little more often than it is told when it is long", async () => {
    const { told, rows } = await comeBack(1_500, 8_000)
    expect(told).toBe(1_500)
    expect(rows / told).toBeLessThan(4)
  })

  test("is read by the page when it is short", async () => {
    const { told, rows, reads } = await comeBack(1_000, 10)
    expect(told).toBe(1_000)
    expect(rows / told).toBeLessThan(2)
    expect(reads).toBeLessThan(12)
  })

  test("is not read to be counted", async () => {
    const { told, rows, notes } = await comeBack(2_300, 10)
    expect({ told, rows, notes }).toEqual({ told: 0, rows: 0, notes: ["hello", "reset", "live"] })
  })

  test("is told to a poll that has no patience, however long the database takes to say it", async () => {
    await using place = await world()
    const ann = await place.person("ann")
    const cursor = cursorAt(place.app.hub.epoch, place.app.hub.tick)
    await fill(place.app, 3, 10)
    const { sql } = place.app.db
    place.app.db.sql = async (...query) => {
      await Bun.sleep(30)
      return sql(...query)
    }
    const answer = await ann.fetch(`/events?wait=0&after=${cursor}`)
    const batch = (await answer.json()) as { events: Message[]; cursor: string }
    expect(batch.events.filter(({ kind }) => kind === "message")).toHaveLength(3)
    expect(batch.cursor).toBe(cursorAt(place.app.hub.epoch, place.app.hub.tick))
  })

  test.each(["x", "語"])(
    "fills no answer beyond a megabyte or so of %s: a poll goes on where the one before ended",
    async (letter) => {
      await using place = await world()
      const ann = await place.person("ann")
      let cursor = cursorAt(place.app.hub.epoch, place.app.hub.tick)
      await fill(place.app, 1_500, 4_000, letter)
      const texts: number[] = []
      let answers = 0
      for (; texts.length < 1_500; answers++) {
        const answer = await (await ann.fetch(`/events?wait=5&after=${cursor}`)).text()
        expect(Buffer.byteLength(answer)).toBeLessThan(1.5 * 1024 * 1024)
        const batch = JSON.parse(answer) as { events: Message[]; cursor: string }
        texts.push(
          ...batch.events.filter(({ kind }) => kind === "message").map(({ text }) => Number.parseInt(text!, 10)),
        )
        cursor = batch.cursor
      }
      expect(texts).toEqual(Array.from({ length: 1_500 }, (_, i) => i))
      expect(answers).toBeGreaterThan(3)
    },
  )
})

describe("a stream that is not read", () => {
  test.each(["text/event-stream", "text/html"])(
    "as %s is closed, down to its connection",
    async (accept) => {
      await using app = await openApp()
      const ann = await settle(app, "ann")
      const serving = await serve(app, 4)
      const token = "unread"
      await app.db.tx(async (sql) => {
        const hash = new Bun.CryptoHasher("sha256").update(token).digest("hex")
        await sql`update sessions set hash = ${hash} where id = ${ann.session}`
      })
      const socket = connect(Number(new URL(serving.url).port), "127.0.0.1").pause()
      socket.on("error", () => {}) // being cut off is what is waited for
      socket.write(
        `GET /events?room=talk HTTP/1.1\r\nHost: localhost\r\nAccept: ${accept}\r\nCookie: parlour=${token}\r\n\r\n`,
      )
      await until("it listens", () => app.hub.listening === 1)
      await fill(app, 3_000, 4_000)
      await until("its connection is closed", () => serving.server.pendingRequests === 0, 14_000)
      expect(app.hub.listening).toBe(0)
      socket.destroy()
      await serving.stop(true)
    },
    20_000,
  )
})

test("a person may have many feeds open, and is told when it is too many", async () => {
  await using place = await world({ LIMITS: "on" })
  const ann = await place.person("ann")
  const bob = await place.person("bob")
  const sockets = await Promise.all(Array.from({ length: MOST_FEEDS }, () => openSocket(ann, "/events")))
  await until("all listen", () => place.app.hub.feedsOf(ann.id) === MOST_FEEDS)
  for (const accept of ["text/event-stream", "text/html", "application/json"]) {
    const answer = await ann.fetch("/events?room=talk&wait=0", { headers: { accept } })
    expect(answer.status).toBe(429)
    await answer.body?.cancel()
  }
  await expect(openSocket(ann, "/events")).rejects.toBeDefined()
  expect((await bob.fetch("/events?wait=0")).status).toBe(200)

  sockets[0]!.close()
  await until("one is gone", () => place.app.hub.feedsOf(ann.id) < MOST_FEEDS)
  expect((await ann.fetch("/events?wait=0")).status).toBe(200)
  for (const socket of sockets) socket.close()
})

test("nor are there more when all of them are asked for at once, by whichever way", async () => {
  await using place = await world({ LIMITS: "on" })
  const ann = await place.person("ann")
  const sockets = Array.from({ length: 2 * MOST_FEEDS }, () => ann.socket("/events?room=talk"))
  const others = Array.from({ length: 2 * MOST_FEEDS }, (_, i) =>
    ann.fetch("/events?room=talk&wait=2", { headers: { accept: i % 2 ? "application/json" : "text/event-stream" } }),
  )
  let most = 0
  for (let i = 0; i < 100; i++) {
    most = Math.max(most, place.app.hub.feedsOf(ann.id))
    await Bun.sleep(5)
  }
  expect(most).toBe(MOST_FEEDS)
  for (const socket of sockets) socket.close()
  for (const answer of await Promise.all(others)) await answer.body?.cancel()
  await until("none is left", () => place.app.hub.feedsOf(ann.id) === 0)
}, 20_000)

type Socket = Awaited<ReturnType<typeof openSocket>>

describe("what one person sends over their sockets", () => {
  const ping = JSON.stringify({ type: "ping" })
  const long = JSON.stringify({ type: "ping", x: "x".repeat(100_000) })

  test.each([
    ["frames", ping, MOST_FRAMES],
    ["bytes", long, Math.floor(MOST_BYTES / long.length)],
  ])("is bounded in %s; who sends more is closed, on each socket, and others are not", async (_, frame, most) => {
    await using place = await world({ LIMITS: "on" })
    const [ann, bob] = [await place.person("ann"), await place.person("bob")]
    const sockets = await Promise.all([ann, ann, bob].map((who) => openSocket(who, "/events")))
    const [one, two, other] = sockets as [Socket, Socket, Socket]
    const isPong = ({ kind }: Frame) => kind === "pong"
    for (let i = 0; i < most; i++) {
      const socket = i % 2 ? one : two
      socket.send(frame)
      await socket.frame(isPong)
    }
    for (const socket of [one, two]) {
      socket.send(frame)
      expect(await Array.fromAsync(socket.frames())).toEqual([])
      expect(socket.closed).toMatchObject({ code: 1008 })
    }
    other.send(frame)
    await other.frame(isPong)
    other.close()
  })
})

test("a page that follows ends where its history does, and says so", async () => {
  await using place = await world()
  const ann = await place.person("ann")
  const following = listen(followers.html!, ann, { room: "talk", after: "another.5" })
  await until("it is over", () => following.over)
  expect(following.heard).toEqual(["(The connection ended.)", "(closed)"])
  expect(place.app.hub.listening).toBe(0)
})

test("a poll that waits when Parlour stops is told why it ends", async () => {
  await using place = await world()
  const ann = await place.person("ann")
  const polling = ann.fetch("/events?wait=20")
  await until("it waits", () => place.app.hub.listening === 1)
  const stopping = place.stop()
  expect(await (await polling).json()).toMatchObject({ events: [], bye: "restart" })
  await stopping
})

test("a nonce that was used before is answered on a socket with the message it made, and the word that it was", async () => {
  await using place = await world()
  const ann = await place.person("ann")
  const socket = await openSocket(ann, "/events")
  const post = (ref: number, text: string) =>
    socket.send(JSON.stringify({ ref, type: "post", room: "talk", text, nonce: "n" }))
  post(1, "first")
  post(2, "second")
  const first = await socket.frame(({ ref }) => ref === 1)
  expect(first).not.toHaveProperty("again")
  expect(await socket.frame(({ ref }) => ref === 2)).toMatchObject({ ok: first.ok!, again: true })
  socket.close()
})

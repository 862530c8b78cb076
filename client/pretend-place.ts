// For tests: a place that the whole of the client's logic talks to, with a network between that loses what the test
// wants it to lose, and tabs that die in mid-sentence. It keeps the server's one promise: a nonce makes one message.
import type { Message } from "../protocol/event.ts"
import type { Link } from "../view/snapshot.ts"
import type { Browser } from "./browser.ts"
import { type Connection, connect } from "./connection.ts"
import { deliver } from "./deliver.ts"
import { isBeforeUs } from "./gate.ts"
import { type Outbox, openOutbox } from "./outbox.ts"
import { type Pretend, type PretendSocket, pretendBrowser, transports } from "./pretend.ts"
import { openShelf, type Shelf } from "./shelf.ts"

export const ME = { id: 7, name: "Ann" }
export const TALK = { id: 1, slug: "talk" }

/** What gets through. `requests` and `answers` are lost without anyone being told; the rest is refused at once. */
export type Network = { sockets: boolean; streams: boolean; requests: boolean; answers: boolean }
export const HEALTHY: Network = { sockets: true, streams: true, requests: true, answers: true }

export type Tab = {
  outbox: Outbox
  connection: Connection
  /** What the page shows in its log. */
  shown: Message[]
  link: () => Link
  /** Ends it as a crash does: nothing of it runs any more, and nobody is told but the lock. */
  crash(): void
}

export type PretendPlace = {
  browser: Pretend
  shelf: Shelf
  network: Network
  /** What the server has, in order. */
  messages: Message[]
  /** Nonces in the order in which they reached it, with every repetition. */
  arrived: string[]
  tabs: Tab[]
  open(): Tab
  /** All lines break: the server was started again. */
  restart(code?: number): void
}

export function pretendPlace({ locks = true } = {}): PretendPlace {
  const browser = pretendBrowser()
  const alone = locks ? inLine() : (call: () => Promise<void>) => call()
  const lines = new Set<PretendSocket>()
  const place: PretendPlace = {
    browser,
    shelf: openShelf(undefined),
    network: { ...HEALTHY },
    messages: [],
    arrived: [],
    tabs: [],
    open: () => openTab(place, alone),
    restart(code = 1012) {
      for (const line of lines) line.drop(code)
      lines.clear()
    },
  }

  function post(text: string, nonce: string): Message {
    place.arrived.push(nonce)
    const known = place.messages.find((message) => message.nonce === nonce)
    if (known) return known
    const id = place.messages.length + 1
    const message: Message = { kind: "message", tick: id, id, room: TALK.id, author: ME, text, at: id, nonce }
    place.messages.push(message)
    for (const line of lines) if (place.network.answers) line.tell(message)
    return message
  }

  const cursor = () => `e.${place.messages.length}`
  const missed = (address: string) => {
    const after = Number(new URL(address, "http://x").searchParams.get("after")?.split(".")[1])
    return place.messages.slice(after)
  }

  const openSocket = browser.openSocket
  browser.openSocket = (address) => {
    const socket = openSocket(address) as PretendSocket
    socket.send = (frame) => {
      const { ref, type, text, nonce } = JSON.parse(String(frame))
      if (!place.network.requests) return
      const answer = type === "ping" ? { kind: "pong" } : { ref, ok: post(text, nonce) }
      browser.after(20, () => place.network.answers && lines.has(socket) && socket.tell(answer))
    }
    browser.after(20, () => {
      if (!place.network.sockets) return socket.drop()
      lines.add(socket)
      const greeting = { kind: "hello", cursor: cursor(), person: ME }
      socket.tell(greeting, ...missed(address), { kind: "live", cursor: cursor() })
    })
    return socket
  }

  browser.answer = (address, init) =>
    new Promise<Response>((resolve) => {
      if (!place.network.requests) return
      const answer = (body: unknown) => {
        if (place.network.answers) resolve(Response.json(body))
      }
      browser.after(20, () => {
        if (address === "/api/v1/me") return answer({ person: ME })
        if (init?.method === "POST") {
          const { text, nonce } = JSON.parse(String(init.body))
          return answer(post(text, nonce))
        }
        const streams = new Headers(init?.headers).get("accept") === "text/event-stream"
        if (streams) return place.network.answers && resolve(new Response("", { status: 502 }))
        if (!place.network.streams) return resolve(new Response("", { status: 502 }))
        browser.after(address.includes("wait=0") ? 0 : 2_000, () =>
          answer({ events: missed(address), cursor: cursor() }),
        )
      })
    })
  return place
}

/** Tabs that wait for each other. One that dies leaves its turn to the next. */
function inLine() {
  let last: Promise<void> = Promise.resolve()
  return (call: () => Promise<void>, died: Promise<void>): Promise<void> => {
    const mine = last.then(() => Promise.race([call(), died]))
    last = mine
    return mine
  }
}

function openTab(place: PretendPlace, alone: (call: () => Promise<void>, died: Promise<void>) => Promise<void>): Tab {
  let alive = true
  let link: Link = "fine"
  const death = Promise.withResolvers<void>()
  const { browser } = place
  const mine: Browser = {
    ...browser,
    after: (ms, call) => browser.after(ms, () => alive && call()),
    // What is dead hears nothing: neither an answer nor that there is none.
    fetch: (address, init) =>
      new Promise((resolve, reject) => {
        const ifAlive = (settle: () => void) => alive && settle()
        browser.fetch(address, init).then(
          (response) => ifAlive(() => resolve(response)),
          (error) => ifAlive(() => reject(error)),
        )
      }),
    openSocket: (address) => browser.openSocket(address),
  }
  const shown: Message[] = []
  const show = (message: Message) => {
    if (alive && !shown.some(({ id }) => id === message.id)) shown.push(message)
  }
  const connection = connect({
    browser: mine,
    transports,
    cursor: `e.${place.messages.length}`,
    room: TALK.slug,
    me: ME.id,
    hear(heard) {
      if (heard.kind !== "message") return
      show(heard)
      outbox.heard(heard)
    },
    isGated: () => isBeforeUs(mine),
    newest: () => shown.toSorted((a, b) => a.tick - b.tick).at(-1),
    show(next) {
      link = next
      if (next === "fine") outbox.wake()
    },
    afresh: async () => `e.${place.messages.length}`,
    someoneElse: () => {
      throw new Error("There is nobody else")
    },
  })
  const outbox = openOutbox({
    browser: mine,
    shelf: guarded(place.shelf, () => alive),
    owner: "7 Ann",
    newNonce: () => crypto.randomUUID(),
    deliver: (entry, leave) => deliver({ browser: mine, me: ME.id, connection }, entry, leave),
    said: show,
    alone: (call) => alone(call, death.promise),
    changed(elsewhere) {
      if (!elsewhere || !alive) return
      for (const other of place.tabs) if (other !== tab) other.outbox.reload().then(other.outbox.wake)
    },
  })
  const tab: Tab = {
    outbox,
    connection,
    shown,
    link: () => link,
    crash() {
      alive = false
      connection.stop()
      place.tabs.splice(place.tabs.indexOf(tab), 1)
      death.resolve()
    },
  }
  place.tabs.push(tab)
  connection.start()
  outbox.reload().then(outbox.wake)
  return tab
}

/** The shelf as a tab has it: what it asks after its death is not done. */
function guarded(shelf: Shelf, alive: () => boolean): Shelf {
  const never = <Result>() => new Promise<Result>(() => {})
  return {
    all: () => (alive() ? shelf.all() : never()),
    put: (entry) => (alive() ? shelf.put(entry) : never()),
    replace: (entry) => (alive() ? shelf.replace(entry) : never()),
    remove: (nonce) => (alive() ? shelf.remove(nonce) : never()),
    safe: shelf.safe,
  }
}

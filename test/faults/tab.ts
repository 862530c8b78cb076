// One tab: the client's connection, outbox, store and transports put together as the room's page does it, with everything
// that a browser gives standing in for itself, except that its time goes faster and its doors can be shut.
import { fetchAfresh } from "../../client/afresh.ts"
import type { Browser } from "../../client/browser.ts"
import { connect } from "../../client/connection.ts"
import { deliver } from "../../client/deliver.ts"
import { isBeforeUs } from "../../client/gate.ts"
import { fetchStretch } from "../../client/history.ts"
import { openOutbox } from "../../client/outbox.ts"
import { pretendMemory, transports } from "../../client/pretend.ts"
import { openRepair } from "../../client/repair.ts"
import type { Entry, Shelf } from "../../client/shelf.ts"
import { openStore } from "../../client/store.ts"
import type { Answer, Heard } from "../../client/transport.ts"
import { type Cursor, parseCursor } from "../../protocol/cursor.ts"
import type { Link, RoomSnapshot } from "../../view/snapshot.ts"
import type { Alone } from "./alone.ts"

/** The client's patience is a person's. Here it has to be shorter: so many of its seconds go by in one. */
const HASTE = 5
const NOWHERE = "ws://127.0.0.1:9/"
/** At most so long, in the client's milliseconds, until the network does something to a tab again, and until it is over. */
const RESTLESS = 5_000
const BARRED = 3_000

export type Owner = { id: number; name: string; url: string; cookie: string; room: { id: number; slug: string } }

export type Ways = "all" | "no sockets" | "polls"

export type Tab = {
  alive: boolean
  say(text: string): Promise<void>
  /** The shelf was changed by another tab. */
  shelved(): void
  /** Ends it without a word, when what was written is on the shelf. */
  crash(): Promise<void>
  /** The last message that it shows; 0 while it is not live. */
  newest(): number
  look(): { messages: [id: number, text: string | null][]; sending: string[]; link: Link }
}

type World = {
  owner: Owner
  shelf: Shelf
  alone: Alone
  ways: Ways
  others(): Tab[]
  said(text: string, id: number): void
  wrong(words: string): void
}

/** Nonces that are on their way, of all tabs: they take turns, so that none is there twice. */
const underway = new Set<string>()

export function openTab({ owner, shelf, alone, ways, others, said, wrong }: World): Tab {
  const { room } = owner
  const death = Promise.withResolvers<void>()
  const never = () => new Promise<never>(() => {})
  let link: Link = "connecting"
  let writing: Promise<unknown> = Promise.resolve()
  let barred = false
  const browser = hasty(owner, ways, { alive: () => tab.alive, barred: () => barred })

  let store = openStore(empty(owner))
  /** What others said, since the last reset. */
  const heardOf = new Set<number>()
  let epoch: string | null = null
  const repair = openRepair(browser, () => afresh())

  function hear(heard: Heard): void {
    if (!tab.alive) return
    if (heard.kind === "reset") {
      heardOf.clear()
      store.forget(heard.cursor)
      repair()
    }
    if (heard.kind === "message" && heard.author.id === owner.id) {
      if (heard.room === room.id && heard.text !== null) said(heard.text, heard.id)
      outbox.heard(heard)
    }
    store.hear(heard)
    store.trim(undefined)
    const ids = store.snapshot().messages.map(({ id }) => id)
    if (ids.some((id, i) => i > 0 && id <= ids[i - 1]!)) wrong("a tab shows its messages twice or out of order")
    if (heard.kind === "message" && heard.room === room.id && heard.author.id !== owner.id) heardOf.add(heard.id)
    lookForHoles(ids)
  }

  function lookForHoles(ids: number[]): void {
    if (store.stale()) return
    const [first = 0, last = 0] = [ids[0], ids.at(-1)]
    const shown = new Set(ids)
    for (const id of heardOf)
      if (id < first) heardOf.delete(id)
      else if (id < last && !shown.has(id)) wrong(`a tab no longer shows ${id}, which it heard`)
  }

  async function afresh(isWanted = () => true): Promise<Cursor> {
    const { cursor } = await fetchAfresh({ browser, room: room.slug, store }, { reading: undefined, isWanted })
    if (parseCursor(cursor).epoch !== epoch) heardOf.clear() // history may have forked since
    epoch = parseCursor(cursor).epoch
    return cursor
  }

  async function send(entry: Entry, leave: () => Promise<boolean>): Promise<Answer> {
    if (underway.has(entry.nonce)) wrong(`two tabs send "${entry.text}" at once`)
    underway.add(entry.nonce)
    const over = () => underway.delete(entry.nonce)
    void death.promise.then(over)
    return deliver({ browser, me: owner.id, connection }, entry, leave).finally(over)
  }

  const connectionAt = (cursor: Cursor) =>
    connect({
      browser,
      transports,
      cursor,
      room: room.slug,
      me: owner.id,
      hear,
      newest: () => store.newest(),
      isGated: () => isBeforeUs(browser),
      show(next) {
        link = next
        if (next === "fine") outbox.wake()
      },
      afresh,
      someoneElse: () => wrong("the session became another person's"),
    })
  let connection = connectionAt("0")

  const outbox = openOutbox({
    browser,
    shelf: mortal(shelf, () => tab.alive),
    owner: `${owner.id} ${owner.name}`,
    newNonce: () => crypto.randomUUID(),
    deliver: (entry, leave) => (tab.alive ? send(entry, leave) : never()),
    said: hear,
    alone: (call) => alone(call, death.promise),
    changed(elsewhere) {
      if (elsewhere && tab.alive) for (const other of others()) if (other !== tab) other.shelved()
    },
  })

  /** A page is loaded: it comes drawn, or not at all. */
  async function load(): Promise<void> {
    const stretch = await fetchStretch(browser, room.slug, { latest: true }).catch(() => null)
    if (!tab.alive) return
    if (!stretch) return void browser.after(500, load)
    store = openStore({ ...empty(owner), ...stretch })
    connection = connectionAt(stretch.cursor)
    connection.start()
    beRestless()
    await outbox.reload()
    outbox.wake()
  }

  /** Now and then somebody looks at it again, or its network goes; or a gateway refuses the feed, and when it no longer does
   *  the browser says that it is online. */
  function beRestless(): void {
    browser.after(browser.chance() * RESTLESS, () => {
      const what = browser.chance()
      if (what < 0.2) connection.wake()
      else if (what < 0.4) connection.cut()
      else {
        barred = true
        connection.cut()
        browser.after(browser.chance() * BARRED, () => {
          barred = false
          connection.wake()
        })
      }
      beRestless()
    })
  }

  const tab: Tab = {
    alive: true,
    async say(text) {
      writing = outbox.add(room, text)
      await writing
    },
    shelved: () => void outbox.reload().then(outbox.wake),
    async crash() {
      await writing
      tab.alive = false
      connection.stop()
      death.resolve()
    },
    newest: () => (link === "fine" && !store.stale() ? (store.snapshot().messages.at(-1)?.id ?? 0) : 0),
    look: () => ({
      messages: store.snapshot().messages.map(({ id, text }) => [id, text]),
      sending: outbox.sending(room.id).map(({ text }) => text),
      link,
    }),
  }
  void load()
  return tab
}

const empty = ({ id, name, room }: Owner): RoomSnapshot => ({
  place: { name: "" },
  me: { id, name, role: "member" },
  rooms: [],
  room: { ...room, name: room.slug },
  cursor: "0",
  nonce: "",
  messages: [],
  older: false,
  newer: false,
  member: true,
  members: 1,
})

/** A browser of this process; what a dead tab waited for never comes. */
function hasty(
  { url, cookie }: Owner,
  ways: Ways,
  { alive, barred }: Record<"alive" | "barred", () => boolean>,
): Browser {
  const began = Date.now()
  const kept = new Map<string, string>()
  return {
    now: () => began + (Date.now() - began) * HASTE,
    chance: Math.random,
    after(ms, call) {
      const timer = setTimeout(() => alive() && call(), ms / HASTE)
      return () => clearTimeout(timer)
    },
    fetch: (address, init) =>
      new Promise((resolve, reject) => {
        const headers: Record<string, string> = { ...(init?.headers as Record<string, string>), cookie }
        if (barred() && address.startsWith("/events")) return resolve(new Response("", { status: 403 }))
        if (ways === "polls" && headers.accept === "text/event-stream") return reject(new TypeError("Failed to fetch"))
        const hastily = address.replace(/wait=(\d+)/, (_, wait) => `wait=${Number(wait) / HASTE}`)
        fetch(url + hastily, { ...init, headers, cache: "default" } as RequestInit).then(
          (answer) => alive() && resolve(answer),
          (error) => alive() && reject(error),
        )
      }),
    openSocket: (address) =>
      new WebSocket(ways === "all" && !barred() ? url.replace("http", "ws") + address : NOWHERE, {
        headers: { cookie },
      } as never),
    online: () => true,
    memory: {
      recall: (key) => kept.get(key) ?? null,
      remember(key, value) {
        if (value === null) kept.delete(key)
        else kept.set(key, value)
        return true
      },
    },
    session: pretendMemory(),
  }
}

/** The shelf as one tab has it: it outlives the tab, and a dead one neither reads nor writes. */
function mortal(shelf: Shelf, alive: () => boolean): Shelf {
  const ifAlive = async <Result>(ask: () => Promise<Result>): Promise<Result> => {
    const result = alive() ? await ask() : undefined
    return alive() ? (result as Result) : new Promise(() => {})
  }
  return {
    all: () => ifAlive(shelf.all),
    put: (entry) => ifAlive(() => shelf.put(entry)),
    replace: (entry) => ifAlive(() => shelf.replace(entry)),
    remove: (nonce) => ifAlive(() => shelf.remove(nonce)),
    safe: shelf.safe,
  }
}

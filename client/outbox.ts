// What one writes is safe from the moment the box is emptied. It is put on the shelf first, then sent, in order within
// its room, again and again with the same nonce until the server has said yes or no; the nonce makes it one message
// however often it is sent, by whichever tab. It leaves the shelf when it is known to be said, and not before.
import type { Message } from "../protocol/event.ts"
import type { RoomItem, Sending } from "../view/snapshot.ts"
import { backoff } from "./backoff.ts"
import type { Browser, Cancel } from "./browser.ts"
import type { Entry, Shelf } from "./shelf.ts"
import type { Answer } from "./transport.ts"

/** After this much waiting an entry says so, and offers what can be done. It is still being sent. */
const SAY_WAITING = 30_000

const WAITING = "Not sent yet. It is kept here, and Parlour goes on trying."
const SIGNED_OUT = "Not sent: you are signed out. It is kept here and sent when you sign in again."

export type Outbox = {
  /** Resolves when the message is safe; it may be sent already, or hours later. */
  add(room: Pick<RoomItem, "id" | "slug">, text: string): Promise<void>
  /** What waits for this room, as the page shows it. */
  sending(room: number): Sending[]
  /** The feed or an answer brought this message: if it is one of ours, it is said. */
  heard(message: Message): void
  /** Sends what was refused again, as a new message; what still waits, at once. */
  retry(nonce: string): Promise<void>
  /** Takes an entry off the shelf, when `keep` has its text in another safe place. */
  take(nonce: string, keep: (text: string) => void): void
  /** The way may be open again: try now. */
  wake(): void
  /** Another tab changed the shelf. */
  reload(): Promise<void>
  /** False while something would be lost with this page. */
  safe(): boolean
}

type Options = {
  browser: Browser
  shelf: Shelf
  owner: string
  newNonce(): string
  deliver(entry: Entry): Promise<Answer>
  said(message: Message): void
  /** Runs a call while no other tab runs one, where the browser can see to that. */
  alone(call: () => Promise<void>): Promise<void>
  /** What is shown changes; `elsewhere` also for the other tabs. */
  changed(elsewhere: boolean): void
}

export function openOutbox(options: Options): Outbox {
  const { browser, shelf, owner } = options
  const opened = browser.now()
  let entries: Entry[] = []
  /** Taken off the shelf by this page. The shelf itself may not know it yet. */
  const gone = new Set<string>()
  let latest = 0
  let sending = false
  let oncemore = false
  let signedOut = false
  let failures = 0
  let pause: Cancel = () => {}
  let look: Cancel = () => {}

  async function reload(): Promise<void> {
    entries = (await shelf.all()).filter((entry) => entry.owner === owner && !gone.has(entry.nonce))
    latest = Math.max(latest, entries.at(-1)?.at ?? 0)
    show(false)
  }

  function show(elsewhere: boolean): void {
    options.changed(elsewhere)
    look()
    const next = Math.min(...entries.map(waitingFrom).filter((from) => from > browser.now()))
    if (next < Infinity) look = browser.after(next - browser.now(), () => show(false))
  }

  const waitingFrom = ({ at }: Entry): number => Math.max(at, opened) + SAY_WAITING

  /** Sends whatever waits. Calls while it runs make it run once more. */
  async function send(): Promise<void> {
    oncemore = true
    pause()
    if (sending) return
    sending = true
    while (oncemore) {
      oncemore = false
      await options.alone(sendAll)
    }
    sending = false
  }

  const waits = (entry: Entry): boolean => entry.refused === undefined

  async function sendAll(): Promise<void> {
    await reload()
    const rooms = [...new Set(entries.map((entry) => entry.room))]
    const pauses = await Promise.all(rooms.map(sendRoom))
    if (pauses.every((ms) => ms === undefined)) failures = 0
    else if (!signedOut) {
      failures++
      const asked = Math.max(0, ...pauses.map((ms) => ms ?? 0))
      pause = browser.after(asked || backoff(failures, browser.chance()), send)
    }
  }

  /** One after the other, so that the server hears them in the order in which they were written. Returns nothing when
   *  all are said; when the way is blocked, how long the server asks us to wait (0: it does not say). */
  async function sendRoom(room: number): Promise<number | undefined> {
    for (;;) {
      const entry = entries.find((entry) => entry.room === room && waits(entry))
      if (!entry) return undefined
      const answer = await options.deliver(entry)
      signedOut = answer.kind === "signed_out"
      switch (answer.kind) {
        case "said":
          options.said(answer.message)
          await drop(entry.nonce)
          break
        case "refused":
          if (!gone.has(entry.nonce)) await keep({ ...entry, refused: answer.problem.message })
          break
        case "signed_out":
          show(false)
          return 0
        case "again":
          return answer.after ?? 0
        default:
          return answer satisfies never
      }
    }
  }

  async function keep(entry: Entry, instead = entry.nonce): Promise<void> {
    await shelf.put(entry)
    const others = entries.filter(({ nonce }) => nonce !== entry.nonce && nonce !== instead)
    entries = [...others, entry].sort((a, b) => a.at - b.at)
    show(true)
  }

  async function drop(nonce: string): Promise<void> {
    gone.add(nonce)
    entries = entries.filter((entry) => entry.nonce !== nonce)
    show(false)
    await shelf.remove(nonce)
    options.changed(true)
  }

  /** A new message, last in the queue; it may come instead of one that was refused. */
  async function add({ id, slug }: Pick<RoomItem, "id" | "slug">, text: string, instead?: string): Promise<void> {
    latest = Math.max(browser.now(), latest + 1)
    await keep({ nonce: options.newNonce(), owner, room: id, slug, text, at: latest }, instead)
    send()
  }

  function shown(entry: Entry): Sending {
    const { nonce, text, at } = entry
    const late = browser.now() >= waitingFrom(entry)
    const reason = entry.refused ?? (signedOut ? SIGNED_OUT : late ? WAITING : undefined)
    return reason ? { nonce, text, at, state: "failed", reason } : { nonce, text, at, state: "sending" }
  }

  return {
    add: (room, text) => add(room, text),
    sending: (room) => entries.filter((entry) => entry.room === room).map(shown),
    heard({ nonce }) {
      if (nonce !== undefined && entries.some((entry) => entry.nonce === nonce)) drop(nonce)
    },
    async retry(nonce) {
      const entry = entries.find((entry) => entry.nonce === nonce)
      if (!entry || waits(entry)) return send()
      await add({ id: entry.room, slug: entry.slug }, entry.text, nonce)
      await drop(nonce)
    },
    take(nonce, keep) {
      const entry = entries.find((entry) => entry.nonce === nonce)
      if (!entry) return
      keep(entry.text)
      drop(nonce)
    },
    wake() {
      if (entries.some(waits)) send()
    },
    reload,
    safe: () => shelf.safe(),
  }
}

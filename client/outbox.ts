// What one writes is safe from the moment the box is emptied. It is put on the shelf first, then sent, in order within
// its room, again and again with the same nonce until the server has said yes or no; the nonce makes it one message
// however often it is sent, by whichever tab. It leaves the shelf when it is known to be said, and not before.
import type { Message } from "../protocol/event.ts"
import type { RoomItem, Sending } from "../view/snapshot.ts"
import { backoff } from "./backoff.ts"
import type { Browser, Cancel } from "./browser.ts"
import type { Entry, Shelf } from "./shelf.ts"
import type { Answer } from "./transport.ts"

/** After this much waiting the first of what waits says why. */
const SAY_WHY = 3_000
/** After this much waiting an entry says so, and offers what can be done. It is still being sent. */
const SAY_WAITING = 30_000

/** A shelf that could not be read is read again after this much. */
const READ_AGAIN = 2_000

const NO_ANSWER = "No answer yet."
const KEEPS_TRYING = "Parlour keeps trying by itself."
const KEPT = "It is kept here, and Parlour goes on trying."
const WAITING = `Not sent yet. ${KEPT}`
const WAITING_UNSURE = `No answer yet, so it may have been sent. ${KEPT}`
const SIGNED_OUT = "Not sent: you are signed out. It is kept here and sent when you sign in again."
const SIGNED_OUT_UNSURE = "You are signed out, and this may have been sent. It is kept here until you sign in again."
const REFUSED_UNSURE = "It may have been sent when it was tried before."

export type Outbox = {
  /** Resolves when the message is safe; it may be sent already, or hours later. What has the nonce of another is that one. */
  add(room: Pick<RoomItem, "id" | "slug">, text: string, nonce?: string): Promise<void>
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
  /** Sends it once. Before its words leave this browser it must be granted leave: whoever dies then must not say later
   *  that they never did, and what another tab took back must not be said. */
  deliver(entry: Entry, leave: () => Promise<boolean>): Promise<Answer>
  said(message: Message): void
  /** Runs a call while no other tab runs one, where the browser can see to that. */
  alone(call: () => Promise<void>): Promise<void>
  /** What is shown changes; `elsewhere` also for the other tabs. */
  changed(elsewhere: boolean): void
}

export function openOutbox(options: Options): Outbox {
  const { browser, shelf, owner } = options
  let entries: Entry[] = []
  /** Taken off the shelf by this page. The shelf itself may not know it yet. */
  const gone = new Set<string>()
  /** Entries whose waiting is being timed, and those that have waited for some time, and for long. Not by the clock, which may jump. */
  const timed = new Set<string>()
  const slow = new Set<string>()
  const late = new Set<string>()
  /** Why the server put them off, in its words. */
  const whys = new Map<string, string>()
  /** Grows with every change by this page: what was read from the shelf meanwhile is old. */
  let version = 0
  let loaded = false
  let latest = 0
  let sending = false
  let oncemore = false
  let signedOut = false
  let failures = 0
  /** How many the server has said yes or no to. */
  let settled = 0
  let pause: Cancel = () => {}
  let lookAgain: Cancel = () => {}

  async function reload(): Promise<void> {
    const before = version
    const all = await shelf.all().catch(() => null)
    if (before !== version) return reload()
    // A shelf that cannot be read just now says nothing: what is known of it stands, and it is asked again.
    if (all) set(all.filter((entry) => entry.owner === owner && !gone.has(entry.nonce)))
    else {
      lookAgain()
      lookAgain = browser.after(READ_AGAIN, () => void reload().then(wake))
    }
    latest = Math.max(latest, entries.at(-1)?.at ?? 0)
    loaded = true
    options.changed(false)
  }

  function set(next: Entry[]): void {
    version++
    entries = next
    for (const { nonce } of entries) if (!timed.has(nonce) && !late.has(nonce)) time(nonce)
  }

  function time(nonce: string): void {
    timed.add(nonce)
    browser.after(SAY_WHY, () => {
      if (!isHere(nonce)) return
      slow.add(nonce)
      options.changed(false)
    })
    browser.after(SAY_WAITING, () => {
      timed.delete(nonce)
      if (!isHere(nonce)) return
      late.add(nonce)
      options.changed(false)
    })
  }

  /** Sends whatever waits. Calls while it runs make it run once more. */
  async function send(): Promise<void> {
    oncemore = true
    pause()
    if (sending) return
    sending = true
    try {
      while (oncemore) {
        oncemore = false
        await options.alone(sendAll)
      }
    } finally {
      sending = false
    }
  }

  const isHere = (nonce: string): boolean => entries.some((entry) => entry.nonce === nonce)
  const waits = (entry: Entry): boolean => entry.refused === undefined

  async function sendAll(): Promise<void> {
    await reload()
    const before = settled
    const rooms = [...new Set(entries.map((entry) => entry.room))]
    const stops = (await Promise.all(rooms.map(sendRoom))).filter((stop) => stop !== undefined)
    signedOut = stops.some(({ kind }) => kind === "signed_out")
    options.changed(false)
    // What was said on the way ends the failing: a server that is busy is not one that is gone.
    if (stops.length === 0 || settled > before) failures = 0
    if (stops.length === 0 || signedOut) return
    const asked = stops.map((stop) => (stop.kind === "again" && stop.after) || 0)
    pause = browser.after(Math.max(backoff(++failures, browser.chance()), ...asked), send)
  }

  type Stop = Extract<Answer, { kind: "signed_out" | "again" }>

  /** One after the other, so that the server hears them in the order in which they were written. Returns nothing when all
   *  are said or refused, and otherwise what stands in the way. */
  async function sendRoom(room: number): Promise<Stop | undefined> {
    for (;;) {
      const entry = entries.find((entry) => entry.room === room && waits(entry))
      if (!entry) return undefined
      const answer = await options.deliver(entry, () => replace({ ...entry, unsure: true }))
      whys.delete(entry.nonce)
      switch (answer.kind) {
        case "said":
          settled++
          options.said(answer.message)
          await drop(entry.nonce)
          break
        case "refused":
          settled++
          await replace({ ...entry, refused: answer.problem.message })
          options.changed(true)
          break
        case "signed_out":
          await replace(entry)
          return answer
        case "again":
          if (answer.why) whys.set(entry.nonce, answer.why)
          if (answer.unsent) await replace(entry)
          if (isHere(entry.nonce)) return answer
          break
        default:
          return answer satisfies never
      }
    }
  }

  function wake(): void {
    if (entries.some(waits)) send()
  }

  /** Another state of an entry. False when it is there no more: taken here, or in another tab. */
  async function replace(entry: Entry): Promise<boolean> {
    if (!(await shelf.replace(entry))) gone.add(entry.nonce)
    const stands = !gone.has(entry.nonce)
    set(entries.flatMap((old) => (old.nonce !== entry.nonce ? old : stands ? entry : [])))
    return stands
  }

  async function drop(nonce: string): Promise<void> {
    gone.add(nonce)
    set(entries.filter((entry) => entry.nonce !== nonce))
    options.changed(false)
    await shelf.remove(nonce)
    options.changed(true)
  }

  /** A new message, last in the queue. */
  async function add(
    { id, slug }: Pick<RoomItem, "id" | "slug">,
    text: string,
    nonce = options.newNonce(),
  ): Promise<void> {
    if (!loaded) await reload() // what waits from before goes first, whatever the clock says
    if (gone.has(nonce) || (isHere(nonce) && waits(entries.find((entry) => entry.nonce === nonce) as Entry))) return
    latest = Math.max(browser.now(), latest + 1)
    const entry = { nonce, owner, room: id, slug, text, at: latest }
    await shelf.put(entry)
    set([...entries.filter((other) => other.nonce !== nonce), entry].sort((a, b) => a.at - b.at))
    options.changed(true)
    send()
  }

  function shown(entry: Entry): Sending {
    const { nonce, text, at } = entry
    const reason = reasonOf(entry)
    if (reason) return { nonce, text, at, state: "failed", reason }
    const first = slow.has(nonce) && entry === entries.find((other) => other.room === entry.room && waits(other))
    const waiting = first && `${whys.get(nonce) ?? NO_ANSWER} ${KEEPS_TRYING}`
    return { nonce, text, at, state: "sending", ...(waiting && { waiting }) }
  }

  function reasonOf({ nonce, refused, unsure }: Entry): string | undefined {
    if (refused !== undefined) return unsure ? `${refused} ${REFUSED_UNSURE}` : refused
    if (signedOut) return unsure ? SIGNED_OUT_UNSURE : SIGNED_OUT
    if (late.has(nonce) && whys.has(nonce)) return `${whys.get(nonce)} ${KEPT}`
    if (late.has(nonce)) return unsure ? WAITING_UNSURE : WAITING
    return undefined
  }

  return {
    add,
    sending: (room) => entries.filter((entry) => entry.room === room).map(shown),
    heard({ nonce }) {
      if (nonce !== undefined && isHere(nonce)) drop(nonce)
    },
    async retry(nonce) {
      const entry = entries.find((entry) => entry.nonce === nonce)
      if (!entry || waits(entry)) return send()
      // Gone at once, for a second press; off the shelf only when the new one is on it.
      gone.add(nonce)
      set(entries.filter((other) => other !== entry))
      await add({ id: entry.room, slug: entry.slug }, entry.text)
      await drop(nonce)
    },
    take(nonce, keep) {
      const entry = entries.find((entry) => entry.nonce === nonce)
      if (!entry) return
      keep(entry.text)
      drop(nonce)
    },
    wake,
    reload,
    safe: () => shelf.safe(),
  }
}

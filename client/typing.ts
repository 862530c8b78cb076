// That someone is writing: oneself, said to the others now and then while it is so; and the others, as long as they go on
// saying it. It ends by itself, or with a message of theirs that is newer than the word was.
import type { Author, Message, Typing } from "../protocol/event.ts"
import { isBlank } from "../protocol/text.ts"
import type { Browser, Cancel } from "./browser.ts"
import type { Connection } from "./connection.ts"
import type { Heard } from "./transport.ts"

/** One's own is said again after so long, if one still writes. */
const EVERY = 3_000
/** Twice as long another's holds: one of them may be lost. */
const LASTS = 6_000

export type Own = {
  /** What stands there now; nothing when the page is left, whatever stands there. */
  wrote(text: string): void
  /** What is written next is another message. The one that was sent ends the word by itself. */
  sent(): void
}

type Where = { room: { id: number; slug: string }; connection: Pick<Connection, "live" | "typing" | "stopped"> }

/** Says it by the line that is open, or beside it; without one nobody is told. */
export function openOwn(browser: Browser, { room, connection }: Where): Own {
  let saidAt = Number.NEGATIVE_INFINITY
  /** For how long what was said last still holds, clocks that are set back included. */
  const isWithin = (ms: number): boolean => Math.abs(browser.now() - saidAt) < ms
  const beside = (method: "POST" | "DELETE"): void => {
    const address = `/api/v1/rooms/${encodeURIComponent(room.slug)}/typing`
    browser.fetch(address, { method, keepalive: true }).catch(() => {}) // it is not worth a second try
  }

  function stop(): void {
    if (isWithin(LASTS) && connection.live() && !connection.stopped(room.id)) beside("DELETE")
    saidAt = Number.NEGATIVE_INFINITY
  }

  return {
    wrote(text) {
      if (isBlank(text)) return stop()
      if (isWithin(EVERY) || !connection.live()) return
      saidAt = browser.now()
      if (!connection.typing(room.id)) beside("POST")
    },
    sent() {
      saidAt = Number.NEGATIVE_INFINITY
    },
  }
}

export type Others = {
  hear(heard: Heard): void
  /** In the order in which they began. */
  now(): Author[]
}

export function openOthers(
  browser: Browser,
  { room, me, changed }: { room: number; me: number; changed(): void },
): Others {
  const writing = new Map<number, { person: Author; after: number; end: Cancel }>()
  /** The newest message of each. */
  const newest = new Map<number, number>()
  let people: Author[] = []

  function show(): void {
    people = [...writing.values()].map(({ person }) => person)
    changed()
  }

  function stop(id: number): void {
    writing.get(id)?.end()
    if (writing.delete(id)) show()
  }

  function write({ person, after }: Typing): void {
    if (person.id === me || (newest.get(person.id) ?? 0) > after) return
    const known = writing.get(person.id)
    known?.end()
    writing.set(person.id, { person, after, end: browser.after(LASTS, () => stop(person.id)) })
    if (!known) show()
  }

  /** An older message that was edited ends nothing. */
  function say({ id, author }: Message): void {
    newest.set(author.id, Math.max(id, newest.get(author.id) ?? 0))
    if (id > (writing.get(author.id)?.after ?? id)) stop(author.id)
  }

  return {
    hear(heard) {
      if (heard.kind === "reset")
        newest.clear() // its ids are of another history
      else if (heard.kind === "typing" && heard.room === room) write(heard)
      else if (heard.kind === "stopped" && heard.room === room) stop(heard.person.id)
      else if (heard.kind === "message" && heard.room === room) say(heard)
    },
    now: () => people,
  }
}

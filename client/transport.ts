// A transport carries the feed once, from a cursor until it ends. There are three (socket, stream, poll) and they
// say the same things in the same order; which one it is makes no difference to whoever listens.
import { type Cursor, parseCursor } from "../protocol/cursor.ts"
import type { Author, Change, Farewell, Fleeting, Message, Notice } from "../protocol/event.ts"
import type { RefusalCode } from "../protocol/refusal.ts"
import type { Problem } from "../view/snapshot.ts"
import type { Browser } from "./browser.ts"

export type Heard = Change | Notice | Fleeting

/** Why a transport ended. `lost`: something between here and there. `unreachable`: not even a request gets through.
 *  `refused`: the server does not take this cursor or room. The rest are the server's own words. */
export type Ending = Farewell | "lost" | "unreachable" | "refused"

export type Listener = {
  hear(heard: Heard): void
  /** Comes once, and nothing after it. Does not come after `close`. `words`: the server's own, of why it does not now. */
  ended(why: Ending, words?: string | undefined): void
}

/** An open transport. */
export type Line = {
  close(): void
  /** Something hints that the line may be dead (sleep, another network): find out soon. */
  check(): void
  /** Says something over the line itself, where it goes both ways. */
  post?(room: number, text: string, nonce: string): Promise<Answer>
  /** And that something is being written, or no longer is. Nobody waits for an answer. */
  typing?(room: number, writes?: boolean): true
}

export type Transport = (browser: Browser, from: { cursor: Cursor; room: string }, listener: Listener) => Line

/** What became of a message that was sent. `again`: nothing is known or the server is busy; the same nonce is sent again.
 *  `unsent`: what is known is that this try said nothing. `why`: the server's own words. */
export type Answer =
  | { kind: "said"; message: Message }
  | { kind: "refused"; problem: Problem }
  | { kind: "signed_out" }
  | { kind: "again"; after?: number; unsent?: true; why?: string }

/** A refusal for good, or only for now? */
export function answerOf(problem: Problem): Answer {
  const passing: Partial<Record<RefusalCode | "broken", Answer>> = {
    unauthorized: { kind: "signed_out" },
    slow_down: { kind: "again", unsent: true, why: problem.message },
    try_again: { kind: "again", why: problem.message },
    broken: { kind: "again", why: problem.message },
  }
  return passing[problem.code] ?? { kind: "refused", problem }
}

/** A yes that is about this very message. Anything else (a portal's page, another program at the address) is no answer. */
export function saidBy(nonce: string, answer: unknown): Answer {
  const message = answer as Partial<Message> | null
  const ours = message?.kind === "message" && message.nonce === nonce && isHeard(message)
  return ours ? { kind: "said", message: message as Message } : { kind: "again" }
}

/** Whether a feed said something that its listener can take. A frame that was mangled on its way may be anything. */
export function isHeard(one: unknown): one is Heard {
  try {
    return mayBeHeard(one as Heard)
  } catch {
    return false // it has not even the shape
  }
}

function mayBeHeard(one: Heard): boolean {
  switch (one.kind) {
    case "hello":
      return Number.isSafeInteger(one.person.id) && isCursor(one.cursor)
    case "live":
    case "reset":
      return isCursor(one.cursor)
    case "message":
      return (
        [one.tick, one.id, one.room, one.at].every(Number.isSafeInteger) && isSomeone(one.author) && isText(one.text)
      )
    case "member":
      return [one.tick, one.room, one.person.id].every(Number.isSafeInteger)
    case "here":
      return [one.room, one.count].every(Number.isSafeInteger) && (one.people ?? []).every(isSomeone)
    case "typing":
      return [one.room, one.after].every(Number.isSafeInteger) && isSomeone(one.person)
    case "stopped":
      return Number.isSafeInteger(one.room) && isSomeone(one.person)
    default:
      // Kinds that a later server tells are let through, and move the cursor on.
      return typeof one.kind === "string" && (!("tick" in one) || Number.isSafeInteger(one.tick))
  }
}

const isSomeone = ({ id, name }: Author): boolean => Number.isSafeInteger(id) && typeof name === "string"
const isCursor = (cursor: Cursor): boolean => parseCursor(cursor).tick >= 0
const isText = (text: unknown): boolean => text === null || typeof text === "string"

/** Of these something on the way says one too, about a session of its own. */
const WANTS_SIGNING_IN = new Set([401, 407, 511])

/** An answer by which something on the way asks for a session of its own, or sends one on to where it does; and not the
 *  server for ours. */
export const isOfAnother = (status: number, problem: Problem | undefined): boolean =>
  problem === undefined && (status < 400 || WANTS_SIGNING_IN.has(status))

/** What an answer other than 2xx says about a feed, and in which words of the server's. */
export async function endingOf(response: Response): Promise<[why: Ending, words?: string | undefined]> {
  const problem = await problemIn(response)
  if (problem?.code === "unauthorized") return ["signed_out"]
  const { status } = response
  const passes = status >= 500 || status === 408 || status === 429 || isOfAnother(status, problem)
  return passes ? ["lost", problem?.message] : ["refused"]
}

/** The server's own words for a no; undefined where the answer is not ours. */
export async function problemIn(response: Response): Promise<Problem | undefined> {
  try {
    const { error } = (await response.json()) as { error?: Problem }
    return typeof error?.code === "string" && typeof error.message === "string" ? error : undefined
  } catch {
    return undefined
  }
}

export const feedAddress = (from: { cursor: Cursor; room: string }): string =>
  `/events?after=${encodeURIComponent(from.cursor)}&room=${encodeURIComponent(from.room)}`

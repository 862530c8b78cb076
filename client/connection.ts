// The page's line to the server. Whatever happens to the network, three things make it right again: the cursor says
// what was heard last; every return begins there; and hearing a change twice does no harm. So the line may be
// cut, doubled or changed for another transport at any moment, and all that is left to decide here is when and how to try.
import { type Cursor, cursorAt, parseCursor } from "../protocol/cursor.ts"
import { type Change, isChange } from "../protocol/event.ts"
import type { Link } from "../view/snapshot.ts"
import { backoff } from "./backoff.ts"
import type { Browser, Cancel } from "./browser.ts"
import { openDoubt } from "./doubt.ts"
import type { Answer, Ending, Heard, Line } from "./transport.ts"
import { openTrouble } from "./trouble.ts"
import { order, recallWay, rememberWay, type TransportName, type Transports } from "./ways.ts"

/** A proxy may cut streams alone, which looks as if nothing were within reach: after so many failures the rest is tried. */
const TRIES_PER_WAY = 3
/** When this many repairs from one cursor come to nothing, though someone answers, the page is drawn afresh instead. */
const TRIES_PER_CURSOR = 3
/** How long a second-best transport is kept before the best is tried again beside it; doubles each time it fails. */
const FIRST_TERM = 5_000
const LONGEST_TERM = 600_000
/** A line that was live for less than this has not ended the failing. */
const STEADY = 10_000
/** A timer that comes this much too late slept with the machine. */
const HEARTBEAT = 5_000
const ASLEEP = 10_000

export type Connection = {
  start(): void
  stop(): void
  /** The browser says that the network has gone. The line would stay silent until it is missed; a new one is tried at
   *  once, since the server may be on this very machine, and if it fails the page says so. */
  cut(): void
  /** Something may have changed (network, visibility, session): look now, not after the wait. */
  wake(): void
  /** True while the feed is live, and so the session known to be this person's. */
  live(): boolean
  /** Says over the open socket a message, or that one is being written; undefined where there is none. */
  post(room: number, text: string, nonce: string): Promise<Answer> | undefined
  typing(room: number): true | undefined
  /** And that it is no longer. */
  stopped(room: number): true | undefined
}

type Options = {
  browser: Browser
  transports: Transports
  cursor: Cursor
  /** The slug of the room that is looked at. */
  room: string
  /** The id of the person for whom the page is drawn. */
  me: number
  hear(heard: Heard): void
  /** The server's time just now. */
  time?(at: number): void
  /** The newest change that the page knows, whoever brought it. */
  newest(): Change | undefined
  /** Whether a login stands before the place. */
  isGated(): Promise<boolean>
  /** How it stands; and the server's own words, where it has declined. */
  show(link: Link, words?: string | undefined): void
  /** Draws the page afresh from the server and gives the cursor at which it was read; changes nothing when that is no longer
   *  wanted once it has come: another line was opened, and what it tells goes on from what is drawn now. */
  afresh(isWanted: () => boolean): Promise<Cursor>
  /** The session has become another person's: what is drawn here is no longer theirs to see. */
  someoneElse(): void
}

type Phase =
  | { is: "stopped" }
  | { is: "waiting"; cancel: Cancel }
  | { is: "trying"; line: Line }
  | { is: "live"; line: Line; since: number }
  | { is: "signed_out" }

/** How one transport ended: whether it had greeted, and whether it had told anything new. */
type End = { name: TransportName; why: Ending; words?: string | undefined; greeted: boolean; moved: boolean }

export function connect(options: Options): Connection {
  const { browser } = options
  let phase: Phase = { is: "stopped" }
  let { cursor } = options
  /** Failures in a row, since the feed was last live for a while. */
  let failures = 0
  /** Repairs in a row that neither became live nor moved the cursor, though someone answered. */
  let stuck = 0
  let preferred = recallWay(browser)
  let term = FIRST_TERM
  let probe: Cancel = () => {}
  let beside: Line | undefined
  let heartbeat: Cancel = () => {}
  const doubt = openDoubt(options.newest)
  const { worry, because, calm } = openTrouble(browser, () => failures > 0, options)

  /** Opens one transport. What it hears counts at once; that it is live makes it the line. */
  function open(name: TransportName, ended: (end: End) => void): Line {
    const begun = cursor
    let greeted = false
    const hear = (heard: Heard) => {
      if ((heard.kind === "hello" || heard.kind === "live") && heard.at !== undefined) options.time?.(heard.at)
      switch (heard.kind) {
        case "hello":
          greeted = true
          if (heard.person.id === options.me) return greet(heard.cursor, line)
          stop()
          return options.someoneElse()
        case "live":
          moveTo(heard.cursor)
          if (doubt.end()) options.hear({ kind: "reset", cursor })
          return settle(name, line)
        case "reset":
          if (!inEpochOf(heard.cursor)) takeOver(line)
          doubt.end() // the reset answers it
          cursor = heard.cursor
          return options.hear(heard)
        default:
          if (isChange(heard)) {
            moveTo(cursorAt(parseCursor(cursor).epoch ?? "", heard.tick))
            doubt.hear(heard)
          }
          options.hear(heard)
      }
    }
    const from = { cursor, room: options.room }
    const line = options.transports[name](browser, from, {
      hear,
      // Not by the epoch: a server that dies of what it tells us begins a new one each time.
      ended: (why, words) =>
        ended({ name, why, words, greeted, moved: parseCursor(cursor).tick !== parseCursor(begun).tick }),
    })
    return line
  }

  const inEpochOf = (other: Cursor): boolean => parseCursor(cursor).epoch === parseCursor(other).epoch

  /** What follows is of the epoch that the line greets in. */
  function greet(next: Cursor, line: Line): void {
    if (inEpochOf(next)) return
    takeOver(line)
    cursor = next
    doubt.begin(parseCursor(next).tick)
  }

  /** Of two lines the one that speaks in another epoch asked last: the other is of a place that has ended since. */
  function takeOver(line: Line): void {
    if (!isLine(line)) {
      leave(line)
      phase = { is: "trying", line }
      worry()
    } else if (beside) {
      beside.close()
      beside = undefined
      probe = browser.after(term, tryBest)
    }
  }

  const isLine = (line: Line): boolean => (phase.is === "trying" || phase.is === "live") && phase.line === line

  /** The cursor only goes forward, whichever line brings the news; a new epoch replaces it. */
  function moveTo(next: Cursor): void {
    const [from, to] = [parseCursor(cursor), parseCursor(next)]
    if (from.epoch !== to.epoch || to.tick > from.tick) cursor = next
  }

  function attempt(name: TransportName): void {
    phase = { is: "trying", line: open(name, fail) }
  }

  function settle(name: TransportName, line: Line): void {
    if (phase.is === "live" && phase.line === line) return
    leave(line)
    phase = { is: "live", line, since: browser.now() }
    preferred = name
    rememberWay(browser, name)
    calm()
    options.show("fine")
    if (name === "socket") term = FIRST_TERM
    else probe = browser.after(term, tryBest)
  }

  /** Beside the second-best line that works: nothing is lost whichever of the two speaks first. */
  function tryBest(): void {
    term = Math.min(term * 2, LONGEST_TERM)
    const line = open("socket", (end) => {
      if (isLine(line)) return fail(end)
      beside = undefined
      if (phase.is === "live") probe = browser.after(term, tryBest)
    })
    beside = line
  }

  function fail({ name, why, words, greeted, moved }: End): void {
    const steady = phase.is === "live" && browser.now() - phase.since > STEADY
    failures = steady ? 1 : failures + 1
    const next = order[order.indexOf(name) + 1]
    const answered = greeted || (why === "lost" && !next)
    stuck = moved || phase.is === "live" ? 0 : answered ? stuck + 1 : stuck
    worry()
    if (name !== "socket") because(words) // a socket is refused without words
    if (why === "signed_out") signOut()
    else if (stuck >= TRIES_PER_CURSOR || why === "refused") startAfresh()
    else if (!greeted && next && (why === "lost" || (why === "unreachable" && failures > TRIES_PER_WAY))) wait(0, next)
    else wait(steady ? soon(why) : backoff(failures, browser.chance()), first())
  }

  /** What worked last; but where nothing has for some time, this may be another network. */
  const first = (): TransportName => (failures > 2 * TRIES_PER_WAY ? (order[0] as TransportName) : preferred)

  /** The first return after a live line is quick; that of a whole crowd after a restart is spread. */
  const soon = (why: Ending): number => Math.round(browser.chance() * (why === "restart" ? 2_000 : 300))

  function wait(ms: number, name: TransportName): void {
    leave()
    phase = { is: "waiting", cancel: browser.after(ms, () => attempt(name)) }
  }

  async function startAfresh(): Promise<void> {
    const pause: Phase = { is: "waiting", cancel: () => {} }
    leave()
    phase = pause
    const isWanted = () => phase === pause
    const fresh = await options.afresh(isWanted).catch(() => undefined)
    if (!isWanted()) return
    if (fresh) {
      cursor = fresh
      stuck = 0
    }
    wait(backoff(failures, browser.chance()), first())
  }

  function signOut(): void {
    leave()
    phase = { is: "signed_out" }
    calm()
    options.show("signed_out")
  }

  /** Lets go of whatever the present phase holds, except a line that is to stay. */
  function leave(stays?: Line): void {
    probe()
    if (beside !== stays) beside?.close()
    beside = undefined
    if (phase.is === "waiting") phase.cancel()
    if ((phase.is === "trying" || phase.is === "live") && phase.line !== stays) phase.line.close()
  }

  function wake(): void {
    switch (phase.is) {
      case "stopped":
      case "trying":
        return
      case "waiting":
      case "signed_out":
        if (phase.is === "waiting") phase.cancel()
        attempt(preferred)
        break
      case "live":
        phase.line.check()
        break
      default:
        phase satisfies never
    }
  }

  /** Timers sleep with the machine; the lines they watch are dead then, and nobody has said so. */
  function beat(): void {
    const set = browser.now()
    heartbeat = browser.after(HEARTBEAT, () => {
      if (browser.now() - set > HEARTBEAT + ASLEEP) wake()
      beat()
    })
  }

  function stop(): void {
    heartbeat()
    calm()
    leave()
    phase = { is: "stopped" }
  }

  return {
    start() {
      if (phase.is !== "stopped") return
      worry()
      beat()
      attempt(preferred)
    },
    stop,
    wake,
    cut() {
      if (phase.is === "live") fail({ name: preferred, why: "lost", greeted: true, moved: false })
    },
    live: () => phase.is === "live",
    post: (room, text, nonce) => (phase.is === "live" ? phase.line.post?.(room, text, nonce) : undefined),
    typing: (room) => (phase.is === "live" ? phase.line.typing?.(room) : undefined),
    stopped: (room) => (phase.is === "live" ? phase.line.typing?.(room, false) : undefined),
  }
}

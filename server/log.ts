// What goes into the log, and what does not. A line is for whoever runs the place, who can do something about it; so nobody
// else can write one as often as they like. What went wrong in the same way before is counted, and told once a minute.
import { inspect } from "node:util"
import { Refusal } from "../protocol/refusal.ts"

/** Milliseconds in which the same accident is written down once, and so many that differ. */
const SPAN_MS = 60_000
const MOST_KINDS = 50
/** Characters of what went wrong: the words of an error may hold what somebody sent, and a stack is deep. */
const LONGEST = 3_000

/** For what nobody waits for: that the database is out of reach, say, is said where that is found out. */
export function logUnlessRefused(error: unknown): void {
  if (!(error instanceof Refusal)) logAccident("something in the background failed", error)
}

/** For a promise that nobody waits for: what comes of it is looked at here. */
export function inBackground(work: Promise<unknown>): void {
  work.catch(logUnlessRefused)
}

/** By which what somebody sent would tell the terminal what to do of whoever reads the log, or turn its lines about. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const OF_TERMINALS = /[\0-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]/g

type Kind = { times: number; last: string }

/** Writes down what went wrong, and where in the program. `forget`: of what comes now nothing was told yet. */
type AccidentLog = { (what: string, error: unknown): void; forget(): void }

/** `span` is in milliseconds. */
export function accidentLog(write: (line: string) => void, span: number = SPAN_MS): AccidentLog {
  let kinds = new Map<string, Kind>()
  let others = 0
  let timer: ReturnType<typeof setTimeout> | undefined
  const forget = () => {
    clearTimeout(timer)
    kinds = new Map()
    others = 0
  }
  const sum = () => {
    for (const { times, last } of kinds.values()) if (times > 1) write(`Once more, ${times - 1} times: ${last}`)
    if (others > 0) write(`Of ${others} more things that went wrong there was no room to tell.`)
    forget()
  }
  const tell = (what: string, error: unknown) => {
    if (kinds.size === 0) timer = setTimeout(sum, span)
    timer?.unref()
    const text = inWords(error)
    const name = `${what.replace(/\d+/g, "N")} ${placeOf(text)}`
    const known = kinds.get(name)
    if (known) Object.assign(known, { times: known.times + 1, last: what })
    else if (kinds.size >= MOST_KINDS) others++
    else {
      kinds.set(name, { times: 1, last: what })
      write(`${what}: ${text}`)
    }
  }
  return Object.assign(tell, { forget })
}

/** Into the program's own log. */
export const logAccident = accidentLog((line) => console.error(line))

function inWords(error: unknown): string {
  if (!(error instanceof Error)) return inspect(error, { depth: 1, maxStringLength: 200, maxArrayLength: 5 })
  const { code } = error as { code?: unknown }
  const text = error.stack || `${error.name}: ${error.message}`
  return `${typeof code === "string" ? `${code}: ` : ""}${text}`.slice(0, LONGEST).replace(OF_TERMINALS, "\ufffd")
}

/** Where it was thrown, which is the same however its words differ: the first line of the program itself. All that a database
 *  refuses is thrown in one line of what the runtime brings. */
function placeOf(text: string): string {
  const lines = text.match(/^\s+at .*$/gm) ?? []
  const isOurs = (line: string) => /:\d+:\d+\)?$/.test(line) && !/\b(bun|node|native):/.test(line)
  return lines.find(isOurs) ?? lines[0] ?? text.slice(0, 100)
}

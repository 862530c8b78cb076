// File descriptors, of which a process may have so many, and each connection is one. When the last is taken nothing can be opened
// any more: no file, no connection to a database, and none for who comes next; and the runtime, which cannot take them in, tries
// again as fast as it can. Anyone can bring that about by connections on which they ask nothing, of which the runtime tells
// nobody.
//
// So some are kept free. When few are left, nobody new is let in, and connections that wait for their next request are closed:
// browsers open theirs again when they need one. Those that never asked anything end by themselves, within some twelve seconds.
// Sockets, and what is being answered, stay.
import { closeSync, openSync, readFileSync } from "node:fs"
import { Outage } from "../db/outage.ts"
import type { Door } from "./step-aside.ts"

/** How many are kept free. A database needs ten at most; but at the door five hundred may wait to be let in, and as many come
 *  between two looks. */
const MOST_SPARE = 1_024
/** Of a process that may have few, this part; and at its door half of these may wait. */
const PART_SPARE = 1 / 4
/** Milliseconds between two looks; and while more than half are taken, for then a flood takes the rest within a few. */
const CALM_MS = 50
const ALERT_MS = 5

type Server = { closeIdleConnections(): number }

/** Begins to see to it; the answer ends it. `limit`: how many there may be. */
export function keepSpare(server: Server, door: Door | null, limit = descriptorsAllowed()): () => void {
  const spare = Math.min(MOST_SPARE, Math.floor(limit * PART_SPARE))
  const most = limit - spare
  if (spare < MOST_SPARE) door?.narrow(Math.floor(spare / 2))
  const outage = new Outage(
    () =>
      `Nearly as many connections are open as this process may have files (${limit}): nobody new is let in until some end. If these are people, allow it more, as by LimitNOFILE or ulimit -n; if not, let the proxy bound the connections of an address.`,
    "Everyone is let in again.",
  )
  let isShut = false
  let timer: ReturnType<typeof setTimeout>
  const look = () => {
    const taken = descriptorsTaken()
    timer = setTimeout(look, taken > limit / 2 ? ALERT_MS : CALM_MS)
    const isFull = taken >= most
    if (isFull) {
      outage.met("")
      server.closeIdleConnections()
    } else outage.passed()
    if (isFull !== isShut) isFull ? door?.shut() : door?.open()
    isShut = isFull
  }
  timer = setTimeout(look, CALM_MS)
  return () => clearTimeout(timer)
}

/** At least so many: the system gives out the lowest that is free. All, if it has none even for this: for this process, or at all.
 *  What else keeps a file from being opened says nothing of it. */
function descriptorsTaken(): number {
  try {
    const lowest = openSync("/dev/null", "r")
    closeSync(lowest)
    return lowest
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    return code === "EMFILE" || code === "ENFILE" ? Number.POSITIVE_INFINITY : 0
  }
}

/** Where the system does not say it, one learns of it when there are none. */
function descriptorsAllowed(): number {
  try {
    const [, soft] = readFileSync("/proc/self/limits", "utf8").match(/^Max open files\s+(\d+)/m) ?? []
    return soft === undefined ? Number.POSITIVE_INFINITY : Number(soft)
  } catch {
    return Number.POSITIVE_INFINITY
  }
}

// File descriptors, of which a process may have so many, and each connection is one. When the last is taken nothing can be opened
// any more: no file, no connection to a database, and none for who comes next; and the runtime, which cannot take them in, tries
// again as fast as it can. Anyone can bring that about by connections on which they ask nothing, of which the runtime tells
// nobody.
//
// So we take some ourselves, and give them back when few others are left: then those are for the database, for files and for the
// command line, as at the same moment nobody new is let in any more. Connections that wait for their next request are closed:
// browsers open theirs again when they need one. Those that never asked anything end by themselves, within some twelve seconds.
// Sockets, and what is being answered, stay.
import { closeSync, open, openSync, readFileSync } from "node:fs"
import { promisify } from "node:util"
import { Outage } from "../db/outage.ts"
import { inBackground } from "../log.ts"
import type { Door } from "./step-aside.ts"

/** How many we take. A database needs ten at most; but at the door five hundred may wait, and as many be on their way to it: they
 *  are let in first. */
export const MOST_SPARE = 1_280
/** Of a process that may have few, this part; and at its door a third of these may wait. */
const PART_SPARE = 1 / 4
/** Few are left when fewer are than this part of what we took. */
const PART_LEFT = 1 / 8
/** Milliseconds between two looks. */
const LOOK_MS = 50
/** After the start: to be open soon matters more. */
const BEGIN_MS = 500

type Server = { closeIdleConnections(): number }

/** Begins to see to it; the answer ends it. `limit`: how many there may be. */
export function keepSpare(server: Server, door: Door | null, limit = descriptorsAllowed()): () => void {
  const spare = Math.min(MOST_SPARE, Math.floor(limit * PART_SPARE))
  const few = Math.ceil(spare * PART_LEFT)
  if (spare < MOST_SPARE) door?.narrow(Math.floor(spare / 3))
  const outage = new Outage(
    () =>
      `Nearly as many connections are open as this process may have files (${limit}): nobody new is let in until some end. If these are people, allow it more, as by LimitNOFILE or ulimit -n; if not, let the proxy bound the connections of an address.`,
    "Everyone is let in again.",
  )
  /** Ours, while enough others are left. */
  let held: number[] | null = null
  const look = () => {
    if (held && areLeft(few, limit)) return outage.passed()
    outage.met("")
    door?.shut()
    if (held) giveBack(held)
    server.closeIdleConnections()
    const again = take(spare + 2 * few)
    if (again) giveBack(again.splice(spare))
    held = again
    if (held) door?.open()
  }
  let isOver = false
  let timer: ReturnType<typeof setTimeout>
  async function begin(): Promise<void> {
    held = await takeAside(spare)
    if (held && !isOver) timer = setInterval(look, LOOK_MS)
    else stop() // there are fewer than the system says, or it does not say
  }
  function stop(): void {
    isOver = true
    clearTimeout(timer)
    if (held) giveBack(held)
    held = null
  }
  timer = setTimeout(() => inBackground(begin()), BEGIN_MS)
  return stop
}

const SOME_FILE = "/dev/null"
const openOne = () => openSync(SOME_FILE, "r")
const openOneAside = promisify(open)

function giveBack(descriptors: number[]): void {
  for (const one of descriptors) closeSync(one)
}

/** So many, or null if there are not. */
function take(count: number): number[] | null {
  const taken: number[] = []
  try {
    while (taken.length < count) taken.push(openOne())
    return taken
  } catch (error) {
    giveBack(taken)
    return isNoneLeft(error) ? null : []
  }
}

/** The same, by another thread: to have many for the first time the system makes room for them, and whoever asks waits. */
async function takeAside(count: number): Promise<number[] | null> {
  const taken: number[] = []
  try {
    while (taken.length < count) taken.push(await openOneAside(SOME_FILE, "r"))
    return taken
  } catch (error) {
    giveBack(taken)
    return isNoneLeft(error) ? null : []
  }
}

/** The system gives out the lowest that is free: near the limit, few are left. */
function areLeft(few: number, limit: number): boolean {
  try {
    const lowest = openOne()
    closeSync(lowest)
    return lowest < limit - few
  } catch (error) {
    return !isNoneLeft(error)
  }
}

/** For this process, or for the whole system. What else keeps a file from being opened says nothing of it. */
const isNoneLeft = (error: unknown): boolean => /^E[MN]FILE$/.test((error as NodeJS.ErrnoException).code ?? "")

/** Where the system does not say it, one learns of it when there are none. */
function descriptorsAllowed(): number {
  try {
    const [, soft] = readFileSync("/proc/self/limits", "utf8").match(/^Max open files\s+(\d+)/m) ?? []
    return soft === undefined ? Number.POSITIVE_INFINITY : Number(soft)
  } catch {
    return Number.POSITIVE_INFINITY
  }
}

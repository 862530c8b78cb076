// Who has a page open uses their session, though their browser asks for nothing: it is noted as used. And when a session has
// lasted as long as one may, its feeds end with it.
//
// That is looked at by this process's clock, and for its own feeds: nothing is written, so that a clock that is wrong ends none
// in other processes.
import { setTimeout as sleep } from "node:timers/promises"
import { allOf, type Db } from "../db/sql.ts"
import type { Hub } from "../live/hub.ts"
import { logUnlessRefused } from "../log.ts"
import { bounds } from "../standing.ts"
import { touch } from "./session-use.ts"

const MINUTE = 60_000
const HOUR = 60 * MINUTE
/** Sessions that are noted as used in one transaction, and milliseconds between two: who has waited has their turn. */
const BATCH = 50
const PAUSE_MS = 50

export type SessionWatch = { close(): Promise<void> }

/** Milliseconds between two looks, and between two notes. */
const SPANS = { look: MINUTE, note: HOUR }

/** Begins to watch; closing it waits for what is being written. */
export function watchSessions(db: Db, hub: Pick<Hub, "sessions" | "end">, spans = SPANS): SessionWatch {
  let over = false
  let notedAt = performance.now()
  /** Those that began before this are known to be over: whoever comes with one is not let in. */
  let known = bounds().begun
  let working: Promise<void> | null = null

  async function look(): Promise<void> {
    const { begun } = bounds()
    for (const { person, id } of await sessionsBegun(db, known, begun)) hub.end(person, id, "signed_out")
    known = begun
    if (performance.now() - notedAt < spans.note) return
    notedAt = performance.now()
    await note([...hub.sessions()])
  }

  async function note(sessions: string[]): Promise<void> {
    for (let next = 0; next < sessions.length && !over; next += BATCH) {
      const some = sessions.slice(next, next + BATCH)
      await db.tx((sql) => allOf(some.map((id) => touch(sql, id, Date.now())))) // side by side: everybody waits meanwhile
      await sleep(PAUSE_MS)
    }
  }

  const timer = setInterval(() => {
    working ??= look()
      .catch(logUnlessRefused)
      .finally(() => {
        working = null
      })
  }, spans.look)
  return {
    async close() {
      over = true
      clearInterval(timer)
      await working
    },
  }
}

/** Those that stand and began after one time, and not after another. */
const sessionsBegun = ({ sql }: Db, after: number, upTo: number): Promise<{ id: string; person: number }[]> =>
  sql<{ id: string; person: number }>`
    select id, person from sessions where ended is null and at > ${after} and at <= ${upTo}`

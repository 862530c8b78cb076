// When all is over: the end of the history is read through every door, and all of it page by page, and each time it must be
// what the database holds. Where there are several processes, each of them is asked.
import { cursorAt, parseCursor } from "../../protocol/cursor.ts"
import { until } from "../world.ts"
import type { Row } from "./checker.ts"
import { follow } from "./doors.ts"
import type { Resident } from "./place.ts"
import { HOT, type Run, WIDEST } from "./run.ts"
import type { Stage } from "./stage.ts"

/** Reads the end of the history through every door, and all of it page by page. */
export async function lastRead<On extends Stage>(run: Run<On>, patience: number): Promise<void> {
  const rows = await run.place.rows()
  const cursor = await run.place.cursor()
  for (const url of run.front ? [run.front.url] : run.place.urls) await readAt(url, run, rows, cursor, patience)
}

async function readAt<On extends Stage>(url: string, run: Run<On>, rows: Row[], now: string, patience: number) {
  const [reader] = run.prepared.people as [Resident]
  const home = run.prepared.rooms[HOT]!
  const { cookie } = reader
  const inHome = rows.filter(({ room }) => room === home).map(({ id }) => id)
  const get = async (path: string) => (await fetch(url + path, { headers: { cookie } })).text()

  const pages: number[] = []
  const begin = parseCursor(run.cursor).tick
  for (let more = true; more; ) {
    const page = JSON.parse(await get(`/api/v1/rooms/${HOT}/messages?after=${pages.at(-1) ?? begin}&limit=200`))
    if (page.error) return run.blame("O8", `read page by page, long after healing: ${page.error.message}`)
    pages.push(...page.messages.map(({ id }: { id: number }) => id))
    more = page.newer
  }
  mustBe(
    run,
    "page by page",
    pages,
    inHome.filter((id) => id > begin),
  )
  const drawn = [...(await get(`/chat/${HOT}/`)).matchAll(/ id="m(\d+)"/g)].map(([, id]) => Number(id))
  mustBe(run, "on the page", drawn, inHome.slice(-50))

  const { epoch, tick } = parseCursor(now)
  const after = Math.max(begin, tick - WIDEST / 2)
  for (const door of ["websocket", "sse", "poll"] as const) {
    const seen: number[] = []
    const from = { url, cookie, patience: 5_000, after: cursorAt(epoch ?? "", after) }
    const last = inHome.at(-1) ?? 0
    const listening = follow[door](from, (one) => {
      if (one.kind === "message" && one.room === home) seen.push(one.id)
    })
    await until("", () => seen.includes(last) || last <= after, patience).catch(() => {})
    listening.end()
    mustBe(
      run,
      `by ${door}`,
      seen,
      inHome.filter((id) => id > after),
    )
  }
}

function mustBe<On extends Stage>(run: Run<On>, how: string, seen: number[], wanted: number[]): void {
  if (seen.length === wanted.length && seen.every((id, i) => id === wanted[i])) return
  const wrong = wanted.find((id) => !seen.includes(id)) ?? seen.find((id) => !wanted.includes(id)) ?? 0
  run.violations.push({
    rule: "O3",
    words: `read ${how}: ${seen.length} of ${wanted.length}, not ${wrong}`,
    id: wrong,
  })
}

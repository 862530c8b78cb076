// What only numbers show: thousands cut off at once, and a place that holds a million messages when it is killed. Small in
// the suite, at full size in `bin/faults`.
import { Database } from "bun:sqlite"
import { join } from "node:path"
import { until } from "../world.ts"
import type { Fault } from "./fault.ts"
import { linesOf } from "./process.ts"
import type { Run } from "./run.ts"

const CROWD = { short: 300, long: 5_000 }
/** So long may it take until all are live again. */
const BACK_MS = 10_000
const MESSAGES = { short: 20_000, long: 1_000_000 }
/** A place that has been killed serves again after so long, on a machine that does nothing else; more than the second that is
 *  aimed at, for machines that do. */
const SERVES_MS = 5_000

type Crowd = { cut(): void; live(): number; behind(): number; end(): void }

/** Sockets in a process of their own, that all come back with their cursors when they are cut off. */
function crowd(run: Run, size: number): Crowd {
  const { cookie } = run.prepared.people[0]!
  const child = run.place.spawn(["test/faults/crowd.ts"], {
    CROWD: JSON.stringify({ url: run.place.url, cookie, size, after: run.place.cursor() }),
  })
  let now = { live: 0, lowest: 0 }
  void (async () => {
    for await (const line of linesOf(child.stdout as ReadableStream<Uint8Array>)) now = JSON.parse(line)
  })()
  return {
    cut() {
      if (typeof child.stdin === "number" || !child.stdin) return
      child.stdin.write("cut\n")
      child.stdin.flush()
    },
    live: () => now.live,
    behind: () => now.lowest,
    end: () => child.kill("SIGKILL"),
  }
}

const last = (run: Run) => Number(run.place.cursor().split(".")[1])

export const stormOfThousands: Fault = {
  name: "storm-5000",
  workers: 3,
  habits: { roams: 0, pause: 40 },
  cycles: 1,
  once: true,
  files: CROWD.long + 400,
  memory: 600,
  async strike(run) {
    const size = run.long ? CROWD.long : CROWD.short
    const many = crowd(run, size)
    try {
      await until(`${size} are live`, () => many.live() === size, 60_000)
      await Bun.sleep(300)
      run.did(`${size} are cut off at once`)
      const cut = performance.now()
      many.cut()
      await until("they noticed", () => many.live() < size / 2, 5_000)
      await until(`${size} are live again`, () => many.live() === size, 4 * BACK_MS)
      const back = performance.now() - cut
      const tick = last(run)
      await until("all have heard all", () => many.behind() >= tick, BACK_MS)
      run.measured = `${size} sockets live again after ${(back / 1000).toFixed(1)} s`
      if (back > BACK_MS) run.blame("O8", `${size} that were cut off were live again only after ${back.toFixed(0)} ms`)
      run.place.look()
    } catch (error) {
      run.blame("O8", (error as Error).message)
    } finally {
      many.end()
    }
  },
}

export const killMillion: Fault = {
  name: "kill-million",
  workers: 3,
  cycles: 3,
  once: true,
  habits: { roams: 0 },
  furnish(run) {
    run.vandals.add("gus") // who said it all, and is no worker
    const count = run.long ? MESSAGES.long : MESSAGES.short
    const author = run.prepared.people.find(({ name }) => name === "gus")!.id
    const room = run.prepared.rooms.talk!
    const database = new Database(join(run.place.folder, "parlour.db"))
    const { tick } = database.query<{ tick: number }, []>("select tick from clock").get()!
    database.transaction(() => {
      database.run(
        `insert into messages (id, room, author, text, at, tick, nonce)
         with recursive n(n) as (select 1 union all select n + 1 from n where n < ?)
         select ? + n, ?, ?, 'gus said ' || n, 1700000000000 + n, ? + n, 'g' || n from n`,
        [count, tick, room, author, tick],
      )
      database.run("update clock set tick = ?", [tick + count])
    })()
    database.close()
  },
  async strike(run) {
    await Bun.sleep(300 + run.dice() * 300)
    await run.place.kill()
    run.did("kill -9")
    const killed = performance.now()
    await run.start()
    const { cookie } = run.prepared.people[0]!
    const page = await fetch(`${run.place.url}/chat/talk/`, { headers: { cookie } })
    await page.text()
    const serves = performance.now() - killed
    const size = run.long ? MESSAGES.long : MESSAGES.short
    run.measured = `with ${size} messages a page is served ${(serves / 1000).toFixed(2)} s after kill -9`
    if (page.status !== 200 || serves > SERVES_MS)
      run.blame("O8", `after kill -9 a page is answered with ${page.status} after ${serves.toFixed(0)} ms`)
  },
}

// Parlour as the fault suite starts it: the shipped parts, with their seams held from outside. The shipped server knows
// nothing of this. Orders come line by line on standard input: `failpoint NAME` kills the process the next time it passes
// there, `stall MS` keeps the event loop busy, `clock MS` sets the clock that far off, `lossy` makes the bus lose, repeat and
// reorder, `slow` lets reads and transactions take their time, and `talk COUNT` has hal say so many long things at once.
import { createInterface } from "node:readline"
import { createApp } from "../../server/app.ts"
import { operator } from "../../server/caller.ts"
import { readConfig } from "../../server/config.ts"
import { lockPlace } from "../../server/db/lock.ts"
import type { Sql } from "../../server/db/sql.ts"
import { serve } from "../../server/http/serve.ts"
import { catchTheRest } from "../../server/last-resort.ts"
import type { Spans } from "../../server/live/presence.ts"
import { perform } from "../../server/perform.ts"
import type { FailPoint } from "./process.ts"

let armed: string | null = null
let lossy = false
let slow = false
const now = Date.now
const pass = (point: FailPoint) => {
  if (armed === point) process.kill(process.pid, "SIGKILL")
}

const config = readConfig(process.env)
const lock = lockPlace(config)
if (!lock) {
  console.error("A Parlour is already running on this data.")
  process.exit(1)
}
// Spans of presence may be shorter: what takes half a minute is tried before every change, too.
const spans = process.env.SPANS ? (JSON.parse(process.env.SPANS) as Spans) : undefined
const app = await createApp(config, undefined, spans)
holdDatabase()
holdBus()
const serving = await serve(app)
holdFanOut()

function holdDatabase(): void {
  const { sql, tx } = app.db
  app.db.tx = async (work, of) => {
    const result = await tx(async (inside: Sql) => {
      const done = await work(slow ? slowly(inside, 0.2, 6) : inside)
      pass("before the commit")
      return done
    }, of)
    pass("after the commit, before it is told")
    return result
  }
  app.db.sql = async <Row>(...query: Parameters<Sql>) => {
    // Where someone is, is read last before the seam: this is the answer that does the most harm when it is old.
    const isLast = query[0][0]?.trim().startsWith("select room from members")
    const rows = await (slow ? slowly(sql, isLast ? 1 : 0.6, isLast ? 120 : 20) : sql)<Row>(...query)
    if (query[0][0]?.trim().startsWith("select * from said") && rows.length > 0) {
      if (armed === "in mid-replay") setImmediate(() => pass("in mid-replay"))
    }
    return rows
  }
}

/** What was read is old by the time it arrives, as over a network. */
function slowly(sql: Sql, often: number, most: number): Sql {
  const slow = async <Row>(...query: Parameters<Sql>) => {
    const rows = await sql<Row>(...query)
    if (Math.random() < often) await Bun.sleep(Math.random() * most)
    return rows
  }
  return Object.assign(slow, { ...sql }) // with the ticks of a group
}

function holdBus(): void {
  const { publish } = app.bus
  app.bus.publish = (event) => {
    if (!lossy) publish(event)
    else
      for (let copies = [0, 1, 1, 1, 2][Math.floor(Math.random() * 5)]!; copies > 0; copies--)
        setTimeout(() => publish(event), Math.random() * 8)
    pass("told, before the answer")
    if (armed === "after the answer") setImmediate(() => pass("after the answer"))
  }
}

function holdFanOut(): void {
  const { publish } = app.hub
  app.hub.publish = (topic, json) => {
    publish(topic, json)
    pass("in mid-fan-out")
  }
}

function obey(order: string): void {
  const [verb = "", ...rest] = order.split(" ")
  const words = rest.join(" ")
  if (verb === "failpoint") armed = words
  if (verb === "lossy") lossy = true
  if (verb === "slow") slow = true
  if (verb === "talk") void talk(Number(words))
  if (verb === "clock") Date.now = () => now() + Number(words)
  if (verb === "stall") for (const end = performance.now() + Number(words); performance.now() < end; );
}

let spoken = 0
async function talk(count: number): Promise<void> {
  for (const end = spoken + count; spoken < end; spoken += 250) {
    const lines = Array.from({ length: 250 }, (_, n) => {
      return {
        room: "talk",
        author: "hal",
        at: n,
        text: `hal goes on and on ${spoken + n} ${" so".repeat(1_000)}`,
        nonce: `${spoken + n}`,
      }
    })
    await perform(app, operator, { type: "import", lines })
    await Bun.sleep(10)
  }
}

createInterface({ input: process.stdin })
  .on("line", obey)
  .on("close", () => process.exit(1)) // whoever started us is gone

process.on("SIGTERM", async () => {
  await serving.stop()
  await app.close()
  lock.release() // named here, it is held until now: what nobody names is collected, and let go
  process.exit(0)
})
catchTheRest() // and each line of the log that the fault does not explain is a violation
console.log(serving.url)

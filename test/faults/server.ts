// Parlour as the fault suite starts it: the shipped parts, with their seams held from outside. The shipped server knows
// nothing of this. Orders come line by line on standard input: `failpoint NAME` kills the process the next time it passes
// there, `stall MS` keeps the event loop busy, `clock MS` sets the clock that far off.
import { createInterface } from "node:readline"
import { createApp } from "../../server/app.ts"
import { readConfig } from "../../server/config.ts"
import { lockPlace } from "../../server/db/lock.ts"
import type { Sql } from "../../server/db/sql.ts"
import { serve } from "../../server/http/serve.ts"
import type { FailPoint } from "./place.ts"

let armed: string | null = null
const pass = (point: FailPoint) => {
  if (armed === point) process.kill(process.pid, "SIGKILL")
}

const config = readConfig(process.env)
const lock = lockPlace(config)
if (!lock) {
  console.error("A Parlour is already running on this data.")
  process.exit(1)
}
const app = await createApp(config)
holdDatabase()
holdBus()
const serving = await serve(app)
holdFanOut()

function holdDatabase(): void {
  const { sql, tx } = app.db
  app.db.tx = async (work) => {
    const result = await tx(async (inside: Sql) => {
      const done = await work(inside)
      pass("before the commit")
      return done
    })
    pass("after the commit, before it is told")
    return result
  }
  app.db.sql = async <Row>(...query: Parameters<Sql>) => {
    const rows = await sql<Row>(...query)
    if (query[0][0]?.trim().startsWith("select * from said") && rows.length > 0) {
      if (armed === "in mid-replay") setImmediate(() => pass("in mid-replay"))
    }
    return rows
  }
}

function holdBus(): void {
  const { publish } = app.bus
  app.bus.publish = (event) => {
    publish(event)
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

const now = Date.now
function obey(order: string): void {
  const [verb = "", ...rest] = order.split(" ")
  const words = rest.join(" ")
  if (verb === "failpoint") armed = words
  if (verb === "clock") Date.now = () => now() + Number(words)
  if (verb === "stall") for (const end = performance.now() + Number(words); performance.now() < end; );
}
createInterface({ input: process.stdin })
  .on("line", obey)
  .on("close", () => process.exit(1)) // whoever started us is gone

process.on("SIGTERM", async () => {
  await serving.stop()
  await app.close()
  process.exit(0)
})
process.on("unhandledRejection", (reason) => console.error("UNHANDLED", reason))
console.log(serving.url)

// Is what a client heard part of this history? A restored backup takes ticks back that clients have heard of, and gives
// them out again for other things. Nothing about its files shows that surely: their dates, numbers and neighbours may be
// restored along with them.
//
// So each start of the place begins an epoch, at the tick that it finds, and the database keeps the line of them. What was
// said after a backup was taken was said in an epoch that the backup does not know, or in its last one beyond the tick at
// which the next now begins. Everything else is ours, and whoever heard only that goes on as if nothing had been.
import type { Database } from "bun:sqlite"
import { randomBytes } from "node:crypto"
import { isDiskTrouble } from "./trouble.ts"

/** `began`: the tick that the place had come to, and the last one of the epoch before. */
export type Epoch = { name: string; began: number }

/** Epochs that are kept, a start each. Whoever was away for longer than that draws afresh. */
const KEPT = 1_000

/** Begins an epoch; answers the line of them, oldest first. */
export function beginEpoch(database: Database): Epoch[] {
  const { tick } = database.query<{ tick: number }, []>("select tick from clock where id = 1").get()!
  const line = database.query<Epoch, []>("select name, began from epochs order by number").all()
  const begun = { name: randomBytes(6).toString("hex"), began: tick }
  try {
    database.transaction(() => {
      database.run("insert into epochs (number, name, began) select coalesce(max(number), 0) + 1, ?, ? from epochs", [
        begun.name,
        begun.began,
      ])
      database.run("delete from epochs where number <= (select max(number) from epochs) - ?", [KEPT])
    })()
  } catch (error) {
    if (!isDiskTrouble(error)) throw error
    // A disk that is full keeps nobody from reading. This epoch will then be in no later line, and whoever heard it draws
    // afresh after the next start: more than is needed, never less.
    console.error(`The start could not be noted in the database: ${error.message}.`)
  }
  return [...line, begun]
}

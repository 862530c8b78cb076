// Each start of a place on SQLite begins an epoch: see ../epoch.ts for what it is good for.
import type { Database } from "bun:sqlite"
import { randomBytes } from "node:crypto"
import type { Epoch } from "../epoch.ts"
import { isDiskTrouble } from "./disk-trouble.ts"

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

// What the reading connection sees, and from when on.
import type { Database, Statement } from "bun:sqlite"
import { Refusal } from "../../../protocol/refusal.ts"

type View = { open(): void; hold(): void; renew(): void; close(): void }

/** What a connection sees. All that is read in one turn of the event loop is read in one transaction: to begin and end one for
 *  each query takes ten times as long as most queries. Held, it stays at what is committed now.
 *
 *  It ends with a rollback. There is nothing to commit, and after a read that failed a commit would fail, too. */
export function viewOf(reader: Database): View {
  const texts = ["begin", "select tick from clock", "rollback"]
  const [begin, look, end] = texts.map((text) => reader.prepare(text)) as [Statement, Statement, Statement]
  let held = false
  let turn: ReturnType<typeof setImmediate> | null = null
  const shut = () => {
    if (reader.inTransaction) end.run()
  }
  const open = () => {
    if (reader.inTransaction) return
    if (held) throw unreadable() // a read that failed ended it: what one would see now is not on disk
    begin.run()
    turn ??= setImmediate(() => {
      turn = null
      if (!held) shut()
    })
  }
  return {
    open,
    hold() {
      open()
      look.get() // a transaction begins with the first reading
      held = true
    },
    /** Whoever reads from now on sees what was committed last. */
    renew() {
      held = false
      shut()
    },
    close() {
      clearImmediate(turn ?? undefined)
      shut()
      for (const statement of [begin, look, end]) statement.finalize()
    },
  }
}

const unreadable = () => new Refusal("try_again", "Parlour cannot read its disk just now. Try again in a moment.")

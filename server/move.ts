// `parlour move`: carries the place that the settings name into another database. Nobody may be in either of them
// meanwhile: what is said during a move would be lost.
import { existsSync } from "node:fs"
import type { Config } from "./config.ts"
import { lockPlace } from "./db/lock.ts"
import { moveRows, type Tell } from "./db/move/move.ts"
import type { Side } from "./db/move/side.ts"
import { openPostgresSide } from "./db/move/side-postgres.ts"
import { openSqliteSide } from "./db/move/side-sqlite.ts"
import { isPostgres } from "./db/sql.ts"

export type Place = Pick<Config, "database" | "dataDir">
/** Rows that were compared, where they are now, and in how many of them the two differ. */
type Moved = { rows: number; differences: number; to: string }

/** Throws one sentence when it cannot be done, or broke off. */
export async function movePlace(from: Place, to: Place, tell: Tell): Promise<Moved> {
  if (isPostgres(from.database) === isPostgres(to.database))
    throw new Error(
      "A move goes from SQLite to Postgres, or back, and both of these are the same: copy the file, or use pg_dump.",
    )
  const file = isPostgres(from.database) ? to : from
  if (file === from && !existsSync(file.database)) throw new Error(`There is no place in ${file.database}.`)
  const lock = lockPlace(file)
  if (!lock)
    throw new Error(`A Parlour is running on ${file.database}: stop it first, or what is said meanwhile would be lost.`)
  const sides: Side[] = []
  try {
    const source = await open(from, "source")
    sides.push(source)
    const target = await open(to, "target")
    sides.push(target)
    return { ...(await moveRows(source, target, tell)), to: target.name }
  } catch (error) {
    throw brokenOff(error)
  } finally {
    for (const side of sides) await side.close()
    lock.release()
  }
}

const open = (place: Place, role: "source" | "target"): Side | Promise<Side> =>
  isPostgres(place.database) ? openPostgresSide(place.database, role) : openSqliteSide(place.database, role)

/** What a database says of itself, with what to do about it. */
function brokenOff(error: unknown): unknown {
  const { code = "", message = "" } = error as { code?: string; message?: string }
  if (!/^(ERR_POSTGRES|SQLITE)/.test(code)) return error
  return new Error(
    `The move broke off (${message}): say the same again when that is mended, and it goes on from there.`,
  )
}

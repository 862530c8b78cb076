// One process on one folder of data. The lock is a write transaction that is never ended, on a database of its own:
// the operating system lets go of it however the process dies, so no stale lock is ever left behind.
import { Database } from "bun:sqlite"
import { accessSync, constants, mkdirSync } from "node:fs"
import { join } from "node:path"

/** Makes the folder if need be. Answers null when another process holds it; throws one sentence when it is unusable. */
export function lockFolder(folder: string): { release(): void } | null {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    accessSync(folder, constants.W_OK)
  } catch (error) {
    throw new Error(
      `Parlour cannot write to its data folder ${folder} (${(error as NodeJS.ErrnoException).code}): set DATA_DIR to one that it can.`,
    )
  }
  const database = new Database(join(folder, "lock"), { create: true })
  try {
    database.run("pragma busy_timeout = 0")
    database.run("begin exclusive")
  } catch (error) {
    database.close()
    if ((error as { code?: string }).code === "SQLITE_BUSY") return null
    throw error
  }
  return { release: () => database.close() }
}

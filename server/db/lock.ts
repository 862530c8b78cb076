// One process on one place, on SQLite: on its folder, and on its database, which may lie elsewhere. A lock is a write
// transaction that is never ended, on a database of its own: the operating system lets go of it however the process dies, so
// no stale lock is ever left behind.
import { Database } from "bun:sqlite"
import { accessSync, chmodSync, constants, existsSync, mkdirSync, readdirSync, realpathSync, statSync } from "node:fs"
import { dirname, join } from "node:path"
import { remedyFor } from "./remedy.ts"
import { isPostgres } from "./sql.ts"

export type Lock = { release(): void }

/** Makes the folder if need be. Answers null when another process holds it, or the database; throws one sentence when
 *  it is unusable. */
export function lockPlace({ dataDir, database }: { dataDir: string; database: string }): Lock | null {
  mustBeWritable(dataDir)
  if (isPostgres(database)) return { release() {} } // there any number may be at work
  mustBeWritable(dirname(database))
  const folder = hold(join(dataDir, "lock"))
  if (!folder) return null
  const ours = readdirSync(dataDir).filter((name) => /^(lock|control|parlour\.db)/.test(name))
  keepToOurselves([database, `${database}-wal`, `${database}-shm`, ...ours.map((name) => join(dataDir, name))])
  const file = hold(`${existsSync(database) ? realpathSync(database) : database}.lock`)
  if (!file) folder.release()
  return (
    file && {
      release() {
        file.release()
        folder.release()
      },
    }
  )
}

function opened(path: string): Database {
  try {
    return new Database(path, { create: true })
  } catch (error) {
    throw unusable(path, error)
  }
}

const unusable = (path: string, error: unknown) =>
  new Error(
    `Parlour cannot use ${path} as its lock (${(error as Error).message}). ${remedyFor((error as { code?: string }).code, path)}`,
  )

/** Nobody else on this machine reads what people say: files that an older umask left open to others are closed to them. */
function keepToOurselves(files: string[]): void {
  for (const file of files) {
    const found = statSync(file, { throwIfNoEntry: false })
    if (found && found.mode & 0o077 && found.uid === process.geteuid?.()) chmodSync(file, found.mode & 0o700)
  }
}

function mustBeWritable(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    accessSync(folder, constants.W_OK)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    const remedy = code === "EACCES" || code === "EPERM" || code === "EROFS" ? ` ${remedyFor(code, folder)}` : ""
    throw new Error(
      `Parlour cannot write to its data folder ${folder} (${code}): set DATA_DIR to one that it can.${remedy && ` Or:${remedy}`}`,
    )
  }
}

function hold(path: string): Lock | null {
  const database = opened(path)
  try {
    database.run("pragma busy_timeout = 0")
    database.run("begin exclusive")
  } catch (error) {
    database.close()
    if ((error as { code?: string }).code === "SQLITE_BUSY") return null
    throw unusable(path, error)
  }
  return { release: () => database.close() }
}

// Why a file of ours cannot be used, and what puts that right, in words for the usual causes: most often somebody started
// Parlour as root once, and what it made then is root's.
import { accessSync, constants, existsSync, statSync } from "node:fs"
import { dirname } from "node:path"

/** To be read after what could not be done. `code` is the system's, or SQLite's, where there is one. */
export function remedyFor(code: string | undefined, ...paths: [string, ...string[]]): string {
  const closed = closedAmong([...paths, dirname(paths[0])])
  if (closed?.code === "EROFS" || code === "EROFS")
    return "It lies where nothing can be written: mount that for writing, or set another DATA_DIR."
  if (closed) return closed.remedy
  if (code === "ENOSPC" || code === "EDQUOT" || code === "SQLITE_FULL") return "The disk is full: make room on it."
  if (code === "EMFILE" || code === "ENFILE") return "Too many files are open: allow more of them, as by ulimit -n."
  return "Move away what stands there."
}

/** The first of these that is there and not open to us, with what to do about it. */
function closedAmong(paths: string[]): { code: string; remedy: string } | null {
  for (const path of paths.filter((one) => existsSync(one))) {
    const found = statSync(path)
    try {
      accessSync(path, constants.R_OK | constants.W_OK | (found.isDirectory() ? constants.X_OK : 0))
    } catch (error) {
      const { code = "" } = error as NodeJS.ErrnoException
      return { code, remedy: openedBy(path, found.uid) }
    }
  }
  return null
}

function openedBy(path: string, owner: number): string {
  const me = process.geteuid?.() ?? owner
  if (owner === me) return `${path} is closed to its own user: open it by chmod -R u+rwX ${path}.`
  return `${path} belongs to ${named(owner)}, and Parlour runs as ${named(me)}: run it as that user, or give the folder over by chown -R ${me} ${existsSync(path) && statSync(path).isDirectory() ? path : dirname(path)}.`
}

const named = (user: number): string => (user === 0 ? "root" : `user ${user}`)

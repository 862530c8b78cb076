// What takes thousands in a real place takes a handful here, so that a story of forty steps comes to the ends of memories,
// pages and patience. Done to the source as it is loaded, in the simulation's own process only; and so are the broken builds.
import { join } from "node:path"
import { plugin } from "bun"
import type { Sabotage } from "../sabotages.ts"

const ROOT = join(import.meta.dirname, "../../..")
/** What stands for the file of the log, and the threads that sync it. */
const DISK = join(import.meta.dirname, "disk.ts")

export const MOST_MISSED = 9
export const WIDEST_GAP = 18
export const MOST_UNSENT = 2_500
export const SLOW_UNSENT = 1_200

/** Of each file the numbers that are smaller, by their names. */
const smaller: Record<string, Record<string, number>> = {
  "server/follow.ts": {
    MOST_MISSED,
    WIDEST_GAP,
    FIRST_PAGE: 2,
    PAGE: 3,
    WIDEST_READ: 6,
  },
  "server/queue.ts": { MOST_WAITING: 7, MANY_WAITING: 1_500, PATIENCE_MS: -1, BUNDLE: 300, FEW_WAITING: 500 },
  "server/live/hub.ts": { REMEMBERED: 3, PAGE: 2 },
  "server/live/early.ts": { MOST: 3 },
  "server/db/sqlite/sqlite.ts": { MAX_GROUP: 4 },
  "server/http/socket.ts": { MOST_UNSENT, SLOW_UNSENT, FEW_UNSENT: 500 },
}

/** Before anything of the server is imported. */
export function load(sabotage: Sabotage | undefined): void {
  plugin({
    name: "scale",
    setup(build) {
      build.onLoad({ filter: /\/server\/.*\.tsx?$/ }, async ({ path }) => {
        const file = path.slice(ROOT.length + 1)
        if (file === "server/db/sqlite/wal.ts") return { contents: `export * from "${DISK}"`, loader: "ts" }
        const broken = breakIt(await Bun.file(path).text(), file, sabotage)
        return { contents: scaled(broken, file), loader: path.endsWith("x") ? "tsx" : "ts" }
      })
    },
  })
}

function scaled(text: string, file: string): string {
  return Object.entries(smaller[file] ?? {}).reduce((before, [name, number]) => {
    const declared = new RegExp(`^(const|export const) ${name} = [^\\n]*$`, "m")
    if (!declared.test(before)) throw new Error(`${file} has no ${name} any more that could be made smaller`)
    return before.replace(declared, `$1 ${name} = ${number}`)
  }, text)
}

function breakIt(text: string, file: string, sabotage: Sabotage | undefined): string {
  return (sabotage?.changes ?? [])
    .filter((change) => change.file === file)
    .reduce((before, { from, to }) => {
      if (before.split(from).length !== 2)
        throw new Error(
          `"${sabotage?.name}" no longer fits ${file}: it is to have "${from}" exactly once. Break it anew.`,
        )
      return before.replace(from, () => to)
    }, text)
}

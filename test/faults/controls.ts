// Changes of the source that break no promise: a log that is carried over sooner, and nothing at all. What catches a build
// that is changed in nothing catches builds for nothing.
import { in_, one, type Sabotage } from "./sabotage-of.ts"
import { sabotages } from "./sabotages.ts"

const LONG = "const LONG = 4_000"
const wal = in_("server/db/sqlite/wal.ts")

/** So that a log begins anew many times in a few seconds. Goes together with any other change. */
export const SHORT_LOG = "a short log"
export const shortLog = one(SHORT_LOG, "power", wal(LONG, "const LONG = 100"))

/** One for each fault that catches broken builds, with the page where it catches one by the page, and with such people as are
 *  needed to catch one. */
export const controlsFor = (sabotages: Sabotage[], where = ""): Sabotage[] =>
  [...new Set(sabotages.map(({ by }) => by))].map((by) => ({
    ...one(`nothing is broken: ${where}${by}`, by, wal("const RETRY_MS = 100", "const RETRY_MS = 100 /* as it is */")),
    ...(sabotages.some((sabotage) => sabotage.by === by && sabotage.page) && { page: true as const }),
    ...sabotages.flatMap(({ by: other, habits }) => (other === by && habits ? [{ habits }] : [])).at(0),
  }))

export const controls = controlsFor(sabotages)

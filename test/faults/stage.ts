// Where a run takes place: one process on a SQLite file (place.ts), or several on a Postgres (cluster/place.ts). It can be
// opened and closed, and the truth can be read in it: what the database holds, past all processes.
import type { Epoch } from "../../server/db/epoch.ts"
import type { Row, Standing } from "./checker.ts"
import type { Process } from "./process.ts"

type Soon<What> = What | Promise<What>

export type Stage = {
  /** Where one comes in: of several processes each time at another, as behind a load balancer. */
  readonly url: string
  /** Of each process. */
  readonly urls: string[]
  readonly log: string[]
  /** MiB and open files of the process that came to hold the most. */
  readonly peakMemory: number
  readonly peakFiles: number
  start(): Promise<void>
  /** False when one had to be killed. */
  stop(): Promise<boolean>
  kill(): Promise<void>
  remove(): Promise<void>
  look(): void
  spawn: Process["spawn"]
  /** How far it has come. */
  cursor(): Soon<string>
  rows(): Soon<Row[]>
  members(): Soon<Standing[]>
  epochs(): Soon<Epoch[]>
}

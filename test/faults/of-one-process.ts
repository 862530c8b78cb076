// The suite of a place of one process, on a SQLite file.
import { breaks } from "./breaks.ts"
import { controls } from "./controls.ts"
import { nemesis } from "./nemesis.ts"
import type { Place } from "./place.ts"
import { runFault } from "./run.ts"
import { sabotages } from "./sabotages.ts"
import type { Suite } from "./suite.ts"

export const ofOneProcess: Suite<Place> = {
  command: "bin/faults",
  tables: { faults: "faults", broken: "broken builds" },
  faults: nemesis,
  run: runFault,
  sabotages,
  controls,
  routine: controls,
  breaks,
  tries: 8,
  patience: { short: 3_000, forGood: 20_000, long: 20_000 },
  close: async () => {},
}

// What a fault is, how long it goes on, and what may stand before the place.
import type { Gentle } from "./checker.ts"
import type { Place } from "./place.ts"
import type { Build } from "./process.ts"
import type { Report, Run } from "./run.ts"
import type { Stage } from "./stage.ts"
import type { Habits } from "./worker.ts"

/** A way to break things. `strike` does it once, and leaves the rest to go on; it is called again and again. */
export type Fault<On extends Stage = Place> = {
  name: string
  habits?: Partial<Habits>
  workers?: number
  env?: (folder: string) => Record<string, string>
  /** What the place is filled with before it is opened. */
  furnish?(run: Run<On>): void
  /** Lines of the place's log that are to be expected. */
  log?: RegExp
  strike(run: Run<On>): Promise<void>
  /** Puts right what the last strike left broken. */
  heal?(run: Run<On>): Promise<void>
  /** Done once more when all have fallen silent: the last word meets it, and no other comes after that to tell of it. */
  atLast?(run: Run<On>): Promise<void>
  /** How long all takes until it is heard is measured. */
  measures?: true
  /** What nobody is to notice of it. */
  gentle?: Gentle
  /** How many cycles a run has, where it is to be many. */
  cycles?: number
  /** One run says all there is to say. */
  once?: true
  /** Files that it may come to hold open, and MiB by which it may grow, where that is more than usual. */
  files?: number
  memory?: number
  /** Someone is there with Parlour's own page, too. */
  page?: true
  /** What stands in front of the place, between it and the network. */
  front?(): Promise<Front>
  /** For one that is not a matter of striking and healing: the run in one piece. */
  whole?(seed: number, length: Length, build: Build): Promise<Report>
}

/** Another program before the place: where it listens, and whither it sends. */
export type Front = { url: string; toward(place: string): Promise<void>; close(): Promise<void> }

/** How long to go on; and, in milliseconds, how long to wait for all to converge after healing. `long` is for numbers that
 *  would be too great for a suite that is run before every change. */
export type Length = { seconds?: number; cycles?: number; patience?: number; long?: true }

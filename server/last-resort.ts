// What nothing else caught. The runtime would end the process, and with it everybody's feeds and all that is under way, for the
// fault of one: anyone who found such a fault could end the place with it as often as they like. So it is written down, and the
// process goes on. What the failed step left undone is its own; what has to be right for all looks after itself: the hub
// compares itself with the clock, the database decides each group as a whole, and /health tells when either cannot.
import { logAccident } from "./log.ts"

/** Told as well, in tests, where nothing may ever come here. */
type Witness = (what: string, error: unknown) => void

/** From now on nothing that fails ends the process. */
export function catchTheRest(witness: Witness = () => {}): void {
  const met = (what: string) => (error: unknown) => {
    logAccident(what, error)
    witness(what, error)
  }
  process.on("unhandledRejection", met(UNCAUGHT.promise))
  process.on("uncaughtException", met(UNCAUGHT.callback))
}

const UNCAUGHT = {
  promise: "a promise failed that nobody waited for",
  callback: "a callback failed, and nothing around it",
}

/** Whether a line of the log tells of it. */
export const isUncaught = (line: string): boolean => Object.values(UNCAUGHT).some((words) => line.includes(words))

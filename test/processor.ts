// What something costs the event loop, whatever else the machine does.
import { readFileSync } from "node:fs"

/** Milliseconds that the loop's own thread has run, where the system tells; or else all threads of the process. */
export function processorMs(): number {
  try {
    return Number(readFileSync("/proc/self/schedstat", "utf8").split(" ")[0]) / 1e6
  } catch {
    const { user, system } = process.cpuUsage()
    return (user + system) / 1_000
  }
}

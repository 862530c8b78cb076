// A thread of its own, for what takes the disk long: carries the write-ahead log into the database when it is asked to. It
// goes no farther than the oldest reader, and syncs both files in the order that a power cut demands.
import { Database } from "bun:sqlite"
import { parentPort, workerData } from "node:worker_threads"

parentPort!.on("message", () => {
  try {
    const database = new Database(workerData as string)
    try {
      database.run("pragma busy_timeout = 5000")
      database.run("pragma synchronous = full")
      database.run("pragma wal_checkpoint(passive)")
    } finally {
      database.close()
    }
  } catch (error) {
    console.error(
      `The log could not be carried into the database (${(error as Error).message}): it will be tried again.`,
    )
  }
  parentPort!.postMessage(null)
})

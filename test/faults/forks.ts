// Two histories of one place: an older backup put back, and a second process on the same data.
import { copyFileSync, existsSync, rmSync } from "node:fs"
import { join } from "node:path"
import { temporaryFolder } from "../world.ts"
import type { Fault } from "./run.ts"

const DATABASE = ["parlour.db", "parlour.db-wal", "parlour.db-shm"]

/** Whoever heard of what the backup does not know is told to draw afresh, and nobody is told so otherwise. */
export const restore: Fault = {
  name: "restore",
  page: true,
  async strike(run) {
    const aside = await temporaryFolder()
    await Bun.sleep(150 + run.dice() * 200)
    await run.place.stop()
    run.place.copyData(aside)
    await run.start()
    await Bun.sleep(400 + run.dice() * 400)
    await run.place.stop()
    run.did("an older backup is put back")
    for (const worker of run.workers) {
      worker.disconnect()
      worker.forget()
    }
    // The database alone, as one restores it: what lies beside it is not of the backup.
    for (const file of DATABASE) {
      rmSync(join(run.place.folder, file), { force: true })
      if (existsSync(join(aside, file))) copyFileSync(join(aside, file), join(run.place.folder, file))
    }
    run.forked = run.history.now()
    await run.start()
    rmSync(aside, { recursive: true })
    await Bun.sleep(400)
  },
}

/** A second process is refused, in words, and the first goes on. */
export const twice: Fault = {
  name: "twice",
  workers: 3,
  log: /already running/,
  async strike(run) {
    await Bun.sleep(50 + run.dice() * 200)
    const second = run.place.spawn(["server/main.ts", "start"])
    run.did("is started twice")
    const code = await Promise.race([second.exited, Bun.sleep(4_000).then(() => null)])
    if (code === null || code === 0) run.blame("O9", "a second process was let onto the same data")
    second.kill("SIGKILL")
    if (!run.place.runs) run.blame("O8", "a second start ended the first process")
  },
}

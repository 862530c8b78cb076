// Two histories of one place: an older backup put back, and a second process on the same data.
import { spawnSync } from "node:child_process"
import { copyFileSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { temporaryFolder } from "../world.ts"
import type { Fault } from "./fault.ts"

const DATABASE = ["parlour.db", "parlour.db-wal", "parlour.db-shm"]

/** As people put a backup back. Afterwards dates, numbers of files and neighbours say what they like. */
const ways: { name: string; put(backup: { database: string; whole: string }, folder: string): void }[] = [
  {
    name: "the database alone",
    put({ database }, folder) {
      for (const file of DATABASE) {
        rmSync(join(folder, file), { force: true })
        if (existsSync(join(database, file))) copyFileSync(join(database, file), join(folder, file))
      }
    },
  },
  {
    name: "the whole folder, with its dates",
    put({ whole }, folder) {
      for (const file of readdirSync(folder)) rmSync(join(folder, file), { recursive: true, force: true })
      spawnSync("cp", ["-a", `${whole}/.`, folder])
    },
  },
  {
    name: "in place, into the files that are there",
    put({ whole }, folder) {
      for (const file of DATABASE) {
        const [from, to] = [join(whole, file), join(folder, file)]
        if (existsSync(from)) writeFileSync(to, readFileSync(from))
        else rmSync(to, { force: true })
      }
    },
  },
]

/** Whoever heard of what the backup does not know is told to draw afresh, and nobody is told so otherwise. */
export const restore: Fault = {
  name: "restore",
  page: true,
  async strike(run) {
    const aside = await temporaryFolder()
    await Bun.sleep(150 + run.dice() * 200)
    await run.place.stop()
    run.place.copyData(aside)
    const whole = join(aside, "whole")
    spawnSync("cp", ["-a", run.place.folder, whole])
    await run.start()
    await Bun.sleep(400 + run.dice() * 400)
    await run.place.stop()
    for (const worker of run.workers) {
      worker.disconnect()
      worker.forget()
    }
    const way = run.dice.among(ways)
    run.did(`an older backup is put back: ${way.name}`)
    way.put({ database: aside, whole }, run.place.folder)
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

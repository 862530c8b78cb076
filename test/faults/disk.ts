// The disk that disk.c makes of the real one: compiled when it is first needed, and told its mood by a shared byte.
import { spawnSync } from "node:child_process"
import { closeSync, openSync, writeFileSync, writeSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { compiler, provide } from "../../bin/needs.ts"
import type { Fault } from "./fault.ts"
import type { Run } from "./run.ts"

export const moods = {
  fine: 0,
  full: 1,
  "no sync": 2,
  slow: 3,
  "dies in a checkpoint": 4,
  "no read": 5,
  "no read, no sync": 6,
}

let library: string | null = null

/** The path of the compiled library. Throws one sentence where there is no compiler, nor one to be had. */
export function diskLibrary(): string {
  if (library) return library
  const path = join(tmpdir(), `parlour-disk-${process.pid}.so`)
  const source = join(import.meta.dirname, "disk.c")
  const { status, stderr } = spawnSync(provide(compiler), [
    "-shared",
    "-fPIC",
    "-O2",
    "-o",
    path,
    source,
    "-ldl",
    "-lpthread",
  ])
  if (status !== 0) throw new Error(`disk.c does not compile (Debian: apt install libc6-dev): ${stderr}`)
  process.on("exit", () => spawnSync("rm", ["-f", path]))
  library = path
  return path
}

const moodFile = (folder: string) => join(folder, "mood")

export const onThisDisk = (folder: string): Record<string, string> => {
  writeFileSync(moodFile(folder), "\0")
  return { LD_PRELOAD: diskLibrary(), PARLOUR_DISK: moodFile(folder) }
}

export function setMood({ place }: Run, mood: keyof typeof moods): void {
  const file = openSync(moodFile(place.folder), "r+") // in place: it is shared
  writeSync(file, Uint8Array.of(moods[mood]), 0, 1, 0)
  closeSync(file)
}

const moody = (name: string, mood: keyof typeof moods): Fault => ({
  name,
  env: onThisDisk,
  log: /cannot be written|can be written again|SQLITE_|SQLiteError|disk/i,
  async strike(run) {
    await Bun.sleep(150 + run.dice() * 250)
    setMood(run, mood)
    run.did(`the disk is ${mood}`)
    await Bun.sleep(150 + run.dice() * 350)
    const { cookie } = run.prepared.people[0]!
    const page = await fetch(`${run.place.url}/chat/talk/`, { headers: { cookie } }).catch(() => null)
    if (page?.status !== 200) run.blame("O8", `with a disk that is ${mood} the room cannot be read: ${page?.status}`)
    if (run.dice() < 0.3) {
      await run.place.kill()
      run.did("kill -9")
      setMood(run, "fine")
      await run.start()
    }
    setMood(run, "fine")
    run.did("the disk is fine")
  },
  heal: async (run) => setMood(run, "fine"),
})

export const diskFull = moody("disk-full", "full")
export const failingSync = moody("failing-sync", "no sync")
export const slowDisk = moody("slow-disk", "slow")

/** Pages that cannot be read for a while: then nothing may be answered of them, and afterwards all is as before. */
export const failingRead: Fault = {
  name: "failing-read",
  env: onThisDisk,
  // Each request that failed is written down, with the place in the code.
  log: /SQLITE_|SQLiteError|disk|^request |^a command failed|^Once more|^something in the background failed|cannot be written|can be written again|could not be welcomed|broke off|^\s*(\d+ \||\^|at |errno|byteOffset|code|field|[{}]|$)/,
  async strike(run) {
    await Bun.sleep(150 + run.dice() * 250)
    const mood = run.dice.among(["no read", "no read, no sync"] as const)
    setMood(run, mood)
    run.did(`the disk is ${mood}`)
    const { cookie } = run.prepared.people[0]!
    const read = () =>
      fetch(`${run.place.url}/api/v1/rooms/talk/messages?around=1`, { headers: { cookie } }).catch(() => null)
    for (const end = performance.now() + 150 + run.dice() * 350; performance.now() < end; await Bun.sleep(20))
      await read()
    setMood(run, "fine")
    run.did("the disk is fine")
    await Bun.sleep(300)
    const after = await read()
    if (after?.status !== 200 && after?.status !== 404)
      run.blame("O8", `what could not be read is answered with ${after?.status}, when it can be read again`)
  },
  heal: async (run) => setMood(run, "fine"),
}

/** Dies while what is in the write-ahead log is being carried into the database. */
export const checkpoint: Fault = {
  name: "checkpoint",
  env: onThisDisk,
  habits: { pause: 1, weight: 900 },
  async strike(run) {
    await Bun.sleep(run.dice() * 300)
    setMood(run, "dies in a checkpoint")
    if (await run.place.exited(1_500)) run.did("died in a checkpoint")
    setMood(run, "fine")
    await run.restart()
  },
  heal: async (run) => setMood(run, "fine"),
}

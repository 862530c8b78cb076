// The power fails, thousands of times. Every write and sync of a busy place is recorded once; then the disk is put together
// as it may have been at any moment: what was synced is there for certain, and of the rest each write is there, or not, or
// torn at a sector, by chance. Each such disk must open, be sound, and hold every message that was answered by then.
import { Database } from "bun:sqlite"
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { openSqlite } from "../../server/db/sqlite/sqlite.ts"
import { until } from "../world.ts"
import type { Dice } from "./chance.ts"
import { check, type Violation } from "./checker.ts"
import { SHORT_LOG } from "./controls.ts"
import { onThisDisk } from "./disk.ts"
import type { Fault, Length } from "./fault.ts"
import { Place } from "./place.ts"
import type { Build } from "./process.ts"
import { TcpProxy } from "./proxy.ts"
import { home, type Report, Run, report } from "./run.ts"

/** Cuts tried on one recording, unless it is said how many. */
const CUTS = 300
/** What is recorded, in seconds; a short log goes on until it was carried over often enough, but not for ever. */
const RECORDED_SECONDS = 3
const LONGEST_RECORDING_MS = 20_000
/** The clocks of the two processes are the same one, read with this much of a doubt (ms). */
const DOUBT_MS = 2
/** A short log must have been carried into the database so often, or its recording says nothing about how it begins anew. */
const LEAST_CARRIED = 10
/** Of so many disks one is opened as Parlour opens it, too. */
const OPENED = 5
const SECTOR = 512
const HEADER = 32

type Entry = {
  at: number
  what: "write" | "truncate" | "sync"
  file: string
  offset: number
  bytes: Buffer
  length: number
}

export const power: Fault = {
  name: "power",
  workers: 5,
  cycles: 1_000,
  habits: { pause: 1, burst: 12, roams: 0, stays: 60_000 },
  env: (folder) => ({ ...onThisDisk(folder), PARLOUR_RECORD: join(folder, "record") }),
  strike: () => Bun.sleep(100),
  whole,
}

async function whole(seed: number, { cycles = CUTS }: Length, build: Build): Promise<Report> {
  const began = performance.now()
  const prepared = await home()
  const { folder } = await Place.copyOf(prepared)
  const base = readFileSync(join(folder, "parlour.db"))
  const proxy = await TcpProxy.open()
  // The log is short in every other recording: carrying it over syncs it, and hides what nobody else waited for.
  const isShort = seed % 2 === 1
  const sabotage = [build.sabotage, isShort && SHORT_LOG].filter(Boolean).join(" + ") || null
  const built = { ...build, sabotage, env: power.env!(folder) }
  const run = new Run(power, seed, prepared, new Place(folder, built), proxy)
  const wall = Date.now() - run.history.now()
  await run.begin()
  await Bun.sleep(RECORDED_SECONDS * 1000)
  const record = join(folder, "record")
  if (isShort) await until("", () => carriedIn(record) >= LEAST_CARRIED, LONGEST_RECORDING_MS).catch(() => {})
  await run.converge(5_000)
  await run.place.kill()
  await Promise.all(run.workers.map((worker) => worker.leave()))
  await proxy.close()
  run.violations.push(...check(run.history, await run.truth()))

  const answered = run.history.posts.flatMap(({ text, room, attempts }) => {
    const ok = attempts.find(({ outcome }) => outcome === "ok")
    return ok && room !== "nowhere" ? [{ text, at: wall + ok.until + DOUBT_MS }] : []
  })
  answered.sort((a, b) => a.at - b.at)
  const entries = readEntries(record)
  const carried = carriedIn(record)
  if (isShort && carried < LEAST_CARRIED) run.blame("O9", `the log was carried into the database only ${carried} times`)
  const failed = await cuts(entries, base, answered, run.dice, cycles)
  run.violations.push(...failed)
  run.measured = `${failed.length} of ${cycles} power cuts lost something; the log was carried over ${carried} times`
  rmSync(folder, { recursive: true, force: true })
  return report(run, { seed, cycles, seconds: (performance.now() - began) / 1000 })
}

const carriedIn = (record: string): number =>
  readEntries(record).filter(({ what, file }) => what === "sync" && file === "parlour.db").length

function readEntries(path: string): Entry[] {
  const record = readFileSync(path)
  const entries: Entry[] = []
  const kinds = { w: "write", s: "sync", t: "truncate" } as const
  const files = { d: "parlour.db", w: "parlour.db-wal", j: "parlour.db-journal" } as const
  for (let i = 0; i + HEADER <= record.length; ) {
    const what = kinds[String.fromCharCode(record[i + 8]!) as keyof typeof kinds]
    const length = Number(record.readBigUInt64LE(i + 24))
    const held = what === "write" ? length : 0
    entries.push({
      at: Number(record.readBigUInt64LE(i) / 1_000n) / 1_000,
      what,
      file: files[String.fromCharCode(record[i + 9]!) as keyof typeof files],
      offset: Number(record.readBigUInt64LE(i + 16)),
      bytes: record.subarray(i + HEADER, i + HEADER + held),
      length,
    })
    i += HEADER + held
  }
  return entries
}

/** Goes through the recording once, and at each of the moments drawn puts a disk together and looks at it. */
async function cuts(
  entries: Entry[],
  base: Buffer,
  answered: { text: string; at: number }[],
  dice: Dice,
  count: number,
): Promise<Violation[]> {
  const found: Violation[] = []
  const folder = mkdtempSync(join(tmpdir(), "parlour-power-"))
  const disk = new Disk(base)
  const moments = Array.from({ length: count }, () => dice.upTo(entries.length)).sort((a, b) => a - b)
  let next = 0
  for (const [i, entry] of entries.entries()) {
    for (; moments[next] === i; next++) {
      const wanted = answered.filter(({ at }) => at < entry.at).map(({ text }) => text)
      const wrong = await look(disk.afterPowerCut(dice), wanted, join(folder, `${next}`), next % OPENED === 0)
      if (wrong) found.push({ rule: "O1", words: `power cut ${next} of ${count}, at write ${i}: ${wrong}` })
    }
    disk.take(entry)
  }
  rmSync(folder, { recursive: true, force: true })
  return found
}

/** Files as they are for certain, and what was written since and may yet be lost. */
class Disk {
  readonly #certain = new Map<string, Image>()
  readonly #pending = new Map<string, Entry[]>()

  constructor(base: Buffer) {
    this.#certain.set("parlour.db", new Image(base))
  }

  take(entry: Entry): void {
    const pending = this.#pending.get(entry.file) ?? []
    this.#pending.set(entry.file, pending)
    if (entry.what !== "sync") return void pending.push(entry)
    const image = this.#certain.get(entry.file) ?? new Image()
    this.#certain.set(entry.file, image)
    for (const one of pending.splice(0)) image.take(one)
  }

  /** How much reached the disk without being synced differs from cut to cut, from nothing to nearly all. */
  afterPowerCut(dice: Dice): Map<string, Buffer> {
    const share = dice.among([0, 0.3, 0.7, 0.95])
    const files = new Map<string, Buffer>()
    for (const file of new Set([...this.#certain.keys(), ...this.#pending.keys()])) {
      const image = (this.#certain.get(file) ?? new Image()).copy()
      for (const one of this.#pending.get(file) ?? [])
        if (dice() < share) image.take(dice() < 0.1 ? torn(one, dice) : one)
      files.set(file, image.bytes)
    }
    return files
  }
}

function torn(entry: Entry, dice: Dice): Entry {
  const sectors = Math.floor(entry.bytes.length / SECTOR)
  return entry.what === "write" ? { ...entry, bytes: entry.bytes.subarray(0, dice.upTo(sectors + 1) * SECTOR) } : entry
}

class Image {
  #held: Buffer<ArrayBufferLike>
  #length: number

  constructor(bytes: Buffer<ArrayBufferLike> = Buffer.alloc(0)) {
    this.#held = Buffer.from(bytes)
    this.#length = bytes.length
  }

  get bytes(): Buffer {
    return this.#held.subarray(0, this.#length)
  }

  copy(): Image {
    return new Image(this.bytes)
  }

  take({ what, offset, bytes, length }: Entry): void {
    const end = what === "truncate" ? length : offset + bytes.length
    if (end > this.#held.length) this.#held = Buffer.concat([this.bytes, Buffer.alloc(end * 2 - this.#length)])
    if (what === "truncate") this.#held.fill(0, end)
    this.#length = what === "truncate" ? end : Math.max(this.#length, end)
    if (what === "write") bytes.copy(this.#held, offset)
  }
}

/** What is wrong with this disk, or null. */
async function look(
  files: Map<string, Buffer>,
  wanted: string[],
  folder: string,
  opened: boolean,
): Promise<string | null> {
  mkdirSync(folder)
  for (const [file, bytes] of files) writeFileSync(join(folder, file), bytes)
  const path = join(folder, "parlour.db")
  try {
    if (opened) {
      const db = await openSqlite(path)
      const rows = await db.sql<{ text: string }>`select text from messages`
      await db.close()
      const lost = lostOf(wanted, rows)
      if (lost) return `once Parlour is started, ${lost}`
    }
    return asItLies(path, wanted)
  } catch (error) {
    return `the database does not open: ${(error as Error).message}`
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function asItLies(path: string, wanted: string[]): string | null {
  const database = new Database(path)
  try {
    const [soundness] = database.query<{ quick_check: string }, []>("pragma quick_check").all()
    if (soundness?.quick_check !== "ok") return `the database is corrupt: ${soundness?.quick_check}`
    return lostOf(wanted, database.query<{ text: string }, []>("select text from messages").all())
  } finally {
    database.close()
  }
}

function lostOf(wanted: string[], rows: { text: string }[]): string | null {
  const there = new Set(rows.map(({ text }) => text))
  const lost = wanted.filter((text) => !there.has(text))
  return lost.length > 0 ? `${lost.length} of ${wanted.length} answered messages are lost, first "${lost[0]}"` : null
}

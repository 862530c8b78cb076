// Is this the history that was here last, or an older copy of it? A restored backup takes ticks back that clients have
// heard of, and gives them out again for other things. So it gets a new epoch, and clients are told to draw afresh.
//
// Two signs, either of which is enough: the file is not the one that was last opened (a copy is another file), or word
// left beside it says that this history had come farther. What neither shows is a whole folder written back over itself,
// file by file; a client that is ahead of it is reset all the same, because its cursor is from the future.
import type { Database } from "bun:sqlite"
import { randomBytes } from "node:crypto"
import { readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs"

type Clock = { tick: number; epoch: string; file: string | null }

/** Gives the database a new epoch if its history is not the one that was here. */
export function settleEpoch(database: Database, path: string): void {
  const clock = database.query<Clock, []>("select tick, epoch, file from clock where id = 1").get()!
  const file = identityOf(path)
  const known = clock.file === null || isSame(clock.file, file)
  const farthest = readWord(path)
  const behind = farthest?.epoch === clock.epoch && farthest.tick > clock.tick
  const epoch = known && !behind ? clock.epoch : newEpoch()
  if (epoch !== clock.epoch || file !== clock.file)
    database.run("update clock set epoch = ?, file = ? where id = 1", [epoch, file])
}

export const newEpoch = (): string => randomBytes(6).toString("hex")

/** Leaves word beside the database of how far its history has come. Not synced, and not missed on a disk that is full:
 *  losing it loses only a sign. */
export function leaveWord(path: string, epoch: string, tick: number): void {
  const aside = `${path}.farthest.new`
  try {
    writeFileSync(aside, `${epoch} ${tick}\n`)
    renameSync(aside, `${path}.farthest`)
  } catch {
    rmSync(aside, { force: true })
  }
}

function readWord(path: string): { epoch: string; tick: number } | null {
  try {
    const [, epoch, tick] = readFileSync(`${path}.farthest`, "utf8").match(/^(\w+) (\d+)\n$/) ?? []
    return epoch ? { epoch, tick: Number(tick) } : null
  } catch {
    return null // a new place, or word that was not left: there is nothing to compare with
  }
}

/** What tells a file from a copy of it: its number, and when it was born. A birth at the time of the last change is no
 *  birth to go by: file systems that keep none report that, and a file that has just been made has both at once. */
function identityOf(path: string): string {
  const { ino, birthtimeNs, ctimeNs } = statSync(path, { bigint: true })
  return `${ino} ${birthtimeNs < ctimeNs ? birthtimeNs : UNTOLD}`
}

const UNTOLD = "?"

const isSame = (before: string, now: string): boolean => before === now || before === now.replace(/\S+$/, UNTOLD)

// What brings a database up to the present: each file of migrations/ that it has not run yet, in order. Either database runs
// each in one transaction with the note that it ran. A database from a newer Parlour is refused rather than guessed at.
import { readdir, readFile } from "node:fs/promises"
import { join } from "node:path"

const FOLDER = join(import.meta.dirname, "../../migrations")

/** Before the cursor of a place that is being moved here and has not come as a whole: see move/move.ts. */
export const MOVING = "moving "

/** The migrations still to be run on a database that has run these. Throws one sentence for a database of a newer Parlour, and
 *  for one to which a place has only partly been moved. */
export async function migrationsAfter(ran: string[]): Promise<{ file: string; text: string }[]> {
  const files = (await readdir(FOLDER)).filter((file) => file.endsWith(".sql")).sort()
  if (ran.some((name) => name.startsWith(MOVING)))
    throw new Error(
      'Only a part of a place has been moved here: say the same "parlour move" again, and it goes on from there.',
    )
  const unknown = ran.find((name) => !files.includes(name))
  if (unknown)
    throw new Error(
      `This data was written by a newer Parlour (it has ${unknown}). Update Parlour, or restore a backup.`,
    )
  const left = files.filter((file) => !ran.includes(file))
  return Promise.all(left.map(async (file) => ({ file, text: await readFile(join(FOLDER, file), "utf8") })))
}
